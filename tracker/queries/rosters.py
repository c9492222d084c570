"""What rosters say: how many of whom are done, and who is missing."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, select, true

from tracker.db import db, rows
from tracker.domain.progress import Progress
from tracker.domain.search import needles, words
from tracker.domain.vocabulary import UnitKind
from tracker.models.assignment import Assignment
from tracker.models.org import Unit, User
from tracker.models.plan import Duty, DutyTask, Task
from tracker.models.roster import RosterItem, RosterTally
from tracker.permissions import Reach, within
from tracker.queries.paging import Page, page


@dataclass(frozen=True)
class Tally:
    """One row's names: done and listed, by unit id and by campus."""

    units: Mapping[int, Progress]
    campuses: Mapping[int | None, Progress]


Tallies = Mapping[int, Tally]
"""Task id -> unit id -> its items; a task that is not in it has no roster."""


@dataclass(frozen=True)
class Wanted:
    """Which names: of one unit only, `done` or not (None: all), and those that match `search`."""

    unit_id: int | None = None
    done: bool | None = None
    search: str = ""


@dataclass(frozen=True)
class Item:
    """One name. `by` is None where a link confirmed it, and where nobody did."""

    id: int
    key: str
    label: str
    detail: str
    unit_code: str
    unit: str
    unit_en: str
    done_at: datetime | None
    ticked_at: datetime | None
    by: str | None
    by_en: str | None
    link_id: int | None


def tallies(plan_ids: Collection[int], unit_ids: Collection[int] | None = None) -> Tallies:
    """Of these plans' rows, of some units only where given. One query, whatever the number of
    items."""
    of_units = true() if unit_ids is None else RosterTally.unit_id.in_(sorted(unit_ids))
    statement = _TALLIES.join(Task, Task.id == RosterTally.task_id)
    return _by_task(db.session.execute(statement.where(Task.plan_id.in_(plan_ids), of_units)))


def tally_of(task_id: int) -> Tally | None:
    """One row's; None where it has no roster."""
    return _by_task(db.session.execute(_TALLIES.where(RosterTally.task_id == task_id))).get(task_id)


_TALLIES = select(
    *(RosterTally.task_id, RosterTally.unit_id, Unit.parent_id),
    *(RosterTally.done, RosterTally.total),
).join(Unit, Unit.id == RosterTally.unit_id)


