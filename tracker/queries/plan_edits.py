"""A row as an editor meets it: the duties that cover it, and whether anybody reported on it."""

from collections.abc import Mapping, Sequence

from sqlalchemy import exists, select

from tracker.db import db
from tracker.domain.vocabulary import State, UnitKind
from tracker.models.assignment import Assignment, CheckIn, CheckOff
from tracker.models.plan import Duty, DutyTask, Task


def duties_of(task: Task) -> Sequence[Duty]:
    """Those that cover the row, by kind of unit."""
    covering = select(DutyTask.duty_id).where(DutyTask.task_id == task.id)
    return db.session.scalars(select(Duty).where(Duty.id.in_(covering)).order_by(Duty.id)).all()


def cells_of(task: Task) -> Mapping[UnitKind, Duty]:
    """Of those, the ones that begin in the row: what is merged is changed where it begins."""
    return {duty.unit_kind: duty for duty in duties_of(task) if duty.tasks[0].id == task.id}


def is_reported(task: Task) -> bool:
    """Whether somebody said something of a duty of the row, or it was taken off a unit."""
    covering = select(DutyTask.duty_id).where(DutyTask.task_id == task.id)
    mine = select(Assignment.id).where(Assignment.duty_id.in_(covering))
    said = exists().where(CheckOff.assignment_id == Assignment.id)
    daily = exists().where(CheckIn.assignment_id == Assignment.id)
    touched = mine.where((Assignment.state != State.OPEN) | said | daily)
    return db.session.scalar(touched.limit(1)) is not None
