"""The outbox: every mail out is a row here first, and ends in a visible final state.

    DUE -> CLAIMED -> HANDING_OVER -> SENT
    CLAIMED whose lease ran out: certainly not delivered, claimed again.
    HANDING_OVER whose lease ran out: nobody can know (RFC 1047); sent once more with the same
    Message-ID, or held for a person, by setting.

Here is what puts a message in and what people decide about it; a sender's steps are in `handovers`.
`real_now` is the machine's time, `now` campus time.
"""

import hashlib
from datetime import datetime, timedelta

from blinker import Signal
from sqlalchemy import select

from tracker.db import db
from tracker.domain.errors import N_, IllegalStep
from tracker.domain.vocabulary import OutboxState
from tracker.models.outbox import OutboxMessage
from tracker.permissions import Actor, require_administer
from tracker.services import audit

MAIL, ROBOT = "mail", "robot"
"""Channels: ways by which a message leaves."""

QUEUED = Signal()
"""Sent with `message_id` in the transaction that queues a mail, or queues it again."""

_WAITING = (OutboxState.DUE, OutboxState.RETRY)
RESENDABLE = (OutboxState.DEAD, OutboxState.UNCERTAIN, OutboxState.SENT, OutboxState.RETRY)
DISCARDABLE = (*_WAITING, OutboxState.UNCERTAIN, OutboxState.DEAD)


def enqueue(
    *,
    kind: str,
    key: str,
    user_id: int | None,
    due_at: datetime,
    not_after: datetime,
    real_now: datetime,
    channel: str = MAIL,
    to_address: str | None = None,
    about_id: int | None = None,
) -> OutboxMessage | None:
    """Queue one mail, or one word to the robot that `to_address` names; once for ever: None where
    `key` was queued before."""
    digest = hashlib.sha256(f"{kind}:{key}".encode()).hexdigest()[:40]
    dedupe_key = f"{kind}:{digest}"
    known = select(OutboxMessage.id).where(OutboxMessage.dedupe_key == dedupe_key)
    if db.session.scalar(known) is not None:
        return None
    message = OutboxMessage(
        dedupe_key=dedupe_key,
        message_id=digest,
        kind=kind,
        channel=channel,
        user_id=user_id,
        to_address=to_address,
        about_id=about_id,
        state=OutboxState.DUE,
        due_at=due_at,
        not_after=not_after,
        next_try_at=real_now,
    )
    db.session.add(message)
    db.session.flush()
    if channel == MAIL:
        QUEUED.send(enqueue, message_id=message.id)
    return message


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
