"""Writing what was read of a notice's tables: rows, duties, ladder, contingencies. Adds to the
session; whoever calls records it and flushes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from tracker.db import db
from tracker.domain.cutoffs import to_instant
from tracker.domain.notice_duties import CaseSeed, DutySeed, ResponseSeed, TaskSeed
from tracker.domain.reminding import Rule
from tracker.domain.vocabulary import GroupPart, UnitKind
from tracker.models.plan import Contingency, ContingencyResponse, Duty, Plan, Task
from tracker.models.reminder import ReminderRule
from tracker.queries.rules import facts_of, ladder_of

Groups = Mapping[tuple[int, UnitKind], tuple[GroupPart, ...]]


def add_matrix(
    plan: Plan, rows: Iterable[TaskSeed], duties: Iterable[DutySeed], groups: Groups
) -> None:
    """Rows and duties in the order of the notice."""
    tasks = {row.number: add_task(plan, row) for row in rows}
    db.session.flush()
    for seed in duties:
        duty = add_duty(plan, seed, [tasks[number] for number in seed.tasks])
        duty.group_parts = " ".join(groups.get((seed.tasks[0], seed.kind), ()))


def add_task(plan: Plan, row: TaskSeed) -> Task:
    task = Task(plan=plan, **task_values(row))
    db.session.add(task)
    return task


def task_values(row: TaskSeed) -> dict[str, object]:
    measure = row.measure
    return {
        "number": row.number,
        "title": row.title,
        "title_en": row.title_en,
        "deadline_text": row.deadline_text,
        "opens": row.window.opens,
        "closes": row.window.closes,
        "counts": measure.counts if measure else None,
        "counts_en": measure.counts_en if measure else None,
        "target": measure.target if measure else None,
    }


def add_duty(plan: Plan, seed: DutySeed, tasks: Sequence[Task]) -> Duty:
    duty = Duty(plan=plan, unit_kind=seed.kind, tasks=list(tasks), **duty_values(plan, seed))
    db.session.add(duty)
    return duty


def duty_values(plan: Plan, seed: DutySeed) -> dict[str, object]:
    opens = seed.window.opens
    return {
        "role": seed.role,
        "text": seed.text,
        "text_en": seed.text_en,
        "cadence": seed.cadence,
        "reviewed": seed.reviewed,
        "counted": seed.counted,
        "target": seed.target,
        "opens_at": to_instant(opens, plan.zone) if opens else None,
        "due_at": to_instant(seed.window.closes, plan.zone),
        "report_on": seed.report_on,
        "report_by": seed.report_by,
    }


def copy_ladder(plan: Plan, made: Plan, now: datetime) -> None:
    """The rules that hold under the one hold under the other."""
    add_ladder(made, ladder_of(plan, now).values())


def add_ladder(plan: Plan, rules: Iterable[Rule]) -> None:
    """Without the moments from and to which they held elsewhere."""
    db.session.add_all(ReminderRule(plan_id=plan.id, **facts_of(rule)) for rule in rules)


def add_contingencies(plan: Plan, responses: Iterable[ResponseSeed]) -> None:
    for response in responses:
        shared = ContingencyResponse(
            response=response.response,
            response_en=response.response_en,
            focus=response.focus,
            focus_en=response.focus_en,
        )
        for case in response.cases:
            add_case(plan, case, shared)


def add_case(plan: Plan, case: CaseSeed, response: ContingencyResponse) -> None:
    db.session.add(
        Contingency(
            plan_id=plan.id,
            number=case.number,
            trigger=case.trigger,
            trigger_en=case.trigger_en,
            response=response,
        )
    )
