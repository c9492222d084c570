"""A plan's facts for a report, read at one moment: the caller holds the plan's row meanwhile."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from tracker.db import db
from tracker.domain.cutoffs import to_instant, to_wall
from tracker.domain.notices import Bilingual
from tracker.domain.reports import (
    MOST_NAMED,
    MOST_NAMED_IN_ALL,
    MOST_URGES,
    Gap,
    Missed,
    ReportCell,
    ReportDay,
    ReportRow,
    ReportUnit,
    ReportUrge,
)
from tracker.domain.standing import is_late
from tracker.domain.vocabulary import Light, UnitKind
from tracker.models.assignment import Assignment
from tracker.models.org import Unit
from tracker.models.plan import Duty, Plan, Task
from tracker.models.roster import RosterItem
from tracker.models.urge import Urge, UrgedAssignment
from tracker.queries import rosters
from tracker.queries.board import Board, BoardTask
from tracker.queries.cells import BoardCell

Names = Mapping[tuple[int, str], tuple[Missed, ...]]
"""By row and unit code."""


def units(board: Board) -> tuple[ReportUnit, ...]:
    return tuple(
        ReportUnit(
            unit.code,
            unit.kind,
            Bilingual(unit.name, unit.name_en),
            unit.readiness.settled,
            unit.readiness.total,
        )
        for unit in board.units
    )


def cells(board: Board, now: datetime) -> tuple[ReportCell, ...]:
    wall = to_wall(now, board.plan.zone)
    return tuple(_cell(cell, wall) for cell in board.cells)


def _cell(cell: BoardCell, wall: datetime) -> ReportCell:
    shown = cell.figures
    return ReportCell(
        id=cell.assignment_id,
        rows=cell.task_numbers,
        unit=cell.unit_code,
        role=cell.role,
        light=cell.light,
        counted=cell.counted,
        done=shown.done if shown else None,
        total=shown.total if shown else None,
        due_at=cell.due_at,
        days=tuple(
            ReportDay(day, health, is_late(day, health is not None, wall, cell.report_by))
            for day, health in cell.check_ins
        ),
    )


def rows(board: Board) -> tuple[ReportRow, ...]:
    named, tallies = _missing_names(board.plan), rosters.tallies([board.plan.id])
    units = {unit.id: unit for unit in board.units}
    kinds = {unit.code: unit.kind for unit in board.units}
    by_row: dict[int, list[BoardCell]] = defaultdict(list)
    for cell in board.cells:
        if cell.counted and cell.light is not Light.WAIVED:
            by_row[cell.task_numbers[0]].append(cell)
    found = []
    for task in board.tasks:
        answering = _answering(by_row[task.number], kinds)
        missing = {cell.unit_code: _missing(cell.count, cell.target) for cell in answering}
        silent = [cell.unit_code for cell in answering if cell.count is None]
        missing = {code: missing[code] for code in missing if code not in silent}
        if task.id in tallies:
            listed = tallies[task.id].units.items()
            missing = {
                units[unit_id].code: _missing(progress.done, progress.total)
                for unit_id, progress in listed
                if unit_id in units
            }
            silent = [code for code in silent if code not in missing]
        found.append(_row(task, silent, missing, named))
    return tuple(found)


def _missing(done: int | None, total: int | None) -> int:
    return max((total or 0) - (done or 0), 0)


def _answering(counted: Sequence[BoardCell], kinds: Mapping[str, UnitKind]) -> Sequence[BoardCell]:
    """Colleges where they count; an office's number of the same thing is theirs once more."""
    colleges = [cell for cell in counted if kinds[cell.unit_code] is UnitKind.COLLEGE]
    return colleges or counted


def _row(
    task: BoardTask, silent: Sequence[str], missing: Mapping[str, int], named: Names
) -> ReportRow:
    """`missing`: by unit code, of its roster where the row has one, which is its word too."""
    progress = task.progress
    return ReportRow(
        number=task.number,
        title=Bilingual(task.title, task.title_en),
        deadline_text=task.deadline_text,
        due_at=task.due_at,
        counts=Bilingual(task.counts, task.counts_en or "") if task.counts and progress else None,
        done=progress.done if progress else None,
        total=progress.total if progress else None,
        settled=task.readiness.settled,
        asked=task.readiness.total,
        silent=tuple(silent),
        gaps=tuple(
            Gap(code, number, named.get((task.number, code), ()))
            for code, number in missing.items()
            if number
        ),
    )


def _missing_names(plan: Plan) -> Names:
    """The first MOST_NAMED by key of each row and unit, MOST_NAMED_IN_ALL at most. One query."""
    place = func.row_number().over(
        partition_by=(RosterItem.task_id, RosterItem.unit_id), order_by=RosterItem.key
    )
    columns: list[Any] = [RosterItem.key, RosterItem.label, RosterItem.detail]
    missing = (
        select(Task.number, Unit.code, Unit.position, *columns, place.label("place"))
        .join(Task, Task.id == RosterItem.task_id)
        .join(Unit, Unit.id == RosterItem.unit_id)
        .where(Task.plan_id == plan.id)
        .where(RosterItem.done_at.is_(None), RosterItem.dropped_at.is_(None))
        .subquery()
    )
    it = missing.c
    found: dict[tuple[int, str], list[Missed]] = defaultdict(list)
    for row in db.session.execute(
        select(it.number, it.code, it.key, it.label, it.detail)
        .where(it.place <= MOST_NAMED)
        .order_by(it.number, it.position, it.code, it.key)
        .limit(MOST_NAMED_IN_ALL)
    ):
        found[row.number, row.code].append(Missed(row.key, row.label, row.detail))
    return {place: tuple(names) for place, names in found.items()}


def urges(
    plan: Plan, now: datetime, due_on: date | None
) -> tuple[int, int, tuple[ReportUrge, ...]]:
    """Since the campus day `due_on`, or that of `now`, began: how many duties were urged, how many
    of these answered, and the first MOST_URGES."""
    day = datetime.combine(due_on or to_wall(now, plan.zone).date(), time())
    today = (Duty.plan_id == plan.id, Urge.at >= to_instant(day, plan.zone), Urge.at <= now)
    of_plan = (
        select(UrgedAssignment)
        .join(Urge, Urge.id == UrgedAssignment.urge_id)
        .join(Assignment, Assignment.id == UrgedAssignment.assignment_id)
        .join(Duty, Duty.id == Assignment.duty_id)
        .where(*today)
    )
    counts = of_plan.with_only_columns(func.count(), func.count(UrgedAssignment.answered_at))
    urged, answered = db.session.execute(counts).one()
    whole = of_plan.options(
        joinedload(UrgedAssignment.urge).joinedload(Urge.user),
        joinedload(UrgedAssignment.assignment).options(
            joinedload(Assignment.unit), joinedload(Assignment.duty).selectinload(Duty.tasks)
        ),
    )
    first = db.session.scalars(whole.order_by(Urge.at, UrgedAssignment.id).limit(MOST_URGES))
    return urged, answered, tuple(_urge(each) for each in first)


def _urge(it: UrgedAssignment) -> ReportUrge:
    return ReportUrge(
        at=it.urge.at,
        by=Bilingual(it.urge.user.name, it.urge.user.name_en),
        unit=it.assignment.unit.code,
        row=it.assignment.duty.tasks[0].number,
        number=it.number,
        opened=it.opened_at is not None,
        answer=it.answer,
    )
