"""What a unit says of its report after the notice was amended."""

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker import permissions
from tracker.db import transaction
from tracker.services import second_looks
from tracker.web import fetch
from tracker.web.filters import in_language, now
from tracker.web.forms.assignments import SeenForm
from tracker.web.paths import safe_next

blueprint = Blueprint("second_looks", __name__, url_prefix="/assignments")


@blueprint.post("/<int:assignment_id>/still-true")
@login_required
def still_true(assignment_id: int) -> ResponseReturnValue:
    return _take(assignment_id, second_looks.still_true, _("Checked, still true: %(title)s"))


@blueprint.post("/<int:assignment_id>/report-anew")
@login_required
def reopen(assignment_id: int) -> ResponseReturnValue:
    return _take(assignment_id, second_looks.reopen, _("Taken back: %(title)s"))


def _take(assignment_id: int, step: Callable[..., None], said: str) -> ResponseReturnValue:
    """`version` is the last change that the page showed, not the assignment's own."""
    assignment = fetch.get_assignment_for(current_user.actor, assignment_id)
    permissions.require_act(current_user.actor, assignment)
    form = SeenForm()
    if not form.validate():
        abort(400)
    with transaction():
        step(assignment, current_user.actor, now(), seen=form.version.data)
    flash(said % {"title": in_language(assignment.duty.tasks[0], "title")})
    here = url_for("assignments.show", assignment_id=assignment.id)
    return redirect(safe_next(form.next.data, here), 303)
