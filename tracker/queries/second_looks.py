"""Reports that were made before an amended or corrected notice changed what they report."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from tracker.db import db
from tracker.domain.vocabulary import State
from tracker.models.assignment import Assignment, CheckOff
from tracker.models.duty_change import DutyChange
from tracker.models.org import Unit
from tracker.models.plan import Duty, Plan
from tracker.permissions import Actor, sees


@dataclass(frozen=True)
class SecondLook:
    """What changed since the report, the earliest first: what, how it read, how it reads. `latest`:
    the id of the last change that the reader sees."""

    latest: int
    at: datetime
    changes: tuple[tuple[str, str, str], ...]


def of_units(unit_ids: Collection[int]) -> Mapping[int, SecondLook]:
    """By assignment. One query."""
    return _looks(Assignment.unit_id.in_(sorted(unit_ids)))


def of_assignment(assignment: Assignment) -> SecondLook | None:
    return _looks(Assignment.id == assignment.id).get(assignment.id)


def waiting(plan: Plan, actor: Actor) -> Sequence[Unit]:
    """The units that have not looked again at something they reported, of those the actor sees."""
    held = _unseen(Assignment.unit_id).where(Duty.plan_id == plan.id, sees(actor))
    units = select(Unit).where(Unit.id.in_(held)).order_by(Unit.position, Unit.id)
    return db.session.scalars(units).all()


def _looks(condition: ColumnElement[bool]) -> Mapping[int, SecondLook]:
    found: dict[int, list[Any]] = defaultdict(list)
    columns = (Assignment.id, DutyChange.id.label("change"), DutyChange.at, DutyChange.changes)
    for row in db.session.execute(_unseen(*columns).where(condition).order_by(DutyChange.id)):
        found[row.id].append(row)
    return {
        assignment_id: SecondLook(
            rows[-1].change,
            rows[-1].at,
            tuple((what, was, now) for row in rows for what, was, now in row.changes),
        )
        for assignment_id, rows in found.items()
    }


def _unseen(*columns: Any) -> Select[Any]:
    """Changes of what is reported that came after the report and after the unit's last look."""
    reported = (
        select(func.max(CheckOff.at))
        .where(CheckOff.assignment_id == Assignment.id, CheckOff.undone_at.is_(None))
        .scalar_subquery()
    )
    return (
        select(*columns)
        .join(Duty, Duty.id == Assignment.duty_id)
        .join(Unit, Unit.id == Assignment.unit_id)
        .join(DutyChange, DutyChange.duty_id == Assignment.duty_id)
        .where(Assignment.state.in_([State.DONE, State.VERIFIED]), DutyChange.at > reported)
        .where(Assignment.looked_at.is_(None) | (DutyChange.at > Assignment.looked_at))
        .where(Duty.dropped_at.is_(None))
    )
