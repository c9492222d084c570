"""Moving a row's cut-off: reminders follow, history and the notice's own words stay."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select

from tracker.db import db
from tracker.domain import text
from tracker.domain.cutoffs import to_instant
from tracker.domain.errors import N_, InvalidInput
from tracker.domain.vocabulary import Audience, DutyRole, NoticeKind, State
from tracker.models.assignment import Assignment
from tracker.models.plan import CutoffMove, Duty, DutyTask, Plan, Task
from tracker.permissions import Actor, require_administer
from tracker.queries.holders import reached
from tracker.services import audit, notices, plans

REASON_MAX = 300
FARTHEST = timedelta(days=400)


def move(
    task: Task, closes: datetime, actor: Actor, now: datetime, *, reason: str
) -> CutoffMove | None:
    """Move to `closes` (campus wall time, exclusive) and tell the units that still have something
    to do there, once. None where it stands there already (B-17). Raises NotPermitted,
    InvalidInput."""
    require_administer(actor)
    reason = text.optional("reason", reason, REASON_MAX)
    if not reason:
        raise InvalidInput("reason", N_("Say why the cut-off moves: the units read it."))
    plans.enter(task.plan_id)
    db.session.refresh(task)
    if task.closes == closes:
        return None
    _require_sense(task, closes, now)
    moved = CutoffMove(
        task_id=task.id,
        user_id=actor.user_id,
        at=now,
        earlier=task.closes,
        later=closes,
        reason=reason,
    )
    task.closes = closes
    db.session.add(moved)
    db.session.flush()
    _follow(task)
    asked = concerned(task, now)
    notices.tell(NoticeKind.MOVED, moved.id, asked, now)
    others = [user_id for user_id in _reported(task, now) if user_id not in asked]
    notices.tell(NoticeKind.MOVED_DONE, moved.id, others, now)
    audit.record(
        actor, now, "task.moved", "task", task.id, earlier=str(moved.earlier), later=str(closes)
    )
    db.session.flush()
    return moved


def concerned(task: Task, now: datetime) -> list[int]:
    """Contacts and heads of the units that have something open in the row, by id."""
    return _holders(task, (State.OPEN, State.RETURNED), now)


def _reported(task: Task, now: datetime) -> list[int]:
    """Of those that have reported: nothing is asked of them, so that it rides along with their next
    mail."""
    return _holders(task, (State.DONE, State.VERIFIED), now)


def _holders(task: Task, states: Collection[State], now: datetime) -> list[int]:
    units = db.session.scalars(
        select(Assignment.unit_id)
        .join(DutyTask, DutyTask.duty_id == Assignment.duty_id)
        .join(Duty, Duty.id == Assignment.duty_id)
        .where(DutyTask.task_id == task.id, Assignment.state.in_(states))
        .where(Duty.role.in_([role for role in DutyRole if role.binding]))
        .distinct()
    )
    return reached(list(units), frozenset({Audience.CONTACTS, Audience.LEADS}), now)


def _require_sense(task: Task, closes: datetime, now: datetime) -> None:
    plan = db.session.get_one(Plan, task.plan_id)
    instant = to_instant(closes, plan.zone)
    if instant <= now:
        raise InvalidInput("day", N_("The new cut-off must lie in the future."))
    if instant > now + FARTHEST:
        raise InvalidInput("day", N_("That is more than a year away."))
    if task.opens is not None and closes <= task.opens:
        raise InvalidInput("day", N_("The row opens only after that."))


def _follow(task: Task) -> None:
    """A duty is due when the last of its rows closes."""
    zone = db.session.get_one(Plan, task.plan_id).zone
    covering = select(DutyTask.duty_id).where(DutyTask.task_id == task.id)
    rows = select(Duty).where(Duty.id.in_(covering), ~Duty.open_ended)
    for duty in db.session.scalars(rows):
        duty.due_at = to_instant(max(each.closes for each in duty.tasks), zone)
    db.session.flush()
