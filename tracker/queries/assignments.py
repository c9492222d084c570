"""Assignments one by one: flat rows, each with its light, for lists and single answers.

A fixed number of queries, whatever the number of rows. The board has its own reading of the whole
matrix in `queries/board.py`; both ask the domain for their lights.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.orm import joinedload

from tracker.actors import units_near
from tracker.db import db, rows
from tracker.domain.cutoffs import to_wall
from tracker.domain.progress import Progress, spoken
from tracker.domain.readiness import Inspection, light
from tracker.domain.standing import report_days
from tracker.domain.vocabulary import Cadence, DutyRole, Health, Light, State
from tracker.models.assignment import Assignment, CheckIn
from tracker.models.org import Unit
from tracker.models.plan import Duty, DutyTask, Task
from tracker.permissions import Actor, visible_assignments
from tracker.queries import inspections, rosters
from tracker.queries.inspections import Reviewed
from tracker.queries.rosters import Tallies


@dataclass(frozen=True)
class Wanted:
    """Filters; None asks for all."""

    mine: bool = False
    plan_id: int | None = None
    unit_code: str | None = None
    state: State | None = None
    role: DutyRole | None = None


@dataclass(frozen=True)
class DayWord:
    """A day of a standing duty; `health` and `note` are None while nothing was said of it."""

    day: date
    health: Health | None
    note: str | None


@dataclass(frozen=True)
class AssignmentRow:
    """An assignment with its duty, unit and rows in one flat piece. `task` is the row number, of
    a merged cell the first; `title`, `duty` and `deadline_text` are the notice's own words;
    instants are aware, in the plan's zone."""

    id: int
    plan: int
    state: State
    version: int
    task: int
    tasks: tuple[int, ...]
    title: str
    duty: str
    unit: str
    unit_name: str
    role: DutyRole
    count: int | None
    target: int | None
    counted: bool
    reviewed: bool
    cadence: Cadence
    light: Light
    overdue: bool
    opens_at: datetime | None
    due_at: datetime
    deadline_text: str
    check_ins: tuple[DayWord, ...]


def listing(
    actor: Actor, now: datetime, wanted: Wanted, *, after: int = 0, limit: int | None = None
) -> list[AssignmentRow]:
    """Visible assignments with an id above `after`, by id, at most `limit`. Five queries
    at most."""
    statement = _filtered(visible_assignments(actor), actor, wanted)
    statement = statement.where(Assignment.id > after).order_by(Assignment.id).limit(limit)
    return _rows(statement, now)


def find(actor: Actor, now: datetime, assignment_id: int) -> AssignmentRow | None:
    """One assignment; None where the actor does not see it."""
    found = _rows(visible_assignments(actor).where(Assignment.id == assignment_id), now)
    return found[0] if found else None


def first_row(assignment_id: int) -> Row[str, str]:
    """`title` and `title_en` of the first row that the assignment is about."""
    found: Row[str, str] = rows(_FIRST_ROW, {"assignment": assignment_id})[0]
    return found


_FIRST_ROW = (
    select(Task.title, Task.title_en)
    .join(DutyTask, DutyTask.task_id == Task.id)
    .join(Assignment, Assignment.duty_id == DutyTask.duty_id)
    .where(Assignment.id == bindparam("assignment"))
    .order_by(Task.number)
    .limit(1)
)


def _filtered(statement: Select[Assignment], actor: Actor, wanted: Wanted) -> Select[Assignment]:
    if wanted.mine:
        statement = statement.where(Assignment.unit_id.in_(sorted(actor.unit_ids)))
    if wanted.plan_id is not None:
        statement = statement.where(Assignment.duty.has(Duty.plan_id == wanted.plan_id))
    if wanted.unit_code is not None:
        statement = statement.where(Assignment.unit.has(Unit.code == wanted.unit_code))
    if wanted.state is not None:
        statement = statement.where(Assignment.state == wanted.state)
    if wanted.role is not None:
        statement = statement.where(Assignment.duty.has(Duty.role == wanted.role))
    return statement


