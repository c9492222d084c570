"""What a unit reports. Rules come from the domain, rights from permissions; every function flushes
and leaves the commit to its entry point."""

from datetime import datetime, timedelta
from typing import TypedDict

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import contains_eager
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from tracker.db import db, write
from tracker.domain import lifecycle, text
from tracker.domain.errors import N_, IllegalStep, InvalidInput, StaleVersion
from tracker.domain.progress import Progress
from tracker.domain.vocabulary import Action, State
from tracker.models.assignment import Assignment
from tracker.models.audit import AuditEvent
from tracker.models.plan import Duty, Task
from tracker.permissions import Actor, require_act
from tracker.queries import rosters
from tracker.services import audit, check_offs, plans

NOTE_MAX = 2000
COUNT_MAX = 1_000_000
_BEFORE_NOTICE = timedelta(days=31)

_CHANGED = update(Assignment).where(
    Assignment.id == bindparam("assignment"), Assignment.version == bindparam("seen")
)
"""Sets whatever it is given besides."""
_AFRESH = (
    select(Assignment)
    .join(Assignment.duty)
    .options(contains_eager(Assignment.duty))
    .where(Assignment.id == bindparam("assignment"))
    .execution_options(populate_existing=True)
)


class Beside(TypedDict, total=False):
    """What of an assignment may change with its state."""

    count: int | None
    lacking: int | None
    looked_at: datetime


def check_off(
    assignment: Assignment,
    actor: Actor,
    now: datetime,
    *,
    seen_version: int | None,
    count: int | None = None,
    note: str = "",
    done_at: datetime | None = None,
) -> None:
    """The unit says done. A counted duty needs its number: silence is not zero (零报告); where the
    row has a roster the number is the roster's, and nobody may be missing in it. `done_at`: when it
    was really done, if that was before it is entered. Evidence added so far goes with the report.
    Saying the very same again after it was accepted (a double click) changes nothing (B-17).

    Raises NotPermitted, StaleVersion, IllegalStep, InvalidInput.
    """
    require_act(actor, assignment)
    note = text.optional("note", note, NOTE_MAX)
    lock(assignment)
    duty = assignment.duty
    if duty.cadence.recurs:
        raise IllegalStep(N_("A standing duty is reported each time with a check-in."))
    if _is_same_report(assignment, actor, seen_version, count, note):
        return
    require_version(assignment, seen_version)
    state = lifecycle.step(assignment.state, Action.CHECK_OFF, duty.role, reviewed=duty.reviewed)
    count = _require_count(assignment, count)
    done_at = require_past(duty, done_at, now)
    check_offs.add(assignment, actor, now, done_at=done_at, count=count, note=note)
    really = done_at.isoformat() if done_at != now else None
    beside: Beside = {"count": count, "lacking": None}
    detail = {"count": count, "note": note, "done_at": really}
    change(assignment, actor, now, state, "checked_off", beside, **detail)


def undo(assignment: Assignment, actor: Actor, now: datetime, *, seen_version: int | None) -> None:
    """The unit takes its report back, until it is verified. The report stays in the story."""
    require_act(actor, assignment)
    lock(assignment)
    if is_repeat(assignment, actor, seen_version, "undone"):
        return
    require_version(assignment, seen_version)
    duty = assignment.duty
    if duty.cadence.recurs:
        raise IllegalStep(N_("A check-in cannot be undone; report the day again to correct it."))
    state = lifecycle.step(assignment.state, Action.UNDO, duty.role, reviewed=duty.reviewed)
    check_offs.take_back(assignment, now)
    change(assignment, actor, now, state, "undone", {"count": None})


def fall_back(assignment: Assignment, actor: Actor, now: datetime, lacking: int) -> None:
    """The roster no longer bears the report out (待补): `lacking` of its items are missing. The
    caller holds the plan's lock. Changes nothing where nothing was reported, nor where an amended
    notice dropped the duty."""
    duty = assignment.duty
    if assignment.state not in (State.DONE, State.VERIFIED) or duty.dropped_at is not None:
        return
    state = lifecycle.step(assignment.state, Action.FALL_BACK, duty.role, reviewed=duty.reviewed)
    change(assignment, actor, now, state, "fell_back", {"lacking": lacking}, lacking=lacking)


