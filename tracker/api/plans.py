"""Plans, and the board of one."""

from typing import Any

from tracker.api import fetch
from tracker.api.access import ID, actor, blueprint, needs, now
from tracker.api.schemas import Board, PageArguments, Plan, page_of
from tracker.db import db
from tracker.domain.scopes import Scope
from tracker.models import plan as models
from tracker.queries.exports import document

TAGS = ["plans"]


@blueprint.get("/plans", tags=TAGS)
@needs(Scope.READ)
@blueprint.arguments(PageArguments, location="query")
@blueprint.response(200, page_of(Plan))
def list_plans(wanted: dict[str, Any]) -> dict[str, Any]:
    """Plans in which the caller sees something."""
    cursor, limit = wanted["cursor"], wanted["limit"]
    statement = fetch.visible_plans(actor()).where(models.Plan.id > cursor)
    rows = db.session.scalars(statement.order_by(models.Plan.id).limit(limit + 1)).all()
    return fetch.page(rows, limit)


@blueprint.get(f"/plans/<{ID}:plan_id>", tags=TAGS)
@needs(Scope.READ)
@blueprint.response(200, Plan)
def get_plan(plan_id: int) -> models.Plan:
    """One plan."""
    return fetch.get_plan_for(actor(), plan_id)


@blueprint.get(f"/plans/<{ID}:plan_id>/board", tags=TAGS)
@needs(Scope.READ)
@blueprint.response(200, Board)
def get_board(plan_id: int) -> dict[str, Any]:
    """The matrix as it stands: rows, columns that the caller sees, and every cell in full."""
    return document(fetch.get_plan_for(actor(), plan_id), actor(), now())
