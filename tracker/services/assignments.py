"""What a unit and an inspector do to an assignment. Rules come from the domain, rights from
permissions; every function flushes and leaves the commit to its entry point."""

from datetime import date, datetime

from sqlalchemy import select, update

from tracker.db import db
from tracker.domain import lifecycle, text
from tracker.domain.cutoffs import Window, to_wall
from tracker.domain.errors import N_, IllegalStep, InvalidInput, StaleVersion
from tracker.domain.vocabulary import Action, Cadence, DutyRole, Health, State, Verdict
from tracker.models.assignment import Assignment, CheckIn, CheckOff, Review
from tracker.models.plan import Duty, DutyTask, Plan
from tracker.permissions import Actor, require_act, require_inspect
from tracker.services import audit

NOTE_MAX = 2000
COUNT_MAX = 1_000_000


def check_off(
    assignment: Assignment,
    actor: Actor,
    now: datetime,
    *,
    seen_version: int | None,
    count: int | None = None,
    note: str = "",
) -> None:
    """The unit says done. A counted duty needs its number: silence is not zero (零报告).

    Raises NotPermitted, StaleVersion, IllegalStep, InvalidInput. Saying the very same again after
    it was accepted (a double click) changes nothing and raises nothing (B-17).
    """
    require_act(actor, assignment)
    note = text.optional("note", note, NOTE_MAX)
    duty = assignment.duty
    if duty.cadence is Cadence.DAILY:
        raise IllegalStep(N_("A standing duty is reported day by day with a check-in."))
    _lock(assignment)
    if _is_repeat(assignment, actor, seen_version, count, note):
        return
    _require_version(assignment, seen_version)
    state = lifecycle.step(assignment.state, Action.CHECK_OFF, duty.role, reviewed=duty.reviewed)
    count = _require_count(duty, count)
    db.session.add(
        CheckOff(assignment_id=assignment.id, user_id=actor.user_id, at=now, count=count, note=note)
    )
    assignment.count = count
    _change(assignment, actor, now, state, "checked_off", count=count, note=note)


def undo(assignment: Assignment, actor: Actor, now: datetime, *, seen_version: int | None) -> None:
    """The unit takes its report back, until it is verified. The report stays in the story."""
    require_act(actor, assignment)
    _lock(assignment)
    _require_version(assignment, seen_version)
    duty = assignment.duty
    if duty.cadence is Cadence.DAILY:
        raise IllegalStep(N_("A check-in cannot be undone; say the day again to correct it."))
    state = lifecycle.step(assignment.state, Action.UNDO, duty.role, reviewed=duty.reviewed)
    latest = latest_check_off(assignment)
    if latest is not None:
        latest.undone_at = now
    assignment.count = None
    _change(assignment, actor, now, state, "undone")


def verify(
    assignment: Assignment, actor: Actor, now: datetime, *, seen_version: int | None
) -> None:
    """The row's inspector accepts the report."""
    _review(assignment, actor, now, seen_version, Action.VERIFY, "")


def send_back(
    assignment: Assignment, actor: Actor, now: datetime, *, seen_version: int | None, reason: str
) -> None:
    """The row's inspector returns the report. The reason is required; the old report is kept."""
    reason = text.optional("reason", reason, NOTE_MAX)
    if not reason:
        raise InvalidInput("reason", N_("Say why it goes back, so that the unit can mend it."))
    _review(assignment, actor, now, seen_version, Action.SEND_BACK, reason)


def check_in(
    assignment: Assignment,
    actor: Actor,
    now: datetime,
    *,
    day: date,
    health: Health,
    note: str = "",
) -> None:
    """A standing duty's word for one day of its window, today or a past day; said again, it
    replaces that day's word. Trouble needs a note. With every day said the duty is done."""
    require_act(actor, assignment)
    note = text.optional("note", note, NOTE_MAX)
    days = _require_day(assignment.duty, day, now)
    if health is Health.TROUBLE and not note:
        raise InvalidInput("note", N_("Say what the trouble is."))
    _lock(assignment)
    said = {
        row.day: row
        for row in db.session.scalars(select(CheckIn).where(CheckIn.assignment_id == assignment.id))
    }
    row = said.get(day)
    if row is not None and (row.health, row.note, row.user_id) == (health, note, actor.user_id):
        return
    if row is None:
        row = CheckIn(assignment_id=assignment.id, day=day)
        db.session.add(row)
    assert actor.user_id is not None  # Whoever may act is a person.
    row.health, row.note, row.user_id, row.at = health, note, actor.user_id, now
    assignment.count = len({*said, day})
    state = State.DONE if {*said, day} == set(days) else State.OPEN
    _change(
        assignment, actor, now, state, "checked_in", day=day.isoformat(), health=health, note=note
    )


