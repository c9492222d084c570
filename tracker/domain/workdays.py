"""Working days: Monday to Friday but for the exceptions that the office keeps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

_LONGEST_REST = 60


@dataclass(frozen=True)
class Calendar:
    """`exceptions`: day -> whether it is worked, where that differs from Monday to Friday (a day
    off on a weekday, a make-up working day at a weekend)."""

    exceptions: Mapping[date, bool] = field(default_factory=dict)

    def works(self, day: date) -> bool:
        return self.exceptions.get(day, day.weekday() < 5)

    def knows(self, year: int) -> bool:
        """Whether anything is known of a year: if not, its holidays count as working days."""
        return any(day.year == year for day in self.exceptions)

    def first_from(self, day: date) -> date:
        """The day itself if it is worked, else the next that is; the day itself again where nothing
        is worked for two months."""
        for ahead in range(_LONGEST_REST):
            candidate = day + timedelta(days=ahead)
            if self.works(candidate):
                return candidate
        return day
