"""When a failed hand-over is tried again."""

import random
from datetime import timedelta

FIRST = timedelta(minutes=1)
LONGEST = timedelta(minutes=10)


def delay(attempts: int, chance: random.Random) -> timedelta:
    """Wait after the `attempts`-th failure (1 is the first): doubling from a minute to ten, with up
    to a quarter of jitter so that senders do not come back together. Ten minutes at most, so that a
    relay that returns after hours has everything within a quarter of an hour."""
    doubled: timedelta = min(FIRST * 2 ** min(attempts - 1, 10), LONGEST)
    return doubled * (1 + chance.random() / 4)
