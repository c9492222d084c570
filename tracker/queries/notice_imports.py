"""A plan as an amended notice is read against it, and what was decided of an earlier one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from tracker.db import db
from tracker.domain.cutoffs import Window, spanning
from tracker.domain.notice_differences import KnownDuty, KnownTask
from tracker.domain.notice_duties import (
    CaseSeed,
    DutySeed,
    Measure,
    ResponseSeed,
    TaskSeed,
    shared_responses,
)
from tracker.domain.notice_windows import Standing, title_key
from tracker.domain.vocabulary import State, UnitKind
from tracker.models.assignment import Assignment
from tracker.models.notice_import import NoticeImport
from tracker.models.plan import Contingency, Duty, Plan, Task
from tracker.queries.plans import duties_of


@dataclass(frozen=True)
class KnownPlan:
    tasks: tuple[KnownTask, ...]
    duties: tuple[KnownDuty, ...]
    responses: tuple[ResponseSeed, ...]

    def standing(self) -> dict[str, Standing]:
        """By title, by "#number", and by "=wording"; what was dropped has no say."""
        found: dict[str, Standing] = {}
        for known in self.tasks:
            if not known.dropped:
                says = Standing(known.row.deadline_text, known.row.window)
                found.setdefault(title_key(known.row.title), says)
                found[f"#{known.row.number}"] = says
                found.setdefault(f"={says.deadline}", says)
        return found


def known_plan(plan: Plan) -> KnownPlan:
    tasks = db.session.scalars(select(Task).where(Task.plan_id == plan.id).order_by(Task.number))
    rows = list(tasks)
    duties = duties_of(plan)
    holders = _holders(duties)
    reports = _reports(plan)
    return KnownPlan(
        tuple(KnownTask(row.id, row.dropped_at is not None, _row(row, holders)) for row in rows),
        tuple(
            KnownDuty(duty.id, duty.dropped_at is not None, reports.get(duty.id, 0), _duty(duty))
            for duty in duties
        ),
        tuple(_responses(plan)),
    )


def _holders(duties: Sequence[Duty]) -> Mapping[int, UnitKind]:
    """Task id -> whose duty carries the row's whole number."""
    return {
        duty.tasks[0].id: duty.unit_kind
        for duty in duties
        if len(duty.tasks) == 1 and duty.counted and duty.target is not None
    }


def _reports(plan: Plan) -> dict[int, int]:
    """Duty id -> how many units have reported it."""
    rows = db.session.execute(
        select(Assignment.duty_id, func.count())
        .join(Duty, Duty.id == Assignment.duty_id)
        .where(Duty.plan_id == plan.id, Assignment.state.in_([State.DONE, State.VERIFIED]))
        .group_by(Assignment.duty_id)
    )
    return dict(rows.all())


def _row(task: Task, holders: Mapping[int, UnitKind]) -> TaskSeed:
    measure = None
    if task.counts:
        measure = Measure(task.counts, task.counts_en or "", task.target, holders.get(task.id))
    window = Window(task.opens, task.closes)
    return TaskSeed(task.number, task.title, task.title_en, task.deadline_text, window, measure)


def _duty(duty: Duty) -> DutySeed:
    return DutySeed(
        duty.unit_kind,
        duty.role,
        duty.text,
        duty.text_en,
        duty.cadence,
        tuple(task.number for task in duty.tasks),
        spanning([Window(task.opens, task.closes) for task in duty.tasks]),
        duty.reviewed,
        duty.counted,
        duty.target,
        duty.report_by,
        duty.report_on,
    )


def _responses(plan: Plan) -> list[ResponseSeed]:
    cases = db.session.scalars(
        select(Contingency)
        .options(joinedload(Contingency.response))
        .where(Contingency.plan_id == plan.id)
        .order_by(Contingency.number)
    )
    rows: list[tuple[CaseSeed, tuple[str, str, str, str] | None]] = []
    above = None
    for case in cases:
        said = case.response
        own = (said.response, said.response_en, said.focus, said.focus_en)
        seed = CaseSeed(case.number, case.trigger, case.trigger_en)
        rows.append((seed, None if above == case.response_id else own))
        above = case.response_id
    return shared_responses(rows)


def last_taken(plan: Plan) -> NoticeImport | None:
    """The import that the plan was made of, or that amended it last."""
    return db.session.scalar(
        select(NoticeImport)
        .where(NoticeImport.plan_id == plan.id, NoticeImport.confirmed_at.is_not(None))
        .order_by(NoticeImport.id.desc())
        .limit(1)
    )


def same_title(title: str) -> Plan | None:
    """The latest plan of that title: the notice may be an amendment of it."""
    return db.session.scalar(
        select(Plan)
        .where(Plan.title == title, Plan.archived_at.is_(None))
        .order_by(Plan.id.desc())
        .limit(1)
    )
