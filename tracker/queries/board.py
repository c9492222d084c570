"""Table 1 as it stands: rows, columns, cells with their lights, and the roll-ups.

`board()` takes the same six queries for any number of units. An actor sees the columns of
`permissions.sees`; every number on the board is made of the cells that this actor sees, with one
exception: an inspection's light looks at all reports of its row, because that is its duty.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Row

from tracker.actors import units_about
from tracker.db import db
from tracker.domain.cutoffs import to_instant
from tracker.domain.progress import Progress, add_up
from tracker.domain.readiness import Readiness, roll_up
from tracker.domain.vocabulary import State, UnitKind
from tracker.models.plan import Duty, Plan
from tracker.permissions import Actor
from tracker.queries import matrix, rosters
from tracker.queries.cells import BoardCell, cell_of, duties_of
from tracker.queries.inspections import reviewed_states


@dataclass(frozen=True)
class BoardTask:
    """A row. `progress` is None where the row counts nothing (or the actor sees no count). `moved`:
    its cut-off is no longer what the notice's words first said."""

    id: int
    number: int
    title: str
    title_en: str
    deadline_text: str
    opens_at: datetime | None
    due_at: datetime
    moved: bool
    counts: str | None
    counts_en: str | None
    target: int | None
    readiness: Readiness
    progress: Progress | None


@dataclass(frozen=True)
class BoardUnit:
    """A column."""

    id: int
    code: str
    kind: UnitKind
    name: str
    name_en: str
    cluster: str | None
    cluster_en: str | None
    readiness: Readiness


@dataclass(frozen=True)
class Board:
    """`units` in the notice's order of columns; `cells` by column, then by row."""

    plan: Plan
    tasks: tuple[BoardTask, ...]
    units: tuple[BoardUnit, ...]
    cells: tuple[BoardCell, ...]
    readiness: Readiness

    @cached_property
    def by_place(self) -> Mapping[tuple[int, str], BoardCell]:
        """(row number, unit code) -> cell; a merged cell stands at each of its rows."""
        return {
            (number, cell.unit_code): cell for cell in self.cells for number in cell.task_numbers
        }


def board(plan_id: int, actor: Actor, now: datetime) -> Board:
    """The plan as the actor sees it at `now` (aware): the caller made sure that they see it."""
    plan = db.session.get_one(Plan, plan_id)
    table = matrix.rows(plan_id)
    units = units_about(actor)
    states = reviewed_states(Duty.plan_id == plan_id, units)
    duties = duties_of(table)
    said = matrix.check_ins(plan_id, actor)
    tallies = rosters.tallies([plan_id], units)
    assignments = matrix.assignments(plan_id, actor)
    cells = [
        cell_of(row, duties[row.duty_id], states, said, tallies, plan.zone, now)
        for row in assignments
    ]
    columns = {row.code: row for row in assignments}
    by_unit: dict[str, list[BoardCell]] = defaultdict(list)
    by_row: dict[int, list[BoardCell]] = defaultdict(list)
    for cell in cells:
        by_unit[cell.unit_code].append(cell)
        for number in cell.task_numbers:
            by_row[number].append(cell)
    return Board(
        plan=plan,
        tasks=tuple(
            _task(row, by_row[row.number], columns, plan.zone, actor)
            for row in {row.number: row for row in table}.values()
        ),
        units=tuple(_unit(row, by_unit[code]) for code, row in columns.items()),
        cells=tuple(cells),
        readiness=_roll_up(cells),
    )


def _unit(row: Row[Any], cells: Iterable[BoardCell]) -> BoardUnit:
    return BoardUnit(
        row.unit_id,
        row.code,
        row.kind,
        row.name,
        row.name_en,
        row.cluster,
        row.cluster_en,
        _roll_up(cells),
    )


def _roll_up(cells: Iterable[BoardCell]) -> Readiness:
    return roll_up((cell.role, cell.light) for cell in cells)


def _task(
    row: Row[Any],
    cells: list[BoardCell],
    columns: Mapping[str, Row[Any]],
    zone: str,
    actor: Actor,
) -> BoardTask:
    """A row's readiness leaves out cells that span several rows: with the standing duty in it no
    row would be ready before the last day. It counts once, in its unit and in the plan."""
    own = [cell for cell in cells if len(cell.task_numbers) == 1]
    colleges = [cell for cell in own if columns[cell.unit_code].kind is UnitKind.COLLEGE]
    return BoardTask(
        id=row.id,
        number=row.number,
        title=row.title,
        title_en=row.title_en,
        deadline_text=row.deadline_text,
        opens_at=to_instant(row.opens, zone) if row.opens else None,
        due_at=to_instant(row.closes, zone),
        moved=row.moved,
        counts=row.counts,
        counts_en=row.counts_en,
        target=row.target,
        readiness=_roll_up(own),
        progress=_progress(colleges, row, actor) or _progress(own, row, actor),
    )


def _progress(cells: Iterable[BoardCell], row: Row[Any], actor: Actor) -> Progress | None:
    """The counts that stand; None where none is asked for. Where colleges count, an office's
    count of the same thing is not added to theirs. A number that was sent back does not stand, a
    ticked name does. The row's target is a target for all units together, so only those who see
    all meet it; where there is a roster, its names are the target."""
    counted = [cell for cell in cells if cell.counted and cell.state is not State.WAIVED]
    if not counted:
        return None
    parts = (
        Progress(
            cell.count if cell.listed or cell.state is not State.RETURNED else None, cell.target
        )
        for cell in counted
    )
    listed = any(cell.listed for cell in counted)
    return add_up(parts, row.target if actor.sees_all and not listed else None)
