"""The outbox: every mail out is a row here first, and ends in a visible final state.

    DUE -> CLAIMED -> HANDING_OVER -> SENT
    CLAIMED whose lease ran out: certainly not delivered, claimed again.
    HANDING_OVER whose lease ran out: nobody can know (RFC 1047); sent once more with the same
    Message-ID, or held for a person, by setting.

Every step is an UPDATE guarded by the state and owner it expects, so that two senders on purpose
cannot both take it. `real_now` is the machine's time, `now` campus time.
"""

import hashlib
import random
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, Update, and_, func, or_, select, update

from tracker.db import db
from tracker.domain import backoff
from tracker.domain.errors import N_, IllegalStep
from tracker.domain.vocabulary import OutboxState
from tracker.models.outbox import DeliveryAttempt, OutboxMessage
from tracker.permissions import Actor, require_administer
from tracker.services import audit

LEASE = timedelta(minutes=3)
"""Longer than every timeout of one hand-over together."""

FARTHEST_TRY = timedelta(minutes=15)
"""No back-off is longer: a try farther ahead was noted before the machine's clock was set back."""

REPLY_MAX = 500
_chance = random.SystemRandom()
_WAITING = (OutboxState.DUE, OutboxState.RETRY)
RESENDABLE = (OutboxState.DEAD, OutboxState.UNCERTAIN, OutboxState.SENT, OutboxState.RETRY)
DISCARDABLE = (*_WAITING, OutboxState.UNCERTAIN, OutboxState.DEAD)
_DOUBTED = (OutboxState.RETRY, OutboxState.UNCERTAIN)
"""What `doubted` may have made of a hand-over while its slow sender still lived."""


def enqueue(
    *, kind: str, key: str, user_id: int, due_at: datetime, not_after: datetime, real_now: datetime
) -> OutboxMessage | None:
    """Queue one mail, once for ever: None where `key` was queued before."""
    digest = hashlib.sha256(f"{kind}:{key}".encode()).hexdigest()[:40]
    dedupe_key = f"{kind}:{digest}"
    known = select(OutboxMessage.id).where(OutboxMessage.dedupe_key == dedupe_key)
    if db.session.scalar(known) is not None:
        return None
    message = OutboxMessage(
        dedupe_key=dedupe_key,
        message_id=digest,
        kind=kind,
        user_id=user_id,
        state=OutboxState.DUE,
        due_at=due_at,
        not_after=not_after,
        next_try_at=real_now,
    )
    db.session.add(message)
    db.session.flush()
    return message


def claim(owner: str, real_now: datetime, limit: int) -> list[int]:
    """Take up to `limit` messages to deliver; ids, oldest first. Nobody else gets them until the
    lease runs out."""
    next_try = OutboxMessage.next_try_at
    its_time = or_(next_try <= real_now, next_try > real_now + FARTHEST_TRY)
    ready = or_(
        and_(OutboxMessage.state.in_(_WAITING), its_time),
        and_(OutboxMessage.state == OutboxState.CLAIMED, OutboxMessage.lease_until < real_now),
    )
    chosen = (
        select(OutboxMessage.id)
        .where(ready)
        .order_by(next_try, OutboxMessage.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("chosen")  # A plain subquery PostgreSQL may run again for each row, past the limit.
    )
    taken = (
        update(OutboxMessage)
        .where(OutboxMessage.id.in_(select(chosen.c.id)))
        .values(state=OutboxState.CLAIMED, owner=owner, lease_until=real_now + LEASE)
        .returning(OutboxMessage.id)
        .execution_options(synchronize_session=False)
    )
    return sorted(db.session.scalars(taken))


def recover(real_now: datetime, policy: str) -> int:
    """Deal with hand-overs whose sender died in the middle. Returns how many.

    `policy` resend: once more, same Message-ID, and if that dies too a person decides. `hold`: a
    person decides at once.
    """
    lost = db.session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.state == OutboxState.HANDING_OVER)
        .where(OutboxMessage.lease_until < real_now)
        .with_for_update(skip_locked=True)
    ).all()
    for message in lost:
        doubted(message.id, message.owner or "", real_now, policy, "the sender died")
    return len(lost)


