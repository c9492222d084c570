"""What units asked of the platform's services, and what became of it."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base
from tracker.domain.service_requests import RequestState
from tracker.models.org import Unit, User
from tracker.models.service_entry import ServiceEntry
from tracker.models.types import EnumText, UTCDateTime


class ServiceRequest(Base):
    """`purpose`: what for; `course`, `teacher`: for whom, where that matters; `words`: anything
    else. `answer`, `answered_at`: academic affairs' last word."""

    __tablename__ = "service_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("service_entry.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    purpose: Mapped[str] = mapped_column(String(200))
    course: Mapped[str] = mapped_column(String(120), default="")
    teacher: Mapped[str] = mapped_column(String(120), default="")
    words: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[RequestState] = mapped_column(EnumText(RequestState))
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    service: Mapped[ServiceEntry] = relationship()
    unit: Mapped[Unit] = relationship()
    user: Mapped[User] = relationship(foreign_keys=[user_id])
    answered_by: Mapped[User | None] = relationship(foreign_keys=[answered_by_id])
