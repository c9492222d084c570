"""The scheduler's row: its sign of life, its leader, and whether its clock is believed.

`now` is campus time, `real_now` the machine's.
"""

from contextlib import suppress
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tracker.db import db
from tracker.models.heartbeat import Heartbeat
from tracker.permissions import Actor, require_administer
from tracker.services import audit


def beat(now: datetime, real_now: datetime) -> datetime:
    """A sign of life; gives campus time of the last one before. Planners of several processes queue
    here until the commit."""
    row = _row(now, real_now)
    before, row.campus_at, row.real_at = row.campus_at, now, real_now
    db.session.flush()
    return before


def lead(worker: str, now: datetime, real_now: datetime) -> None:
    """Note who keeps the timetable."""
    _row(now, real_now).leader = worker
    db.session.flush()


def doubt(now: datetime, real_now: datetime) -> None:
    """The machine's clock shows `real_now`, and it should not."""
    _row(now, real_now).doubted_at = real_now
    db.session.flush()


def believe() -> None:
    """The clock is right again, or another one agrees with it."""
    row = db.session.get(Heartbeat, 1, with_for_update=True)
    if row is not None:
        row.doubted_at = None
        db.session.flush()


def confirm(actor: Actor, now: datetime) -> None:
    """A person has compared the clock with their own: it is right. Said twice, or where nobody
    doubts it any more, nothing changes."""
    require_administer(actor)
    row = db.session.get(Heartbeat, 1, with_for_update=True)
    if row is not None and row.doubted_at is not None:
        at = row.doubted_at.isoformat()
        audit.record(actor, now, "clock.confirmed", "plan", 0, doubted_at=at)
        row.doubted_at = None
        db.session.flush()


def _row(now: datetime, real_now: datetime) -> Heartbeat:
    turn = select(Heartbeat).where(Heartbeat.id == 1).with_for_update()
    row = db.session.scalar(turn)
    if row is None:
        with suppress(IntegrityError), db.session.begin_nested():  # Another's first is first.
            db.session.add(Heartbeat(id=1, campus_at=now, real_at=real_now))
        row = db.session.scalars(turn).one()
    return row
