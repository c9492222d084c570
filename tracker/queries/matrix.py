"""A plan's rows and cells as the database holds them: Core rows, for `queries/board.py` to shape.

Each function is one query, whatever the number of units.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Row, exists, select

from tracker.db import db
from tracker.domain.vocabulary import Health, UnitKind
from tracker.models.assignment import Assignment, CheckIn
from tracker.models.org import Unit
from tracker.models.plan import CutoffMove, Duty, DutyTask, Task
from tracker.permissions import Actor, sees

_COLUMNS = list(UnitKind)


def rows(plan_id: int) -> list[Row[Any]]:
    """Rows and the duties that cover them; a row without duties once, with duty_id None."""
    task = [getattr(Task, name) for name in ("id", "number", "title", "title_en", "deadline_text")]
    more = [getattr(Task, name) for name in ("opens", "closes", "counts", "counts_en")]
    duty = [getattr(Duty, name) for name in ("role", "text", "text_en", "cadence", "reviewed")]
    when = [getattr(Duty, name) for name in ("counted", "opens_at", "due_at", "report_by")]
    when += [Duty.report_on, Duty.open_ended]
    targets = [Task.target, Duty.target.label("duty_target"), Duty.id.label("duty_id")]
    moved = exists().where(CutoffMove.task_id == Task.id).label("moved")
    statement = (
        select(*task, *more, moved, *duty, *when, *targets)
        .outerjoin(DutyTask, DutyTask.task_id == Task.id)
        .outerjoin(Duty, Duty.id == DutyTask.duty_id)
        .where(Task.plan_id == plan_id)
        .order_by(Task.number, Duty.id)
    )
    return list(db.session.execute(statement))


def assignments(plan_id: int, actor: Actor) -> list[Row[Any]]:
    """What is laid on the units that the actor sees, in the order of the columns."""
    mine = [Assignment.id, Assignment.duty_id, Assignment.unit_id, Assignment.state]
    unit: list[Any] = [Unit.code, Unit.kind, Unit.name, Unit.name_en, Unit.cluster]
    unit += [Unit.cluster_en, Unit.parent_id.label("campus")]
    statement = (
        select(*mine, Assignment.count.label("said"), Assignment.version, Assignment.lacking, *unit)
        .join(Unit, Unit.id == Assignment.unit_id)
        .join(Duty, Duty.id == Assignment.duty_id)
        .where(Duty.plan_id == plan_id, sees(actor))
        .order_by(Unit.position, Unit.id, Assignment.duty_id)
    )
    found: Iterable[Any] = db.session.execute(statement)
    return sorted(found, key=lambda row: _COLUMNS.index(row.kind))


def check_ins(plan_id: int, actor: Actor) -> Mapping[tuple[int, date], Health]:
    statement = (
        select(CheckIn.assignment_id, CheckIn.day, CheckIn.health)
        .join(Assignment, Assignment.id == CheckIn.assignment_id)
        .join(Duty, Duty.id == Assignment.duty_id)
        .where(Duty.plan_id == plan_id, sees(actor))
    )
    return {(row.assignment_id, row.day): row.health for row in db.session.execute(statement)}
