"""What an inspector and the plan's owner do to a report."""

from datetime import datetime

from sqlalchemy import select

from tracker.db import db
from tracker.domain import lifecycle, text
from tracker.domain.errors import N_, IllegalStep, InvalidInput
from tracker.domain.vocabulary import Action, DutyRole, Verdict
from tracker.models.assignment import Assignment, Review
from tracker.models.plan import Duty, DutyTask
from tracker.permissions import Actor, require_inspect
from tracker.services import assignments


def verify(
    assignment: Assignment, actor: Actor, now: datetime, *, seen_version: int | None
) -> None:
    """The row's inspector accepts the report."""
    _review(assignment, actor, now, seen_version, Action.VERIFY, "")


def send_back(
    assignment: Assignment, actor: Actor, now: datetime, *, seen_version: int | None, reason: str
) -> None:
    """The row's inspector returns the report. The reason is required; the old report is kept."""
    reason = text.optional("reason", reason, assignments.NOTE_MAX)
    if not reason:
        raise InvalidInput("reason", N_("Say why it goes back, so that the unit can mend it."))
    _review(assignment, actor, now, seen_version, Action.SEND_BACK, reason)


def inspecting_units(assignment: Assignment) -> frozenset[int]:
    """Units that hold the INSPECT duty of the assignment's row."""
    row = select(DutyTask.task_id).where(DutyTask.duty_id == assignment.duty_id)
    return frozenset(
        db.session.scalars(
            select(Assignment.unit_id)
            .join(Duty, Duty.id == Assignment.duty_id)
            .join(DutyTask, DutyTask.duty_id == Duty.id)
            .where(Duty.role == DutyRole.INSPECT, DutyTask.task_id.in_(row))
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
    assignments.lock(assignment)
    assignments.require_version(assignment, seen_version)
    duty = assignment.duty
    state = lifecycle.step(assignment.state, action, duty.role, reviewed=duty.reviewed)
    report = assignments.latest_check_off(assignment)
    if report is None:
        raise IllegalStep(N_("Only a reported duty can be verified."))
    verdict = Verdict.VERIFIED if action is Action.VERIFY else Verdict.RETURNED
    db.session.add(
        Review(
            check_off_id=report.id, user_id=actor.user_id, at=now, verdict=verdict, reason=reason
        )
    )
    event = "verified" if action is Action.VERIFY else "sent_back"
    assignments.change(assignment, actor, now, state, event, reason=reason)
