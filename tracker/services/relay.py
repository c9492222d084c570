"""The circuit breaker of the whole sender: while the mail relay is out of reach nobody tries it
before its time, in whatever process, and no message is blamed.

`real_now` is the machine's time, `now` campus time.
"""

import random
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as insert_on_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_on_sqlite

from tracker.db import db, is_sqlite
from tracker.domain import backoff, text
from tracker.domain.errors import N_, IllegalStep
from tracker.models.outbox import Relay
from tracker.permissions import Actor, require_administer
from tracker.services import audit

TRIAL = timedelta(minutes=2)
"""While one process tries whether the relay is back, the others wait so long: if it dies, another
tries."""

FARTHEST = backoff.RELAY_LONGEST * 1.25 + TRIAL
"""No pause is longer: a try farther ahead was noted before the machine's clock was set back."""

REASON_MAX = 500
_chance = random.SystemRandom()


def trial(real_now: datetime) -> bool | None:
    """None: the relay is fine as far as anybody knows. False: its time has not come. True: it has,
    and for a while the caller alone may try it, with one message."""
    row = _row()
    if row is None:
        return None
    if real_now < row.next_try_at <= real_now + FARTHEST:
        return False
    row.next_try_at = real_now + TRIAL
    db.session.flush()
    return True


def is_resting(real_now: datetime) -> bool:
    """Whether nobody may try it before its time."""
    row = db.session.get(Relay, 1)
    return row is not None and real_now < row.next_try_at <= real_now + FARTHEST


def fail(real_now: datetime, reason: str) -> timedelta:
    """It was out of reach; `reason` in its own words. For how long nobody tries it now."""
    insert = (insert_on_sqlite if is_sqlite() else insert_on_postgresql)(Relay)
    first = insert.values(id=1, failures=0, since=real_now, next_try_at=real_now, reason="")
    db.session.execute(first.on_conflict_do_nothing())
    row = db.session.scalars(select(Relay).where(Relay.id == 1).with_for_update()).one()
    row.failures += 1
    pause = backoff.relay_pause(row.failures, _chance)
    row.next_try_at = real_now + pause
    row.reason = text.line(reason, REASON_MAX)
    db.session.flush()
    return pause


def recover() -> None:
    """It took a message, or refused one by name: it is there."""
    db.session.execute(delete(Relay).execution_options(synchronize_session=False))


def try_now(actor: Actor, now: datetime, real_now: datetime) -> None:
    """A person who has mended it does not wait for the next try; said twice, nothing changes.
    Raises IllegalStep where nothing is wrong with it any more."""
    require_administer(actor)
    row = _row()
    if row is None:
        raise IllegalStep(N_("The mail server can be reached."))
    if row.next_try_at > real_now:
        row.next_try_at = real_now
        audit.record(actor, now, "relay.tried", "relay", row.id)
        db.session.flush()


def _row() -> Relay | None:
    return db.session.scalar(select(Relay).where(Relay.id == 1).with_for_update())
