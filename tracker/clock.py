"""The only clock.

Two readings, never mixed:

`now()` is campus time. Plans, cut-offs, reminders and everything a person reads run on it. In
rehearsal it is the machine's time moved by an offset, so a campus can live through 20-24 February
in an afternoon.

`real_now()` is the machine's time. Sessions, login delays and leases run on it: moving the
rehearsal clock must not sign anyone out or make a working sender look dead.

Both return aware UTC. An entry point reads the clock once and passes the value down.
"""

import time
from datetime import UTC, datetime, timedelta

_offset = timedelta(0)


def real_now() -> datetime:
    """The machine's time, aware UTC."""
    return datetime.now(UTC)


def steady() -> float:
    """Seconds since some moment, whatever is done to the wall clock; a machine that was asleep has
    counted on where its system can (Linux)."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


def now() -> datetime:
    """Campus time, aware UTC: the machine's time plus the rehearsal offset (zero in real use)."""
    return real_now() + _offset


def set_offset(offset: timedelta) -> None:
    """Move campus time for this process. Rehearsal only; real use never calls it."""
    global _offset
    _offset = offset
