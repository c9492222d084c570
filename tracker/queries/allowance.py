"""How many mails a person gets on one campus day."""

from collections.abc import Collection
from datetime import datetime, time

from sqlalchemy import func, select

from tracker.db import db
from tracker.domain.cutoffs import CAMPUS_ZONE, to_instant, to_wall
from tracker.domain.vocabulary import OutboxState
from tracker.models.outbox import OutboxMessage


def mailed_today(user_ids: Collection[int], now: datetime) -> dict[int, int]:
    """How many digests these people were sent on this campus day, by user id. One query."""
    today = to_wall(now, CAMPUS_ZONE).date()
    begins = to_instant(datetime.combine(today, time()), CAMPUS_ZONE)
    rows = db.session.execute(
        select(OutboxMessage.user_id, func.count())
        .where(OutboxMessage.user_id.in_(user_ids), OutboxMessage.kind == "digest")
        .where(OutboxMessage.state == OutboxState.SENT, OutboxMessage.due_at >= begins)
        .group_by(OutboxMessage.user_id)
    )
    return {user_id: count for user_id, count in rows if user_id is not None}
