"""What becomes of messages whose sender died while it handed them over."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import or_, select

from tracker.db import db
from tracker.domain.errors import N_
from tracker.domain.journal import Fate, Journal
from tracker.domain.vocabulary import OutboxState
from tracker.models.outbox import OutboxMessage
from tracker.services import handovers

_IS_MARKED = OutboxMessage.state == OutboxState.HANDING_OVER


def recover(real_now: datetime, policy: str, journals: Collection[Journal] = ()) -> int:
    """Deal with hand-overs whose sender died in the middle; how many. `journals`: those of senders
    that are certainly dead, whose messages need not wait for their lease; what they say settles
    the messages of which they speak, and the others are in doubt.

    `policy` resend: once more, same Message-ID, and if that dies too a person decides. `hold`: a
    person decides at once.
    """
    is_over = handovers.lease_is_over(real_now)
    lost = db.session.execute(
        select(OutboxMessage.id, OutboxMessage.owner, OutboxMessage.handed_at, is_over)
        .where(_IS_MARKED)
        .where(or_(is_over, OutboxMessage.owner.in_([each.owner for each in journals])))
        .order_by(OutboxMessage.id)
        .with_for_update(skip_locked=True)
    ).all()
    settled = 0
    for message_id, owner, marked_at, waited in lost:
        theirs = [each.fate(message_id, marked_at) for each in journals if each.owner == owner]
        fates = [fate for fate in theirs if fate is not None]
        if fates or waited:
            fate = fates[0] if len(fates) == 1 else None
            _settle(message_id, owner or "", fate, real_now, policy)
            settled += 1
    return settled


def _settle(
    message_id: int, owner: str, fate: Fate | None, real_now: datetime, policy: str
) -> None:
    if fate is None or (fate.is_begun and fate.answer is None):
        handovers.doubted(message_id, owner, real_now, policy, "the sender died")
    elif fate.answer is not None:
        handovers.sent(message_id, owner, *fate.answer)
    else:
        handovers.give_back(
            [message_id],
            owner,
            state=OutboxState.RETRY,
            next_try_at=real_now,
            reason=N_("Its sender ended before it was handed over."),
        )


def unsettled(owners: Iterable[str]) -> frozenset[str]:
    """Those of the senders that have messages in the middle of a hand-over."""
    asked = list(owners)
    if not asked:
        return frozenset()
    theirs = select(OutboxMessage.owner).where(_IS_MARKED, OutboxMessage.owner.in_(asked))
    return frozenset(owner for owner in db.session.scalars(theirs) if owner is not None)
