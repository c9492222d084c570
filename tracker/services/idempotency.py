"""The same request sent again acts once: the first answer to a key is kept for a day.

All of it happens in the transaction that acts (docs/decisions/0031). `real_now` is the machine's
time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, select, update
from sqlalchemy.dialects.postgresql import insert as insert_on_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_on_sqlite

from tracker.db import db, is_sqlite
from tracker.domain.errors import N_, InvalidInput
from tracker.models.idempotency import FirstAnswer

KEPT = timedelta(hours=24)
FIELD = "Idempotency-Key"
LONGEST = 255


@dataclass(frozen=True)
class Ask:
    """One person's key, and the SHA-256 of what they ask under it."""

    user_id: int
    key: str
    request: str


def claim(ask: Ask, real_now: datetime) -> FirstAnswer | None:
    """None: nobody has asked so in a day, and whoever else does waits for the caller's commit, who
    must `keep` an answer. Else the first one. Answers past their day are swept here.

    Raises InvalidInput where the key stands for another request.
    """
    sweep(real_now)
    insert = (insert_on_sqlite if is_sqlite() else insert_on_postgresql)(FirstAnswer)
    row = {"user_id": ask.user_id, "key": ask.key, "request": ask.request}
    made = insert.values(**row, status=0, body="", created_at=real_now).on_conflict_do_nothing()
    if db.session.scalar(made.returning(FirstAnswer.id)) is not None:
        return None
    first = db.session.scalars(
        select(FirstAnswer).where(FirstAnswer.user_id == ask.user_id, FirstAnswer.key == ask.key)
    ).one()
    if first.request != ask.request:
        raise InvalidInput(FIELD, N_("This key was sent with another request. Take a new one."))
    return first


def any_past(real_now: datetime) -> bool:
    return db.session.scalar(_past(real_now).limit(1)) is not None


def sweep(real_now: datetime) -> None:
    """Delete the answers past their day that nobody else is about to."""
    swept = FirstAnswer.id.in_(_past(real_now).with_for_update(skip_locked=True))
    db.session.execute(delete(FirstAnswer).where(swept))


def _past(real_now: datetime) -> Select[int]:
    return select(FirstAnswer.id).where(FirstAnswer.created_at < real_now - KEPT)


def keep(ask: Ask, status: int, body: str) -> None:
    """The answer to a claimed key."""
    db.session.execute(
        update(FirstAnswer)
        .where(FirstAnswer.user_id == ask.user_id, FirstAnswer.key == ask.key)
        .values(status=status, body=body)
        .execution_options(synchronize_session=False)
    )
