"""How many mails a person gets on one campus day."""

from datetime import datetime, time, timedelta

from sqlalchemy import func, select

from tracker.db import db
from tracker.domain.cutoffs import CAMPUS_ZONE, to_instant, to_wall
from tracker.domain.errors import N_
from tracker.domain.reminding import QUIET_UNTIL
from tracker.domain.vocabulary import OutboxState
from tracker.models.outbox import OutboxMessage
from tracker.models.reminder import Reminder, ReminderRule

REASON = N_("The person has had today's most mails; it waits for tomorrow morning.")


def spent(message: OutboxMessage, cap: int, now: datetime) -> datetime | None:
    """When the message may go out if its person has had `cap` digests on this campus day already:
    tomorrow at the end of the quiet hours, aware. None where it may go out now. A cap of 0 is none;
    a last call and whatever is no digest always may."""
    if not cap or message.user_id is None or message.kind != "digest":
        return None
    today = to_wall(now, CAMPUS_ZONE).date()
    begins = to_instant(datetime.combine(today, time()), CAMPUS_ZONE)
    sent = db.session.scalar(
        select(func.count())
        .where(OutboxMessage.user_id == message.user_id, OutboxMessage.kind == "digest")
        .where(OutboxMessage.state == OutboxState.SENT, OutboxMessage.due_at >= begins)
    )
    if (sent or 0) < cap or _is_last_call(message):
        return None
    morning = datetime.combine(today + timedelta(days=1), QUIET_UNTIL)
    return to_instant(morning, CAMPUS_ZONE)


def _is_last_call(message: OutboxMessage) -> bool:
    rules = select(ReminderRule.id).join(Reminder, Reminder.rule_id == ReminderRule.id)
    loud = rules.where(Reminder.message_id == message.id, ReminderRule.ignores_quiet)
    return db.session.scalar(loud.limit(1)) is not None
