"""What everybody should know of the standing duties right now."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from tracker.actors import of_campuses
from tracker.db import db
from tracker.domain.cutoffs import to_wall
from tracker.domain.standing import alarm, report_days
from tracker.domain.vocabulary import Cadence, Health
from tracker.models.assignment import Assignment, CheckIn
from tracker.models.org import Unit
from tracker.models.plan import Duty, Plan, in_force
from tracker.permissions import Actor, can_oversee


@dataclass(frozen=True)
class Notice:
    """`health` TROUBLE: it stands since `at`; RECOVERED: it was mended today; None: today's word is
    missing although it was due."""

    assignment_id: int
    unit: str
    unit_en: str
    health: Health | None
    note: str
    at: datetime | None
    zone: str


def notices(actor: Actor, now: datetime) -> list[Notice]:
    """Trouble and its end for everybody, a missing word for its unit and who oversees."""
    assignment = [Assignment.id, Assignment.unit_id, Unit.name, Unit.name_en]
    duty: list[Any] = [Duty.opens_at, Duty.due_at, Duty.report_by, Plan.zone]
    duty += [Duty.cadence, Duty.report_on, Duty.open_ended]
    said = [CheckIn.day, CheckIn.health, CheckIn.note, CheckIn.at]
    columns: list[Any] = [*assignment, *duty, *said]
    standing = (  # Few, whatever else there is.
        select(Duty.id)
        .join(Plan, Plan.id == Duty.plan_id)
        .where(Duty.cadence != Cadence.ONCE, in_force(now))
    )
    rows = db.session.execute(
        select(*columns)
        .join(Duty, Duty.id == Assignment.duty_id)
        .join(Plan, Plan.id == Duty.plan_id)
        .join(Unit, Unit.id == Assignment.unit_id)
        .outerjoin(CheckIn, CheckIn.assignment_id == Assignment.id)
        .where(Assignment.duty_id.in_(standing), of_campuses(actor))
        .order_by(Assignment.id, CheckIn.day)
    )
    by_assignment: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        by_assignment[row.id].append(row)
    found = (_notice(theirs, actor, now) for theirs in by_assignment.values())
    return [notice for notice in found if notice is not None]


def _notice(rows: list[Row[Any]], actor: Actor, now: datetime) -> Notice | None:
    last, wall = rows[-1], to_wall(now, rows[-1].zone)
    mended_today = last.health is Health.RECOVERED and last.day == wall.date()
    if last.health is Health.TROUBLE or mended_today:
        return _made(last, last.health)
    days = report_days(last, last.zone, wall.date())
    concerned = can_oversee(actor) or last.unit_id in actor.unit_ids
    if concerned and alarm(days, {row.day for row in rows}, wall, last.report_by):
        return _made(last, None)
    return None


def _made(row: Row[Any], health: Health | None) -> Notice:
    return Notice(row.id, row.name, row.name_en, health, row.note or "", row.at, row.zone)
