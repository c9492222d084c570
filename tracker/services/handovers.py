"""The steps of a sender with a message of the outbox, each an UPDATE guarded by the state and owner
it expects, so that two senders on purpose cannot both take it.

`real_now` is the machine's time.
"""

import random
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import (
    ColumnElement,
    Update,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    true,
    update,
)

from tracker.db import db
from tracker.domain import backoff, text
from tracker.domain.errors import N_
from tracker.domain.vocabulary import OutboxState
from tracker.models.outbox import DeliveryAttempt, OutboxMessage
from tracker.services.outbox import MAIL

LEASE = timedelta(minutes=3)
"""Longer than every timeout of one hand-over together."""

FARTHEST_TRY = timedelta(minutes=15)
"""No back-off is longer: a try farther ahead was noted before the machine's clock was set back."""

REPLY_MAX = 500
_chance = random.SystemRandom()
_ATTEMPT = insert(DeliveryAttempt)
_WAITING = (OutboxState.DUE, OutboxState.RETRY)
_DOUBTED = (OutboxState.RETRY, OutboxState.UNCERTAIN)
"""What `doubted` may have made of a hand-over while its slow sender still lived."""


def is_ready(real_now: datetime) -> ColumnElement[bool]:
    """Messages that a sender may claim now."""
    next_try = OutboxMessage.next_try_at
    its_time = or_(next_try <= real_now, next_try > real_now + FARTHEST_TRY)
    return or_(
        and_(OutboxMessage.state.in_(_WAITING), its_time),
        and_(OutboxMessage.state == OutboxState.CLAIMED, lease_is_over(real_now)),
    )


def lease_is_over(real_now: datetime) -> ColumnElement[bool]:
    """One far ahead was given before the machine's clock was set back."""
    lease = OutboxMessage.lease_until
    return or_(lease < real_now, lease > real_now + FARTHEST_TRY)


def any_ready(real_now: datetime, only: int | None = None) -> bool:
    """Whether there is a mail, or whether that is one, that a sender may claim now."""
    mails = select(OutboxMessage.id).where(is_ready(real_now), OutboxMessage.channel == MAIL)
    if only is not None:
        mails = mails.where(OutboxMessage.id == only)
    return db.session.scalar(mails.limit(1)) is not None


def any_in_hand(real_now: datetime) -> bool:
    """Whether a living sender has a message claimed or is handing it over."""
    held = OutboxMessage.state.in_((OutboxState.CLAIMED, OutboxState.HANDING_OVER))
    wanted = select(OutboxMessage.id).where(held, ~lease_is_over(real_now))
    return db.session.scalar(wanted.limit(1)) is not None


def claim(
    owner: str, real_now: datetime, limit: int, channel: str = MAIL, only: int | None = None
) -> list[int]:
    """Take up to `limit` messages of a channel to deliver, or that one if its time has come; ids,
    oldest first. Nobody else gets them until the lease runs out."""
    ready = is_ready(real_now)
    chosen = (
        select(OutboxMessage.id)
        .where(ready, OutboxMessage.channel == channel)
        .where(true() if only is None else OutboxMessage.id == only)
        .order_by(OutboxMessage.next_try_at, OutboxMessage.id)
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
        **rendered,
    )


def give_back(message_ids: Collection[int], owner: str, **also: object) -> None:
    """Marked, and certainly not handed over: claimed as before, or what `also` makes of it. No
    attempt is counted."""
    if message_ids:
        counted = OutboxMessage.attempts - 1
        before = {"state": OutboxState.CLAIMED, "attempts": counted, "handed_at": None}
        db.session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id.in_(message_ids), OutboxMessage.owner == owner)
            .where(OutboxMessage.state == OutboxState.HANDING_OVER)
            .values({**before, **also})
            .execution_options(synchronize_session=False)
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


def refused(
    message_id: int, owner: str, real_now: datetime, reply: str, *, final: bool, **rendered: str
) -> bool:
    """The relay said no: `final` (5xx) makes it undeliverable, otherwise it is tried again with
    back-off until the message is stale. `rendered`: as in `hand_over`. Whether the message was
    still the sender's."""
    state = OutboxState.DEAD if final else OutboxState.RETRY
    failures = 1 + _count_attempts(message_id, OutboxState.RETRY)
    changed = any(
        _move(
            message_id,
            believed,
            owner,
            state=state,
            next_try_at=real_now + backoff.delay(failures, _chance),
            reason=text.line(reply, REPLY_MAX),
            **rendered,
        )
        for believed in (OutboxState.CLAIMED, OutboxState.HANDING_OVER, *_DOUBTED)
    )
    if changed:
        _attempt(message_id, owner, real_now, state, reply)
    return changed


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
            reason=text.line(reason, REPLY_MAX),
        )


def skip(message_id: int, owner: str, reason: str) -> None:
    """There is nothing left to say; `reason` is a msgid for the ledger."""
    _move(message_id, OutboxState.CLAIMED, owner, state=OutboxState.SKIPPED, reason=reason)


def _move(message_id: int, expected: OutboxState, owner: str, **values: object) -> bool:
    """One guarded step; False where state or owner are not what the sender believes."""
    given = {f"to_{name}": value for name, value in values.items()}
    believed = {"its_id": message_id, "expected": expected, "its_owner": owner}
    step = _step(tuple(values))
    return db.session.connection().execute(step, {**given, **believed}).rowcount == 1


@lru_cache(maxsize=32)
def _step(columns: tuple[str, ...]) -> Update:
    """Built once: a sender takes two steps a message. Whoever hands over counts an attempt."""
    table = OutboxMessage.__table__
    values: dict[str, object] = {name: bindparam(f"to_{name}") for name in columns}
    if "handed_at" in columns:
        values["attempts"] = table.c.attempts + 1
    return (
        update(OutboxMessage)
        .where(table.c.id == bindparam("its_id"), table.c.state == bindparam("expected"))
        .where(table.c.owner == bindparam("its_owner"))
        .values(values)
    )


def _attempt(
    message_id: int, owner: str, real_now: datetime, outcome: OutboxState, reply: str
) -> None:
    facts = {"message_id": message_id, "at": real_now, "owner": owner, "outcome": outcome}
    db.session.connection().execute(_ATTEMPT, {**facts, "reply": text.line(reply, REPLY_MAX)})


def _count_attempts(message_id: int, outcome: OutboxState) -> int:
    mine = (DeliveryAttempt.message_id == message_id, DeliveryAttempt.outcome == outcome)
    return db.session.scalar(select(func.count()).where(*mine)) or 0
