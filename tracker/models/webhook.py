"""Addresses of other programs that are told what happens."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base
from tracker.models.org import User
from tracker.models.outbox import OutboxMessage
from tracker.models.types import UTCDateTime


class Webhook(Base):
    """`nonce`: from it and the installation's key the hook's secret is made, which is kept nowhere.
    `events`: words of `domain.webhooks`. `seen_event_id`: up to there the record is told.
    `failures` in a row since `failing_since`, after which nobody calls it before `next_try_at`;
    `outages`: how often it was switched off for them. `created_at` and `disabled_at` are campus
    time, the others the machine's."""

    __tablename__ = "webhook"

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(String(500))
    nonce: Mapped[str] = mapped_column(String(64))
    events: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    enabled_at: Mapped[datetime] = mapped_column(UTCDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    seen_event_id: Mapped[int]
    failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    next_try_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reason: Mapped[str | None] = mapped_column(Text)
    outages: Mapped[int] = mapped_column(default=0)

    user: Mapped[User] = relationship()


class HookDelivery(Base):
    """One event to one hook, as a message of the outbox. `event_id`: of the record, where it is
    one."""

    __tablename__ = "hook_delivery"

    message_id: Mapped[int] = mapped_column(ForeignKey("outbox_message.id"), primary_key=True)
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhook.id"), index=True)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("audit_event.id"))

    message: Mapped[OutboxMessage] = relationship()
    webhook: Mapped[Webhook] = relationship()
