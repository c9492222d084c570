"""Telling people things besides the ladder: a notice waits here until it may go out, and all of a
person's that may go out together do so in one mail."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from tracker.db import db
from tracker.domain.cutoffs import CAMPUS_ZONE
from tracker.domain.errors import N_
from tracker.domain.notices import Fate, Preferences, fate
from tracker.domain.vocabulary import NoticeKind, OutboxState
from tracker.models.notice import Notice
from tracker.models.outbox import OutboxMessage
from tracker.queries.notices import STALE_AFTER
from tracker.services import outbox
from tracker.services.outbox import Order

ON_ITS_WAY = (OutboxState.DUE, OutboxState.RETRY, OutboxState.CLAIMED)
"""States of a message that nobody has begun to hand over."""

BETWEEN_REPORTS = timedelta(hours=2)
"""An inspector is told of reports that wait at most once in this time, of all of them then."""


def tell(kind: NoticeKind, about_id: int, user_ids: Iterable[int], now: datetime) -> None:
    """Note down that these people are to be told, each once for ever. `now`: campus time."""
    wanted = dict.fromkeys(user_ids)
    same = (Notice.kind == kind, Notice.about_id == about_id, Notice.user_id.in_(wanted))
    told = set(db.session.scalars(select(Notice.user_id).where(*same)))
    db.session.add_all(
        Notice(user_id=user_id, kind=kind, about_id=about_id, at=now)
        for user_id in wanted
        if user_id not in told
    )
    db.session.flush()


def tell_once(kind: NoticeKind, about_id: int, user_ids: Iterable[int], now: datetime) -> None:
    """`tell`, but for people for whom a notice of the kind waits already."""
    waits = (Notice.kind == kind, Notice.message_id.is_(None), Notice.dropped.is_(None))
    known = set(db.session.scalars(select(Notice.user_id).where(*waits)))
    tell(kind, about_id, (user_id for user_id in user_ids if user_id not in known), now)


def hand_on(leaver_id: int, successor_id: int, now: datetime) -> None:
    """Tell the successor what waits for the leaver, but for questions by name. What each of the two
    still has to hear is decided when it is written."""
    on_its_way = OutboxMessage.state.in_(ON_ITS_WAY)
    waiting = db.session.scalars(
        select(Notice)
        .outerjoin(OutboxMessage, OutboxMessage.id == Notice.message_id)
        .where(Notice.user_id == leaver_id, Notice.dropped.is_(None))
        .where(Notice.kind != NoticeKind.MENTION)
        .where(or_(Notice.message_id.is_(None), on_its_way))
        .order_by(Notice.id)
    ).all()
    for notice in waiting:
        tell(notice.kind, notice.about_id, [successor_id], now)


def waiting() -> dict[int, list[Notice]]:
    """By person, all notices that no message carries yet."""
    found: dict[int, list[Notice]] = defaultdict(list)
    for notice in _waiting():
        found[notice.user_id].append(notice)
    return found


def _waiting() -> Iterable[Notice]:
    return db.session.scalars(
        select(Notice)
        .options(joinedload(Notice.user))
        .where(Notice.message_id.is_(None), Notice.dropped.is_(None))
        .order_by(Notice.id)
    )


def ready(now: datetime) -> dict[int, list[Notice]]:
    """By person, the waiting notices that may go out now. What a person wants no more of is
    dropped here, with the reason."""
    found: dict[int, list[Notice]] = defaultdict(list)
    for notice in _waiting():
        if notice.kind.rides_along and now >= notice.at + STALE_AFTER:
            notice.dropped = N_("No other mail went to the person in time.")
            continue
        if notice.kind is NoticeKind.WAITING and _told_lately(notice.user_id, now):
            continue
        chosen = Preferences(notice.user.digest_hour, notice.user.information_paused)
        match fate(notice.kind, notice.at, chosen, now, CAMPUS_ZONE):
            case Fate.SEND:
                found[notice.user_id].append(notice)
            case Fate.DROP:
                notice.dropped = N_("The person has paused information by mail.")
    return found


def _told_lately(user_id: int, now: datetime) -> bool:
    """Whether reports that wait were mailed to the person within BETWEEN_REPORTS."""
    last = db.session.scalar(
        select(func.max(OutboxMessage.due_at))
        .join(Notice, Notice.message_id == OutboxMessage.id)
        .where(Notice.user_id == user_id, Notice.kind == NoticeKind.WAITING)
    )
    return last is not None and now < last + BETWEEN_REPORTS


def send(waiting: dict[int, list[Notice]], now: datetime, real_now: datetime, limit: int) -> bool:
    """One mail each for up to `limit` people. True: somebody was sent something."""
    sent = False
    worth = [
        (user_id, notices)
        for user_id, notices in waiting.items()
        if not all(notice.kind.rides_along for notice in notices)
    ]
    for user_id, notices in worth[:limit]:
        message = outbox.enqueue(
            Order(
                kind="digest",
                key="notices/" + "+".join(str(notice.id) for notice in notices),
                user_id=user_id,
                due_at=now,
                not_after=now + STALE_AFTER,
            ),
            real_now,
        )
        if message is not None:
            attach(notices, message.id)
            sent = True
    db.session.flush()
    return sent


def attach(notices: Sequence[Notice], message_id: int) -> None:
    """Let a message carry these."""
    for notice in notices:
        notice.message_id = message_id
