"""Urging with memory (催办): who pressed whom about what, and what came of it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base
from tracker.models.assignment import Assignment
from tracker.models.org import User
from tracker.models.types import UTCDateTime


class Urge(Base):
    """One press by one person, for any number of assignments. `words`: what they added."""

    __tablename__ = "urge"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    words: Mapped[str] = mapped_column(Text, default="")

    user: Mapped[User] = relationship()
    urged: Mapped[list["UrgedAssignment"]] = relationship(back_populates="urge")


class UrgedAssignment(Base):
    """One assignment in an urge. `number`: the n-th urge of this assignment. `opened_at`: somebody
    of the unit had it on the screen; `answer`: the unit's short word back."""

    __tablename__ = "urged_assignment"
    __table_args__ = (UniqueConstraint("assignment_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    urge_id: Mapped[int] = mapped_column(ForeignKey("urge.id"), index=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"))
    number: Mapped[int]
    opened_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    answer: Mapped[str] = mapped_column(Text, default="")

    urge: Mapped[Urge] = relationship(back_populates="urged")
    assignment: Mapped[Assignment] = relationship()
    answerer: Mapped[User | None] = relationship()
