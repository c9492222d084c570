"""At which hours of the day reports come in."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from statistics import median

from tracker.domain.cutoffs import to_wall
from tracker.domain.reminding import QUIET_FROM, QUIET_UNTIL

HOURS = range(24)
_PEAK = 1.5
_SHARE = 5


@dataclass(frozen=True)
class DayHours:
    """How many reports came in each hour of a campus day, 24 numbers; `day` None: of all days."""

    day: date | None
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.counts)

    @property
    def busiest(self) -> int:
        """The first hour with the most reports."""
        return self.counts.index(max(self.counts))

    @property
    def has_peak(self) -> bool:
        """Whether the busiest hour has a fifth of all reports at least, and half as many again as
        the hours with reports usually have, or stands alone."""
        busy = [count for count in self.counts if count]
        if len(busy) < 2:
            return bool(busy)
        return max(busy) >= _PEAK * median(busy) and max(busy) * _SHARE >= self.total

    @property
    def quiet(self) -> int:
        """In the quiet hours, in which nobody is reminded."""
        return sum(count for hour, count in enumerate(self.counts) if is_quiet_hour(hour))


def is_quiet_hour(hour: int) -> bool:
    return time(hour) >= QUIET_FROM or time(hour) < QUIET_UNTIL


def reporting_hours(moments: Iterable[datetime], zone: str) -> list[DayHours]:
    """The days on which reports came in, in order."""
    days: dict[date, Counter[int]] = defaultdict(Counter)
    for moment in moments:
        wall = to_wall(moment, zone)
        days[wall.date()][wall.hour] += 1
    return [DayHours(day, tuple(days[day][hour] for hour in HOURS)) for day in sorted(days)]


def all_days(days: Iterable[DayHours]) -> DayHours:
    counts = [0] * len(HOURS)
    for day in days:
        counts = [one + other for one, other in zip(counts, day.counts, strict=True)]
    return DayHours(None, tuple(counts))
