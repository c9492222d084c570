"""Signs of life: the scheduler's last tick and, in rehearsal, where campus time stands."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base
from tracker.models.types import UTCDateTime


class Heartbeat(Base):
    """One row (id 1). `campus_at` is campus time, `real_at` the machine's at that moment. `leader`:
    the process that holds the timetable. `doubted_at`: the machine's time that leapt ahead and that
    nobody has confirmed yet; nothing is planned while it stands."""

    __tablename__ = "heartbeat"

    id: Mapped[int] = mapped_column(primary_key=True)
    campus_at: Mapped[datetime] = mapped_column(UTCDateTime)
    real_at: Mapped[datetime] = mapped_column(UTCDateTime)
    leader: Mapped[str | None] = mapped_column(String(60))
    doubted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class RehearsalClock(Base):
    """One row (id 1): campus time was `campus_at` when the machine's clock said `real_at`."""

    __tablename__ = "rehearsal_clock"

    id: Mapped[int] = mapped_column(primary_key=True)
    campus_at: Mapped[datetime] = mapped_column(UTCDateTime)
    real_at: Mapped[datetime] = mapped_column(UTCDateTime)
