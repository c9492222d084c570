"""One duty of one unit: its words, its state, its story, and what its reader may do with it."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker import permissions
from tracker.domain.cutoffs import to_instant
from tracker.domain.vocabulary import Action, Cadence, DutyRole, Health
from tracker.models.assignment import Assignment
from tracker.services import assignments, check_ins
from tracker.web import fetch, steps
from tracker.web.filters import now
from tracker.web.forms.assignments import CheckInForm, CheckOffForm, SeenForm

blueprint = Blueprint("assignments", __name__, url_prefix="/assignments")


@blueprint.get("/<int:assignment_id>")
@login_required
def show(assignment_id: int) -> ResponseReturnValue:
    return steps.page(fetch.get_assignment_for(current_user.actor, assignment_id))


@blueprint.post("/<int:assignment_id>/check-off")
@login_required
def check_off(assignment_id: int) -> ResponseReturnValue:
    assignment = _own(assignment_id)
    form = CheckOffForm()

    def act() -> str:
        wall = form.done_at.data
        assignments.check_off(
            assignment,
            current_user.actor,
            now(),
            seen_version=form.version.data,
            count=form.count.data,
            note=form.note.data or "",
            done_at=to_instant(wall, assignment.duty.plan.zone) if wall else None,
        )
        read = assignment.duty.role is DutyRole.MONITOR
        return _("Marked as read: %(title)s") if read else _("Reported: %(title)s")

    return steps.take(Action.CHECK_OFF, assignment, form, act)


@blueprint.post("/<int:assignment_id>/undo")
@login_required
def undo(assignment_id: int) -> ResponseReturnValue:
    assignment = _own(assignment_id)
    form = SeenForm()

    def act() -> str:
        assignments.undo(assignment, current_user.actor, now(), seen_version=form.version.data)
        return _("Taken back: %(title)s")

    return steps.take(Action.UNDO, assignment, form, act)


@blueprint.post("/<int:assignment_id>/check-in")
@login_required
def check_in(assignment_id: int) -> ResponseReturnValue:
    """A standing duty's word for one day, week or month."""
    assignment = _own(assignment_id)
    form = CheckInForm()

    def act() -> str:
        assert form.day.data is not None  # It is checked before.
        check_ins.check_in(
            assignment,
            current_user.actor,
            now(),
            day=form.day.data,
            health=Health(form.health.data),
            note=form.note.data or "",
        )
        if assignment.duty.cadence is Cadence.DAILY:
            return _("The daily report is recorded.")
        return _("The report is recorded.")

    return steps.take(None, assignment, form, act)


def _own(assignment_id: int) -> Assignment:
    """404 for a foreign one, 403 where the reader may only look."""
    assignment = fetch.get_assignment_for(current_user.actor, assignment_id)
    permissions.require_act(current_user.actor, assignment)
    return assignment
