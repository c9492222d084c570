"""Who downloaded or opened what holds personal data."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base
from tracker.domain.vocabulary import AccessKind
from tracker.models.org import User
from tracker.models.types import EnumText, UTCDateTime


class Access(Base):
    """`path`: the address that was read, without its query. `key` is random: an entry that is read
    from its file twice is kept once. `at`: campus time."""

    __tablename__ = "access"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    kind: Mapped[AccessKind] = mapped_column(EnumText(AccessKind))
    path: Mapped[str] = mapped_column(String(200))

    user: Mapped[User] = relationship()
