"""The login delay: who guesses passwords waits longer and longer, and nobody is locked out.

A key is one account, or one network address, behind which a whole campus may sit: an address has
many more free failures than an account.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from tracker.db import db
from tracker.models.session import LoginDelay

FREE_FAILURES = 5
FREE_FROM_ADDRESS = 50
FREE_OVER_LINK = 300
"""Searches and confirmations over one link from one address: a class in one room has enough."""

LONGEST_DELAY = timedelta(minutes=15)
FORGOTTEN_AFTER = 2 * LONGEST_DELAY
_ADDRESS, _LINK = "address:", "link:"


def account_key(email: str) -> str:
    """Of whatever was typed as an address."""
    return "account:" + "".join(c for c in email.strip().lower() if c.isprintable())[:254]


def address_key(address: str | None) -> str:
    return f"{_ADDRESS}{address or ''}"[:300]


def link_key(link_id: int, address: str | None) -> str:
    return f"{_LINK}{link_id}:{address or ''}"[:300]


def left(keys: Collection[str], real_now: datetime) -> timedelta:
    """How long these keys must still wait before another try."""
    until = db.session.scalar(
        select(func.max(LoginDelay.next_try_at)).where(LoginDelay.key.in_(keys))
    )
    return max(until - real_now, timedelta(0)) if until else timedelta(0)


def note_failure(keys: Collection[str], real_now: datetime) -> None:
    """Count a failed sign-in: some are free, then each doubles the wait from 2 s to 15 minutes."""
    for key in sorted(keys):  # In one order, so that two workers never wait for each other.
        row = _locked(key, real_now)
        if real_now - row.next_try_at > FORGOTTEN_AFTER:
            row.failures = 0
        row.failures += 1
        free = _free(key)
        extra = row.failures - free
        wait = timedelta(seconds=2 ** min(extra + 1, 12)) if extra >= 0 else timedelta(0)
        row.next_try_at = real_now + min(wait, LONGEST_DELAY)
    db.session.flush()


def _free(key: str) -> int:
    if key.startswith(_LINK):
        return FREE_OVER_LINK
    return FREE_FROM_ADDRESS if key.startswith(_ADDRESS) else FREE_FAILURES


def forget(keys: Collection[str]) -> None:
    db.session.execute(delete(LoginDelay).where(LoginDelay.key.in_(keys)))


def _locked(key: str, real_now: datetime) -> LoginDelay:
    """The key's row, others that count waiting; made where there is none, whoever is first."""
    found = select(LoginDelay).where(LoginDelay.key == key).with_for_update()
    while (row := db.session.scalar(found)) is None:
        try:
            with db.session.begin_nested():
                db.session.execute(
                    insert(LoginDelay).values(key=key, failures=0, next_try_at=real_now)
                )
        except IntegrityError:
            continue
    return row
