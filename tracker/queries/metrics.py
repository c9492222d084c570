"""How the sender is doing, in numbers. A few small queries."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from tracker.db import db
from tracker.domain.vocabulary import OutboxState
from tracker.models.heartbeat import Heartbeat
from tracker.models.notice import Notice
from tracker.models.outbox import OutboxMessage, Relay
from tracker.queries import restorations

_UNDER_WAY = (OutboxState.DUE, OutboxState.RETRY, OutboxState.CLAIMED, OutboxState.HANDING_OVER)


@dataclass(frozen=True)
class Metrics:
    """`oldest_due`: seconds since the oldest message under way should have gone, 0 where none is;
    `since_tick`: seconds since the scheduler's last sign of life, None where there never was one.
    `since_backup`: since the last backup, None where there was none. By the machine's clock."""

    by_state: dict[OutboxState, int]
    oldest_due: float
    since_tick: float | None
    leader: str | None
    clock_doubted: bool
    relay_failures: int
    notices_waiting: int
    since_backup: float | None
    held: int


def metrics(real_now: datetime) -> Metrics:
    counts = dict(
        db.session.execute(
            select(OutboxMessage.state, func.count()).group_by(OutboxMessage.state)
        ).all()
    )
    oldest = db.session.scalar(
        select(func.min(OutboxMessage.next_try_at)).where(OutboxMessage.state.in_(_UNDER_WAY))
    )
    beat, relay = db.session.get(Heartbeat, 1), db.session.get(Relay, 1)
    backup = restorations.last_backup()
    waiting = select(func.count()).where(Notice.message_id.is_(None), Notice.dropped.is_(None))
    return Metrics(
        {state: counts.get(state, 0) for state in OutboxState},
        max(0.0, (real_now - oldest).total_seconds()) if oldest else 0.0,
        (real_now - beat.real_at).total_seconds() if beat else None,
        beat.leader if beat else None,
        beat is not None and beat.doubted_at is not None,
        relay.failures if relay else 0,
        db.session.scalar(waiting) or 0,
        (real_now - backup.real_at).total_seconds() if backup else None,
        restorations.count_held(),
    )
