"""Links under which a calendar program reads somebody's cut-offs; shown once, revocable."""

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import func, select

from tracker.db import db
from tracker.domain.errors import N_, IllegalStep, NotPermitted
from tracker.models.calendar_feed import CalendarFeed
from tracker.models.org import Unit, User
from tracker.permissions import Actor
from tracker.services import accounts, audit

MOST = 10


def make(user: User, unit: Unit | None, actor: Actor, now: datetime) -> str:
    """A new link's token, known to nobody afterwards. `unit` None: the person's own feed. Raises
    NotPermitted, IllegalStep."""
    if unit is not None and unit.id not in actor.unit_ids:
        raise NotPermitted(N_("Only the unit itself can do this."))
    accounts.require_working(user)
    mine = (CalendarFeed.user_id == user.id, CalendarFeed.revoked_at.is_(None))
    if (db.session.scalar(select(func.count()).where(*mine)) or 0) >= MOST:
        raise IllegalStep(N_("You have ten calendar links: withdraw one first."))
    token = secrets.token_urlsafe(24)
    feed = CalendarFeed(
        token_hash=_hash(token),
        user_id=user.id,
        unit_id=unit.id if unit else None,
        created_at=now,
    )
    db.session.add(feed)
    db.session.flush()
    audit.record(actor, now, "calendar_feed.made", "calendar_feed", feed.id)
    return token


def find(token: str) -> CalendarFeed | None:
    """None for a link that never was, was withdrawn, or whose person is disabled."""
    feed = db.session.scalar(select(CalendarFeed).where(CalendarFeed.token_hash == _hash(token)))
    working = feed is not None and feed.revoked_at is None and feed.user.is_active
    return feed if working else None


def revoke(feed: CalendarFeed, actor: Actor, now: datetime) -> None:
    """It opens nothing any more. Said twice, nothing changes (B-17)."""
    if feed.revoked_at is None:
        feed.revoked_at = now
        audit.record(actor, now, "calendar_feed.revoked", "calendar_feed", feed.id)
        db.session.flush()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
