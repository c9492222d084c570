"""When a failed hand-over, or the whole relay, is tried again."""

import random
from datetime import timedelta

FIRST = timedelta(minutes=1)
LONGEST = timedelta(minutes=10)
RELAY_FIRST = timedelta(seconds=10)
RELAY_LONGEST = timedelta(minutes=5)


def delay(attempts: int, chance: random.Random) -> timedelta:
    """Wait after the `attempts`-th failure (1 is the first): doubling from a minute to ten, with up
    to a quarter of jitter so that senders do not come back together. Ten minutes at most, so that a
    relay that returns after hours has everything within a quarter of an hour."""
    return _doubling(FIRST, LONGEST, attempts, chance)


def relay_pause(failures: int, chance: random.Random) -> timedelta:
    """How long nobody tries a relay that was out of reach `failures` times in a row: doubling from
    ten seconds to five minutes, with the same jitter."""
    return _doubling(RELAY_FIRST, RELAY_LONGEST, failures, chance)


def _doubling(
    first: timedelta, longest: timedelta, failures: int, chance: random.Random
) -> timedelta:
    doubled: timedelta = min(first * 2 ** min(failures - 1, 10), longest)
    return doubled * (1 + chance.random() / 4)
