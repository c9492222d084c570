"""The directory of services that the platform offers, and the rows of a notice that each serves."""

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base
from tracker.models.plan import Task


class ServiceEntry(Base):
    """`title`: the letter's heading; `helps`: what it is good for; `contact`: whom the letter names
    for it; `quote`: the letter's own words."""

    __tablename__ = "service_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    title: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(200))
    helps: Mapped[str] = mapped_column(String(200))
    helps_en: Mapped[str] = mapped_column(String(200))
    contact: Mapped[str] = mapped_column(String(200))
    contact_en: Mapped[str] = mapped_column(String(200))
    quote: Mapped[str] = mapped_column(Text)

    tasks: Mapped[list[Task]] = relationship(secondary="service_task", order_by="Task.number")


class ServiceTask(Base):
    """A service that serves a row."""

    __tablename__ = "service_task"

    service_id: Mapped[int] = mapped_column(ForeignKey("service_entry.id"), primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), primary_key=True, index=True)