def doubted(message_id: int, owner: str, real_now: datetime, policy: str, reply: str) -> None:
    """The relay may or may not have taken it: note the doubt and follow the policy."""
    again = policy == "resend" and not _count_attempts(message_id, OutboxState.UNCERTAIN)
    changed = _move(
        message_id,
        OutboxState.HANDING_OVER,
        owner,
        state=OutboxState.RETRY if again else OutboxState.UNCERTAIN,
        next_try_at=real_now,
        reason=N_("The relay may already have taken it; a repeat carries the same Message-ID."),
    )
    if changed:
        _attempt(message_id, owner, real_now, OutboxState.UNCERTAIN, reply)


def hand_over(message_id: int, owner: str, real_now: datetime, **rendered: str) -> bool:
    """The mark before DATA. False: the lease was lost, do not send. `rendered` keeps to_address,
    subject and lines as they go out."""
    return _move(
        message_id,
        OutboxState.CLAIMED,
        owner,
        state=OutboxState.HANDING_OVER,
        handed_at=real_now,
        lease_until=real_now + LEASE,
        attempts=OutboxMessage.attempts + 1,
        **rendered,
    )


def sent(message_id: int, owner: str, real_now: datetime, reply: str) -> bool:
    """The relay took it. A sender whose lease ran out meanwhile still knows better than the doubt
    that was noted in its place, as long as nobody else has claimed the message."""
    changed = any(
        _move(message_id, believed, owner, state=OutboxState.SENT, sent_at=real_now, reason=None)
        for believed in (OutboxState.HANDING_OVER, *_DOUBTED)
    )
    _attempt(message_id, owner, real_now, OutboxState.SENT, reply)
    return changed


def refused(message_id: int, owner: str, real_now: datetime, reply: str, *, final: bool) -> None:
    """The relay said no: `final` (5xx) makes it undeliverable, otherwise it is tried again with
    back-off until the message is stale."""
    state = OutboxState.DEAD if final else OutboxState.RETRY
    failures = 1 + _count_attempts(message_id, OutboxState.RETRY)
    changed = any(
        _move(
            message_id,
            believed,
            owner,
            state=state,
            next_try_at=real_now + backoff.delay(failures, _chance),
            reason=reply[:REPLY_MAX],
        )
        for believed in (OutboxState.CLAIMED, OutboxState.HANDING_OVER, *_DOUBTED)
    )
    if changed:
        _attempt(message_id, owner, real_now, state, reply)


def postpone(
    message_ids: list[int],
    owner: str,
    real_now: datetime,
    reason: str,
    wait: timedelta | None = None,
) -> None:
    """Give claimed messages back without burning an attempt: it is not they that failed. For about
    a minute, or for `wait`."""
    for message_id in message_ids:
        _move(
            message_id,
            OutboxState.CLAIMED,
            owner,
            state=OutboxState.RETRY,
            next_try_at=real_now + (wait or backoff.delay(1, _chance)),
            reason=reason[:REPLY_MAX],
        )


def skip(message_id: int, owner: str, reason: str) -> None:
    """There is nothing left to say; `reason` is a msgid for the ledger."""
    _move(message_id, OutboxState.CLAIMED, owner, state=OutboxState.SKIPPED, reason=reason)


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


def discard(message: OutboxMessage, actor: Actor, now: datetime) -> None:
    """A person decides that it shall not go out."""
    require_administer(actor)
    db.session.refresh(message, with_for_update=True)
    if message.state not in DISCARDABLE:
        raise IllegalStep(N_("Only a message that waits can be discarded."))
    message.state = OutboxState.DISCARDED
    audit.record(actor, now, "message.discarded", "message", message.id)
    db.session.flush()


def _move(message_id: int, expected: OutboxState, owner: str, **values: object) -> bool:
    """One guarded step; False where state or owner are not what the sender believes."""
    statement: Update = (
        update(OutboxMessage)
        .where(OutboxMessage.id == message_id)
        .where(OutboxMessage.state == expected, OutboxMessage.owner == owner)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    moved: CursorResult[tuple[()]] = db.session.execute(statement)  # type: ignore[assignment]
    return moved.rowcount == 1


def _attempt(
    message_id: int, owner: str, real_now: datetime, outcome: OutboxState, reply: str
) -> None:
    db.session.add(
        DeliveryAttempt(
            message_id=message_id,
            at=real_now,
            owner=owner,
            outcome=outcome,
            reply=reply[:REPLY_MAX],
        )
    )
    db.session.flush()


def _count_attempts(message_id: int, outcome: OutboxState) -> int:
    mine = (DeliveryAttempt.message_id == message_id, DeliveryAttempt.outcome == outcome)
    return db.session.scalar(select(func.count()).where(*mine)) or 0
