"""Delivering what is queued: claim, make from the state of then, mark, hand over, note the end.

Any number of processes may do it at once.
"""

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
from tracker.jobs.making import Made, Wait, make_mail, make_word
from tracker.mail.robots import Robots
from tracker.mail.transport import Doubtful, LeaseLost, Refused, Transport, Unavailable
from tracker.queries import deliveries
from tracker.queries.deliveries import Delivery, Reading
from tracker.services import handovers, occasions, rehearsal, relay
from tracker.services.outbox import MAIL, ROBOT

log = logging.getLogger(__name__)
BATCH = 100
"""Messages claimed at once. What a slow relay leaves when the lease is over is anybody's."""

QUICK = 0.05
"""Seconds for one hand-over: with a slower relay each is noted at once."""

Allows = Callable[[], bool]
Make = Callable[[Delivery, datetime, Reading, Settings], "Made[Any] | str | Wait"]


def always() -> bool:
    """A clock that needs no guard."""
    return True


def campus_now(settings: Settings) -> datetime:
    """Campus time; in rehearsal the one that all processes share."""
    if settings.rehearsal:
        rehearsal.follow()
    return clock.now()


def deliver(
    settings: Settings,
    owner: str,
    transport: Transport,
    now: datetime | None = None,
    allows: Allows = always,
) -> int:
    """Hand over what is queued until nothing is, or until the relay is out of reach: then nobody's
    message is blamed, and no process tries again before the relay's next time. A message that
    cannot be made waits too, and holds up no other. How many were handled."""
    with transaction():
        handovers.recover(clock.real_now(), settings.uncertain)
        trial = handovers.any_ready(clock.real_now()) and relay.trial(clock.real_now())
    if trial is False:
        return 0
    sender = _Sender(settings, owner, transport, make_mail, now, in_doubt=trial is True)
    while allows() and (claimed := _claim(settings, owner)):
        if not sender.send(claimed):
            break
    return sender.handled


def deliver_one(settings: Settings, owner: str, transport: Transport, message_id: int) -> None:
    """`deliver` for one mail, if it is still anybody's to send."""
    with transaction():
        if relay.trial(clock.real_now()) is False:
            return
        claimed = handovers.claim(owner, clock.real_now(), 1, only=message_id)
    _Sender(settings, owner, transport, make_mail, None, in_doubt=True).send(claimed)


def tell_groups(
    settings: Settings,
    owner: str,
    robots: Robots,
    now: datetime | None = None,
    allows: Allows = always,
) -> int:
    """Hand the words that are queued to their groups' robots, once; how many were handled. Words
    are few, one a group and step; what failed waits for the next beat."""
    if not settings.robots or not allows():
        return 0
    sender = _Sender(settings, owner, robots, make_word, now, in_doubt=False)
    sender.send(_claim(settings, owner, ROBOT))
    return sender.handled


def _claim(settings: Settings, owner: str, channel: str = MAIL) -> list[int]:
    with transaction():
        handovers.recover(clock.real_now(), settings.uncertain)
        return handovers.claim(owner, clock.real_now(), BATCH, channel)


class _Sender:
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
        self.reading = reading = self._read(claimed)
        for position, message_id in enumerate(claimed):
            if not reading.stands(self.changes):
                self.reading = reading = self._read(claimed[position:])
            try:
                self._send_one(reading.deliveries[message_id], reading)
            except Unavailable as problem:
                log.warning("the relay is out of reach: %s", problem)
                with transaction():
                    pause = relay.fail(clock.real_now(), str(problem))
                self._postpone(claimed[position:], str(problem), pause)
                return False
            except SQLAlchemyError:
                raise
            except Exception as problem:
                log.exception("message %s could not be made", message_id)
                self._postpone([message_id], f"{type(problem).__name__}: {problem}")
            self.handled += 1
        return True

    def _read(self, message_ids: list[int]) -> Reading:
        self._settle()
        db.session.rollback()  # What was read before is not what is.
        reading = deliveries.read(message_ids, self._moment(), self.reading)
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

    def _send_one(self, delivery: Delivery, reading: Reading) -> None:
        now = self._moment()
        made = self.make(delivery, now, reading, self.settings)
        if isinstance(made, Wait):
            pause = min(made.until - now, backoff.LONGEST)  # Looked at again and again until then.
            self._postpone([delivery.id], made.reason, pause)
        elif isinstance(made, str):
            with self._noting():
                handovers.skip(delivery.id, self.owner, made)
        else:
            self._hand_over(delivery, reading, made)

    def _hand_over(self, delivery: Delivery, reading: Reading, made: Made[Any]) -> None:
        """Send and note how it ended, whatever the relay did."""
        about = (delivery.id, self.owner)

        def mark() -> bool:
            with self._noting():
                real_now = clock.real_now()
                return handovers.hand_over(delivery.id, self.owner, real_now, **made.as_kept)

        began = time.monotonic()
        try:
            reply = self.transport.send(made.content, mark)
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
