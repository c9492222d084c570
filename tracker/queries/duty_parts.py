"""Duties as lines of mails speak of them: their rows, and the days of their reports."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from tracker.db import db
from tracker.domain.standing import report_spans
from tracker.models.plan import Duty, DutyTask, Task


@dataclass(frozen=True)
class Part:
    """What the lines of one duty have in common. A merged cell bears its first row's title;
    `spans`: a standing duty's reports."""

    duty: Duty
    numbers: tuple[int, ...]
    title: str
    title_en: str
    task_ids: tuple[int, ...]
    spans: tuple[tuple[date, date], ...]


def parts_of(zones: Mapping[int, str]) -> dict[int, Part]:
    """By duty id, of the plans with these zones by id. Two queries."""
    tasks = _tasks_by_duty(zones)
    parts = {}
    for duty in db.session.scalars(select(Duty).where(Duty.plan_id.in_(zones))):
        covered = tasks[duty.id]
        parts[duty.id] = Part(
            duty=duty,
            numbers=tuple(number for number, *_ in covered),
            title=covered[0][1],
            title_en=covered[0][2],
            task_ids=tuple(task_id for *_, task_id in covered),
            spans=tuple(report_spans(duty, zones[duty.plan_id])),
        )
    return parts


def _tasks_by_duty(plan_ids: Collection[int]) -> dict[int, list[tuple[int, str, str, int]]]:
    rows = db.session.execute(
        select(DutyTask.duty_id, Task.number, Task.title, Task.title_en, Task.id)
        .join(Task, Task.id == DutyTask.task_id)
        .where(Task.plan_id.in_(plan_ids))
        .order_by(Task.number)
    )
    tasks: dict[int, list[tuple[int, str, str, int]]] = defaultdict(list)
    for duty_id, number, title, title_en, task_id in rows:
        tasks[duty_id].append((number, title, title_en, task_id))
    return tasks
