"""The notice's horizons beyond the first day, counted in weeks from the first day of teaching."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from tracker.domain.cutoffs import Window
from tracker.domain.wordings import UnreadableDeadline, squashed

WEEKS: Mapping[str, int] = {
    "首周末": 1,
    "第二周末": 2,
    "第三周末": 3,
    "首月": 4,
}
"""What the notice calls them: its month is "四周(一个月)", four weeks."""


def window(words: str, launches: date) -> Window:
    """From the first day of teaching to Sunday 24:00 of the week that the words name, the first
    being the week in which teaching starts. Raises UnreadableDeadline."""
    try:
        weeks = WEEKS[squashed(words)]
    except KeyError:
        raise UnreadableDeadline(f"no horizon of the notice: {words}") from None
    first_monday = launches - timedelta(days=launches.weekday())
    closes = first_monday + timedelta(weeks=weeks)
    return Window(datetime.combine(launches, time()), datetime.combine(closes, time()))
