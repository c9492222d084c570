"""Whether the reminders' heart beats."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from tracker.db import db
from tracker.models.heartbeat import Heartbeat

LONGEST_SILENCE = timedelta(minutes=3)
"""The timetable beats every minute; two missed beats may be a slow machine."""


@dataclass(frozen=True)
class Silence:
    """No sign of life for `since`; None where there never was one."""

    since: timedelta | None


def silence(real_now: datetime) -> Silence | None:
    """None while the heart beats. `real_now`: the machine's time."""
    beat = db.session.get(Heartbeat, 1)
    if beat is None:
        return Silence(None)
    return Silence(real_now - beat.real_at) if is_silent(beat.real_at, real_now) else None


def is_silent(last: datetime | None, real_now: datetime) -> bool:
    """`last`: the machine's time of the last beat; None: there never was one."""
    return last is None or real_now - last > LONGEST_SILENCE


def heart_stands(real_now: datetime) -> bool:
    """Whether no reminder goes out: the heart does not beat, or its clock is in doubt."""
    return silence(real_now) is not None or doubted_at() is not None


def doubted_at() -> datetime | None:
    """What the machine's clock showed when it was no longer believed; None while it is."""
    return db.session.scalar(select(Heartbeat.doubted_at).where(Heartbeat.id == 1))


def database_now() -> datetime:
    """The clock of a PostgreSQL server, aware UTC."""
    return db.session.scalars(select(func.clock_timestamp())).one()
