"""Ticking names. Tallies are kept with every tick, and a report that the roster no longer bears out
falls back (待补)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

from sqlalchemy import CursorResult, delete, func, insert, select, update

from tracker.db import db
from tracker.domain.errors import N_, InvalidInput, NotPermitted
from tracker.domain.rosters import key_of
from tracker.domain.vocabulary import State
from tracker.models.assignment import Assignment
from tracker.models.confirm_link import ConfirmLink
from tracker.models.plan import Duty, DutyTask, Task
from tracker.models.roster import RosterItem, RosterTally
from tracker.permissions import SYSTEM, Actor, Reach, roster_reach, within
from tracker.queries import rosters
from tracker.services import assignments, audit, plans

CHUNK = 400
"""Keys in one statement: databases take no more than some thousand parameters."""

MOST_KEYS = 20_000
Item = TypeVar("Item")


@dataclass(frozen=True)
class Ticked:
    """`done`: how many names are ticked now that were not; `already`: were ticked before;
    `unknown`: keys that name nobody whom the actor may tick."""

    done: int
    already: int
    unknown: tuple[str, ...]


def tick(
    task: Task,
    actor: Actor,
    now: datetime,
    keys: Sequence[str],
    *,
    done_at: datetime | None = None,
) -> Ticked:
    """These names are done, really since `done_at`. A ticked one stays as it is.

    Raises NotPermitted, InvalidInput.
    """
    reach = require_tick(task, actor)
    if len(keys) > MOST_KEYS:
        raise InvalidInput("keys", N_("At most %(max)s keys at once, please."), max=MOST_KEYS)
    plans.enter(task.plan_id)
    done_at = assignments.require_past(task, done_at, now)
    items, unknown = _find(task, reach, keys)
    fresh = [item for item in items if item.done_at is None]
    values = {"done_at": done_at, "ticked_at": now, "ticked_by": actor.user_id, "link_id": None}
    _set(task, fresh, values, +1)
    if fresh:
        _record(task, actor, now, "ticked", fresh)
    return Ticked(len(fresh), len(items) - len(fresh), unknown)


def untick(task: Task, actor: Actor, now: datetime, keys: Sequence[str]) -> Ticked:
    """These names are not done after all; reports that rest on them fall back. `done` counts those
    that were ticked. Raises NotPermitted."""
    reach = require_tick(task, actor)
    plans.enter(task.plan_id)
    items, unknown = _find(task, reach, keys)
    ticked = [item for item in items if item.done_at is not None]
    values = {"done_at": None, "ticked_at": None, "ticked_by": None, "link_id": None}
    _set(task, ticked, values, -1)
    if ticked:
        _record(task, actor, now, "unticked", ticked)
        settle(task, actor, now)
    return Ticked(len(ticked), len(items) - len(ticked), unknown)


def tick_over_link(link: ConfirmLink, now: datetime, item: RosterItem) -> bool:
    """Whoever holds the link confirms one name of its duty; False where it was ticked already. The
    caller made sure that the link is valid and the name is one of its."""
    task = link.assignment.duty.tasks[0]
    plans.enter(task.plan_id)
    db.session.refresh(item)
    if item.done_at is not None:
        return False
    values = {"done_at": now, "ticked_at": now, "ticked_by": None, "link_id": link.id}
    _set(task, [item], values, +1)
    _record(task, SYSTEM, now, "ticked", [item], link=link.id)
    return True


def require_tick(task: Task, actor: Actor) -> Reach:
    """Whose names the actor may tick. Raises NotPermitted."""
    reach = roster_reach(actor, rosters.counting_offices(task.id))
    if reach.nowhere or not reach.ticks:
        raise NotPermitted(N_("Only the unit itself ticks its names."))
    return reach


def count_anew(task: Task) -> None:
    """Tallies from the items, after a change of the list."""
    db.session.execute(delete(RosterTally).where(RosterTally.task_id == task.id))
    counted = (
        select(
            RosterItem.task_id,
            RosterItem.unit_id,
            func.count(),
            func.count(RosterItem.done_at),
        )
        .where(RosterItem.task_id == task.id, RosterItem.dropped_at.is_(None))
        .group_by(RosterItem.task_id, RosterItem.unit_id)
    )
    columns = ["task_id", "unit_id", "total", "done"]
    db.session.execute(insert(RosterTally).from_select(columns, counted))


def settle(task: Task, actor: Actor, now: datetime) -> None:
    """Reports whose names are no longer all done fall back. The caller holds the plan's lock."""
    tally = rosters.tally_of(task.id)
    if tally is None:
        return
    reported = db.session.scalars(
        select(Assignment)
        .join(Duty, Duty.id == Assignment.duty_id)
        .join(DutyTask, DutyTask.duty_id == Duty.id)
        .where(DutyTask.task_id == task.id, Duty.counted)
        .where(Assignment.state.in_([State.DONE, State.VERIFIED]))
        .order_by(Assignment.id)
    ).all()
    for assignment in reported:
        unit = assignment.unit
        scope = rosters.in_scope(tally, unit.kind, unit.id, unit.parent_id)
        if scope.missing:
            assignments.fall_back(assignment, actor, now, scope.missing)


def _find(
    task: Task, reach: Reach, keys: Sequence[str]
) -> tuple[list[RosterItem], tuple[str, ...]]:
    """The items of these keys within reach, and the keys of none."""
    wanted = list(dict.fromkeys(key for typed in keys if (key := key_of(typed))))
    found: dict[str, RosterItem] = {}
    for chunk in chunks(wanted):
        statement = select(RosterItem).where(
            RosterItem.task_id == task.id,
            RosterItem.key.in_(chunk),
            RosterItem.dropped_at.is_(None),
            within(reach),
        )
        statement = statement.execution_options(populate_existing=True)
        found |= {item.key: item for item in db.session.scalars(statement)}
    return list(found.values()), tuple(key for key in wanted if key not in found)


def _set(task: Task, items: Sequence[RosterItem], values: Mapping[str, Any], sign: int) -> None:
    """Write the tick and keep the tallies in step."""
    for chunk in chunks([item.id for item in items]):
        written = db.session.execute(
            update(RosterItem)
            .where(RosterItem.id.in_(chunk))
            .values(**values)
            .execution_options(synchronize_session=False)
        )
        assert cast(CursorResult[Any], written).rowcount == len(chunk)
    for unit_id, times in Counter(item.unit_id for item in items).items():
        db.session.execute(
            update(RosterTally)
            .where(RosterTally.task_id == task.id, RosterTally.unit_id == unit_id)
            .values(done=RosterTally.done + sign * times)
            .execution_options(synchronize_session=False)
        )
    db.session.flush()


def _record(
    task: Task, actor: Actor, now: datetime, event: str, items: Iterable[RosterItem], **more: object
) -> None:
    keys = [item.key for item in items]
    db.session.expire_all()  # The statements above went past the session.
    audit.record(actor, now, f"roster.{event}", "task", task.id, keys=keys, **more)


def chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """In pieces that one statement takes."""
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
