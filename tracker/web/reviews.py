"""What an inspector and the plan's owner do with one report."""

from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker import permissions
from tracker.domain.vocabulary import Action
from tracker.models.assignment import Assignment
from tracker.services import reviews
from tracker.web import fetch, steps
from tracker.web.filters import now
from tracker.web.forms.assignments import ReopenForm, SeenForm, SendBackForm, WaiveForm

blueprint = Blueprint("reviews", __name__, url_prefix="/assignments")


@blueprint.post("/<int:assignment_id>/verify")
@login_required
def verify(assignment_id: int) -> ResponseReturnValue:
    assignment = _inspected(assignment_id)
    form = SeenForm()

    def act() -> str:
        reviews.verify(assignment, current_user.actor, now(), seen_version=form.version.data)
        return _("Verified: %(title)s")

    return steps.take(Action.VERIFY, assignment, form, act)


@blueprint.post("/<int:assignment_id>/send-back")
@login_required
def send_back(assignment_id: int) -> ResponseReturnValue:
    assignment = _inspected(assignment_id)
    form = SendBackForm()

    def act() -> str:
        reviews.send_back(assignment, current_user.actor, now(), **_said(form))
        return _("Sent back: %(title)s")

    return steps.take(Action.SEND_BACK, assignment, form, act)


@blueprint.post("/<int:assignment_id>/waive")
@login_required
def waive(assignment_id: int) -> ResponseReturnValue:
    assignment = fetch.get_assignment_for(current_user.actor, assignment_id)
    permissions.require_waive(current_user.actor, assignment)
    form = WaiveForm()

    def act() -> str:
        reviews.waive(assignment, current_user.actor, now(), **_said(form))
        return _("Set to not applicable: %(title)s")

    return steps.take(Action.WAIVE, assignment, form, act)


@blueprint.post("/<int:assignment_id>/reopen")
@login_required
def reopen(assignment_id: int) -> ResponseReturnValue:
    assignment = fetch.get_assignment_for(current_user.actor, assignment_id)
    permissions.require_waive(current_user.actor, assignment)
    form = ReopenForm()

    def act() -> str:
        reviews.reopen(assignment, current_user.actor, now(), **_said(form))
        return _("Asked for again: %(title)s")

    return steps.take(Action.REOPEN, assignment, form, act)


def _inspected(assignment_id: int) -> Assignment:
    assignment = fetch.get_assignment_for(current_user.actor, assignment_id)
    inspecting = reviews.inspecting_units(assignment)
    permissions.require_inspect(current_user.actor, assignment, inspecting)
    return assignment


def _said(form: SendBackForm | WaiveForm | ReopenForm) -> dict[str, Any]:
    return {"seen_version": form.version.data, "reason": form.reason.data or ""}
