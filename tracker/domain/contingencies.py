"""Cases that may arise: their cut-offs are counted from the moment of the trigger."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tracker.domain.cutoffs import to_instant, to_wall
from tracker.domain.errors import N_, InvalidInput

DRILL, DRILL_EN = "【演练】", "[Drill] "
"""What every title of a drill begins with, and with it every page and mail that names it."""

HOURS_MAX = 24 * 60
"""The farthest cut-off, counted from the trigger."""

LONGEST = timedelta(days=180)
"""How long a daily duty goes on where nobody stands the case down."""

CODE_MAX = 40
MINUTE = timedelta(minutes=1)


class Standing(StrEnum):
    """Where a case stands."""

    ASLEEP = "asleep"
    ACTIVE = "active"
    STOOD_DOWN = "stood_down"


@dataclass(frozen=True)
class StepTime:
    """When a step is due: so many hours after the trigger, or, where it is said, at a moment
    (campus wall time)."""

    hours: int
    moment: datetime | None = None

    def closes(self, trigger: datetime, zone: str) -> datetime:
        """Campus wall time, exclusive, on a full minute: nobody is given less than was said."""
        if self.moment is not None:
            return self.moment
        wall = to_wall(trigger + timedelta(hours=self.hours), zone)
        floor = wall.replace(second=0, microsecond=0)
        return floor if floor == wall else floor + MINUTE

    def words(self) -> str:
        """As a deadline of the notice is written."""
        if self.moment is None:
            return f"启动后{self.hours}小时内"
        return f"{self.moment.month}月{self.moment.day}日{self.moment:%H:%M}前"


def require_times(times: tuple[StepTime, ...], steps: int, now: datetime, zone: str) -> None:
    """One sensible time for each step. Raises InvalidInput at `hours` or `moment`."""
    if len(times) != steps:
        raise InvalidInput("hours", N_("The steps of this case have changed. Reload the page."))
    for number, time in enumerate(times, 1):
        if time.moment is not None:
            instant = to_instant(time.moment, zone)
            if not now < instant <= now + timedelta(hours=HOURS_MAX):
                raise InvalidInput(
                    "moment",
                    N_("Step %(step)s: choose a moment within the next 60 days."),
                    step=number,
                )
        else:
            require_hours(time.hours, number)


def require_hours(hours: int, number: int) -> None:
    """Raises InvalidInput at `hours`."""
    if not 1 <= hours <= HOURS_MAX:
        raise InvalidInput(
            "hours",
            N_("Step %(step)s: enter the number of hours, from 1 to %(max)s."),
            step=number,
            max=HOURS_MAX,
        )


def code_of(parent: str, case: int, times: int) -> str:
    """「network-teaching-2020-c6-1」: the n-th time that a case of a plan is started."""
    end = f"-c{case}-{times}"
    return parent[: CODE_MAX - len(end)] + end


def titled(title: str, title_en: str, *, drill: bool) -> tuple[str, str]:
    """Both titles, marked where it is a drill; what has no English has no mark in it either."""
    if not drill:
        return title, title_en
    return DRILL + title, title_en and DRILL_EN + title_en


def is_drill(title: str) -> bool:
    return title.startswith((DRILL, DRILL_EN.strip()))
