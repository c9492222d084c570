"""What an inspector and the plan's owner do to a report. Said again by a double click, nothing
changes (B-17)."""

from datetime import datetime

from sqlalchemy import select

from tracker.db import db
from tracker.domain import lifecycle, text
from tracker.domain.errors import N_, IllegalStep, InvalidInput
from tracker.domain.vocabulary import (
    Action,
    Audience,
    DutyRole,
    NoticeKind,
    State,
    Verdict,
)
from tracker.models.assignment import Assignment, Review
from tracker.models.org import Unit
from tracker.models.plan import Duty, DutyTask
from tracker.permissions import Actor, can_inspect, require_inspect, require_waive
from tracker.queries.holders import reached
from tracker.services import assignments, check_offs, notices


def verify(
    assignment: Assignment, actor: Actor, now: datetime, *, seen_version: int | None
) -> None:
    """The row's inspector accepts the report."""
    _review(assignment, actor, now, seen_version, Action.VERIFY, "")


def send_back(
    assignment: Assignment, actor: Actor, now: datetime, *, seen_version: int | None, reason: str
) -> None:
    """The row's inspector returns the report. The reason is required; the old report is kept."""
    reason = _reason(reason, N_("Say why it goes back, so that the unit can mend it."))
    _review(assignment, actor, now, seen_version, Action.SEND_BACK, reason)


def waive(
    assignment: Assignment, actor: Actor, now: datetime, *, seen_version: int | None, reason: str
) -> None:
    """The plan's owner says that the duty does not concern this unit (不适用). It leaves every
    count, reminder and readiness; the reason is required."""
    require_waive(actor, assignment)
    reason = _reason(reason, N_("Say why the duty does not apply to this unit."))
    assignments.lock(assignment)
    if assignments.is_repeat(assignment, actor, seen_version, "waived", reason):
        return
    state = _step(assignment, seen_version, Action.WAIVE)
    assignments.change(assignment, actor, now, state, "waived", {"lacking": None}, reason=reason)


def reopen(
    assignment: Assignment, actor: Actor, now: datetime, *, seen_version: int | None, reason: str
) -> None:
    """A verified or waived duty is asked for again: by the plan's owner, a verified one also by
    the row's inspector; the reason is required. Ticked names and the old report stay: they are the
    story, and the unit reports anew (B-59). Never one that an amended notice dropped."""
    reason = _reason(reason, N_("Say why it is asked for again."))
    assignments.lock(assignment)
    if assignments.is_repeat(assignment, actor, seen_version, "reopened", reason):
        return
    if not (
        assignment.state is State.VERIFIED
        and can_inspect(actor, assignment, inspecting_units(assignment))
    ):
        require_waive(actor, assignment)
    state = _step(assignment, seen_version, Action.REOPEN)
    assignments.change(assignment, actor, now, state, "reopened", {"count": None}, reason=reason)


def inspecting_units(assignment: Assignment) -> frozenset[int]:
    """Units of the same campus that hold the INSPECT duty of the assignment's row."""
    row = select(DutyTask.task_id).where(DutyTask.duty_id == assignment.duty_id)
    return frozenset(
        db.session.scalars(
            select(Assignment.unit_id)
            .join(Duty, Duty.id == Assignment.duty_id)
            .join(DutyTask, DutyTask.duty_id == Duty.id)
            .join(Unit, Unit.id == Assignment.unit_id)
            .where(Duty.role == DutyRole.INSPECT, DutyTask.task_id.in_(row))
            .where(Unit.parent_id.is_not_distinct_from(assignment.unit.parent_id))
        )
    )


def _review(
    assignment: Assignment,
    actor: Actor,
    now: datetime,
    seen_version: int | None,
    action: Action,
    reason: str,
) -> None:
    require_inspect(actor, assignment, inspecting_units(assignment))
    event = "verified" if action is Action.VERIFY else "sent_back"
    assignments.lock(assignment)
    if assignments.is_repeat(assignment, actor, seen_version, event, reason):
        return
    state = _step(assignment, seen_version, action)
    report = check_offs.latest(assignment)
    if report is None:
        raise IllegalStep(N_("Only a reported duty can be verified."))
    verdict = Verdict.VERIFIED if action is Action.VERIFY else Verdict.RETURNED
    review = Review(
        check_off_id=report.id, user_id=actor.user_id, at=now, verdict=verdict, reason=reason
    )
    db.session.add(review)
    assignments.change(assignment, actor, now, state, event, reason=reason)
    if verdict is Verdict.RETURNED:
        told = reached([assignment.unit_id], frozenset({Audience.CONTACTS}), now)
        notices.tell(NoticeKind.RETURNED, review.id, told, now)


def _step(assignment: Assignment, seen_version: int | None, action: Action) -> State:
    """The state that the action leads to. The caller holds the plan's lock."""
    assignments.require_version(assignment, seen_version)
    duty = assignment.duty
    return lifecycle.step(assignment.state, action, duty.role, reviewed=duty.reviewed)


def _reason(typed: str, missing: str) -> str:
    reason = text.optional("reason", typed, assignments.NOTE_MAX)
    if not reason:
        raise InvalidInput("reason", missing)
    return reason
