"""The notice itself: which plan is current, what its two tables say, and its ladder."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from tracker.db import db
from tracker.domain.cutoffs import to_instant
from tracker.domain.reminding import Rule
from tracker.domain.vocabulary import DutyRole, UnitKind
from tracker.models.assignment import Assignment
from tracker.models.plan import (
    FOREMOST,
    Contingency,
    ContingencyResponse,
    CutoffMove,
    Duty,
    Plan,
    Task,
)
from tracker.permissions import Actor, sees
from tracker.queries.rules import ladder_of


@dataclass(frozen=True)
class NoticeCell:
    """`span`: how many rows the cell covers, counted from the one it stands in."""

    role: DutyRole
    text: str
    text_en: str
    span: int


@dataclass(frozen=True)
class NoticeRow:
    """`due_at`: the row's cut-off; `moved`: why it is no longer the notice's. `cells` by column: a
    cell that begins here, None where the notice leaves it empty; the column is missing where a
    merged cell from above goes on."""

    task: Task
    due_at: datetime
    moved: CutoffMove | None
    cells: Mapping[UnitKind, NoticeCell | None]


@dataclass(frozen=True)
class NoticeCase:
    """A row of table 2. `response` is None where the merged cell above goes on; `span` rows."""

    case: Contingency
    response: ContingencyResponse | None
    span: int


@dataclass(frozen=True)
class Notice:
    plan: Plan
    columns: tuple[UnitKind, ...]
    rows: tuple[NoticeRow, ...]
    cases: tuple[NoticeCase, ...]
    rules: tuple[Rule, ...]


def current_plan(actor: Actor) -> Plan | None:
    """The foremost plan that is listed and in which the actor sees something."""
    return db.session.scalar(_current(actor).limit(1))


def current_plans(actor: Actor) -> Sequence[Plan]:
    """All of them, the foremost first."""
    return db.session.scalars(_current(actor)).all()


def _current(actor: Actor) -> Select[Plan]:
    statement = (
        select(Plan)
        .where(Plan.published_at.is_not(None), Plan.archived_at.is_(None))
        .order_by(*FOREMOST)
    )
    if not actor.sees_all:
        seen = select(Assignment.id).join(Duty, Duty.id == Assignment.duty_id)
        held = seen.where(Duty.plan_id == Plan.id, sees(actor)).correlate(Plan)
        statement = statement.where(held.exists())
    return statement


def notice(plan: Plan, now: datetime) -> Notice:
    """Both tables and the ladder, in the notice's order. Four queries (and one for the joins)."""
    tasks = db.session.scalars(select(Task).where(Task.plan_id == plan.id).order_by(Task.number))
    duties = duties_of(plan)
    rules = ladder_of(plan, now).values()
    asked = {duty.unit_kind for duty in duties}
    columns = tuple(kind for kind in UnitKind if kind in asked)
    return Notice(plan, columns, _rows(tasks.all(), duties, columns), _cases(plan), tuple(rules))


def duties_of(plan: Plan) -> Sequence[Duty]:
    """With their rows, in the notice's order."""
    asked = select(Duty).options(selectinload(Duty.tasks)).where(Duty.plan_id == plan.id)
    return db.session.scalars(asked.order_by(Duty.id)).all()


def _rows(
    tasks: Sequence[Task], duties: Sequence[Duty], columns: tuple[UnitKind, ...]
) -> tuple[NoticeRow, ...]:
    begins: dict[int, dict[UnitKind, NoticeCell]] = defaultdict(dict)
    goes_on: set[tuple[int, UnitKind]] = set()
    for duty in duties:
        first, *rest = [task.number for task in duty.tasks]
        cell = NoticeCell(duty.role, duty.text, duty.text_en, 1 + len(rest))
        begins[first][duty.unit_kind] = cell
        goes_on |= {(number, duty.unit_kind) for number in rest}
    moves = {
        move.task_id: move
        for move in db.session.scalars(
            select(CutoffMove)
            .where(CutoffMove.task_id.in_([task.id for task in tasks]))
            .order_by(CutoffMove.id)
        )
    }
    return tuple(
        NoticeRow(
            task,
            to_instant(task.closes, task.plan.zone),
            moves.get(task.id),
            {
                kind: begins[task.number].get(kind)
                for kind in columns
                if (task.number, kind) not in goes_on
            },
        )
        for task in tasks
    )


def _cases(plan: Plan) -> tuple[NoticeCase, ...]:
    """Neighbours that share a response show it once, in the first of them."""
    cases = db.session.scalars(
        select(Contingency)
        .options(joinedload(Contingency.response))
        .where(Contingency.plan_id == plan.id)
        .order_by(Contingency.number)
    ).all()
    rows: list[NoticeCase] = []
    for position, case in enumerate(cases):
        if position and cases[position - 1].response_id == case.response_id:
            rows.append(NoticeCase(case, None, 0))
            continue
        span = 1
        while cases[position + span : position + span + 1] and (
            cases[position + span].response_id == case.response_id
        ):
            span += 1
        rows.append(NoticeCase(case, case.response, span))
    return tuple(rows)
