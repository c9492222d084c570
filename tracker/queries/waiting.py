"""Reports that wait for the actor's verification."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from tracker.db import db
from tracker.domain.vocabulary import DutyRole, State
from tracker.models.assignment import Assignment, CheckOff
from tracker.models.org import Unit, User
from tracker.models.plan import Duty, DutyTask, Task
from tracker.permissions import Actor, inspects, sees

LONGEST = 200
"""How many are shown on one page; the rest follow once these are dealt with."""


@dataclass(frozen=True)
class WaitingReport:
    """One report: whose, for which row, what it says, and who said it when (`at` aware)."""

    assignment_id: int
    version: int
    number: int
    title: str
    title_en: str
    unit_code: str
    unit: str
    unit_en: str
    role: DutyRole
    text: str
    text_en: str
    counts: str | None
    counts_en: str | None
    count: int | None
    target: int | None
    note: str
    at: datetime
    by: str
    by_en: str


def waiting(plan_id: int, actor: Actor, unit_code: str | None = None) -> list[WaitingReport]:
    """At most LONGEST reports by row, then by unit; of one unit only, where a code is given."""
    latest = (
        select(func.max(CheckOff.id))
        .where(CheckOff.assignment_id == Assignment.id, CheckOff.undone_at.is_(None))
        .correlate(Assignment)
        .scalar_subquery()
    )
    statement = (
        _waiting(plan_id, actor, unit_code)
        .with_only_columns(
            Assignment.id,
            Assignment.version,
            Task.number,
            Task.title,
            Task.title_en,
            Unit.code,
            Unit.name,
            Unit.name_en.label("unit_en"),
            Duty.role,
            Duty.text,
            Duty.text_en,
            Task.counts,
            Task.counts_en,
            CheckOff.count.label("said"),
            Duty.target,
            CheckOff.note,
            CheckOff.at,
            User.name.label("by"),
            User.name_en.label("by_en"),
        )
        .join(CheckOff, CheckOff.id == latest)
        .join(User, User.id == CheckOff.user_id)
        .order_by(Task.number, Unit.position, Unit.id)
        .limit(LONGEST)
    )
    rows: Iterable[Any] = db.session.execute(statement)
    return [WaitingReport(*row) for row in rows]


def waiting_count(plan_id: int, actor: Actor, unit_code: str | None = None) -> int:
    """How many there are in all."""
    statement = _waiting(plan_id, actor, unit_code).with_only_columns(func.count(Assignment.id))
    return db.session.scalar(statement) or 0


def _waiting(plan_id: int, actor: Actor, unit_code: str | None) -> Select[Any]:
    """A report on several rows (a merged cell) waits once, in the first of them."""
    first = (
        select(func.min(DutyTask.task_id))
        .where(DutyTask.duty_id == Duty.id)
        .correlate(Duty)
        .scalar_subquery()
    )
    statement = (
        select(Assignment.id)
        .join(Duty, Duty.id == Assignment.duty_id)
        .join(Task, Task.id == first)
        .join(Unit, Unit.id == Assignment.unit_id)
        .where(Duty.plan_id == plan_id, Assignment.state == State.DONE)
        .where(sees(actor), inspects(actor))
    )
    return statement.where(Unit.code == unit_code) if unit_code is not None else statement
