"""The working-day calendar, kept by academic affairs."""

from datetime import date, datetime

from tracker.db import db
from tracker.domain import text
from tracker.domain.errors import N_, InvalidInput
from tracker.models.workday import CalendarDay
from tracker.permissions import Actor, require_administer
from tracker.services import audit

NOTE_MAX = 60
_FIRST_YEAR, _LAST_YEAR = 2000, 2200


def note(day: date, actor: Actor, now: datetime, *, why: str) -> CalendarDay:
    """Turn a day round: a weekday becomes a day off, a Saturday or Sunday a working day. Said
    again, it changes the reason only. Raises NotPermitted, InvalidInput."""
    require_administer(actor)
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise InvalidInput("day", N_("Enter a day such as 2020-02-24."))
    why = text.optional("why", why, NOTE_MAX)
    row = db.session.get(CalendarDay, day)
    if row is None:
        row = CalendarDay(day=day, working=day.weekday() >= 5, note=why)
        db.session.add(row)
    elif row.note == why:
        return row
    row.note = why
    audit.record(actor, now, "calendar.noted", "day", day.toordinal(), day=str(day), why=why)
    db.session.flush()
    return row


def forget(day: date, actor: Actor, now: datetime) -> None:
    """The day is again what Monday to Friday says. Said twice, nothing changes."""
    require_administer(actor)
    row = db.session.get(CalendarDay, day)
    if row is not None:
        db.session.delete(row)
        audit.record(actor, now, "calendar.forgotten", "day", day.toordinal(), day=str(day))
        db.session.flush()
