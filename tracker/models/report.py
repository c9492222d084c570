"""Reports frozen at a moment: what academic affairs could say of a plan then."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base
from tracker.models.org import User
from tracker.models.plan import Plan
from tracker.models.types import UTCDateTime


class Report(Base):
    """A report of a plan, the `number`th. `at`: the moment it shows, campus time; `content`: its
    facts as canonical JSON, whose SHA-256 is `digest`; `audit_head`: the record's last hash at that
    moment. `due_on`: the day whose report it is, None where somebody asked for it (`user_id`).
    `settled` of `asked` duties and how many were `overdue`, for lists. Triggers refuse any change
    but an erasure, which takes a person out of `content`; the record notes its new `digest`."""

    __tablename__ = "report"
    __table_args__ = (UniqueConstraint("plan_id", "number"), UniqueConstraint("plan_id", "due_on"))

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    number: Mapped[int]
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_on: Mapped[date | None] = mapped_column(Date)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    settled: Mapped[int]
    asked: Mapped[int]
    overdue: Mapped[int]
    content: Mapped[str] = mapped_column(Text, deferred=True)
    digest: Mapped[str] = mapped_column(String(64))
    audit_head: Mapped[str] = mapped_column(String(64))
    erasures: Mapped[int] = mapped_column(default=0)

    plan: Mapped[Plan] = relationship()
    user: Mapped[User | None] = relationship()

    @property
    def zone(self) -> str:
        return self.plan.zone


class ReportReader(Base):
    """Somebody to whom a plan's daily report is mailed."""

    __tablename__ = "report_reader"

    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)

    user: Mapped[User] = relationship()
