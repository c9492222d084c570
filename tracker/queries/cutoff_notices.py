"""What people are told of a cut-off that was moved."""

from datetime import datetime

from sqlalchemy import func, select

from tracker.db import db
from tracker.domain.cutoffs import to_instant
from tracker.domain.errors import N_
from tracker.domain.notices import Bilingual, Params, Phrase, Said
from tracker.domain.vocabulary import NoticeKind, OutboxState
from tracker.models.notice import Notice
from tracker.models.org import User
from tracker.models.outbox import OutboxMessage
from tracker.models.plan import CutoffMove, Plan
from tracker.permissions import actor_for

_KINDS = (NoticeKind.MOVED, NoticeKind.MOVED_DONE)
_LEADS = {
    NoticeKind.MOVED: N_(
        "The cut-off of row %(number)s, “%(title)s”, is moved from %(earlier)s to "
        "%(later)s. Reminders follow the new one. The reason:"
    ),
    NoticeKind.MOVED_DONE: N_(
        "The cut-off of row %(number)s, “%(title)s”, is moved from %(earlier)s to "
        "%(later)s. What your unit has reported stands. The reason:"
    ),
}


def moved(move_id: int, reader: User, now: datetime) -> Said | str:
    return _said(NoticeKind.MOVED, move_id, reader, now)


def moved_done(move_id: int, reader: User, now: datetime) -> Said | str:
    """To units that had reported before."""
    return _said(NoticeKind.MOVED_DONE, move_id, reader, now)


def _said(kind: NoticeKind, move_id: int, reader: User, now: datetime) -> Said | str:
    move = db.session.get_one(CutoffMove, move_id)
    plan = db.session.get_one(Plan, move.task.plan_id)
    if plan.is_over:
        return N_("The plan is over.")
    if move.task.closes != move.later:
        return N_("The cut-off has been moved again.")
    earlier = _known_cutoff(move, reader)
    if earlier == move.later:
        return N_("The cut-off stands where it stood.")
    if not actor_for(reader, now).posts:
        return N_("The person has nothing to do in it any more.")
    facts: Params = {
        "number": move.task.number,
        "title": Bilingual(move.task.title, move.task.title_en),
        "earlier": to_instant(earlier, plan.zone),
        "later": to_instant(move.later, plan.zone),
    }
    return Said(
        kind,
        "/mine",
        Phrase(N_("[Cut-off moved] row %(number)s, %(title)s: now %(later)s"), facts),
        Phrase(_LEADS[kind], facts),
        plan.zone,
        words=move.reason,
    )


def _known_cutoff(move: CutoffMove, reader: User) -> datetime:
    """Where the row's cut-off stood, campus wall time, for all that the reader was told: moves of
    which no mail has gone out to them never were."""
    told = (
        select(Notice.about_id)
        .join(OutboxMessage, OutboxMessage.id == Notice.message_id)
        .where(Notice.kind.in_(_KINDS), Notice.user_id == reader.id)
        .where(OutboxMessage.state == OutboxState.SENT)
    )
    last_told = select(func.max(CutoffMove.id)).where(
        CutoffMove.task_id == move.task_id, CutoffMove.id < move.id, CutoffMove.id.in_(told)
    )
    first = (
        select(CutoffMove.earlier)
        .where(CutoffMove.task_id == move.task_id)
        .where(CutoffMove.id > func.coalesce(last_told.scalar_subquery(), 0))
        .order_by(CutoffMove.id)
        .limit(1)
    )
    return db.session.scalars(first).one()
