"""What was tried before somebody higher is told."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from tracker.db import db
from tracker.domain.vocabulary import OutboxState, Post
from tracker.models.org import Membership
from tracker.models.outbox import OutboxMessage
from tracker.models.reminder import Reminder, ReminderRule

Tried = Mapping[int, tuple[datetime, ...]]
"""Unit id -> when its contacts were reminded, aware UTC, in order."""


def tried(plan_id: int, cutoff_at: datetime) -> Tried:
    """The moments of the steps about one cut-off that reached each unit's contacts. One query."""
    rows = db.session.execute(
        select(Membership.unit_id, OutboxMessage.due_at)
        .distinct()
        .join(Reminder, Reminder.user_id == Membership.user_id)
        .join(OutboxMessage, OutboxMessage.id == Reminder.message_id)
        .join(ReminderRule, ReminderRule.id == Reminder.rule_id)
        .where(ReminderRule.plan_id == plan_id, Reminder.cutoff_at == cutoff_at)
        .where(OutboxMessage.state == OutboxState.SENT)
        .where(Membership.post.in_([Post.CONTACT, Post.DEPUTY]))
        .order_by(OutboxMessage.due_at)
    )
    moments: dict[int, list[datetime]] = defaultdict(list)
    for unit_id, due_at in rows:
        moments[unit_id].append(due_at)
    return {unit_id: tuple(found) for unit_id, found in moments.items()}
