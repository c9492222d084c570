"""What a person chooses about mails: only information can be put off or paused, duties never."""

from datetime import datetime
from urllib.parse import quote

from tracker import signing
from tracker.db import db
from tracker.domain.errors import N_, InvalidInput
from tracker.domain.notices import EARLIEST_HOUR, LATEST_HOUR
from tracker.models.org import User
from tracker.permissions import Actor
from tracker.services import audit

PURPOSE = "unsubscribe"


def choose(
    user: User,
    actor: Actor,
    now: datetime,
    *,
    digest_hour: int | None,
    paused: bool,
    named_in_group: bool,
) -> None:
    """`digest_hour`: when information is mailed, None for at once; `paused`: none of it;
    `named_in_group`: the unit's chat group names them too. Raises InvalidInput."""
    if digest_hour is not None and not EARLIEST_HOUR <= digest_hour <= LATEST_HOUR:
        raise InvalidInput("digest_hour", N_("Choose from what is offered."))
    chosen = (digest_hour, paused, named_in_group)
    if (user.digest_hour, user.information_paused, user.named_in_group) == chosen:
        return
    user.digest_hour, user.information_paused, user.named_in_group = chosen
    facts = {"hour": digest_hour, "paused": paused, "group": named_in_group}
    audit.record(actor, now, "user.mails_chosen", "user", user.id, **facts)
    db.session.flush()


def address(public_url: str, secret_key: str, user_id: int) -> str:
    """Where a mail program unsubscribes a person from information (RFC 8058)."""
    return f"{public_url}/u/{quote(signing.sign(secret_key, PURPOSE, [user_id]))}"


def find(token: str, secret_key: str) -> User | None:
    """None for a token that is not ours, or whose person is gone or disabled."""
    facts = signing.read(secret_key, PURPOSE, token)
    user = db.session.get(User, facts[0]) if facts and len(facts) == 1 else None
    return user if user is not None and user.is_active else None
