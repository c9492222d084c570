"""Copies of the database that were put back, and when the last one was made."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base
from tracker.models.types import UTCDateTime


class Restoration(Base):
    """The database was put back from a backup at `at` (campus time; `real_at`: the machine's), as
    it was at `backed_up_at` (the machine's). What was due by `at` may have gone out before, so
    nothing of it goes out by itself."""

    __tablename__ = "restoration"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    real_at: Mapped[datetime] = mapped_column(UTCDateTime)
    backed_up_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Backup(Base):
    """One row (id 1): the last backup that was written and read back; the machine's time."""

    __tablename__ = "backup"

    id: Mapped[int] = mapped_column(primary_key=True)
    real_at: Mapped[datetime] = mapped_column(UTCDateTime)
    size: Mapped[int] = mapped_column(BigInteger)
