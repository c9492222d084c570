"""What an amended or corrected notice changed of a duty that may have been reported by then."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base
from tracker.models.types import UTCDateTime


class DutyChange(Base):
    """`changes`: lists of what changed (title, text, role, rows, measure or target), how it read
    and how it reads, in the notice's words."""

    __tablename__ = "duty_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    duty_id: Mapped[int] = mapped_column(ForeignKey("duty.id"), index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    changes: Mapped[list[list[str]]] = mapped_column(JSON)
