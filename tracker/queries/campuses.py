"""How far each university is with a plan that is laid on many: one level up from the board."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Float, Select, Subquery, and_, case, cast, false, func, or_, select
from sqlalchemy.orm import aliased

from tracker.db import db
from tracker.domain.lifecycle import is_overdue, is_settled
from tracker.domain.readiness import Readiness
from tracker.domain.vocabulary import DutyRole, State
from tracker.models.assignment import Assignment
from tracker.models.org import Unit
from tracker.models.plan import Duty, Plan
from tracker.queries import paging
from tracker.queries.paging import Page

_ASKING = [role for role in DutyRole if role.binding and role is not DutyRole.INSPECT]
"""An inspection waits for others: their reports count already."""

MOST_LOOSE = 100
"""Units under no university that are listed beside the universities."""


@dataclass(frozen=True)
class Campus:
    """One university: its units with a duty, and the cells of theirs that must be settled."""

    code: str
    name: str
    name_en: str
    units: int
    readiness: Readiness
    overdue: int


@dataclass(frozen=True)
class Campuses:
    """`page`: the least ready first; `readiness`, `overdue`: of all universities."""

    page: Page[Campus]
    readiness: Readiness
    overdue: int


def campuses(plan: Plan, now: datetime, number: int, search: str = "") -> Campuses:
    """A page of a plan's universities, those whose name has the words searched for. Two queries,
    whatever their number."""
    sums = _sums(plan, now)
    university = aliased(Unit)
    wanted = select(university, sums).join(sums, sums.c.campus == university.id)
    if search:
        found = [university.name.icontains(search, autoescape=True)]
        found.append(university.name_en.icontains(search, autoescape=True))
        wanted = wanted.where(or_(*found))
    total, *all_of_them = db.session.execute(
        wanted.with_only_columns(
            *(func.count(), func.sum(sums.c.settled), func.sum(sums.c.total)),
            func.sum(sums.c.overdue),
        )
    ).one()
    settled, asked, overdue = (int(each or 0) for each in all_of_them)
    share = cast(sums.c.settled, Float) / func.nullif(sums.c.total, 0)
    ordered = wanted.order_by(share, university.position, university.id)
    page = paging.page(number, total, lambda limit, offset: _read(ordered, limit, offset))
    return Campuses(page, Readiness(settled, asked), overdue)


def loose_units(plan: Plan, now: datetime) -> list[Campus]:
    """The units with a duty of the plan under no university, the least ready first, each as a
    campus of its own; MOST_LOOSE at most."""
    sums = _sums(plan, now, loose=True)
    share = cast(sums.c.settled, Float) / func.nullif(sums.c.total, 0)
    wanted = select(Unit, sums).join(sums, sums.c.campus == Unit.id)
    return _read(wanted.order_by(share, Unit.position, Unit.id), MOST_LOOSE, 0)


def _read(ordered: Select[Any], limit: int, offset: int) -> list[Campus]:
    return [
        Campus(
            row[0].code,
            row[0].name,
            row[0].name_en,
            row.units,
            Readiness(row.settled, row.total),
            row.overdue,
        )
        for row in db.session.execute(ordered.limit(limit).offset(offset))
    ]


def _sums(plan: Plan, now: datetime, *, loose: bool = False) -> Subquery:
    """By campus, or of each `loose` unit under none. What is settled or overdue the domain says,
    once for each role and state."""
    settled, late = [], []
    for role in _ASKING:
        for state in State:
            here = and_(Duty.role == role, Assignment.state == state)
            settled += [
                and_(here, Duty.reviewed == reviewed)
                for reviewed in (True, False)
                if is_settled(role, state, reviewed=reviewed)
            ]
            if is_overdue(role, state, now, now):
                late.append(here)
    counted = and_(Duty.role.in_(_ASKING), Assignment.state != State.WAIVED)
    passed = and_(or_(*late) if late else false(), Duty.due_at <= now)
    key = Unit.id if loose else Unit.parent_id
    placed = Unit.parent_id.is_(None) if loose else Unit.parent_id.is_not(None)
    return (
        select(
            key.label("campus"),
            func.count(Unit.id.distinct()).label("units"),
            func.sum(case((counted, 1), else_=0)).label("total"),
            func.sum(case((and_(counted, or_(*settled)), 1), else_=0)).label("settled"),
            func.sum(case((and_(counted, passed), 1), else_=0)).label("overdue"),
        )
        .join(Assignment, Assignment.unit_id == Unit.id)
        .join(Duty, Duty.id == Assignment.duty_id)
        .where(Duty.plan_id == plan.id, placed)
        .group_by(key)
        .subquery()
    )
