"""One plan per student (一生一策)."""

from datetime import datetime

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base
from tracker.models.org import User
from tracker.models.roster import RosterItem
from tracker.models.types import UTCDateTime


class CareRecord(Base):
    """A student in difficulty: 现状与需求, 帮扶措施, 效果. Their own college's alone: the
    texts go on no page, file, mail, log or record of anybody else. A name has none until
    something is written; `version` counts the times. `unit_id`: the college that wrote it. Where a
    corrected list gives the name to another college, that one begins a record of its own, and this
    one is hidden until the name comes back."""

    __tablename__ = "care_record"
    __table_args__ = (UniqueConstraint("roster_item_id", "unit_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    roster_item_id: Mapped[int] = mapped_column(ForeignKey("roster_item.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    need: Mapped[str] = mapped_column(Text)
    help: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)
    updated_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)
    version: Mapped[int]

    item: Mapped[RosterItem] = relationship()
    updater: Mapped[User] = relationship()