def _rows(statement: Select[Assignment], now: datetime) -> list[AssignmentRow]:
    duty = joinedload(Assignment.duty)
    found = db.session.scalars(
        statement.options(
            duty.selectinload(Duty.tasks), duty.joinedload(Duty.plan), joinedload(Assignment.unit)
        )
    ).all()
    said = _said(found)
    states = _reviewed_states(found)
    tallies = rosters.tallies({assignment.duty.plan_id for assignment in found})
    return [_row(assignment, said, states, tallies, now) for assignment in found]


def _row(
    assignment: Assignment,
    said: Mapping[tuple[int, date], CheckIn],
    states: Reviewed,
    tallies: Tallies,
    now: datetime,
) -> AssignmentRow:
    duty, tasks = assignment.duty, assignment.duty.tasks
    zone = ZoneInfo(duty.plan.zone)
    shown = _light(assignment, states, now)
    figures = Progress(assignment.count, duty.target)
    if duty.counted and tasks[0].id in tallies:
        unit = assignment.unit
        listed = rosters.in_scope(tallies[tasks[0].id], unit.kind, unit.id, unit.parent_id)
        figures = spoken(listed, assignment.count)
    return AssignmentRow(
        id=assignment.id,
        plan=duty.plan_id,
        state=assignment.state,
        version=assignment.version,
        task=tasks[0].number,
        tasks=tuple(task.number for task in tasks),
        title=tasks[0].title,
        duty=duty.text,
        unit=assignment.unit.code,
        unit_name=assignment.unit.name,
        role=duty.role,
        count=figures.done,
        target=figures.total,
        counted=duty.counted,
        reviewed=duty.reviewed,
        cadence=duty.cadence,
        light=shown,
        overdue=shown is Light.OVERDUE,
        opens_at=duty.opens_at.astimezone(zone) if duty.opens_at else None,
        due_at=duty.due_at.astimezone(zone),
        deadline_text=max(tasks, key=lambda task: task.closes).deadline_text,
        check_ins=tuple(_words(assignment, said, now)),
    )


def _light(assignment: Assignment, states: Reviewed, now: datetime) -> Light:
    duty = assignment.duty
    sources: Inspection | None = None
    if duty.role is DutyRole.INSPECT:
        rows = [task.id for task in duty.tasks]
        sources = inspections.inspection_of(rows, assignment.unit.parent_id, states)
    return light(
        duty.role,
        assignment.state,
        reviewed=duty.reviewed,
        due_at=duty.due_at,
        now=now,
        sources=sources,
        lacking=assignment.lacking is not None,
    )


def _words(
    assignment: Assignment, said: Mapping[tuple[int, date], CheckIn], now: datetime
) -> Iterable[DayWord]:
    duty = assignment.duty
    zone = duty.plan.zone
    for day in report_days(duty, zone, to_wall(now, zone).date()):
        word = said.get((assignment.id, day))
        yield DayWord(day, word.health if word else None, word.note if word else None)


def _said(found: Iterable[Assignment]) -> Mapping[tuple[int, date], CheckIn]:
    """Nothing is asked where nothing is said daily."""
    daily = [each.id for each in found if each.duty.cadence.recurs]
    if not daily:
        return {}
    said = db.session.scalars(select(CheckIn).where(CheckIn.assignment_id.in_(daily)))
    return {(row.assignment_id, row.day): row for row in said}


def _reviewed_states(found: Sequence[Assignment]) -> Reviewed:
    """For the rows that these inspect."""
    tasks = {
        task.id for each in found if each.duty.role is DutyRole.INSPECT for task in each.duty.tasks
    }
    if not tasks:
        return {}
    near = units_near({each.unit.parent_id for each in found})
    return inspections.reviewed_states(DutyTask.task_id.in_(sorted(tasks)), near)
