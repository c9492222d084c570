"""What a person is to be told by mail besides the ladder. Notices of one person fold into one
mail."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base
from tracker.domain.vocabulary import NoticeKind
from tracker.models.org import User
from tracker.models.outbox import OutboxMessage
from tracker.models.types import EnumText, UTCDateTime

_WAITING = text("message_id IS NULL AND dropped IS NULL")


class Notice(Base):
    """One thing to tell one person, once. `about_id` is the id of what it is about, by kind (see
    `queries.notices`); `at` is campus time. It waits until it has a message, or `dropped`: the
    msgid of the reason why it was not mailed."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("user_id", "kind", "about_id"),
        Index("ix_notice_waiting", "id", postgresql_where=_WAITING, sqlite_where=_WAITING),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    kind: Mapped[NoticeKind] = mapped_column(EnumText(NoticeKind))
    about_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("outbox_message.id"), index=True)
    dropped: Mapped[str | None] = mapped_column(Text)

    user: Mapped[User] = relationship()
    message: Mapped[OutboxMessage | None] = relationship()
