"""When people are reminded that a window of the term opens or closes."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from tracker.domain.term import Resolved, TermItem

AHEAD = (3, 1)
"""How many days before."""

AT = time(8, 30)
"""Before the first rung of the ladder, so that the two do not arrive in one minute."""


class Edge(StrEnum):
    OPENS = "opens"
    CLOSES = "closes"


@dataclass(frozen=True)
class DueReminder:
    """A window opens or closes on `day`, `ahead` days from when this was to be said."""

    item: TermItem
    edge: Edge
    day: date
    ahead: int


def due_reminders(
    resolved: Iterable[Resolved], changed: Mapping[TermItem, datetime], now: datetime
) -> list[DueReminder]:
    """What is to be said at `now`. `changed`: when a row last changed; what would have been said
    before is not said any more (all campus wall time). One that is late is left out once the next
    has come, or the day itself."""
    found = []
    for each in resolved:
        if each.window is None:
            continue
        edges = ((Edge.OPENS, each.window.first), (Edge.CLOSES, each.window.last))
        for edge, day in edges:
            ahead = _due(day, changed.get(each.item), now)
            found += [DueReminder(each.item, edge, day, days) for days in ahead]
    return found


def _due(day: date, changed: datetime | None, now: datetime) -> Collection[int]:
    if not timedelta(0) < day - now.date() <= timedelta(max(AHEAD)):
        return ()
    past = [days for days in AHEAD if (day - now.date(), AT) <= (timedelta(days), now.time())]
    last = min(past, default=None)
    if last is None:
        return ()
    moment = datetime.combine(day - timedelta(last), AT)
    return (last,) if changed is None or changed < moment else ()
