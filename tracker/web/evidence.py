"""Files and links that prove a report."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Blueprint, abort, current_app, flash, redirect, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker import language, permissions
from tracker.db import transaction
from tracker.domain.errors import InvalidInput
from tracker.models.assignment import Assignment
from tracker.models.evidence import Evidence
from tracker.services import evidence, evidence_files
from tracker.services.evidence_files import StoredFile
from tracker.web import fetch, steps
from tracker.web.filters import locale, now
from tracker.web.forms.evidence import EvidenceForm
from tracker.web.headers import SEALED

blueprint = Blueprint("evidence", __name__)


@blueprint.post("/assignments/<int:assignment_id>/evidence")
@login_required
def add(assignment_id: int) -> ResponseReturnValue:
    """All of it or nothing."""
    assignment = fetch.get_assignment_for(current_user.actor, assignment_id)
    permissions.require_act(current_user.actor, assignment)
    form = EvidenceForm()
    if not form.validate():
        return steps.page(assignment, form), 422
    try:
        _add_all(assignment, form)
    except InvalidInput as problem:
        form[problem.field].errors = [language.error(locale(), problem)]
        return steps.page(assignment, form), 422
    flash(_("Added. It goes with your report."))
    here = url_for("assignments.show", assignment_id=assignment_id, _anchor="evidence")
    return redirect(here, 303)


@blueprint.post("/evidence/<int:evidence_id>/remove")
@login_required
def remove(evidence_id: int) -> ResponseReturnValue:
    piece = fetch.get_evidence_for(current_user.actor, evidence_id)
    permissions.require_act(current_user.actor, piece.assignment)
    assignment_id = piece.assignment_id
    with transaction():
        evidence.remove(piece, current_user.actor, now())
    flash(_("Removed."))
    here = url_for("assignments.show", assignment_id=assignment_id, _anchor="evidence")
    return redirect(here, 303)


@blueprint.get("/evidence/<int:evidence_id>")
@login_required
def download(evidence_id: int) -> ResponseReturnValue:
    """Always as a file to save, never as a page of ours."""
    piece = fetch.get_evidence_for(current_user.actor, evidence_id)
    if piece.stored is None or piece.removed_at is not None:
        abort(404)
    return _sealed(piece, _folder() / piece.stored, attachment=True)


@blueprint.get("/evidence/<int:evidence_id>/thumbnail")
@login_required
def thumbnail(evidence_id: int) -> ResponseReturnValue:
    """A small picture of our own making."""
    piece = fetch.get_evidence_for(current_user.actor, evidence_id)
    if piece.stored is None or piece.removed_at is not None or not piece.has_thumbnail:
        abort(404)
    return _sealed(piece, _folder() / f"{piece.stored}.jpg", attachment=False)


def _add_all(assignment: Assignment, form: EvidenceForm) -> None:
    files = [file for file in form.files.data or () if file and file.filename]
    link = (form.link.data or "").strip()
    if not files and not link:
        raise InvalidInput("files", _("Choose a file, or enter a link."))
    with _kept() as kept:
        for file in files[: evidence.MOST_PIECES + 1]:
            kept.append(evidence_files.keep(_folder(), file.filename or "", file.stream))
        with transaction():
            added = [
                evidence.add_file(assignment, current_user.actor, now(), stored).stored
                for stored in kept
            ]
            if link:
                evidence.add_link(assignment, current_user.actor, now(), link)
        for stored in kept:
            if stored.stored not in added:  # It was there already.
                evidence_files.discard(_folder(), stored.stored)


@contextmanager
def _kept() -> Iterator[list[StoredFile]]:
    """Files on the disk whose rows are about to be written: away with them if that fails."""
    kept: list[StoredFile] = []
    try:
        yield kept
    except BaseException:
        for stored in kept:
            evidence_files.discard(_folder(), stored.stored)
        raise


def _sealed(piece: Evidence, path: Path, *, attachment: bool) -> ResponseReturnValue:
    if not path.is_file():
        abort(404)
    kind = piece.media_type if attachment else "image/jpeg"
    response = send_file(path, kind, as_attachment=attachment, download_name=piece.name, max_age=0)
    response.headers["Content-Security-Policy"] = SEALED
    response.headers["Cache-Control"] = "no-store"
    return response


def _folder() -> Path:
    folder: Path = current_app.config["TRACKER"].evidence
    return folder
