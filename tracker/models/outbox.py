"""Mail on its way. Every message ends in a visible final state."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base
from tracker.domain.vocabulary import OutboxState
from tracker.models.org import User
from tracker.models.types import EnumText, UTCDateTime

_UNDER_WAY = "state IN ('DUE', 'RETRY', 'CLAIMED', 'HANDING_OVER')"


class OutboxMessage(Base):
    """One mail to one person, or, on another `channel`, one word to a group robot or one event to a
    webhook, and to nobody by name. Its text is rendered when a sender claims it, from the state of
    then; `subject` and `lines` keep what was handed over. `about_id`: what a message without
    reminders or notices is about, by kind.

    `due_at` and `not_after` are campus time. `next_try_at`, `lease_until`, `handed_at` and
    `sent_at` are the machine's time: the rehearsal clock must not expire a sender's lease.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (
        Index(
            "ix_outbox_message_under_way",
            "next_try_at",
            postgresql_where=text(_UNDER_WAY),
            sqlite_where=text(_UNDER_WAY),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dedupe_key: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    channel: Mapped[str] = mapped_column(String(40), default="mail")
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    about_id: Mapped[int | None]
    message_id: Mapped[str] = mapped_column(String(120), unique=True)
    state: Mapped[OutboxState] = mapped_column(EnumText(OutboxState), index=True)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    not_after: Mapped[datetime] = mapped_column(UTCDateTime)
    next_try_at: Mapped[datetime] = mapped_column(UTCDateTime)
    owner: Mapped[str | None] = mapped_column(String(60))
    lease_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    handed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    to_address: Mapped[str | None] = mapped_column(String(254))
    subject: Mapped[str | None] = mapped_column(String(400))
    lines: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)

    user: Mapped[User | None] = relationship()


class DeliveryAttempt(Base):
    """One try to hand a message over and how it ended. `reply` is the relay's own answer."""

    __tablename__ = "delivery_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("outbox_message.id"), index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    owner: Mapped[str] = mapped_column(String(60))
    outcome: Mapped[OutboxState] = mapped_column(EnumText(OutboxState))
    reply: Mapped[str] = mapped_column(Text, default="")


class Relay(Base):
    """One row (id 1) while the mail relay cannot be used: nobody tries before `next_try_at` (the
    machine's time), and no message is blamed."""

    __tablename__ = "relay"

    id: Mapped[int] = mapped_column(primary_key=True)
    failures: Mapped[int]
    since: Mapped[datetime] = mapped_column(UTCDateTime)
    next_try_at: Mapped[datetime] = mapped_column(UTCDateTime)
    reason: Mapped[str] = mapped_column(Text)
