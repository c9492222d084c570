"""How often a token may call: portions of a minute's budget that a process takes ahead, so that the
budget holds over all processes and a look costs the database no write of its own
(docs/decisions/0031). `real_now` is the machine's time.
"""

from datetime import datetime, timedelta

from sqlalchemy import case, or_, update

from tracker.db import db
from tracker.models.session import ApiUsage

WINDOW = timedelta(minutes=1)
BUDGET = 600
"""Calls of one token a minute, over all processes."""

PORTION = 60
"""Calls that a process takes at once; what it does not use in the minute is gone."""


def window_of(real_now: datetime) -> datetime:
    """The beginning of the minute."""
    return real_now.replace(second=0, microsecond=0)


def take(token_id: int, real_now: datetime) -> int | None:
    """One portion more for the caller's process; how much of the minute's budget is taken with it,
    by whomever. None where nothing is left. Notes the use."""
    window = window_of(real_now)
    is_same = ApiUsage.window == window
    taken = update(ApiUsage).where(ApiUsage.token_id == token_id)
    return db.session.scalar(
        taken.where(or_(ApiUsage.window.is_(None), ~is_same, ApiUsage.taken + PORTION <= BUDGET))
        .values(
            taken=case((is_same, ApiUsage.taken + PORTION), else_=PORTION),
            window=window,
            last_used_at=real_now,
        )
        .returning(ApiUsage.taken)
        .execution_options(synchronize_session=False)
    )