def _by_task(tallied: Iterable[Row[int, int, int | None, int, int]]) -> dict[int, Tally]:
    units: dict[int, dict[int, Progress]] = defaultdict(dict)
    sums: dict[int, dict[int | None, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for task_id, unit_id, campus, done, total in tallied:
        units[task_id][unit_id] = Progress(done, total)
        sums[task_id][campus][0] += done
        sums[task_id][campus][1] += total
    return {
        task_id: Tally(found, {campus: Progress(*two) for campus, two in sums[task_id].items()})
        for task_id, found in units.items()
    }


def in_scope(tally: Tally, kind: UnitKind, unit_id: int, campus: int | None) -> Progress:
    """The items a unit's duty is about: a college's own, an office's all of its campus."""
    if kind is UnitKind.COLLEGE:
        return tally.units.get(unit_id, Progress(0, 0))
    return tally.campuses.get(campus, Progress(0, 0))


def progress_of(assignment: Assignment) -> Progress | None:
    """Of the items that a counted assignment is about; None where its row has no roster."""
    if not assignment.duty.counted:
        return None
    found = _by_task(rows(_TALLIES_OF_DUTY, {"duty": assignment.duty_id}))
    if not found:
        return None
    (tally,), unit = found.values(), assignment.unit
    return in_scope(tally, unit.kind, unit.id, unit.parent_id)


_FIRST_TASK = (
    select(Task.id)
    .join(DutyTask, DutyTask.task_id == Task.id)
    .where(DutyTask.duty_id == bindparam("duty"))
    .order_by(Task.number)
    .limit(1)
)
_TALLIES_OF_DUTY = _TALLIES.where(RosterTally.task_id == _FIRST_TASK.scalar_subquery())


def counting_offices(task_id: int) -> frozenset[int]:
    """Units other than colleges that answer for the row with a number of their own."""
    return frozenset(
        db.session.scalars(
            select(Assignment.unit_id)
            .join(Duty, Duty.id == Assignment.duty_id)
            .join(DutyTask, DutyTask.duty_id == Duty.id)
            .where(DutyTask.task_id == task_id, Duty.counted)
            .where(Duty.unit_kind != UnitKind.COLLEGE)
        )
    )


@dataclass(frozen=True)
class UnitNames:
    """One unit's names of one row."""

    task_id: int
    unit_id: int
    code: str
    name: str
    name_en: str
    progress: Progress


def by_unit(task_ids: Collection[int]) -> list[UnitNames]:
    """Row by row, in the units' order. One query."""
    columns: list[Any] = [RosterTally.task_id, Unit.id, Unit.code, Unit.name, Unit.name_en]
    statement = (
        select(*columns, RosterTally.done, RosterTally.total)
        .join(Unit, Unit.id == RosterTally.unit_id)
        .where(RosterTally.task_id.in_(task_ids))
        .order_by(RosterTally.task_id, Unit.position, Unit.id)
    )
    rows = db.session.execute(statement)
    return [UnitNames(*row[:5], Progress(row[5], row[6])) for row in rows]


def counting_offices_of(plan_ids: Collection[int]) -> Mapping[int, frozenset[int]]:
    """`counting_offices` of every row of these plans, by task id. One query."""
    rows = db.session.execute(
        select(DutyTask.task_id, Assignment.unit_id)
        .join(Duty, Duty.id == DutyTask.duty_id)
        .join(Assignment, Assignment.duty_id == Duty.id)
        .where(Duty.plan_id.in_(plan_ids), Duty.counted, Duty.unit_kind != UnitKind.COLLEGE)
    )
    found: dict[int, frozenset[int]] = {}
    for task_id, unit_id in rows:
        found[task_id] = found.get(task_id, frozenset()) | {unit_id}
    return found


def items(task: Task, reach: Reach, wanted: Wanted, number: int) -> Page[Item]:
    """A page of the names within reach, missing ones first, then by key."""
    conditions = _conditions(task, reach, wanted)
    total = db.session.scalar(select(func.count()).select_from(RosterItem).where(*conditions)) or 0

    def read(limit: int, offset: int) -> Sequence[Item]:
        statement = _rows().where(*conditions).order_by(*_ORDER).limit(limit).offset(offset)
        return [Item(*row) for row in db.session.execute(statement)]

    return page(number, total, read)


def every_item(task: Task, reach: Reach, wanted: Wanted) -> Sequence[Item]:
    """All of them, for a file."""
    statement = _rows().where(*_conditions(task, reach, wanted)).order_by(Unit.position, *_ORDER)
    return [Item(*row) for row in db.session.execute(statement)]


def keys(task: Task, reach: Reach, wanted: Wanted) -> list[str]:
    """The keys of all of them."""
    statement = select(RosterItem.key).where(*_conditions(task, reach, wanted))
    return list(db.session.scalars(statement))


_ORDER = (RosterItem.done_at.is_not(None), RosterItem.unit_id, RosterItem.key)


def _rows() -> Select[Any]:
    columns: list[Any] = [RosterItem.id, RosterItem.key, RosterItem.label, RosterItem.detail]
    columns += [Unit.code, Unit.name, Unit.name_en, RosterItem.done_at, RosterItem.ticked_at]
    columns += [User.name, User.name_en, RosterItem.link_id]
    return (
        select(*columns)
        .join(Unit, Unit.id == RosterItem.unit_id)
        .outerjoin(User, User.id == RosterItem.ticked_by)
    )


def _conditions(task: Task, reach: Reach, wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions = [RosterItem.task_id == task.id, RosterItem.dropped_at.is_(None), within(reach)]
    if wanted.unit_id is not None:
        conditions.append(RosterItem.unit_id == wanted.unit_id)
    if wanted.done is not None:
        done = RosterItem.done_at
        conditions.append(done.is_not(None) if wanted.done else done.is_(None))
    return [*conditions, *found_by(wanted.search)]


def found_by(typed: str) -> list[ColumnElement[bool]]:
    """Every word of what was typed occurs in the item (see `domain/search.needles`)."""
    return [RosterItem.search.contains(needle, autoescape=True) for needle in needles(words(typed))]
