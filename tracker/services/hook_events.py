"""What happened and is to be told to webhooks: read off the record, each event once for each hook,
however late or often this runs. A check-off itself spends nothing on it.

Numbers come again after a backup was put back, and receivers throw away an id that they know: what
tells an event from the one that had its number before is its hash."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, func, select

from tracker.db import db
from tracker.domain.vocabulary import OutboxState
from tracker.domain.webhooks import RECORDED, HookEvent
from tracker.models.audit import AuditEvent
from tracker.models.outbox import OutboxMessage
from tracker.models.reminder import Reminder
from tracker.models.webhook import Webhook
from tracker.services import webhooks
from tracker.services.outbox import MAIL

PORTION = 500
"""Events of the record that are looked through for a hook at once."""


_IS_DEAD = (OutboxMessage.state == OutboxState.DEAD, OutboxMessage.channel == MAIL)


def any_news() -> bool:
    """Whether there may be something to queue; asks, and writes nothing."""
    hooks = db.session.execute(
        select(Webhook.seen_event_id, Webhook.events).where(Webhook.disabled_at.is_(None))
    ).all()
    if not hooks:
        return False
    newest = db.session.scalar(select(func.max(AuditEvent.id))) or 0
    if any(seen < newest for seen, _events in hooks):
        return True
    wants_dead = any(HookEvent.REMINDER_DEAD in events.split() for _seen, events in hooks)
    return (
        wants_dead
        and db.session.scalar(select(OutboxMessage.id).where(*_IS_DEAD).limit(1)) is not None
    )


def queue_news(now: datetime, real_now: datetime) -> int:
    """Queue a portion for each hook; how many messages. `real_now`: the machine's time."""
    hooks = db.session.scalars(
        select(Webhook)
        .where(Webhook.disabled_at.is_(None))
        .order_by(Webhook.id)
        .with_for_update(of=Webhook, skip_locked=True)
    ).all()
    return sum(_queue_for(hook, now, real_now) for hook in hooks)


def _queue_for(hook: Webhook, now: datetime, real_now: datetime) -> int:
    wanted = {HookEvent(word) for word in hook.events.split() if word in set(HookEvent)}
    events = db.session.scalars(
        select(AuditEvent)
        .where(AuditEvent.id > hook.seen_event_id)
        .order_by(AuditEvent.id)
        .limit(PORTION)
    ).all()
    told: list[tuple[HookEvent, str, int | None]] = [
        (HookEvent(event.action), f"{event.id}/{event.hash}", event.id)
        for event in events
        if event.action in wanted.intersection(RECORDED)
    ]
    if events:
        hook.seen_event_id = events[-1].id
    if HookEvent.REMINDER_DEAD in wanted:
        told += [(HookEvent.REMINDER_DEAD, f"dead/{key}", each) for each, key in _dead(hook)]
    return webhooks.queue(hook, told, now, real_now)


def _dead(hook: Webhook) -> Sequence[Row[int, str]]:
    """Mails with reminders that became undeliverable since the hook is on, and their own ids. They
    are few: each waits for a person."""
    return db.session.execute(
        select(OutboxMessage.id, OutboxMessage.message_id)
        .where(*_IS_DEAD)
        .where(OutboxMessage.next_try_at >= hook.enabled_at)
        .where(select(Reminder.id).where(Reminder.message_id == OutboxMessage.id).exists())
        .order_by(OutboxMessage.id)
    ).all()
