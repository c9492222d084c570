"""When the database was put back from a backup, and what waits for a decision since."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select

from tracker.db import db
from tracker.domain.errors import N_
from tracker.domain.vocabulary import OutboxState
from tracker.models.outbox import OutboxMessage
from tracker.models.restoration import Backup, Restoration

HELD = N_("It was due before a backup was restored, so it may have gone out already.")
"""Why a message is held; with it in its row, a message waits for that decision."""


def latest() -> Restoration | None:
    """The last time that the database was put back."""
    newest = select(Restoration).order_by(Restoration.id.desc()).limit(1)
    return db.session.scalar(newest)


def epoch() -> datetime | None:
    """Campus time before which nothing may go out by itself; None where nothing was put back."""
    return db.session.scalar(select(func.max(Restoration.at)))


def is_held() -> ColumnElement[bool]:
    reason = func.coalesce(OutboxMessage.reason, "")
    return and_(OutboxMessage.state == OutboxState.UNCERTAIN, reason == HELD)


def held() -> Sequence[OutboxMessage]:
    """The messages that wait for a decision, oldest first."""
    return db.session.scalars(
        select(OutboxMessage).where(is_held()).order_by(OutboxMessage.id)
    ).all()


def count_held() -> int:
    return db.session.scalar(select(func.count()).where(is_held())) or 0


def last_backup() -> Backup | None:
    return db.session.get(Backup, 1)
