"""Sessions of browsers: begun, known again by a token of which only the hash is kept, ended.

Times are the machine's (`clock.real_now()`).
"""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from tracker.db import db
from tracker.domain.signing_in import Step, Way
from tracker.models.org import User
from tracker.models.session import UserSession
from tracker.permissions import SYSTEM, Actor, require_administer
from tracker.services import audit

UNFINISHED_FOR = timedelta(minutes=10)
"""How long whoever showed a password may take to show the second factor."""


def digest(token: str) -> str:
    """What is kept of a session's or an API token."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(
    user: User,
    real_now: datetime,
    lasts: timedelta,
    way: Way,
    device: str,
    waits_for: Step | None = None,
) -> str:
    """A new session's token, for the cookie only. Sessions past their end are swept here."""
    db.session.execute(delete(UserSession).where(UserSession.expires_at < real_now))
    token = secrets.token_urlsafe(32)
    db.session.add(
        UserSession(
            token_hash=digest(token),
            user_id=user.id,
            created_at=real_now,
            expires_at=real_now + (UNFINISHED_FOR if waits_for else lasts),
            way=way,
            device=device,
            waits_for=waits_for,
        )
    )
    db.session.flush()
    return token


def unfinished(token: str, real_now: datetime) -> UserSession | None:
    """A session that waits for something, of an active person."""
    return db.session.scalar(
        select(UserSession)
        .join(User, User.id == UserSession.user_id)
        .where(UserSession.token_hash == digest(token), UserSession.waits_for.is_not(None))
        .where(UserSession.expires_at > real_now, User.is_active)
    )


def stands(token: str, real_now: datetime) -> bool:
    """Whether nobody has ended the session, and its time is not over."""
    there = select(UserSession.id).where(UserSession.token_hash == digest(token))
    there = there.where(UserSession.expires_at > real_now)
    return db.session.scalar(there) is not None


def close_session(token: str) -> None:
    db.session.execute(delete(UserSession).where(UserSession.token_hash == digest(token)))


def close_sessions(user: User) -> int:
    """End every session of a person: password changed, account disabled. How many there were."""
    theirs = delete(UserSession).where(UserSession.user_id == user.id)
    return len(db.session.scalars(theirs.returning(UserSession.id)).all())


def close_some(user: User, ids: Collection[int], actor: Actor, now: datetime) -> int:
    """End these sessions of one person. How many there were."""
    mine = delete(UserSession).where(UserSession.user_id == user.id, UserSession.id.in_(ids))
    ended = len(db.session.scalars(mine.returning(UserSession.id)).all())
    if ended:
        audit.record(actor, now, "user.signed_out", "user", user.id, sessions=ended)
    return ended


def close_for(user: User, actor: Actor, now: datetime) -> None:
    """Academic affairs or the command line end every session of somebody. Where there is none,
    nothing changes (B-17)."""
    if actor != SYSTEM:
        require_administer(actor)
    if close_sessions(user):
        audit.record(actor, now, "user.signed_out", "user", user.id)
        db.session.flush()


def close_all(actor: Actor, now: datetime) -> None:
    """The command line ends every session of everybody."""
    db.session.execute(delete(UserSession))
    audit.record(actor, now, "sessions.ended", "site", 0)
