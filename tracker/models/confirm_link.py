"""Links over which people without an account confirm their own item of one duty."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base
from tracker.models.assignment import Assignment
from tracker.models.org import User
from tracker.models.types import UTCDateTime


class ConfirmLink(Base):
    """One link for one assignment, valid until `expires_at` (the duty's cut-off, campus time) or
    `revoked_at`. `token` is kept readable: its unit shows and prints it again; it opens nothing but
    the items of this duty."""

    __tablename__ = "confirm_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(40), unique=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    issued_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    assignment: Mapped[Assignment] = relationship()
    user: Mapped[User] = relationship()
