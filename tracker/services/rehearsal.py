"""The rehearsal clock, kept in the database so that every process on it lives the same hour."""

from datetime import datetime, timedelta

from sqlalchemy import select

from tracker import clock
from tracker.db import START, db, rows, take_turn
from tracker.domain.errors import N_, InvalidInput
from tracker.models.heartbeat import Heartbeat, RehearsalClock
from tracker.permissions import Actor, require_administer
from tracker.services import audit

PAUSE = timedelta(minutes=2)
"""Without a heartbeat for so long the server was down, and campus time stood still."""

LONGEST_MOVE = timedelta(days=60)
_CLOCK = select(RehearsalClock.campus_at, RehearsalClock.real_at).where(RehearsalClock.id == 1)


def start(first: datetime, real_now: datetime) -> None:
    """Set campus time when a server starts: `first` on the first start, later where it stopped.
    While another server's heart beats, its clock stands."""
    take_turn(START)
    row = db.session.get(RehearsalClock, 1)
    if row is None:
        db.session.add(RehearsalClock(id=1, campus_at=first, real_at=real_now))
    else:
        beat = db.session.get(Heartbeat, 1)
        if beat is None or real_now - beat.real_at > PAUSE:
            stopped = max(beat.campus_at, row.campus_at) if beat else row.campus_at
            row.campus_at, row.real_at = max(stopped, first), real_now
    db.session.flush()


def resume(real_now: datetime) -> None:
    """Go on where campus time stopped, if it was ever started."""
    row = db.session.get(RehearsalClock, 1)
    if row is not None:
        start(row.campus_at, real_now)
        follow()


def follow() -> None:
    """Bring this process's clock in line with the database's, where one was started."""
    for campus_at, real_at in rows(_CLOCK):
        clock.set_offset(campus_at - real_at)


def move(target: datetime, actor: Actor, now: datetime, real_now: datetime) -> None:
    """Move campus time forward to `target`. Raises NotPermitted, or InvalidInput for a moment that
    has passed or lies too far ahead."""
    require_administer(actor)
    if target <= now:
        raise InvalidInput("to", N_("The rehearsal clock only moves forward."))
    if target - now > LONGEST_MOVE:
        raise InvalidInput("to", N_("At most %(days)s days ahead, please."), days=LONGEST_MOVE.days)
    row = db.session.get(RehearsalClock, 1)
    if row is None:
        row = RehearsalClock(id=1)
        db.session.add(row)
    row.campus_at, row.real_at = target, real_now
    audit.record(actor, now, "rehearsal.clock_moved", "plan", 0, to=target.isoformat())
    db.session.flush()
    clock.set_offset(target - real_now)
