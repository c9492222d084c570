"""One plan per student: whose record says how much, to the college every name, to others counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import contains_eager

from tracker.actors import of_campuses
from tracker.care_permissions import cares, own_record
from tracker.db import db
from tracker.models.care import CareRecord
from tracker.models.org import Unit
from tracker.models.plan import FOREMOST, Contingency, Task, listed
from tracker.models.roster import RosterItem
from tracker.permissions import Actor
from tracker.queries.paging import Page, page
from tracker.queries.rosters import found_by


@dataclass(frozen=True)
class Student:
    """One name, and whether their record says something of each of the three."""

    item_id: int
    key: str
    label: str
    detail: str
    unit: str
    unit_en: str
    need: bool
    help: bool
    outcome: bool


@dataclass(frozen=True)
class CareCount:
    """A college's students: of how many the need is recorded, help is given, an outcome is seen."""

    name: str
    name_en: str
    students: int
    need: int
    help: int
    outcome: int


def care_tasks(now: datetime) -> dict[int, Task]:
    """By plan, the row whose names these are: the first counted one for which the notice itself
    says how many there are (the 160 students). Of every plan that is listed, the foremost first.
    One query."""
    rows = db.session.scalars(
        select(Task)
        .join(Task.plan)
        .options(contains_eager(Task.plan))
        .where(Task.counts.is_not(None), Task.target.is_not(None))
        .where(listed(now))
        .order_by(*FOREMOST, Task.number)
    )
    found: dict[int, Task] = {}
    for task in rows:
        found.setdefault(task.plan_id, task)
    return found


def is_about(contingency: Contingency, task: Task) -> bool:
    """Whether a case of the same notice speaks of the same students: it says the same number."""
    return contingency.plan_id == task.plan_id and str(task.target) in contingency.trigger


def students(task: Task, actor: Actor, search: str, number: int) -> Page[Student]:
    """A page of the actor's own college's, those without a record first."""
    conditions = [RosterItem.task_id == task.id, cares(actor), *found_by(search)]
    total = db.session.scalar(select(func.count()).select_from(RosterItem).where(*conditions)) or 0

    def read(limit: int, offset: int) -> Sequence[Student]:
        statement = _rows().where(*conditions).order_by(CareRecord.id.is_not(None), RosterItem.key)
        rows = db.session.execute(statement.limit(limit).offset(offset))
        return [Student(*row[:-3], *map(bool, row[-3:])) for row in rows]

    return page(number, total, read)


def _rows() -> Select[Any]:
    columns: list[Any] = [RosterItem.id, RosterItem.key, RosterItem.label, RosterItem.detail]
    columns += [Unit.name, Unit.name_en, *_said()]
    return (
        select(*columns)
        .join(Unit, Unit.id == RosterItem.unit_id)
        .outerjoin(CareRecord, own_record())
    )


def _said() -> list[ColumnElement[int]]:
    """1 where a record says something of it: the text itself is not read."""
    parts = (CareRecord.need, CareRecord.help, CareRecord.outcome)
    return [case((part != "", 1), else_=0) for part in parts]


def counts(task: Task, actor: Actor) -> list[CareCount]:
    """By college of the actor's campus, in their order. One query."""
    rows = db.session.execute(
        select(Unit.name, Unit.name_en, func.count(), *map(func.sum, _said()))
        .select_from(RosterItem)
        .join(Unit, Unit.id == RosterItem.unit_id)
        .outerjoin(CareRecord, own_record())
        .where(RosterItem.task_id == task.id, RosterItem.dropped_at.is_(None))
        .where(of_campuses(actor))
        .group_by(Unit.id, Unit.name, Unit.name_en, Unit.position)
        .order_by(Unit.position, Unit.id)
    )
    return [CareCount(*row[:3], *map(int, row[3:])) for row in rows]


def record_of(item: RosterItem) -> CareRecord | None:
    """The one that the student's own college wrote."""
    joined = select(CareRecord).join(RosterItem, own_record())
    return db.session.scalar(
        joined.where(RosterItem.id == item.id).execution_options(populate_existing=True)
    )
