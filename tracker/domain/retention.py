"""How long what a plan gathered about persons is kept once it is over and archived."""

import calendar
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

AHEAD = timedelta(days=30)
"""How long before its day a purge is announced on the plan's page."""

NOTICE = timedelta(days=14)
"""For how long it stands there at the least, also where the setting was turned on late."""


def months_after(moment: datetime, months: int) -> datetime:
    """The same day of the month, or its last where it has fewer days."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


class Step(Enum):
    ANNOUNCE = auto()
    TAKE_BACK = auto()
    PURGE = auto()


@dataclass(frozen=True)
class Term:
    """Of one archived plan; `noticed_at`: when its purge was announced."""

    archived_at: datetime
    months: int
    noticed_at: datetime | None = None

    @property
    def ends_at(self) -> datetime:
        """When it may be purged at the earliest."""
        end = months_after(self.archived_at, self.months)
        return end if self.noticed_at is None else max(end, self.noticed_at + NOTICE)

    def step(self, now: datetime) -> Step | None:
        """What is to be done with it now, if anything."""
        if self.noticed_at is None:
            return Step.ANNOUNCE if self.ends_at - AHEAD <= now else None
        return Step.PURGE if self.ends_at <= now else None
