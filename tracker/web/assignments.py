"""One duty of one unit: its words, its state, its story, and what its reader may do with it."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker import language, permissions
from tracker.db import transaction
from tracker.domain import lifecycle
from tracker.domain.errors import IllegalStep, InvalidInput, StaleVersion
from tracker.domain.vocabulary import Action, Cadence, DutyRole, Health
from tracker.models.assignment import Assignment
from tracker.queries.mine import mine
from tracker.queries.trail import trail
from tracker.services import assignments, check_ins, reviews
from tracker.web import fetch
from tracker.web.filters import in_language, locale, now
from tracker.web.forms.assignments import CheckInForm, CheckOffForm, SeenForm, SendBackForm
from tracker.web.paths import safe_next

blueprint = Blueprint("assignments", __name__, url_prefix="/assignments")
Form = CheckOffForm | SeenForm | SendBackForm | CheckInForm


@blueprint.get("/<int:assignment_id>")
@login_required
def show(assignment_id: int) -> ResponseReturnValue:
    return _page(fetch.get_assignment_for(current_user.actor, assignment_id))


@blueprint.post("/<int:assignment_id>/check-off")
@login_required
def check_off(assignment_id: int) -> ResponseReturnValue:
    assignment = _own(assignment_id)
    form = CheckOffForm()

    def act() -> str:
        assignments.check_off(
            assignment,
            current_user.actor,
            now(),
            seen_version=form.version.data,
            count=form.count.data,
            note=form.note.data or "",
        )
        read = assignment.duty.role is DutyRole.MONITOR
        return _("Marked as read: %(title)s") if read else _("Reported: %(title)s")

    return _take(Action.CHECK_OFF, assignment, form, act)


@blueprint.post("/<int:assignment_id>/undo")
@login_required
def undo(assignment_id: int) -> ResponseReturnValue:
    assignment = _own(assignment_id)
    form = SeenForm()

    def act() -> str:
        assignments.undo(assignment, current_user.actor, now(), seen_version=form.version.data)
        return _("Taken back: %(title)s")

    return _take(Action.UNDO, assignment, form, act)


@blueprint.post("/<int:assignment_id>/verify")
@login_required
def verify(assignment_id: int) -> ResponseReturnValue:
    assignment = _inspected(assignment_id)
    form = SeenForm()

    def act() -> str:
        reviews.verify(assignment, current_user.actor, now(), seen_version=form.version.data)
        return _("Verified: %(title)s")

    return _take(Action.VERIFY, assignment, form, act)


@blueprint.post("/<int:assignment_id>/send-back")
@login_required
def send_back(assignment_id: int) -> ResponseReturnValue:
    assignment = _inspected(assignment_id)
    form = SendBackForm()

    def act() -> str:
        reviews.send_back(
            assignment,
            current_user.actor,
            now(),
            seen_version=form.version.data,
            reason=form.reason.data or "",
        )
        return _("Sent back: %(title)s")

    return _take(Action.SEND_BACK, assignment, form, act)


@blueprint.post("/<int:assignment_id>/check-in")
@login_required
def check_in(assignment_id: int) -> ResponseReturnValue:
    """A standing duty's word for one day."""
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
        return _("The daily report is recorded.")

    return _take(None, assignment, form, act)


def _own(assignment_id: int) -> Assignment:
    """404 for a foreign one, 403 where the reader may only look."""
    assignment = fetch.get_assignment_for(current_user.actor, assignment_id)
    permissions.require_act(current_user.actor, assignment)
    return assignment


def _inspected(assignment_id: int) -> Assignment:
    assignment = fetch.get_assignment_for(current_user.actor, assignment_id)
    inspecting = reviews.inspecting_units(assignment)
    permissions.require_inspect(current_user.actor, assignment, inspecting)
    return assignment


def _take(
    action: Action | None, assignment: Assignment, form: Form, act: Callable[[], str]
) -> ResponseReturnValue:
    """Do it in one transaction and go back to the page it came from; `act` says what was done.
    A value that cannot be taken comes back beside its field (422), a lost race with both values
    (409); in either case nothing is saved and what was typed stays."""
    if not form.validate():
        return _again(assignment, form), 422
    try:
        with transaction():
            said = act()
    except StaleVersion:
        return _lost(action, assignment, form), 409
    except InvalidInput as problem:
        form[problem.field].errors = [language.error(locale(), problem)]
        return _again(assignment, form), 422
    if card := _card(assignment.id):
        return card
    flash(said % {"title": in_language(assignment.duty.tasks[0], "title")})
    here = url_for("assignments.show", assignment_id=assignment.id)
    return redirect(safe_next(form.next.data, here), 303)


def _card(assignment_id: int, form: Form | None = None) -> str | None:
    """For a card of /mine that asks to be replaced in place: the card as it stands now, with the
    page's summary line. None for a plain form, which gets a whole page."""
    if request.headers.get("HX-Request") != "true":
        return None
    view = mine(current_user.actor, now())
    card = next((card for card in view.cards if card.assignment_id == assignment_id), None)
    if card is None:
        return None
    return render_template("mine/changed.html", view=view, card=card, form=form)


def _again(assignment: Assignment, form: Form) -> str:
    return _card(assignment.id, form) or _page(assignment, form)


def _page(assignment: Assignment, form: Form | None = None) -> str:
    actor, duty = current_user.actor, assignment.duty
    own = permissions.can_act(actor, assignment)
    inspecting = reviews.inspecting_units(assignment)
    inspects = permissions.can_inspect(actor, assignment, inspecting)
    once = duty.cadence is Cadence.ONCE
    may = {
        "check_off": own and once and _possible(assignment, Action.CHECK_OFF),
        "undo": own and once and _possible(assignment, Action.UNDO),
        "check_in": own and not once,
        "verify": inspects and _possible(assignment, Action.VERIFY),
        "send_back": inspects and _possible(assignment, Action.SEND_BACK),
    }
    return render_template(
        "assignments/show.html",
        assignment=assignment,
        duty=duty,
        trail=trail(assignment, now()),
        may=may,
        form=form,
    )


def _possible(assignment: Assignment, action: Action) -> bool:
    duty = assignment.duty
    try:
        lifecycle.step(assignment.state, action, duty.role, reviewed=duty.reviewed)
    except IllegalStep:
        return False
    return True


def _lost(action: Action | None, assignment: Assignment, form: Form) -> str:
    """What the reader wanted to save beside what stands now. Trying again goes by the version that
    this page shows, and is offered where that state still allows it."""
    assert action is not None  # A daily report has no version: the last word of a day counts.
    return render_template(
        "assignments/lost.html",
        action=action,
        assignment=assignment,
        duty=assignment.duty,
        form=form,
        possible=_possible(assignment, action),
        trail=trail(assignment, now()),
    )
