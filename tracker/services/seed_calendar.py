"""`calendar_days.csv`: the days that differ from Monday to Friday."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tracker.services.seed_csv import read_rows


@dataclass(frozen=True)
class DaySeed:
    working: bool
    note: str


def read_days(folder: Path) -> Mapping[date, DaySeed]:
    """Raises SeedError."""
    days: dict[date, DaySeed] = {}
    for row in read_rows(folder, "calendar_days.csv", ("day", "working", "note")):
        day = row.day("day")
        row.new("day", day, days)
        working = row.flag("working")
        if working == (day.weekday() < 5):
            raise row.refuse("working", "says what Monday to Friday says already")
        days[day] = DaySeed(working, row.text("note", 60))
    return days
