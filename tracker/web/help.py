"""The guides: for whoever reports, for academic affairs, and for everybody's account. Readable
signed out too."""

import struct
from functools import cache
from pathlib import Path

from flask import Blueprint, abort, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from tracker.domain.vocabulary import Light
from tracker.web.filters import locale

blueprint = Blueprint("help", __name__)

GUIDES = {"secretaries": 2, "affairs": 2, "accounts": 1}
"""How many A4 pages each takes when it is printed."""


@blueprint.get("/help")
def contents() -> ResponseReturnValue:
    """The guide of the reader's own role comes first."""
    oversees = current_user.is_authenticated and current_user.actor.sees_all
    first = "affairs" if oversees else "secretaries"
    guides = sorted(GUIDES, key=lambda guide: guide != first)
    return render_template("help/contents.html", guides=guides, locale=locale())


@blueprint.get("/help/<guide>")
def show(guide: str) -> ResponseReturnValue:
    if guide not in GUIDES:
        abort(404)
    return render_template(
        "help/guide.html",
        guide=guide,
        sheets=GUIDES[guide],
        locale=locale(),
        lights=list(Light),
        size=_size,
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
