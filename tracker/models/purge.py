"""What was taken out of old plans because nobody needs it any longer."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base
from tracker.models.types import UTCDateTime


class Purge(Base):
    """A plan's, announced at `noticed_at` (campus time) and done at `purged_at`. How many `names`
    of rosters, `files` of proof, `mails` and other `words` (comments, notes) it took away."""

    __tablename__ = "purge"

    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), primary_key=True)
    noticed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    purged_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    names: Mapped[int] = mapped_column(default=0)
    files: Mapped[int] = mapped_column(default=0)
    mails: Mapped[int] = mapped_column(default=0)
    words: Mapped[int] = mapped_column(default=0)
