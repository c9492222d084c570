"""Delivering what is queued: claim, make from the state of then, mark, hand over, note the end.

Any number of processes may do it at once.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from tracker import clock
from tracker.config import Settings
from tracker.db import transaction
from tracker.jobs.making import make_mail, make_word
from tracker.jobs.sender import Sender
from tracker.mail.robots import Robots
from tracker.mail.transport import Transport
from tracker.services import handovers, relay
from tracker.services.outbox import MAIL, ROBOT

log = logging.getLogger(__name__)
BATCH = 100
"""Messages claimed at once. What a slow relay leaves when the lease is over is anybody's."""

Allows = Callable[[], bool]


def always() -> bool:
    """A clock that needs no guard."""
    return True


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
    sender = Sender(settings, owner, transport, make_mail, now, in_doubt=trial is True)
    while allows() and (claimed := _claim(settings, owner)):
        if not sender.send(claimed):
            break
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
    sender.send(_claim(settings, owner, ROBOT))
    return sender.handled


def _claim(settings: Settings, owner: str, channel: str = MAIL) -> list[int]:
    with transaction():
        handovers.recover(clock.real_now(), settings.uncertain)
        return handovers.claim(owner, clock.real_now(), BATCH, channel)