def _require_day(duty: Duty, day: date, now: datetime) -> list[date]:
    """All days of a standing duty, `day` being one that has come."""
    if duty.cadence is not Cadence.DAILY:
        raise IllegalStep(N_("This duty is reported once, not day by day."))
    days = standing_days(duty)
    if day not in days:
        raise InvalidInput("day", N_("%(day)s is not a day of this duty."), day=day.isoformat())
    if day > to_wall(now, duty.plan.zone).date():
        raise InvalidInput("day", N_("%(day)s has not come yet."), day=day.isoformat())
    return days


def standing_days(duty: Duty) -> list[date]:
    """The days of a standing duty's window, campus calendar."""
    zone = duty.plan.zone
    opens = to_wall(duty.opens_at, zone) if duty.opens_at else None
    return Window(opens, to_wall(duty.due_at, zone)).days()


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


def latest_check_off(assignment: Assignment) -> CheckOff | None:
    """The report that stands, if any."""
    return db.session.scalar(
        select(CheckOff)
        .where(CheckOff.assignment_id == assignment.id, CheckOff.undone_at.is_(None))
        .order_by(CheckOff.id.desc())
        .limit(1)
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
    _lock(assignment)
    _require_version(assignment, seen_version)
    duty = assignment.duty
    state = lifecycle.step(assignment.state, action, duty.role, reviewed=duty.reviewed)
    report = latest_check_off(assignment)
    if report is None:
        raise IllegalStep(N_("Only a reported duty can be verified."))
    verdict = Verdict.VERIFIED if action is Action.VERIFY else Verdict.RETURNED
    db.session.add(
        Review(
            check_off_id=report.id, user_id=actor.user_id, at=now, verdict=verdict, reason=reason
        )
    )
    event = "verified" if action is Action.VERIFY else "sent_back"
    _change(assignment, actor, now, state, event, reason=reason)


def _change(
    assignment: Assignment,
    actor: Actor,
    now: datetime,
    state: State,
    event: str,
    **detail: object,
) -> None:
    """Write the state and the audit event together."""
    detail |= {"from": assignment.state, "to": state}
    assignment.state = state
    assignment.changed_at = now
    audit.record(actor, now, f"assignment.{event}", "assignment", assignment.id, **detail)
    db.session.flush()


def _lock(assignment: Assignment) -> None:
    """Count a change of the plan and hold its row till the commit: changes of one plan queue here,
    so that neither a bulk tick nor two clerks can deadlock or overwrite; then read afresh."""
    db.session.execute(
        update(Plan).where(Plan.id == assignment.duty.plan_id).values(changes=Plan.changes + 1)
    )
    db.session.refresh(assignment)


def _require_version(assignment: Assignment, seen: int | None) -> None:
    if seen is not None and seen != assignment.version:
        raise StaleVersion(seen, assignment.version)


def _is_repeat(
    assignment: Assignment, actor: Actor, seen_version: int | None, count: int | None, note: str
) -> bool:
    """The same person sends the same report again: a double click or a reload."""
    if assignment.state is not State.DONE or seen_version != assignment.version - 1:
        return False
    latest = latest_check_off(assignment)
    return latest is not None and (latest.user_id, latest.count, latest.note) == (
        actor.user_id,
        count,
        note,
    )


def _require_count(duty: Duty, count: int | None) -> int | None:
    if not duty.counted:
        if count is not None:
            raise InvalidInput("count", N_("This duty carries no number."))
        return None
    if count is None:
        raise InvalidInput("count", N_("Enter the number; if there is nothing to count, enter 0."))
    if not 0 <= count <= COUNT_MAX:
        raise InvalidInput("count", N_("The number must lie between 0 and %(max)s."), max=COUNT_MAX)
    if duty.target is not None and count > duty.target:
        raise InvalidInput(
            "count", N_("The notice speaks of %(target)s in all."), target=duty.target
        )
    return count
