"""The outbox: every mail out is a row here first, and ends in a visible final state.

    DUE -> CLAIMED -> HANDING_OVER -> SENT
    CLAIMED whose lease ran out: certainly not delivered, claimed again.
    HANDING_OVER whose lease ran out: nobody can know (RFC 1047); sent once more with the same
    Message-ID, or held for a person, by setting.

Here is what puts a message in and what people decide about it; a sender's steps are in `handovers`.
`real_now` is the machine's time, `now` campus time.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from blinker import Signal
from sqlalchemy import select

from tracker.db import db
from tracker.domain.errors import N_, IllegalStep
from tracker.domain.vocabulary import OutboxState
from tracker.models.outbox import OutboxMessage
from tracker.permissions import Actor, require_administer
from tracker.queries import restorations
from tracker.services import audit

MAIL, ROBOT, WEBHOOK = "mail", "robot", "webhook"
"""Channels: ways by which a message leaves."""

QUEUED = Signal()
"""Sent with `message_id` in the transaction that queues a mail, or queues it again."""

_WAITING = (OutboxState.DUE, OutboxState.RETRY)
RESENDABLE = (OutboxState.DEAD, OutboxState.UNCERTAIN, OutboxState.SENT, OutboxState.RETRY)
DISCARDABLE = (*_WAITING, OutboxState.UNCERTAIN, OutboxState.DEAD)


@dataclass(frozen=True)
class Order:
    """A mail to one person, a word to the robot that `to_address` names, or an event for the
    webhook at that host, to be queued. `key`: what it is about; queued once for ever by kind and
    key. `due_at`, `not_after`: campus time."""

    kind: str
    key: str
    user_id: int | None
    due_at: datetime
    not_after: datetime
    channel: str = MAIL
    to_address: str | None = None
    about_id: int | None = None

    @property
    def digest(self) -> str:
        return hashlib.sha256(f"{self.kind}:{self.key}".encode()).hexdigest()[:40]


def enqueue(order: Order, real_now: datetime) -> OutboxMessage | None:
    """Queue one. None where it was queued before."""
    queued = enqueue_all([order], real_now)
    return next(iter(queued.values()), None)


def enqueue_all(orders: Sequence[Order], real_now: datetime) -> dict[Order, OutboxMessage]:
    """Queue those that were not queued before. Four statements, however many. What was due before
    a backup was restored may have gone out already: it is held for a person."""
    keys = {f"{order.kind}:{order.digest}": order for order in orders}
    known = set(
        db.session.scalars(
            select(OutboxMessage.dedupe_key).where(OutboxMessage.dedupe_key.in_(keys))
        )
    )
    since = restorations.epoch()
    made = {
        order: OutboxMessage(
            dedupe_key=key,
            message_id=order.digest,
            kind=order.kind,
            channel=order.channel,
            user_id=order.user_id,
            to_address=order.to_address,
            about_id=order.about_id,
            **_beginning(order, since),
            due_at=order.due_at,
            not_after=order.not_after,
            next_try_at=real_now,
        )
        for key, order in keys.items()
        if key not in known
    }
    db.session.add_all(made.values())
    db.session.flush()
    for message in made.values():
        if message.channel == MAIL and message.state is OutboxState.DUE:
            QUEUED.send(enqueue_all, message_id=message.id)
    return made


def _beginning(order: Order, since: datetime | None) -> dict[str, object]:
    """State and reason of a new message. `since`: campus time of the last restore."""
    if since is not None and order.due_at <= since:
        return {"state": OutboxState.UNCERTAIN, "reason": restorations.HELD}
    return {"state": OutboxState.DUE}


def resend(message: OutboxMessage, actor: Actor, now: datetime, real_now: datetime) -> None:
    """A person sends an undeliverable, uncertain or sent message again, same Message-ID."""
    require_administer(actor)
    db.session.refresh(message, with_for_update=True)
    if message.state not in RESENDABLE:
        raise IllegalStep(N_("This message is already on its way or was never to be sent."))
    message.state, message.owner = OutboxState.DUE, None
    message.next_try_at = real_now
    message.not_after = max(message.not_after, now + timedelta(hours=1))
    message.reason = None
    audit.record(actor, now, "message.resent", "message", message.id)
    db.session.flush()
    if message.channel == MAIL:
        QUEUED.send(resend, message_id=message.id)


def discard(message: OutboxMessage, actor: Actor, now: datetime) -> None:
    """A person decides that it shall not go out."""
    require_administer(actor)
    db.session.refresh(message, with_for_update=True)
    if message.state not in DISCARDABLE:
        raise IllegalStep(N_("Only a message that waits can be discarded."))
    message.state = OutboxState.DISCARDED
    audit.record(actor, now, "message.discarded", "message", message.id)
    db.session.flush()
