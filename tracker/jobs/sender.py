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
from tracker.mail.transport import Doubtful, LeaseLost, Refused, Smtp, Transport, Unavailable
from tracker.queries import deliveries
from tracker.queries.deliveries import Reading
from tracker.queries.delivery_facts import Delivery
from tracker.services import handovers, occasions, rehearsal, relay

log = logging.getLogger(__name__)
PORTION = 10
"""Messages marked in one transaction."""

QUICK = 0.05
"""Seconds for one hand-over: with a slower relay each is noted at once."""

_Ready = tuple[Delivery, Made[Any]]
Make = Callable[[Delivery, datetime, Reading, Settings], Made[Any] | str | Wait]


def campus_now(settings: Settings) -> datetime:
    """Campus time; in rehearsal the one that all processes share."""
    if settings.rehearsal:
        rehearsal.follow()
    return clock.now()


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
        self.slow = False
        self.reading: Reading | None = None
        self.taken: list[Callable[[], object]] = []

    def send(self, claimed: list[int]) -> bool:
        """Every claimed message in turn. False: the relay is out of reach."""
        try:
            return self._send(claimed)
        finally:
            self._settle()

    def _send(self, claimed: list[int]) -> bool:
        left = list(claimed)
        reading = self._read(left)
        while left:
            if not reading.stands(self.changes):
                reading = self._read(left)
            ready = self._prepare(left[: self._portion()], reading)
            del left[: self._portion()]
            ahead = len(ready) > 1
            if ahead:
                ready = self._mark(ready)
            while ready:
                delivery, made = ready.pop(0)
                try:
                    self._hand_over(delivery, reading, made, marked=ahead)
                except Unavailable as problem:
                    ids = [delivery.id, *(each.id for each, _made in ready)]
                    self._give_up([*ids, *left], ids if ahead else [], str(problem))
                    return False
                self.handled += 1
                if ready and self._is_to_look_again(reading):
                    ids = [each.id for each, _made in ready]
                    self._take_back(ids)
                    left[:0], ready = ids, []
        return True

    def _portion(self) -> int:
        """How many are marked in one transaction. With a relay that is quick, and where a doubt is
        settled by sending once more, several: a crash leaves them in doubt though only one can be.
        Else each by itself, after the relay has agreed to its recipient."""
        many = self.settings.uncertain == "resend" and isinstance(self.transport, Smtp)
        return PORTION if many and not self.slow and not self.in_doubt else 1

    def _prepare(self, message_ids: list[int], reading: Reading) -> list[_Ready]:
        """Those that have something to say now, with their words."""
        ready = []
        for message_id in message_ids:
            try:
                made = self._made(reading.deliveries[message_id], reading)
            except SQLAlchemyError:
                raise
            except Exception as problem:
                log.exception("message %s could not be made", message_id)
                self._postpone([message_id], f"{type(problem).__name__}: {problem}")
                made = None
            if made is None:
                self.handled += 1
            else:
                ready.append((reading.deliveries[message_id], made))
        return ready

    def _made(self, delivery: Delivery, reading: Reading) -> Made[Any] | None:
        now = self._moment()
        made = self.make(delivery, now, reading, self.settings)
        if isinstance(made, Made):
            if delivery.user_id is not None:
                reading.mailed[delivery.user_id] = reading.mailed.get(delivery.user_id, 0) + 1
            return made
        if isinstance(made, Wait):
            pause = min(made.until - now, backoff.LONGEST)  # Looked at again and again until then.
            self._postpone([delivery.id], made.reason, pause)
        else:
            with self._noting():
                handovers.skip(delivery.id, self.owner, made)
        return None

    def _mark(self, ready: list[_Ready]) -> list[_Ready]:
        """Those that are still ours, marked."""
        with self._noting():
            return [each for each in ready if self._hand_over_mark(*each)]

    def _hand_over_mark(self, delivery: Delivery, made: Made[Any]) -> bool:
        real_now = clock.real_now()
        return handovers.hand_over(delivery.id, self.owner, real_now, **made.as_kept)

    def _is_to_look_again(self, reading: Reading) -> bool:
        """Whether what is marked and not sent yet may be no longer true, or would wait too long."""
        changes = deliveries.changes()
        db.session.rollback()
        return self.slow or not reading.stands(changes)

    def _take_back(self, message_ids: list[int]) -> None:
        """Marked, and certainly not handed over."""
        with self._noting():
            handovers.take_back(message_ids, self.owner)

    def _give_up(self, message_ids: list[int], marked: list[int], reason: str) -> None:
        """The relay is out of reach: no message is blamed."""
        log.warning("the relay is out of reach: %s", reason)
        with self._noting():
            handovers.take_back(marked, self.owner)
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
            yield
            self.changes = deliveries.changes()
        self.taken.clear()

    def _settle(self) -> None:
        if self.taken:
            with self._noting():
                pass

    def _moment(self) -> datetime:
        return self.now or campus_now(self.settings)

    def _hand_over(
        self, delivery: Delivery, reading: Reading, made: Made[Any], *, marked: bool
    ) -> None:
        """Send and note how it ended, whatever the relay did."""
        about = (delivery.id, self.owner)

        def mark() -> bool:
            with self._noting():
                return self._hand_over_mark(delivery, made)

        began = time.monotonic()
        try:
            reply = self.transport.send(made.content, (lambda: True) if marked else mark)
        except LeaseLost:
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
            self.slow = time.monotonic() - began > QUICK
            if self.in_doubt or self.slow:
                self._settle()

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
