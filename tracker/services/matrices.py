"""Writing what a seed's table says: rows, duties, and the ladder of a plan."""

from collections.abc import Sequence

from tracker.db import db
from tracker.domain.cutoffs import to_instant
from tracker.domain.reminding import Rule
from tracker.models.plan import Duty, Plan, Task
from tracker.models.reminder import ReminderRule
from tracker.services.seed_groups import Groups
from tracker.services.seed_tables import DutySeed, TaskSeed


def add(rows: Sequence[TaskSeed], duties: Sequence[DutySeed], groups: Groups, plan: Plan) -> None:
    tasks = {task.number: _task(task, plan) for task in rows}
    db.session.add_all(tasks.values())
    db.session.flush()
    for duty in duties:
        row = _duty(duty, plan, [tasks[number] for number in duty.tasks])
        row.group_parts = " ".join(groups.get((duty.tasks[0], duty.kind), ()))
        db.session.add(row)


def _task(task: TaskSeed, plan: Plan) -> Task:
    measure = task.measure
    return Task(
        plan=plan,
        number=task.number,
        title=task.title,
        title_en=task.title_en,
        deadline_text=task.deadline_text,
        opens=task.window.opens,
        closes=task.window.closes,
        counts=measure.counts if measure else None,
        counts_en=measure.counts_en if measure else None,
        target=measure.target if measure else None,
    )


def _duty(duty: DutySeed, plan: Plan, tasks: list[Task]) -> Duty:
    opens = duty.window.opens
    return Duty(
        plan=plan,
        unit_kind=duty.kind,
        role=duty.role,
        text=duty.text,
        text_en=duty.text_en,
        cadence=duty.cadence,
        reviewed=duty.reviewed,
        counted=duty.counted,
        target=duty.target,
        opens_at=to_instant(opens, plan.zone) if opens else None,
        due_at=to_instant(duty.window.closes, plan.zone),
        report_by=duty.report_by,
        tasks=tasks,
    )


def add_ladder(rules: Sequence[Rule], plan: Plan) -> None:
    for rule in rules:
        db.session.add(
            ReminderRule(
                plan_id=plan.id,
                code=rule.code,
                day_offset=rule.day_offset,
                at=rule.at,
                audience=" ".join(sorted(rule.audience)),
                repeats=rule.repeats,
                ignores_quiet=rule.ignores_quiet,
            )
        )
