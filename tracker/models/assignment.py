"""A duty laid on a unit, and what was said about it."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base
from tracker.domain.vocabulary import Health, State, Verdict
from tracker.models.org import Unit, User
from tracker.models.plan import Duty
from tracker.models.types import EnumText, UTCDateTime


class Assignment(Base):
    """`count` is what the unit last reported, None until it says something. `lacking`: how many
    items of the roster were missing when the report fell back (待补). `looked_at`: when the unit
    last said that its report still holds after an amendment. `version` is the optimistic
    lock: SQLAlchemy refuses an update of a row that changed meanwhile."""

    __tablename__ = "assignment"
    __table_args__ = (UniqueConstraint("duty_id", "unit_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    duty_id: Mapped[int] = mapped_column(ForeignKey("duty.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    state: Mapped[State] = mapped_column(EnumText(State), default=State.OPEN)
    count: Mapped[int | None]
    lacking: Mapped[int | None]
    changed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    looked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)

    duty: Mapped[Duty] = relationship()
    unit: Mapped[Unit] = relationship()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


class CheckOff(Base):
    """One report of a unit. Undone and returned ones stay: they are the story. `at`: when it was
    entered, `done_at`: when the work was really done."""

    __tablename__ = "check_off"

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    done_at: Mapped[datetime] = mapped_column(UTCDateTime)
    count: Mapped[int | None]
    note: Mapped[str] = mapped_column(Text, default="")
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    user: Mapped[User] = relationship()


class Review(Base):
    """The inspector's answer to one report."""

    __tablename__ = "review"

    id: Mapped[int] = mapped_column(primary_key=True)
    check_off_id: Mapped[int] = mapped_column(ForeignKey("check_off.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    verdict: Mapped[Verdict] = mapped_column(EnumText(Verdict))
    reason: Mapped[str] = mapped_column(Text, default="")

    check_off: Mapped[CheckOff] = relationship()
    user: Mapped[User] = relationship()


class CheckIn(Base):
    """A standing duty's word for one day; saying it again replaces the day's word."""

    __tablename__ = "check_in"
    __table_args__ = (UniqueConstraint("assignment_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"))
    day: Mapped[date] = mapped_column(Date)
    health: Mapped[Health] = mapped_column(EnumText(Health))
    note: Mapped[str] = mapped_column(Text, default="")
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)

    user: Mapped[User] = relationship()
