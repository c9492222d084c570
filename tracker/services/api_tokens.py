"""Bearer tokens of the API: made, withdrawn. Security times are the machine's
(`real_now`)."""

import secrets
from datetime import datetime, timedelta

from tracker.db import db
from tracker.domain import scopes, text
from tracker.domain.errors import N_, IllegalStep, InvalidInput, NotPermitted
from tracker.domain.scopes import EVERYTHING, Scope
from tracker.models.org import User
from tracker.models.session import ApiToken, ApiUsage
from tracker.permissions import SYSTEM, Actor, can_administer
from tracker.queries.api_tokens import working
from tracker.services import accounts, audit
from tracker.services.sessions import digest

MOST = 20
"""Working tokens of one person."""

LONGEST = timedelta(days=3660)


def create(
    user: User,
    actor: Actor,
    now: datetime,
    real_now: datetime,
    *,
    name: str = "",
    may: frozenset[Scope] = EVERYTHING,
    expires_at: datetime | None = None,
) -> str:
    """A new token, known to nobody afterwards. The person's own, or given by academic affairs or
    the command line. `expires_at`: aware, machine's time; None: until it is withdrawn.

    Raises NotPermitted, InvalidInput, IllegalStep.
    """
    if actor != SYSTEM and actor.user_id != user.id and not can_administer(actor):
        raise NotPermitted(N_("Only academic affairs can do this."))
    if expires_at is not None and not real_now < expires_at <= real_now + LONGEST:
        raise InvalidInput("expires", N_("A token ends on a day to come, within ten years."))
    accounts.require_working(user)
    if len(working(user.id, real_now)) >= MOST:
        raise IllegalStep(N_("You have %(most)s tokens: withdraw one first."), most=MOST)
    token = "trk_" + secrets.token_urlsafe(32)
    row = ApiToken(
        token_hash=digest(token),
        user_id=user.id,
        name=" ".join(text.optional("name", name, 120).split()),
        scopes=scopes.kept(may),
        created_at=real_now,
        expires_at=expires_at,
        usage=ApiUsage(),
    )
    db.session.add(row)
    db.session.flush()
    ends = expires_at.isoformat() if expires_at else None
    audit.record(
        actor, now, "token.created", "user", user.id, token=row.id, may=sorted(may), expires=ends
    )
    return token


def revoke(token: ApiToken, actor: Actor, now: datetime, real_now: datetime) -> None:
    """It opens nothing any more. Said twice, nothing changes (B-17). Raises NotPermitted."""
    if actor != SYSTEM and actor.user_id != token.user_id and not can_administer(actor):
        raise NotPermitted(N_("Only academic affairs can do this."))
    db.session.refresh(token, with_for_update={"of": ApiToken})
    if token.revoked_at is None:
        token.revoked_at = real_now
        audit.record(actor, now, "token.revoked", "user", token.user_id, token=token.id)
        db.session.flush()
