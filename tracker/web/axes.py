"""Where moments and numbers lie in a drawing: its scale, its days, its grid."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from tracker import language
from tracker.domain.cutoffs import to_instant, to_wall
from tracker.domain.reminding import QUIET_FROM, QUIET_UNTIL
from tracker.web.filters import locale

_DAY_LABEL = 44
_NARROWEST_DAY = 4
_NIGHTS_WITHIN = timedelta(days=14)
_GRID_LINES = 4
Point = tuple[float, float]


@dataclass(frozen=True)
class Axes:
    """A drawing `width` x `height` units large in which `since` to `until` (aware) run from left to
    right and 0 to `most` upwards. The margins hold the labels."""

    width: int
    height: int
    since: datetime
    until: datetime
    most: int
    zone: str
    left: int = 34
    right: int = 12
    top: int = 40
    bottom: int = 34

    @property
    def floor(self) -> int:
        return self.height - self.bottom

    @property
    def end(self) -> int:
        return self.width - self.right

    def x(self, moment: datetime) -> float:
        share = (moment - self.since) / (self.until - self.since)
        return round(self.left + (self.end - self.left) * min(max(share, 0), 1), 1)

    def y(self, number: int) -> float:
        return round(self.floor - (self.floor - self.top) * number / max(self.most, 1), 1)

    def grid(self) -> list[tuple[float, int]]:
        """Where round numbers lie, 0 first."""
        return [(self.y(number), number) for number in range(0, self.most + 1, _round(self.most))]

    def days(self) -> list[tuple[float, float, str]]:
        """Where each day begins, where its label stands and what it says: as many labels as have
        room, and no days too narrow to tell apart but those."""
        found, free = [], 0.0
        for first, last in self._between(time(), time()):
            begin, end = self.x(first), self.x(last)
            middle = round((begin + end) / 2, 1)
            fits = free <= middle - _DAY_LABEL / 2 and middle + _DAY_LABEL / 2 <= self.width
            if fits or end - begin >= _NARROWEST_DAY:
                found.append((begin, middle, self._day(first) if fits else ""))
            free = middle + _DAY_LABEL / 2 if fits else free
        return found

    def nights(self) -> list[Point]:
        """Where the quiet hours begin and how wide they are; none where the days are too many."""
        if self.until - self.since > _NIGHTS_WITHIN:
            return []
        spans = [(self.x(one), self.x(two)) for one, two in self._between(QUIET_FROM, QUIET_UNTIL)]
        return [(one, round(two - one, 1)) for one, two in spans if two > one]

    def _between(self, first: time, last: time) -> Iterator[tuple[datetime, datetime]]:
        """From `first` of each day to `last` of the next, wherever that lies in the drawing."""
        day = to_wall(self.since, self.zone).date() - timedelta(days=1)
        while (begin := to_instant(datetime.combine(day, first), self.zone)) < self.until:
            day += timedelta(days=1)
            end = to_instant(datetime.combine(day, last), self.zone)
            if end > self.since:
                yield begin, end

    def _day(self, begin: datetime) -> str:
        wall = to_wall(begin, self.zone).date()
        return language.day(locale(), wall, to_wall(self.since, self.zone).date())


def _round(most: int) -> int:
    """A round distance that gives some four lines up to `most`."""
    step = 1
    while most / step > _GRID_LINES:
        step = step * 5 // 2 if str(step).startswith("2") else step * 2
    return step
