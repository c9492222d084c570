"""Links by mail with which people set their own password: asked for when it is forgotten, or sent
as an invitation.

No secret rests anywhere: the link is made when its mail is written, and it fits the password that
the person has then, so that it works once.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from sqlalchemy import select

from tracker import signing
from tracker.db import db
from tracker.domain.errors import N_, IllegalStep
from tracker.models.org import User
from tracker.models.outbox import OutboxMessage
from tracker.permissions import Actor, require_administer
from tracker.services import accounts, audit, outbox
from tracker.services.outbox import Order

RESET, INVITATION, FIRST = "reset", "invitation", "first"
"""FIRST is never mailed: it leads on whoever came with a password that was given to them."""
GOOD_FOR = {
    RESET: timedelta(hours=2),
    INVITATION: timedelta(days=7),
    FIRST: timedelta(minutes=15),
}
"""By the machine's clock, from when the link is written."""
BETWEEN = {RESET: timedelta(minutes=5), INVITATION: timedelta(minutes=10)}
"""At most one mail of a kind to a person in this time."""
_PURPOSE = "password"


@dataclass(frozen=True)
class PasswordLink:
    """Whom a good link belongs to, and the kind of its mail."""

    user: User
    kind: str


def ask(user: User | None, now: datetime, real_now: datetime) -> None:
    """Somebody says that they forgot their password. Nothing happens for an account that there is
    not or that is disabled, and nobody can tell."""
    if user is not None and user.is_active:
        _queue(RESET, user, now, real_now)


def invite(user: User, actor: Actor, now: datetime, real_now: datetime) -> bool:
    """Send a person without a password the way in. False where one was sent just now (B-17)."""
    require_administer(actor)
    accounts.lock(user)  # Two who press at once send one mail, and the second is told.
    if user.password_hash is not None or not user.is_active:
        raise IllegalStep(N_("Only an active person without a password is invited."))
    sent = _queue(INVITATION, user, now, real_now)
    if sent:
        audit.record(actor, now, "user.invited", "user", user.id)
    return sent


def _queue(kind: str, user: User, now: datetime, real_now: datetime) -> bool:
    slot = int(real_now.timestamp() // BETWEEN[kind].total_seconds())
    message = outbox.enqueue(
        Order(
            kind=kind,
            key=f"{user.id}/{slot}",
            user_id=user.id,
            due_at=now,
            not_after=now + GOOD_FOR[kind],
        ),
        real_now,
    )
    return message is not None


def invited(user_ids: list[int]) -> dict[int, datetime]:
    """When each was invited last, campus time."""
    rows = db.session.execute(
        select(OutboxMessage.user_id, OutboxMessage.due_at)
        .where(OutboxMessage.kind == INVITATION, OutboxMessage.user_id.in_(user_ids))
        .order_by(OutboxMessage.due_at)
    )
    return {user_id: due_at for user_id, due_at in rows if user_id is not None}


def address(public_url: str, secret_key: str, user: User, kind: str, real_now: datetime) -> str:
    """The link as its mail has it."""
    facts = [user.id, kind, int(real_now.timestamp()), _fingerprint(user)]
    return f"{public_url}/password/new/{quote(signing.sign(secret_key, _PURPOSE, facts))}"


def is_ours(token: str, secret_key: str) -> bool:
    return signing.read(secret_key, _PURPOSE, token) is not None


def find(token: str, secret_key: str, real_now: datetime) -> PasswordLink | None:
    """None for a link that is not ours, is too old, was used, or whose person is disabled."""
    facts = signing.read(secret_key, _PURPOSE, token)
    if facts is None or len(facts) != 4 or facts[1] not in GOOD_FOR:
        return None
    user_id, kind, issued, fingerprint = facts
    user = db.session.get(User, user_id)
    if user is None or not user.is_active or fingerprint != _fingerprint(user):
        return None
    if not timedelta(0) <= real_now - datetime.fromtimestamp(issued, UTC) < GOOD_FOR[kind]:
        return None
    return PasswordLink(user, kind)


def _fingerprint(user: User) -> str:
    """Another one once the password is another."""
    return hashlib.sha256(f"{user.id}:{user.password_hash}".encode()).hexdigest()[:16]
