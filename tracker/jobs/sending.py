"""Delivering what is queued: claim, make from the state of then, mark, hand over, note the end.

Any number of processes may do it at once.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from tracker import clock
from tracker.config import Settings
from tracker.db import transaction
from tracker.jobs.journal import JournalFile, left_behind
from tracker.jobs.making import make_mail, make_word
from tracker.jobs.sender import Sender
from tracker.mail.robots import Robots
from tracker.mail.transport import Transport
from tracker.services import handovers, recovery, relay
from tracker.services.outbox import MAIL, ROBOT

log = logging.getLogger(__name__)
BATCH = 100
"""Messages claimed at once. What a slow relay leaves when the lease is over is anybody's."""

Allows = Callable[[], bool]


def always() -> bool:
    """A clock that needs no guard."""
    return True


@contextmanager
def recovering(settings: Settings) -> Iterator[None]:
    """A transaction that first deals with what dead senders left in the middle of a hand-over.
    Their journals go when nothing is left to ask them."""
    with transaction():
        real_now = clock.real_now()
        left = left_behind(settings.journals, real_now)
        journals = [each.journal for each in left if each.journal is not None]
        recovery.recover(real_now, settings.uncertain, journals)
        asked = recovery.unsettled(each.owner for each in journals)
        yield
    for each in left:
        if each.journal is None or each.journal.owner not in asked:
            each.remove()


def settle(settings: Settings) -> None:
    """At the start of a process: whatever died on this machine, whoever leads now."""
    if left_behind(settings.journals, clock.real_now()):
        with recovering(settings):
            log.info("the journals of dead senders are settled")


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
    with recovering(settings):
        trial = handovers.any_ready(clock.real_now()) and relay.trial(clock.real_now())
    if trial is False:
        return 0
    with JournalFile(settings.journals, owner) as record:
        sender = Sender(settings, owner, transport, make_mail, now, trial is True, record)
        while allows() and (claimed := _claim(settings, owner)):
            if not sender.send(claimed):
                break
        if record.is_begun and not recovery.unsettled([owner]):
            record.remove()
    return sender.handled


def deliver_one(settings: Settings, owner: str, transport: Transport, message_id: int) -> None:
    """`deliver` for one mail, if it is still anybody's to send."""
    with transaction():
        real_now = clock.real_now()
        if not handovers.any_ready(real_now, message_id) or relay.trial(real_now) is False:
            return
        claimed = handovers.claim(owner, clock.real_now(), 1, only=message_id)
    Sender(settings, owner, transport, make_mail, None, in_doubt=True).send(claimed)


def tell_groups(
    settings: Settings,
    owner: str,
    robots: Robots,
    now: datetime | None = None,
    allows: Allows = always,
) -> int:
    """Hand the words that are queued to their groups' robots, once; how many were handled. Words
    are few, one a group and step; what failed waits for the next beat."""
    if not allows():
        return 0
    sender = Sender(settings, owner, robots, make_word, now, in_doubt=False)
    if claimed := _claim(settings, owner, ROBOT):
        sender.send(claimed)
    return sender.handled


def _claim(settings: Settings, owner: str, channel: str = MAIL) -> list[int]:
    with recovering(settings):
        return handovers.claim(owner, clock.real_now(), BATCH, channel)
