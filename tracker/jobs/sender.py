"""One run of one process over claimed messages: make, mark, hand over, note how it ended."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy.exc import SQLAlchemyError

from tracker import clock
from tracker.config import Settings
from tracker.db import db
from tracker.domain import backoff
from tracker.jobs.journal import NoRecord, Record
from tracker.jobs.making import Made, Wait
from tracker.jobs.marks import Marks
from tracker.mail.transport import BeforeData, Doubtful, LeaseLost, Refused, Unavailable
from tracker.queries import deliveries
from tracker.queries.deliveries import Reading
from tracker.queries.delivery_facts import Delivery
from tracker.services import handovers, occasions, rehearsal, relay

log = logging.getLogger(__name__)
PATIENCE = 5
"""How often a message is made anew because plans change faster than it goes out."""

QUICK = 0.05
"""Seconds for one hand-over: with a slower relay each is marked, and noted, by itself."""

PORTION = 10
"""Messages marked in one transaction."""

Make = Callable[[Delivery, datetime, Reading, Settings], Made[Any] | str | Wait]


class Carrier(Protocol):
    """Whoever takes a channel's messages to their receivers."""

    def send(self, content: Any, before_data: BeforeData, /) -> str:
        """Hand over; the receiver's reply. Raises as `mail.transport` says."""
        ...


def campus_now(settings: Settings) -> datetime:
    """Campus time; in rehearsal the one that all processes share."""
    if settings.rehearsal:
        rehearsal.follow()
    return clock.now()


class _Outdated(Exception):
    """A plan has changed since the message was made, or its mark was given back."""


class Sender:
    """One run of one process over the queue. `in_doubt`: the relay was out of reach, and every
    answer of it is good news. `record`: where this run writes down what it does; without one, and
    with a slow relay, each message is marked by itself.
    """

    def __init__(
        self,
        settings: Settings,
        owner: str,
        transport: Carrier,
        make: Make,
        now: datetime | None,
        in_doubt: bool,
        record: Record | None = None,
    ) -> None:
        self.settings, self.owner, self.transport = settings, owner, transport
        self.make, self.now, self.in_doubt = make, now, in_doubt
        self.record: Record = record or NoRecord()
        self.marks = Marks(owner, self.record)
        self.handled = 0
        self.is_quick = False
        self.reading: Reading | None = None
        self.made: dict[int, Made[Any] | str | Wait] = {}

    def send(self, claimed: list[int]) -> bool:
        """Every claimed message in turn. False: the relay is out of reach."""
        try:
            return self._send(claimed)
        finally:
            self.marks.settle()

    def _send(self, claimed: list[int]) -> bool:
        left, tries = list(claimed), 0
        reading = self._read(left)
        while left:
            if not reading.stands(self.marks.changes, halfway=bool(self.marks.ahead)):
                reading = self._read(left)
            tries += 1
            try:
                if tries <= PATIENCE:
                    self._mark_ahead(left[:PORTION], reading)
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
                self.marks.settle()
                self._postpone(left[:1], f"{type(problem).__name__}: {problem}")
            self.made.pop(left.pop(0), None)
            tries = 0
            self.handled += 1
        return True

    def _mark_ahead(self, message_ids: list[int], reading: Reading) -> None:
        """Mark what follows in one transaction: as far as there are words for it, and no person's
        second, for whether that one goes depends on the first."""
        if self.marks.ahead or self.in_doubt or not (self.is_quick and self.record.is_kept):
            return
        ready: dict[int, Made[Any]] = {}
        people: set[int | None] = set()
        for delivery in (reading.deliveries[message_id] for message_id in message_ids):
            if delivery.user_id in people:
                break
            try:
                made = self._made(delivery, reading)
            except SQLAlchemyError:
                raise
            except Exception:  # Met again in its turn.
                break
            if not isinstance(made, Made):
                break
            ready[delivery.id] = made
            people.add(delivery.user_id)
        if ready:
            self.marks.mark_ahead(ready, reading.changes)

    def _made(self, delivery: Delivery, reading: Reading) -> Made[Any] | str | Wait:
        """Made once from one reading."""
        if delivery.id not in self.made:
            self.made[delivery.id] = self.make(delivery, self._moment(), reading, self.settings)
        return self.made[delivery.id]

    def _send_one(self, delivery: Delivery, reading: Reading, *, anyway: bool) -> None:
        made = self._made(delivery, reading)
        if isinstance(made, Wait):
            pause = min(made.until - self._moment(), backoff.LONGEST)  # Then looked at again.
            self._postpone([delivery.id], made.reason, pause)
        elif isinstance(made, str):
            with self.marks.noting():
                handovers.skip(delivery.id, self.owner, made)
        else:
            self._hand_over(delivery, reading, made, anyway=anyway)

    def _give_up(self, message_ids: list[int], reason: str) -> None:
        """The relay is out of reach: no message is blamed."""
        log.warning("the relay is out of reach: %s", reason)
        self.marks.settle()
        with self.marks.noting():
            pause = relay.fail(clock.real_now(), reason)
        self._postpone(message_ids, reason, pause)

    def _read(self, message_ids: list[int]) -> Reading:
        self.marks.settle()
        self.made.clear()
        db.session.rollback()  # What was read before is not what is.
        self.reading = reading = deliveries.read(message_ids, self._moment(), self.reading)
        self.marks.changes = reading.changes
        return reading

    def _moment(self) -> datetime:
        return self.now or campus_now(self.settings)

    def _hand_over(
        self, delivery: Delivery, reading: Reading, made: Made[Any], *, anyway: bool
    ) -> None:
        """Send and note how it ended, whatever the relay did. Raises _Outdated, unless `anyway`,
        where a plan has changed since the message was made, or where the record has just ended:
        nothing is handed over then."""
        as_of, was_kept = None if anyway else reading.changes, self.record.is_kept
        began = time.monotonic()
        try:
            reply = self.transport.send(
                made.content, lambda: self.marks.begin(delivery.id, made, as_of)
            )
        except LeaseLost:
            has_changed = self.marks.changes != reading.changes and not anyway
            if has_changed or self.record.is_kept != was_kept:
                raise _Outdated from None
            log.warning("message %s: the lease was lost before hand-over", delivery.id)
            self.marks.ahead.discard(delivery.id)
        except Refused as refusal:
            with self.marks.noting():
                self._answered()
                self.marks.drop(delivery.id)
                self._refused(delivery, reading, made, refusal)
        except Doubtful as doubt:
            policy = self.settings.uncertain
            with self.marks.noting():
                handovers.doubted(delivery.id, self.owner, clock.real_now(), policy, str(doubt))
        else:
            self.marks.take(delivery.id, reply, self._answered)
            if delivery.user_id is not None:
                reading.mailed[delivery.user_id] = reading.mailed.get(delivery.user_id, 0) + 1
        self.is_quick = time.monotonic() - began <= QUICK
        if self.in_doubt or not (self.is_quick and self.record.is_kept):
            self.marks.settle()

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
        with self.marks.noting():
            handovers.postpone(message_ids, self.owner, clock.real_now(), reason, wait)
