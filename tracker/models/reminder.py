"""The ladder's rules, what became of each step, and who was reminded of what."""

from datetime import datetime, time

from sqlalchemy import ForeignKey, Index, String, Time, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base
from tracker.domain.vocabulary import StepState
from tracker.models.org import User
from tracker.models.outbox import OutboxMessage
from tracker.models.types import EnumText, UTCDateTime


class ReminderRule(Base):
    """One rung of a plan's ladder. `audience` and `roles` are space-separated lists of Audience and
    DutyRole values; no role named means every role. `working_days`: a day off puts it off to the
    next working day. It holds for moments from `since` to before `until`: a changed rule is ended
    and another one begun, so that what was decided stays as it was."""

    __tablename__ = "reminder_rule"
    __table_args__ = (UniqueConstraint("plan_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    code: Mapped[str] = mapped_column(String(40))
    day_offset: Mapped[int]
    at: Mapped[time] = mapped_column(Time)
    audience: Mapped[str] = mapped_column(String(60))
    repeats: Mapped[bool]
    ignores_quiet: Mapped[bool]
    roles: Mapped[str] = mapped_column(String(120), default="")
    working_days: Mapped[bool] = mapped_column(default=False)
    since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    until: Mapped[datetime | None] = mapped_column(UTCDateTime)


class ReminderStep(Base):
    """A step that was decided. While it has no row it is still to be planned."""

    __tablename__ = "reminder_step"
    __table_args__ = (UniqueConstraint("rule_id", "cutoff_at", "occurrence"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    rule_id: Mapped[int] = mapped_column(ForeignKey("reminder_rule.id"))
    cutoff_at: Mapped[datetime] = mapped_column(UTCDateTime)
    occurrence: Mapped[int]
    moment: Mapped[datetime] = mapped_column(UTCDateTime)
    state: Mapped[StepState] = mapped_column(EnumText(StepState))
    decided_at: Mapped[datetime] = mapped_column(UTCDateTime)

    rule: Mapped[ReminderRule] = relationship()


class Reminder(Base):
    """One rule, one cut-off (and its n-th repeat), one person: exists at most once.

    `number` is the n-th reminder this person gets about this cut-off.
    """

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("rule_id", "cutoff_at", "occurrence", "user_id"),
        Index("ix_reminder_user_id_cutoff_at", "user_id", "cutoff_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    rule_id: Mapped[int] = mapped_column(ForeignKey("reminder_rule.id"))
    cutoff_at: Mapped[datetime] = mapped_column(UTCDateTime)
    occurrence: Mapped[int]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    number: Mapped[int]
    message_id: Mapped[int] = mapped_column(ForeignKey("outbox_message.id"), index=True)

    rule: Mapped[ReminderRule] = relationship()
    user: Mapped[User] = relationship()
    message: Mapped[OutboxMessage] = relationship()
