"""The guides: for whoever reports, and for academic affairs. Readable signed out too."""

import struct
from functools import cache
from pathlib import Path

from flask import Blueprint, abort, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from tracker.domain.vocabulary import Light
from tracker.web.filters import locale

blueprint = Blueprint("help", __name__)

GUIDES = ("secretaries", "affairs")


@blueprint.get("/help")
def contents() -> ResponseReturnValue:
    """The guide of the reader's own role comes first."""
    oversees = current_user.is_authenticated and current_user.actor.sees_all
    return render_template(
        "help/contents.html", guides=sorted(GUIDES, reverse=not oversees), locale=locale()
    )


@blueprint.get("/help/<guide>")
def show(guide: str) -> ResponseReturnValue:
    if guide not in GUIDES:
        abort(404)
    return render_template(
        "help/guide.html", guide=guide, locale=locale(), lights=list(Light), size=_size
    )


def _size(name: str) -> tuple[int, int]:
    """Width and height of a picture, so that the text does not jump when it arrives."""
    folder = current_app.static_folder
    assert folder is not None
    return _measured(Path(folder, name))


@cache
def _measured(path: Path) -> tuple[int, int]:
    width, height = struct.unpack(">II", path.read_bytes()[16:24])
    return width, height
