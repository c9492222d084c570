"""One run of one process over claimed messages: make, mark, hand over, note how it ended."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from tracker import clock
from tracker.config import Settings
from tracker.db import db, transaction
from tracker.domain import backoff
from tracker.jobs.making import Made, Wait
from tracker.mail.robots import Robots
from tracker.mail.transport import Doubtful, LeaseLost, Refused, Transport, Unavailable
from tracker.queries import deliveries
from tracker.queries.deliveries import Reading
from tracker.queries.delivery_facts import Delivery
from tracker.services import handovers, occasions, rehearsal, relay

log = logging.getLogger(__name__)
PATIENCE = 5
"""How often a message is made anew because plans change faster than it goes out."""

QUICK = 0.05
"""Seconds for one hand-over: with a slower relay each is noted at once."""

Make = Callable[[Delivery, datetime, Reading, Settings], Made[Any] | str | Wait]


def campus_now(settings: Settings) -> datetime:
    """Campus time; in rehearsal the one that all processes share."""
    if settings.rehearsal:
        rehearsal.follow()
    return clock.now()


class _Outdated(Exception):
    """A plan has changed since the message was made."""


class Sender:
    """One run of one process over the queue. `in_doubt`: the relay was out of reach, and every
    answer of it is good news.

    What the relay has just taken is noted in the transaction that marks the next message, if that
    one follows at once: a crash in between leaves a doubt on record as one before would have.
    """

    def __init__(
        self,
        settings: Settings,
        owner: str,
        transport: Transport | Robots,
        make: Make,
        now: datetime | None,
        in_doubt: bool,
    ) -> None:
        self.settings, self.owner, self.transport = settings, owner, transport
        self.make, self.now, self.in_doubt = make, now, in_doubt
        self.handled = self.changes = 0
        self.reading: Reading | None = None
        self.taken: list[Callable[[], object]] = []

    def send(self, claimed: list[int]) -> bool:
        """Every claimed message in turn. False: the relay is out of reach."""
        try:
            return self._send(claimed)
        finally:
            self._settle()

    def _send(self, claimed: list[int]) -> bool:
        left, tries = list(claimed), 0
        reading = self._read(left)
        while left:
            if not reading.stands(self.changes):
                reading = self._read(left)
            tries += 1
            try:
                self._send_one(reading.deliveries[left[0]], reading, anyway=tries > PATIENCE)
            except _Outdated:
                continue
            except Unavailable as problem:
                self._give_up(left, str(problem))
                return False
            except SQLAlchemyError:
                raise
            except Exception as problem:
                log.exception("message %s could not be made", left[0])
                self._postpone(left[:1], f"{type(problem).__name__}: {problem}")
            del left[0]
            tries = 0
            self.handled += 1
        return True

    def _send_one(self, delivery: Delivery, reading: Reading, *, anyway: bool) -> None:
        now = self._moment()
        made = self.make(delivery, now, reading, self.settings)
        if isinstance(made, Wait):
            pause = min(made.until - now, backoff.LONGEST)  # Looked at again and again until then.
            self._postpone([delivery.id], made.reason, pause)
        elif isinstance(made, str):
            with self._noting():
                handovers.skip(delivery.id, self.owner, made)
        else:
            self._hand_over(delivery, reading, made, anyway=anyway)

    def _give_up(self, message_ids: list[int], reason: str) -> None:
        """The relay is out of reach: no message is blamed."""
        log.warning("the relay is out of reach: %s", reason)
        with self._noting():
            pause = relay.fail(clock.real_now(), reason)
        self._postpone(message_ids, reason, pause)

    def _read(self, message_ids: list[int]) -> Reading:
        self._settle()
        db.session.rollback()  # What was read before is not what is.
        self.reading = reading = deliveries.read(message_ids, self._moment(), self.reading)
        self.changes = reading.changes
        return reading

    @contextmanager
    def _noting(self) -> Iterator[None]:
        """A transaction that first notes what was taken, and looks whether any plan has changed."""
        with transaction():
            for note in self.taken:
                note()
            self.changes = deliveries.changes()
            yield
        self.taken.clear()

    def _settle(self) -> None:
        if self.taken:
            with self._noting():
                pass

    def _moment(self) -> datetime:
        return self.now or campus_now(self.settings)

    def _hand_over(
        self, delivery: Delivery, reading: Reading, made: Made[Any], *, anyway: bool
    ) -> None:
        """Send and note how it ended, whatever the relay did. Raises _Outdated, unless `anyway`,
        where a plan has changed since the message was made: nothing is handed over then."""
        about = (delivery.id, self.owner)

        def mark() -> bool:
            with self._noting():
                if self.changes != reading.changes and not anyway:
                    return False
                real_now = clock.real_now()
                return handovers.hand_over(delivery.id, self.owner, real_now, **made.as_kept)

        began = time.monotonic()
        try:
            reply = self.transport.send(made.content, mark)
        except LeaseLost:
            if self.changes != reading.changes and not anyway:
                raise _Outdated from None
            log.warning("message %s: the lease was lost before hand-over", delivery.id)
        except Refused as refusal:
            with self._noting():
                self._answered()
                self._refused(delivery, reading, made, refusal)
        except Doubtful as doubt:
            with self._noting():
                handovers.doubted(*about, clock.real_now(), self.settings.uncertain, str(doubt))
        else:
            self.taken.append(partial(self._taken, delivery, clock.real_now(), reply))
            if self.in_doubt or time.monotonic() - began > QUICK:
                self._settle()
            if delivery.user_id is not None:
                reading.mailed[delivery.user_id] = reading.mailed.get(delivery.user_id, 0) + 1

    def _taken(self, delivery: Delivery, real_now: datetime, reply: str) -> None:
        self._answered()
        handovers.sent(delivery.id, self.owner, real_now, reply)

    def _refused(
        self, delivery: Delivery, reading: Reading, made: Made[Any], refusal: Refused
    ) -> None:
        """A reminder that cannot reach its person reaches the others of the unit."""
        ours = handovers.refused(
            delivery.id,
            self.owner,
            clock.real_now(),
            str(refusal),
            final=refusal.final,
            **made.as_kept,
        )
        if ours and refusal.final and delivery.user_id is not None and delivery.id in reading.dues:
            occasions.tell_undelivered(delivery.id, delivery.user_id, self._moment())

    def _answered(self) -> None:
        if self.in_doubt:
            relay.recover()
            self.in_doubt = False

    def _postpone(self, message_ids: list[int], reason: str, wait: timedelta | None = None) -> None:
        with self._noting():
            handovers.postpone(message_ids, self.owner, clock.real_now(), reason, wait)
