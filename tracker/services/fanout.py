"""Laying a plan's duties on units."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, exists, insert, literal, select

from tracker.db import db
from tracker.domain.vocabulary import State
from tracker.models.assignment import Assignment
from tracker.models.org import Unit
from tracker.models.plan import Duty, Plan
from tracker.permissions import Actor
from tracker.queries.plan_units import is_concerned
from tracker.services import audit


def lay_out(plan: Plan, actor: Actor, now: datetime) -> int:
    """One open assignment for each duty of the plan on each unit of the duty's kind.

    Adds the missing ones only, in one statement, so that a plan can be laid again after a unit
    joined: what is there keeps its state. Returns how many were added. `plan` must be flushed.
    """
    table = Assignment.__table__
    missing = (
        select(Duty.id, Unit.id, literal(State.OPEN, table.c.state.type), literal(1))
        .join(Unit, Unit.kind == Duty.unit_kind)
        .where(Duty.plan_id == plan.id, Duty.dropped_at.is_(None), is_concerned())
        .where(~exists().where(Assignment.duty_id == Duty.id, Assignment.unit_id == Unit.id))
        .order_by(Unit.position, Duty.id)
    )
    statement = insert(Assignment).from_select(["duty_id", "unit_id", "state", "version"], missing)
    result = db.session.execute(statement, execution_options={"preserve_rowcount": True})
    added = cast(CursorResult[Any], result).rowcount
    if added:
        plan.changes = Plan.changes + 1
        plan.spans_campuses = _spans_campuses(plan)
        db.session.flush()
        audit.record(actor, now, "plan.laid_out", "plan", plan.id, assignments=added)
    return added


def _spans_campuses(plan: Plan) -> bool:
    laid = (
        select(Assignment.id)
        .join(Duty, Duty.id == Assignment.duty_id)
        .join(Unit, Unit.id == Assignment.unit_id)
        .where(Duty.plan_id == plan.id, Unit.parent_id.is_not(None))
    )
    return db.session.scalar(laid.limit(1)) is not None
