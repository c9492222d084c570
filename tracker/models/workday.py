"""Which days are worked: what differs from Monday to Friday."""

from datetime import date

from sqlalchemy import Date, String
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base


class CalendarDay(Base):
    """A day off on a weekday, or a make-up working day at a weekend; `note` says why."""

    __tablename__ = "calendar_day"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    working: Mapped[bool]
    note: Mapped[str] = mapped_column(String(60), default="")
