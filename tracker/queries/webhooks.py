"""Webhooks as academic affairs read them, and what an event tells its receiver: ids and states, of
people nothing but the label under which somebody acted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from tracker.db import db
from tracker.domain.cutoffs import CAMPUS_ZONE
from tracker.domain.errors import N_
from tracker.domain.notices import Phrase, Said
from tracker.domain.vocabulary import NoticeKind
from tracker.domain.webhooks import HookEvent, hook_of
from tracker.models.assignment import Assignment
from tracker.models.audit import AuditEvent
from tracker.models.org import User
from tracker.models.outbox import OutboxMessage
from tracker.models.plan import Plan
from tracker.models.reminder import Reminder, ReminderRule
from tracker.models.webhook import HookDelivery, Webhook
from tracker.queries.delivery_facts import Delivery

LISTED = 20
"""Deliveries that a hook's page shows."""


def every() -> Sequence[Webhook]:
    """Those that are on first, the newest first."""
    return db.session.scalars(
        select(Webhook)
        .options(joinedload(Webhook.user))
        .order_by(Webhook.disabled_at.is_not(None), Webhook.id.desc())
    ).all()


def failing() -> int:
    """How many that are on do not take what they are sent."""
    on = (Webhook.disabled_at.is_(None), Webhook.failures > 0)
    return db.session.scalar(select(func.count()).select_from(Webhook).where(*on)) or 0


def last_deliveries(hook: Webhook) -> Sequence[OutboxMessage]:
    """The newest first."""
    return db.session.scalars(
        select(OutboxMessage)
        .join(HookDelivery, HookDelivery.message_id == OutboxMessage.id)
        .where(HookDelivery.webhook_id == hook.id)
        .order_by(OutboxMessage.id.desc())
        .limit(LISTED)
    ).all()


def hook_for(message_id: int) -> Webhook | None:
    """Whom a message of the outbox is for."""
    return db.session.scalar(
        select(Webhook)
        .join(HookDelivery, HookDelivery.webhook_id == Webhook.id)
        .where(HookDelivery.message_id == message_id)
    )


def payload(delivery: Delivery) -> dict[str, Any]:
    """What goes out: the same at every try, for it tells what was, not what is."""
    event = HookEvent(delivery.kind)
    head: dict[str, Any] = {"id": delivery.message_id, "event": event.value}
    if event is HookEvent.PING:
        return {**head, "at": _moment(delivery.due_at)}
    if event is HookEvent.REMINDER_DEAD:
        return {**head, "at": _moment(delivery.due_at), **_reminder(delivery.about_id or 0)}
    row = db.session.get_one(AuditEvent, delivery.about_id)
    facts = _plan(row) if row.subject == "plan" else _assignment(row)
    return {**head, "at": _moment(row.at), "actor": row.actor, **facts}


def _plan(row: AuditEvent) -> dict[str, Any]:
    plan = db.session.get(Plan, row.subject_id)
    return {"plan": {"id": row.subject_id, "code": plan.code if plan else None}}


def _assignment(row: AuditEvent) -> dict[str, Any]:
    assignment = db.session.get_one(Assignment, row.subject_id)
    return {
        "assignment": {
            "id": assignment.id,
            "plan": assignment.duty.plan_id,
            "tasks": [task.number for task in assignment.duty.tasks],
            "unit": assignment.unit.code,
            "from": row.detail.get("from"),
            "to": row.detail.get("to"),
        }
    }


def _reminder(message_id: int) -> dict[str, Any]:
    rows = db.session.execute(
        select(Reminder.id, Reminder.number, ReminderRule.code, ReminderRule.plan_id)
        .join(ReminderRule, ReminderRule.id == Reminder.rule_id)
        .where(Reminder.message_id == message_id)
        .order_by(Reminder.id)
    )
    reminders = [
        {"id": id_, "plan": plan_id, "step": code, "number": number}
        for id_, number, code, plan_id in rows
    ]
    return {"message": message_id, "reminders": reminders}


def _moment(instant: datetime) -> str:
    return instant.astimezone(ZoneInfo(CAMPUS_ZONE)).isoformat(timespec="seconds")


def switched_off(about_id: int, _reader: User, _now: datetime) -> Said | str:
    """To academic affairs: another program hears nothing any more."""
    hook = db.session.get_one(Webhook, hook_of(about_id))
    if hook.disabled_at is None:
        return N_("The webhook is on again.")
    facts = {"url": hook.url}
    return Said(
        NoticeKind.HOOK_OFF,
        f"/webhooks/{hook.id}",
        Phrase(N_("[Webhook] switched off after days of failure"), {}),
        Phrase(
            N_("%(url)s took nothing for three days, so nothing is sent to it any more:"), facts
        ),
        CAMPUS_ZONE,
        words=hook.reason or "",
    )
