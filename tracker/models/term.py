"""A term's key dates: the platform's standard windows and what the school set of its own."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base
from tracker.domain.term import TermItem
from tracker.domain.term_reminders import Edge
from tracker.models.types import EnumText, UTCDateTime


class Term(Base):
    """`opens` and `closes`: the first and the last day in which everything lies. `results_on`: the
    day on which the school's exam results come out, None while it is unknown. `source`: the letter
    that says all this."""

    __tablename__ = "term"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(String(120))
    title_en: Mapped[str] = mapped_column(String(120))
    source: Mapped[str] = mapped_column(String(200))
    source_en: Mapped[str] = mapped_column(String(200))
    opens: Mapped[date] = mapped_column(Date)
    closes: Mapped[date] = mapped_column(Date)
    results_on: Mapped[date | None] = mapped_column(Date)

    dates: Mapped[list["TermDate"]] = relationship(
        back_populates="term", order_by="TermDate.position"
    )


class TermDate(Base):
    """A row of the platform's table. `standard_text`, `own_text`: its words for the standard window
    and for the school's own; `standard_*`: the days in them, both inclusive, None where none is
    named. `own_*`, `counted`, `allowed`: see `domain.term.Own`. `changed_at`: when its window last
    changed."""

    __tablename__ = "term_date"
    __table_args__ = (UniqueConstraint("term_id", "item"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    term_id: Mapped[int] = mapped_column(ForeignKey("term.id"))
    item: Mapped[TermItem] = mapped_column(EnumText(TermItem))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(120))
    title_en: Mapped[str] = mapped_column(String(120))
    standard_text: Mapped[str] = mapped_column(Text)
    standard_text_en: Mapped[str] = mapped_column(Text)
    own_text: Mapped[str] = mapped_column(Text)
    own_text_en: Mapped[str] = mapped_column(Text)
    standard_opens: Mapped[date | None] = mapped_column(Date)
    standard_closes: Mapped[date | None] = mapped_column(Date)
    own_opens: Mapped[date | None] = mapped_column(Date)
    own_closes: Mapped[date | None] = mapped_column(Date)
    counted: Mapped[bool] = mapped_column(default=False)
    allowed: Mapped[bool | None]
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changes: Mapped[int] = mapped_column(default=0)

    term: Mapped[Term] = relationship(back_populates="dates")


class TermReminder(Base):
    """One thing that people were reminded of, once for ever: that a window opens or closes on
    `day`, `ahead` days before."""

    __tablename__ = "term_reminder"
    __table_args__ = (UniqueConstraint("term_date_id", "edge", "day", "ahead"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    term_date_id: Mapped[int] = mapped_column(ForeignKey("term_date.id"))
    edge: Mapped[Edge] = mapped_column(EnumText(Edge))
    day: Mapped[date] = mapped_column(Date)
    ahead: Mapped[int]
    at: Mapped[datetime] = mapped_column(UTCDateTime)

    term_date: Mapped[TermDate] = relationship()
