"""A notice as it was read, between its preview and its plan."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base
from tracker.models.types import UTCDateTime


class NoticeImport(Base):
    """`plan_id`: the plan that it amends, or that was made of it. `tables`: what the file says,
    `choices`: what its bringer decides about it (`domain.notice_staging`). `shown`: SHA-256 of the
    difference that the preview showed, "" where it makes a plan of its own. `taken`: what an
    amendment changed, by the ids of rows and duties (`domain.notice_amendments`)."""

    __tablename__ = "notice_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    source: Mapped[str] = mapped_column(String(120))
    tables: Mapped[dict[str, Any]] = mapped_column(JSON)
    choices: Mapped[dict[str, Any]] = mapped_column(JSON)
    amends: Mapped[bool] = mapped_column(default=False)
    shown: Mapped[str] = mapped_column(String(64), default="")
    taken: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
