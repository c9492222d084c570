"""The ledger of reminders."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from tracker.api import fetch, schemas
from tracker.api.access import actor, blueprint, needs
from tracker.db import db
from tracker.domain.scopes import Scope
from tracker.domain.vocabulary import OutboxState
from tracker.models.plan import Plan
from tracker.models.reminder import Reminder, ReminderRule
from tracker.permissions import can_oversee


@dataclass(frozen=True)
class _Row:
    id: int
    plan: int
    at: datetime
    step: str
    number: int
    to: str
    cutoff_at: datetime
    state: OutboxState


@blueprint.get("/reminders", tags=["reminders"])
@needs(Scope.READ)
@blueprint.arguments(schemas.PageArguments, location="query")
@blueprint.response(200, schemas.page_of(schemas.Reminder))
def list_reminders(given: dict[str, Any]) -> dict[str, Any]:
    """The caller's own reminders; who sees every unit, sees everybody's."""
    statement = (
        select(Reminder, ReminderRule.code, Plan.id, Plan.zone)
        .join(ReminderRule, ReminderRule.id == Reminder.rule_id)
        .join(Plan, Plan.id == ReminderRule.plan_id)
        .options(joinedload(Reminder.user), joinedload(Reminder.message))
        .where(Reminder.id > given["cursor"])
        .order_by(Reminder.id)
        .limit(given["limit"] + 1)
    )
    if not can_oversee(actor()):
        statement = statement.where(Reminder.user_id == actor().user_id)
    rows = [
        _Row(
            id=reminder.id,
            plan=plan_id,
            at=reminder.message.due_at.astimezone(ZoneInfo(zone)),
            step=code,
            number=reminder.number,
            to=reminder.message.to_address or reminder.user.email,
            cutoff_at=reminder.cutoff_at.astimezone(ZoneInfo(zone)),
            state=reminder.message.state,
        )
        for reminder, code, plan_id, zone in db.session.execute(statement)
    ]
    return fetch.page(rows, given["limit"])
