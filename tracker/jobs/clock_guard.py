"""Is the machine's clock to be believed? One that leaps ahead would mail thirty units an "overdue"
that is not true, so after a leap nothing is planned or sent until a second source agrees: the
database server's clock, or a person who looks at the page of reminders.

Backwards is harmless: no step is planned twice.
"""

import logging
import threading
from datetime import datetime, timedelta

from tracker import clock
from tracker.db import db, is_sqlite, transaction
from tracker.queries import heartbeat as signs
from tracker.services import heartbeat

log = logging.getLogger(__name__)

LEAP = timedelta(minutes=10)
"""A clock that is farther ahead than this of what it should be has leapt."""


class ClockGuard:
    """What one process remembers of the clock. On PostgreSQL it is compared with the server's, on
    SQLite with the steady one, from the farthest that was believed before. A process that starts
    in a doubt remembers nothing that it could trust until the doubt is over."""

    def __init__(self) -> None:
        self._believed = timedelta(0) if not is_sqlite() else _ahead(clock.real_now())
        self._doubted = signs.doubted_at() is not None
        self._newcomer = self._doubted and is_sqlite()
        self._one_at_a_time = threading.Lock()

    def allows(self) -> bool:
        """Whether to plan and to send by the machine's clock now. Notes a doubt, and its end, where
        the office sees them. The jobs of a process ask in threads of their own."""
        with self._one_at_a_time:
            db.session.rollback()  # What another thread has noted since is to be seen.
            return self._allows()

    def _allows(self) -> bool:
        real_now, doubted_at = clock.real_now(), signs.doubted_at()
        ahead = _ahead(real_now)
        if self._doubted and doubted_at is None:
            self._trust(ahead)
        leapt = ahead > self._believed + LEAP
        if leapt and doubted_at is None:
            log.warning("the machine's clock is %s ahead: nothing goes out", ahead - self._believed)
            with transaction():
                heartbeat.doubt(clock.now(), real_now)
            stands = True
        elif doubted_at is not None and not leapt and self._is_undone(real_now, doubted_at):
            with transaction():
                heartbeat.believe()
            self._trust(ahead)
            stands = False
        else:
            stands = doubted_at is not None
        self._doubted = stands
        if is_sqlite() and not stands:
            self._believed = max(self._believed, ahead)
        return not stands

    def _trust(self, ahead: timedelta) -> None:
        """The clock is right as it is now: it was set, or somebody has looked at it."""
        if self._newcomer or ahead > self._believed + LEAP:
            self._believed = ahead
        self._newcomer = False

    def _is_undone(self, real_now: datetime, doubted_at: datetime) -> bool:
        """Whoever saw the leap sees that it is undone; a newcomer knows it from a clock that shows
        less than it did."""
        return not self._newcomer or real_now < doubted_at


def _ahead(real_now: datetime) -> timedelta:
    """How far the machine's clock is ahead: of the database server's, or of the steady one (then
    only a difference between two such numbers means anything)."""
    if is_sqlite():
        return timedelta(seconds=real_now.timestamp() - clock.steady())
    return real_now - signs.database_now()
