"""Writing what an amended notice changes of a plan. Nothing that somebody reported is lost."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import count

from sqlalchemy import select

from tracker.db import db
from tracker.domain.cutoffs import Window, spanning, to_instant
from tracker.domain.notice_cases import responses_of
from tracker.domain.notice_differences import ChangedDuty, ChangedTask, Difference
from tracker.domain.notice_duties import DutySeed
from tracker.domain.notice_staging import tables_from
from tracker.domain.standing import rhythm_of
from tracker.domain.vocabulary import Audience, DutyRole, NoticeKind
from tracker.models.assignment import Assignment
from tracker.models.notice_import import NoticeImport
from tracker.models.plan import Duty, Plan, Task
from tracker.permissions import Actor
from tracker.queries.holders import reached
from tracker.services import (
    amended_cases,
    audit,
    cutoffs,
    dropped_duties,
    fanout,
    notices,
    plan_rows,
    second_looks,
)

_TOLD_OF = {"text", "role", "rows", "cadence", "counted", "target", "dropped"}
"""Changes of a duty that its units are told of."""


def apply(
    plan: Plan,
    staged: NoticeImport,
    found: Difference,
    actor: Actor,
    now: datetime,
    *,
    reason: str,
) -> None:
    """The caller holds the plan's lock and has shown the difference. Raises InvalidInput where a
    cut-off would move into the past."""
    if found.empty:
        db.session.flush()
        return
    if plan.published_at is not None:
        second_looks.record(found, now)
    rows = _rows(plan, found)
    _move(plan, found.moved, rows, actor, now, reason)
    added = [_add(plan, seed, rows) for seed in found.duties_added]
    for change in found.duties_changed:
        _change(plan, change, rows, actor, now)
    dropped_duties.drop(plan, found, actor, now, reason)
    _follow(plan)
    if plan.published_at is not None:
        second_looks.record_rows(found, _duty_rows(plan), now)
    if found.cases:
        amended_cases.rewrite(plan, responses_of(tables_from(staged.tables)))
    if plan.published_at is not None:
        fanout.lay_out(plan, actor, now)
    db.session.flush()
    staged.taken = _taken(found, [duty.id for duty in added])
    audit.record(actor, now, "plan.amended", "plan", plan.id, source=staged.source, **staged.taken)
    if plan.published_at is not None:
        notices.tell(NoticeKind.AMENDED, staged.id, concerned(staged, now), now)
    db.session.flush()


def concerned(staged: NoticeImport, now: datetime) -> list[int]:
    """Contacts and heads of the units whose duties were added, changed or dropped, by id."""
    duties = [*staged.taken["added"], *staged.taken["changed"], *staged.taken["dropped"]]
    units = db.session.scalars(
        select(Assignment.unit_id)
        .join(Duty, Duty.id == Assignment.duty_id)
        .where(Duty.id.in_(duties), Duty.role != DutyRole.STANDBY)
        .distinct()
    )
    return reached(list(units), frozenset({Audience.CONTACTS, Audience.LEADS}), now)


def _taken(found: Difference, added: Sequence[int]) -> dict[str, list[int]]:
    """Ids of duties; `changed` also those of a row that reads otherwise now."""
    retitled = {
        change.row.number
        for change in found.rows_changed
        if {"title", "measure"} & set(change.fields)
    }
    numbered = select(Duty.id, Task.number).join(Duty.tasks)
    ids = {found.kept[number] for number in retitled}
    of_rows = db.session.execute(numbered.where(Task.id.in_(ids), Duty.dropped_at.is_(None)))
    changed = [change.known.id for change in found.duties_changed if _TOLD_OF & set(change.fields)]
    return {
        "added": list(added),
        "changed": sorted({*changed, *(duty_id for duty_id, _number in of_rows)} - set(added)),
        "dropped": [known.id for known in found.duties_dropped],
        "moved": [change.known.id for change in found.moved],
    }


def _tasks(plan: Plan) -> Sequence[Task]:
    return db.session.scalars(select(Task).where(Task.plan_id == plan.id)).all()


def _rows(plan: Plan, found: Difference) -> dict[int, Task]:
    """Every row of the amended notice by its number, new ones written. Numbers change in two steps,
    because two rows may change places."""
    known = {task.id: task for task in _tasks(plan)}
    numbers = {task_id: number for number, task_id in found.kept.items()}
    wanted = {*found.kept, *(row.number for row in found.rows_added)}
    gone = [task for task_id, task in known.items() if task_id not in numbers]
    used = wanted | {task.number for task in gone}
    for task in gone:
        if task.number in wanted:
            numbers[task.id] = next(n for n in count(max(wanted)) if n not in used)
            used.add(numbers[task.id])
    moving = [task for task in known.values() if numbers.get(task.id, task.number) != task.number]
    for task in moving:
        task.number = -task.number
    db.session.flush()
    for task in moving:
        task.number = numbers[task.id]
    for change in found.rows_changed:
        _rewrite(known[change.known.id], change)
    rows = {number: known[task_id] for number, task_id in found.kept.items()}
    rows |= {row.number: plan_rows.add_task(plan, row) for row in found.rows_added}
    db.session.flush()
    return rows


def _rewrite(task: Task, change: ChangedTask) -> None:
    """All but its window. English that belonged to other words goes."""
    row, measure = change.row, change.row.measure
    task.dropped_at = None
    task.deadline_text = row.deadline_text
    if "title" in change.fields:
        task.title, task.title_en = row.title, ""
    if "measure" in change.fields:
        same = measure is not None and measure.counts == task.counts
        task.counts_en = task.counts_en if same else ("" if measure else None)
        task.counts = measure.counts if measure else None
        task.target = measure.target if measure else None


def _move(
    plan: Plan,
    moved: Sequence[ChangedTask],
    rows: Mapping[int, Task],
    actor: Actor,
    now: datetime,
    reason: str,
) -> None:
    for change in moved:
        task, window = rows[change.row.number], change.row.window
        task.opens = window.opens
        if plan.published_at is None:
            task.closes = window.closes
        else:
            db.session.flush()
            cutoffs.move(task, window.closes, actor, now, reason=reason)


def _add(plan: Plan, seed: DutySeed, rows: Mapping[int, Task]) -> Duty:
    duty = plan_rows.add_duty(plan, seed, [rows[number] for number in seed.tasks])
    db.session.flush()
    return duty


def _change(
    plan: Plan, change: ChangedDuty, rows: Mapping[int, Task], actor: Actor, now: datetime
) -> None:
    duty, seed = db.session.get_one(Duty, change.known.id), change.duty
    if duty.dropped_at is not None:
        dropped_duties.take_up_again(duty, actor, now)
    text_en = "" if "text" in change.fields else duty.text_en
    for name, value in plan_rows.duty_values(plan, seed).items():
        setattr(duty, name, value)
    duty.text_en = text_en
    duty.tasks = [rows[number] for number in seed.tasks]
    db.session.flush()


def _duty_rows(plan: Plan) -> dict[int, tuple[int, ...]]:
    return {
        duty.id: tuple(task.number for task in duty.tasks)
        for duty in db.session.scalars(
            select(Duty).where(Duty.plan_id == plan.id, Duty.dropped_at.is_(None))
        )
    }


def _follow(plan: Plan) -> None:
    """A duty opens with the first and is due with the last of its rows."""
    for duty in db.session.scalars(
        select(Duty).where(Duty.plan_id == plan.id, Duty.dropped_at.is_(None))
    ):
        window = spanning([Window(task.opens, task.closes) for task in duty.tasks])
        duty.opens_at = to_instant(window.opens, plan.zone) if window.opens else None
        duty.due_at = to_instant(window.closes, plan.zone)
        if duty.cadence.recurs:
            duty.target = len(rhythm_of(duty).days(window))
