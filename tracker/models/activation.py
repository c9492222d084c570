"""A contingency that was started, and what happened since."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base
from tracker.domain.vocabulary import Branch
from tracker.models.org import User
from tracker.models.plan import Contingency, Plan
from tracker.models.types import EnumText, UTCDateTime


class Activation(Base):
    """A case of table 2 that somebody started: its duties are those of `plan`. `reason`: what set
    it off; `stood_down_at` None: it goes on. A case goes on once at a time, its drill beside it."""

    __tablename__ = "activation"
    __table_args__ = (
        Index(
            "ix_activation_active",
            "contingency_id",
            "is_drill",
            unique=True,
            sqlite_where=text("stood_down_at IS NULL"),
            postgresql_where=text("stood_down_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contingency_id: Mapped[int] = mapped_column(ForeignKey("contingency.id"))
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), unique=True)
    branch: Mapped[Branch | None] = mapped_column(EnumText(Branch))
    reason: Mapped[str] = mapped_column(Text)
    is_drill: Mapped[bool]
    started_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    stood_down_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    stood_down_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    outcome: Mapped[str] = mapped_column(Text, default="")

    contingency: Mapped[Contingency] = relationship()
    plan: Mapped[Plan] = relationship()
    starter: Mapped[User] = relationship(foreign_keys=[started_by])
    ender: Mapped[User | None] = relationship(foreign_keys=[stood_down_by])


class ActivationEntry(Base):
    """A line of its log."""

    __tablename__ = "activation_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    activation_id: Mapped[int] = mapped_column(ForeignKey("activation.id"), index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    text: Mapped[str] = mapped_column(Text)

    user: Mapped[User] = relationship()
