"""Who did what when."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base
from tracker.models.types import UTCDateTime


class AuditEvent(Base):
    """`action` is noun.past_participle ("assignment.checked_off"); `actor` keeps a label that
    outlives the account; `detail` holds what changed, never a secret. `hash` chains each event to
    the one before it (services/audit); the table only grows: triggers refuse anything else but an
    erasure, which replaces `actor` and `detail` and takes the `salt` away. `seal`: what stands for
    the two in the chain, None in events from before there were seals."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_subject", "subject", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    actor: Mapped[str] = mapped_column(String(120))
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    detail: Mapped[dict[str, object]] = mapped_column(JSON)
    hash: Mapped[str] = mapped_column(String(64))
    salt: Mapped[str | None] = mapped_column(String(32))
    seal: Mapped[str | None] = mapped_column(String(64))
    erasures: Mapped[int] = mapped_column(default=0)
