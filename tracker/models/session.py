"""What signing in leaves behind: sessions, API tokens and the login delay table.

Times here are the machine's, not the campus clock's: see `tracker.clock`.
"""

from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, ForeignKey, String, and_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base
from tracker.domain.signing_in import Step, Way
from tracker.models.org import User
from tracker.models.types import EnumText, UTCDateTime


class UserSession(Base):
    """One signed-in browser. The cookie holds the token, this row its SHA-256. `waits_for`: what
    its person has still to show before it opens anything, None once they are in."""

    __tablename__ = "user_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    way: Mapped[Way] = mapped_column(EnumText(Way))
    device: Mapped[str] = mapped_column(String(60))
    waits_for: Mapped[Step | None] = mapped_column(EnumText(Step))

    user: Mapped[User] = relationship()


def is_in(real_now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Of sessions, whose person has shown all that is asked and that have not run out."""
    return and_(UserSession.waits_for.is_(None), UserSession.expires_at > real_now)


class ApiToken(Base):
    """A bearer token of a person; only its SHA-256 is kept. `scopes`: words of `domain.scopes`,
    None for everything the person may do."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    name: Mapped[str] = mapped_column(String(120), default="")
    scopes: Mapped[str | None] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    user: Mapped[User] = relationship()
    usage: Mapped["ApiUsage"] = relationship()


class ApiUsage(Base):
    """How often a token was used in its last `window` (the minute's beginning), in portions that
    processes took ahead, and when it was used last, to the minute."""

    __tablename__ = "api_usage"

    token_id: Mapped[int] = mapped_column(ForeignKey("api_token.id"), primary_key=True)
    window: Mapped[datetime | None] = mapped_column(UTCDateTime)
    taken: Mapped[int] = mapped_column(default=0)
    last_used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class LoginDelay(Base):
    """Failures of one account or one address, and when it may try again."""

    __tablename__ = "login_delay"

    key: Mapped[str] = mapped_column(String(300), primary_key=True)
    failures: Mapped[int]
    next_try_at: Mapped[datetime] = mapped_column(UTCDateTime)