def change(
    assignment: Assignment,
    actor: Actor,
    now: datetime,
    state: State,
    event: str,
    beside: Beside | None = None,
    **detail: object,
) -> None:
    """Write the state, what changes `beside` it and the audit event together. Raises IllegalStep
    where an amended notice dropped the duty: then it stays as it stands."""
    if assignment.duty.dropped_at is not None:
        raise IllegalStep(N_("An amended notice dropped this duty: it is not asked for again."))
    detail |= {"from": assignment.state, "to": state}
    seen = assignment.version
    values = {"state": state, "changed_at": now, "version": seen + 1, **(beside or {})}
    if not write(_CHANGED, {"assignment": assignment.id, "seen": seen, **values}).rowcount:
        raise StaleDataError(f"assignment {assignment.id} is not at version {seen} any more")
    for name, value in values.items():
        set_committed_value(assignment, name, value)
    audit.record(actor, now, f"assignment.{event}", "assignment", assignment.id, **detail)


def lock(assignment: Assignment) -> None:
    """Queue behind other changes of the plan, then read afresh. Raises PlanAtRest."""
    plans.enter_of(assignment.duty_id)
    db.session.scalars(_AFRESH, {"assignment": assignment.id}).one()


def outdate(duty_id: int) -> None:
    """What is asked reads otherwise from now on: whoever has still to report and looks at a page
    from before is shown it anew first. The caller holds the plan's lock."""
    waiting = Assignment.state.in_([State.OPEN, State.RETURNED])
    of_duty = update(Assignment).where(Assignment.duty_id == duty_id, waiting)
    db.session.execute(of_duty.values(version=Assignment.version + 1))


def require_version(assignment: Assignment, seen: int | None) -> None:
    """Raises StaleVersion where somebody changed the assignment since it was seen."""
    if seen is not None and seen != assignment.version:
        raise StaleVersion(seen, assignment.version)


def is_repeat(
    assignment: Assignment, actor: Actor, seen_version: int | None, event: str, reason: str = ""
) -> bool:
    """The one change since `seen_version` is this very event, by the same person and with the same
    reason: a double click or a reload, which changes nothing more (B-17)."""
    if seen_version != assignment.version - 1:
        return False
    done = db.session.scalar(
        select(AuditEvent)
        .where(AuditEvent.subject == "assignment", AuditEvent.subject_id == assignment.id)
        .where(AuditEvent.action == f"assignment.{event}", AuditEvent.at == assignment.changed_at)
        .order_by(AuditEvent.id.desc())
        .limit(1)
    )
    return (
        done is not None
        and done.user_id == actor.user_id
        and done.detail.get("reason", "") == reason
        and done.detail.get("to") == assignment.state
    )


def _is_same_report(
    assignment: Assignment, actor: Actor, seen_version: int | None, count: int | None, note: str
) -> bool:
    """The same person sends the same report again: a double click or a reload. Where a roster gives
    the number, it is not sent."""
    if assignment.state is not State.DONE or seen_version != assignment.version - 1:
        return False
    latest = check_offs.latest(assignment)
    if latest is None or (latest.user_id, latest.note) != (actor.user_id, note):
        return False
    return latest.count == count or (count is None and rosters.progress_of(assignment) is not None)


def require_past(asked: Duty | Task, done_at: datetime | None, now: datetime) -> datetime:
    """When it was really done: now, unless said. Raises InvalidInput."""
    if done_at is None:
        return now
    if done_at > now:
        raise InvalidInput("done_at", N_("What is done cannot lie in the future."))
    if done_at < asked.plan.began_at - _BEFORE_NOTICE:
        raise InvalidInput("done_at", N_("That was long before the notice."))
    return done_at


def _require_count(assignment: Assignment, count: int | None) -> int | None:
    duty = assignment.duty
    if not duty.counted:
        if count is not None:
            raise InvalidInput("count", N_("This duty carries no number."))
        return None
    listed = rosters.progress_of(assignment)
    if listed is not None:
        return _require_complete(listed, count)
    if count is None:
        raise InvalidInput("count", N_("Enter the number; if there is nothing to count, enter 0."))
    if not 0 <= count <= COUNT_MAX:
        raise InvalidInput("count", N_("The number must lie between 0 and %(max)s."), max=COUNT_MAX)
    if duty.target is not None and count > duty.target:
        raise InvalidInput(
            "count", N_("The notice speaks of %(target)s in all."), target=duty.target
        )
    return count


def _require_complete(listed: Progress, count: int | None) -> int:
    """N of N as the roster has it; a number typed beside it may not differ."""
    assert listed.done is not None
    if listed.missing:
        raise InvalidInput(
            "count",
            N_("%(missing)s names of the roster are still missing."),
            missing=listed.missing,
        )
    if count is not None and count != listed.done:
        raise InvalidInput("count", N_("The roster says %(done)s."), done=listed.done)
    return listed.done
