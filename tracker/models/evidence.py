"""Proof of a report: files and links."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base
from tracker.models.assignment import Assignment, CheckOff
from tracker.models.org import User
from tracker.models.types import UTCDateTime


class Evidence(Base):
    """A file (`stored` names it inside the evidence folder, `sha256` and `size` are of its bytes)
    or a link (`url`). `check_off_id` None: added, not reported yet; afterwards it stays with that
    report for ever, also when the report is returned. `removed_at`: taken away before it was
    reported."""

    __tablename__ = "evidence"

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"), index=True)
    check_off_id: Mapped[int | None] = mapped_column(ForeignKey("check_off.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    name: Mapped[str] = mapped_column(String(200))
    url: Mapped[str | None] = mapped_column(Text)
    media_type: Mapped[str | None] = mapped_column(String(100))
    size: Mapped[int | None]
    sha256: Mapped[str | None] = mapped_column(String(64))
    stored: Mapped[str | None] = mapped_column(String(80))
    has_thumbnail: Mapped[bool] = mapped_column(default=False)
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    assignment: Mapped[Assignment] = relationship()
    check_off: Mapped[CheckOff | None] = relationship()
    user: Mapped[User] = relationship()
