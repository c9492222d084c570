"""Working groups, which row 1 of the notice asks for: their members are the row's evidence."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base
from tracker.domain.vocabulary import GroupPart
from tracker.models.assignment import Assignment
from tracker.models.types import EnumText, UTCDateTime


class GroupMember(Base):
    """A person in the group that an assignment asks its unit to set up. Members need no account;
    `position` is what they are otherwise: dean, teacher, counsellor. `left_at`: no longer in it."""

    __tablename__ = "group_member"
    __table_args__ = (UniqueConstraint("assignment_id", "part", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"))
    part: Mapped[GroupPart] = mapped_column(EnumText(GroupPart))
    name: Mapped[str] = mapped_column(String(120))
    position: Mapped[str] = mapped_column(String(120), default="")
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    joined_at: Mapped[datetime] = mapped_column(UTCDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    assignment: Mapped[Assignment] = relationship()
