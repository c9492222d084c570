"""How many duties will be done with by a cut-off, as a range.

Three paces, of the last three hours, six hours and whole day, are carried on until the cut-off: the
slowest gives the low end, the fastest the high end. A pace counts what came in; what is opened
again makes it no slower, so more duties never promise less than some of them. Nobody is expected to
report from midnight to seven, so those hours count neither backwards nor forwards.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from tracker.domain.burndown import Arrivals, Left
from tracker.domain.cutoffs import to_instant, to_wall

ASLEEP = timedelta(hours=7)
DAY = timedelta(hours=24) - ASLEEP
PACES = (timedelta(hours=3), timedelta(hours=6), DAY)
FEWEST = 5
"""With fewer in the last day there is too little to say."""
PRECISION = 5
"""Percent."""

_SHORTEST = timedelta(hours=1)
_GRAIN = timedelta(seconds=1)


@dataclass(frozen=True)
class Range:
    """Between `low` and `high` duties."""

    low: int
    high: int

    def percent(self, total: int, done: int = 0) -> tuple[int, int]:
        """Rounded outwards to whole fives, but never below what is `done`, and 100 means all."""
        low = 100 * self.low // total // PRECISION * PRECISION
        low = max(low, 100 * done // total)
        high = -(-100 * self.high // total // PRECISION) * PRECISION
        high = high if self.high == total else min(high, 100 - PRECISION)
        return low, max(high, min(-(-100 * self.high // total), 99)) if high < low else high


@dataclass(frozen=True)
class Forecast:
    """How many more duties will have been reported, and settled; None: too little to say."""

    reported: Range | None
    settled: Range | None


def forecast(came: Arrivals, left: Left, now: datetime, until: datetime, zone: str) -> Forecast:
    """What is expected to come between `now` and `until`, both aware, of what is `left` now."""
    begins = [_hours_ago(now, hours, zone, came.since) for hours in PACES]
    worked = [awake(begin, now, zone) for begin in begins]
    ahead = awake(now, until, zone)
    if worked[-1] < _SHORTEST:
        return Forecast(None, None)
    return Forecast(
        _range([_after(came.reported, begin) for begin in begins], worked, ahead, left.open),
        _range([_after(came.settled, begin) for begin in begins], worked, ahead, left.unsettled),
    )


def _after(moments: Sequence[datetime], begin: datetime) -> int:
    return len(moments) - bisect_right(moments, begin)


def _range(
    gains: Sequence[int], worked: Sequence[timedelta], ahead: timedelta, left: int
) -> Range | None:
    """`gains`: how many came in each pace's hours."""
    if left and gains[-1] < FEWEST:
        return None
    grains = [span // _GRAIN for span in worked]
    carried = [gain * (ahead // _GRAIN) for gain in gains]
    low = min(gain // span for gain, span in zip(carried, grains, strict=True))
    high = max(-(-gain // span) for gain, span in zip(carried, grains, strict=True))
    return Range(min(low, left), min(high, left))


def awake(begin: datetime, end: datetime, zone: str) -> timedelta:
    """How much of the time between two aware instants somebody may be expected to report."""
    return max(_awake_until(to_wall(end, zone)) - _awake_until(to_wall(begin, zone)), timedelta())


def _awake_until(wall: datetime) -> timedelta:
    """Since the beginning of the calendar."""
    today = wall - datetime.combine(wall.date(), time())
    return wall.toordinal() * DAY + max(today - ASLEEP, timedelta())


def _hours_ago(now: datetime, hours: timedelta, zone: str, earliest: datetime) -> datetime:
    """When that many hours to report in will have passed at `now`."""
    days, rest = divmod(_awake_until(to_wall(now, zone)) - hours, DAY)
    wall = datetime.combine(datetime.fromordinal(days), time()) + ASLEEP + rest
    return max(to_instant(wall, zone), earliest)
