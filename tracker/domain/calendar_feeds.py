"""Cut-offs as calendar events: one each, the same one when it moves, cancelled when it is settled.

What identifies an event is the cut-off that its rows had in the notice (their origin). A cut-off to
which no row belonged in the notice takes over the event of an origin that all rows have left; an
origin left without a taker is cancelled. So a calendar sees a moved cut-off move, never twice.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

LENGTH = timedelta(minutes=30)
"""An event is the last half-hour before its cut-off, which itself is exclusive."""


@dataclass(frozen=True)
class Row:
    """One duty of the reader's. `origin`, `closes`: campus wall time of the cut-off in the notice
    and now; `changes` grows with every change to it; `modified`: when that was last (aware)."""

    assignment_id: int
    number: int
    title: str
    title_en: str
    unit: str
    unit_en: str
    origin: datetime
    closes: datetime
    is_open: bool
    changes: int
    modified: datetime


@dataclass(frozen=True)
class Event:
    """`origin` identifies it within its plan; `closes` is where it stands. Without `open_rows` it
    is cancelled. `sequence` grows with every change (RFC 5545, 3.8.7.4)."""

    origin: datetime
    closes: datetime
    open_rows: tuple[Row, ...]
    sequence: int
    modified: datetime

    @property
    def begins(self) -> datetime:
        return self.closes - LENGTH

    @property
    def is_cancelled(self) -> bool:
        return not self.open_rows


def events(rows: Iterable[Row]) -> list[Event]:
    """In the order of the cut-offs in the notice. Every row of one plan is given."""
    rows = list(rows)
    if not rows:
        return []
    sequence = sum(row.changes for row in rows)
    modified = max(row.modified for row in rows)
    now: dict[datetime, list[Row]] = defaultdict(list)
    for row in rows:
        now[row.closes].append(row)
    left = sorted({row.origin for row in rows} - now.keys())
    found = []
    for closes, theirs in sorted(now.items()):
        origin = closes
        if all(row.origin != closes for row in rows):
            origin = next((o for o in left if any(row.origin == o for row in theirs)), closes)
            left = [each for each in left if each != origin]
        open_rows = tuple(row for row in theirs if row.is_open)
        found.append(Event(origin, closes, open_rows, sequence, modified))
    found += [Event(origin, origin, (), sequence, modified) for origin in left]
    return sorted(found, key=lambda event: event.origin)
