"""The working-day calendar as the office keeps it."""

from collections.abc import Sequence

from sqlalchemy import extract, select

from tracker.db import db
from tracker.domain.workdays import Calendar
from tracker.models.workday import CalendarDay


def calendar() -> Calendar:
    rows = db.session.execute(select(CalendarDay.day, CalendarDay.working))
    return Calendar(dict(rows.all()))


def days_of(year: int) -> Sequence[CalendarDay]:
    """What differs from Monday to Friday in one year, in order."""
    return db.session.scalars(
        select(CalendarDay)
        .where(extract("year", CalendarDay.day) == year)
        .order_by(CalendarDay.day)
    ).all()
