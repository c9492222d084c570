"""The second factor of a person: codes of a telephone, and codes on paper for when it is lost."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base
from tracker.models.types import UTCDateTime


class SecondFactor(Base):
    """The telephone's secret is not kept: it follows from `salt` and the application's key.
    `last_step`: the time step of the last code that was taken; none up to it is taken again."""

    __tablename__ = "second_factor"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    salt: Mapped[str] = mapped_column(String(64))
    last_step: Mapped[int]
    since: Mapped[datetime] = mapped_column(UTCDateTime)


class RecoveryCode(Base):
    """A code that works once; only its SHA-256 is kept."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
