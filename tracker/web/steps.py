"""One step on one assignment: taken in a transaction, and the page that answers it."""

from collections.abc import Callable
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from tracker import language, permissions
from tracker.db import transaction
from tracker.domain import lifecycle
from tracker.domain.errors import IllegalStep, InvalidInput, StaleVersion
from tracker.domain.vocabulary import Action, Cadence, State
from tracker.models.assignment import Assignment
from tracker.queries.activations import activation_of
from tracker.queries.assignments import first_row
from tracker.queries.comments import addressees, conversation
from tracker.queries.evidence import by_report
from tracker.queries.mine import mine
from tracker.queries.rosters import progress_of
from tracker.queries.second_looks import of_assignment as of_report
from tracker.queries.service_entries import serving
from tracker.queries.trail import trail
from tracker.queries.urges import of_assignment
from tracker.services import reviews, work_groups
from tracker.services.comments import can_comment
from tracker.web.filters import in_language, locale, now
from tracker.web.forms.assignments import (
    CheckInForm,
    CheckOffForm,
    ReopenForm,
    SeenForm,
    SendBackForm,
    WaiveForm,
)
from tracker.web.forms.comments import CommentForm
from tracker.web.forms.evidence import EvidenceForm
from tracker.web.forms.work_groups import GroupForm
from tracker.web.paths import safe_next

_UNSETTLED = (State.OPEN, State.RETURNED, State.DONE)
Form = (
    CheckOffForm
    | SeenForm
    | SendBackForm
    | WaiveForm
    | ReopenForm
    | CheckInForm
    | CommentForm
    | EvidenceForm
    | GroupForm
)


def take(
    action: Action | None, assignment: Assignment, form: Form, act: Callable[[], str]
) -> ResponseReturnValue:
    """Do it in one transaction and go back to the page it came from; `act` says what was done.
    A value that cannot be taken comes back beside its field (422), a lost race with both values
    (409); in either case nothing is saved and what was typed stays."""
    assignment_id = assignment.id  # Read before the transaction, which forgets what was read.
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
    if card := _card(assignment_id):
        return card
    flash(said % {"title": in_language(first_row(assignment_id), "title")})
    here = url_for("assignments.show", assignment_id=assignment_id)
    return redirect(safe_next(form.next.data, here), 303)


def _card(assignment_id: int, form: Form | None = None) -> str | None:
    """For a card of /mine that asks to be replaced in place: the card as it stands now, with the
    page's summary line. None for a plain form, which gets a whole page."""
    if request.headers.get("HX-Request") != "true":
        return None
    view = mine(current_user.actor.unit_ids, now())
    card = next((card for card in view.cards if card.assignment_id == assignment_id), None)
    if card is None:
        return None
    return render_template("mine/changed.html", view=view, card=card, form=form, looks={})


def _again(assignment: Assignment, form: Form) -> str:
    return _card(assignment.id, form) or page(assignment, form)


def page(assignment: Assignment, form: Form | None = None) -> str:
    actor, duty = current_user.actor, assignment.duty
    g.menu = "mine" if assignment.unit_id in actor.unit_ids else "board"
    asks = not duty.plan.is_over
    own = asks and permissions.can_act(actor, assignment)
    inspecting = reviews.inspecting_units(assignment)
    inspects = asks and permissions.can_inspect(actor, assignment, inspecting)
    owns = asks and permissions.can_waive(actor, assignment)
    once = duty.cadence is Cadence.ONCE
    may = {
        "check_off": own and once and _possible(assignment, Action.CHECK_OFF),
        "undo": own and once and _possible(assignment, Action.UNDO),
        "check_in": own and not once and assignment.state is not State.WAIVED,
        "verify": inspects and _possible(assignment, Action.VERIFY),
        "send_back": inspects and _possible(assignment, Action.SEND_BACK),
        "waive": owns and _possible(assignment, Action.WAIVE),
        "reopen": owns and _possible(assignment, Action.REOPEN),
        "group": own,
        "answer": own,
        "comment": asks and can_comment(actor, assignment),
        "evidence": own and once and assignment.state in _UNSETTLED and duty.role.ticked,
    }
    listed = progress_of(assignment)
    return render_template(
        "assignments/show.html",
        assignment=assignment,
        duty=duty,
        trail=trail(assignment, now()),
        look=of_report(assignment),
        may=may,
        form=form,
        listed=listed,
        evidence=by_report(assignment),
        may_link=own and listed is not None and now() < duty.due_at,
        activation=activation_of(duty.plan),
        group=_group(assignment),
        services=serving(duty.id),
        **_said(assignment),
        may_ask=own,
    )


def _said(assignment: Assignment) -> dict[str, Any]:
    return {
        "comments": conversation(assignment),
        "addressees": addressees(assignment, now()),
        "urged": of_assignment(assignment),
    }


def _group(assignment: Assignment) -> dict[str, Any] | None:
    """None where the duty asks for no working group."""
    parts = work_groups.parts_of(assignment)
    if not parts:
        return None
    return {
        "parts": parts,
        "members": work_groups.members(assignment),
        "unfilled": work_groups.unfilled(assignment),
    }


def _possible(assignment: Assignment, action: Action) -> bool:
    duty = assignment.duty
    if action is Action.REOPEN and duty.dropped_at is not None:
        return False
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
