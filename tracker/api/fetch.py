"""Fetch and authorise in one named step: what you may not see is 404, or an unknown filter value,
as if it did not exist."""

from collections.abc import Sequence
from typing import Any

from flask import abort
from sqlalchemy import Select, select

from tracker.db import db
from tracker.domain.errors import N_, InvalidInput
from tracker.models.assignment import Assignment
from tracker.models.org import Unit
from tracker.models.plan import Duty, Plan
from tracker.permissions import Actor, sees, visible_assignments


def get_assignment_for(actor: Actor, assignment_id: int) -> Assignment:
    """404 for an assignment of a unit the actor does not see."""
    found = db.session.scalar(visible_assignments(actor).where(Assignment.id == assignment_id))
    return found if found is not None else abort(404)


def visible_plans(actor: Actor) -> Select[Plan]:
    """Published plans in which the actor sees an assignment; who sees all, sees empty ones too."""
    published = select(Plan).where(Plan.published_at.is_not(None))
    if actor.sees_all:
        return published
    seen = select(Assignment.id).join(Duty, Duty.id == Assignment.duty_id)
    laid = seen.where(Duty.plan_id == Plan.id, sees(actor)).correlate(Plan)
    return published.where(laid.exists())


def get_plan_for(actor: Actor, plan_id: int) -> Plan:
    """404 for a plan in which the actor sees nothing."""
    found = db.session.scalar(visible_plans(actor).where(Plan.id == plan_id))
    return found if found is not None else abort(404)


def check_plan(actor: Actor, plan_id: int | None) -> None:
    """InvalidInput for a plan to filter by that the actor does not see."""
    if plan_id is not None and not db.session.scalar(
        visible_plans(actor).where(Plan.id == plan_id).with_only_columns(Plan.id)
    ):
        raise InvalidInput("plan", N_("There is no such plan, or it is not yours to see."))


def check_unit(actor: Actor, code: str | None) -> None:
    """InvalidInput for a unit to filter by that the actor does not see."""
    if code is None:
        return
    seen = select(Unit.id).where(Unit.code == code, sees(actor, Unit.id))
    if db.session.scalar(seen) is None:
        raise InvalidInput("unit", N_("There is no such unit, or it is not yours to see."))


def page(rows: Sequence[Any], limit: int) -> dict[str, Any]:
    """One page of a list ordered by id. `rows` were fetched with one more than `limit`, to know
    whether more follow."""
    more = len(rows) > limit
    return {"items": rows[:limit], "next": str(rows[limit - 1].id) if more else None}
