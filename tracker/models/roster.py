"""Names to be accounted for: 「一个不少」 is n of N with the names of the missing."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base
from tracker.models.types import UTCDateTime


class RosterItem(Base):
    """One course group, teacher, student or counsellor of a row, known by `key`.

    `detail` is its class or teacher, `search` what it is found by (key, label, detail, pinyin).
    `done_at`: when it was really done, `ticked_at`: when that was entered, by a person
    (`ticked_by`) or over a link without an account (`link_id`). `dropped_at`: a later list no
    longer holds it; it counts nowhere, and keeps its tick should it come back.
    """

    __tablename__ = "roster_item"
    __table_args__ = (
        UniqueConstraint("task_id", "key"),
        Index("ix_roster_item_task_id_unit_id", "task_id", "unit_id", "done_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    key: Mapped[str] = mapped_column(String(60))
    label: Mapped[str] = mapped_column(String(120))
    detail: Mapped[str] = mapped_column(String(120), default="")
    search: Mapped[str] = mapped_column(Text)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ticked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ticked_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("confirm_link.id"))
    dropped_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class RosterTally(Base):
    """How many items a unit has in a row and how many of them are done: kept with every change of
    the items, so that no page counts them. A row without any tally has no roster."""

    __tablename__ = "roster_tally"

    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    total: Mapped[int]
    done: Mapped[int]


class RosterImport(Base):
    """A list as it was read, between its preview and its confirmation.

    `unit_id` None: a list for the whole row. `rows`: [key, label, unit code, detail, where it
    stands] each. `shown`: SHA-256 of the difference that the preview showed, so that what is
    confirmed is what was seen.
    """

    __tablename__ = "roster_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    source: Mapped[str] = mapped_column(String(120))
    rows: Mapped[list[list[str]]] = mapped_column(JSON)
    shown: Mapped[str] = mapped_column(String(64))
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
