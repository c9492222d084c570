"""What the charts of the browser's own are made of: the numbers of the pictures, finer."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from tracker.domain.burndown import Left
from tracker.domain.cutoffs import to_wall
from tracker.domain.punctuality import Punctuality
from tracker.domain.reporting_hours import HOURS, DayHours, is_quiet_hour
from tracker.queries.pictures import Pictures
from tracker.web.axes import Axes
from tracker.web.burndown import thinned
from tracker.web.filters import cutoff_short, day

_FINEST = 1500
"""More steps than this are not sent."""


def burndown(seen: Pictures, now: datetime) -> dict[str, Any]:
    """Moments as milliseconds of campus wall time."""
    zone = seen.board.plan.zone
    axes = Axes(_FINEST, 1, seen.since, seen.until, 1, zone)
    last = Left(min(now, seen.until), seen.now_left.open, seen.now_left.unsettled)
    steps = [*thinned(axes, seen.left), last]
    return {
        "lines": [
            [_("Not reported"), [[_tick(step.at, zone), step.open] for step in steps]],
            [_("Not settled"), [[_tick(step.at, zone), step.unsettled] for step in steps]],
            [_("May be left"), [[_tick(at, zone), may] for at, may in seen.allowed]],
        ],
        "marks": [[_tick(at, zone), cutoff_short(at, zone)] for at, _may in seen.allowed[1:]],
        "now": [_tick(now, zone), _("now")] if now <= seen.until else None,
        "until": _tick(seen.until, zone),
    }


def _tick(at: datetime, zone: str) -> int:
    return int(to_wall(at, zone).replace(tzinfo=UTC).timestamp() * 1000)


def punctuality(known: Sequence[tuple[str, Punctuality]]) -> dict[str, Any]:
    """`known`: units by name."""
    in_time = [kept.on_time for _name, kept in known]
    late = [kept.asked - kept.on_time for _name, kept in known]
    return {
        "names": [name for name, _kept in known],
        "bars": [
            [_("Reported before the cut-off"), in_time],
            [_("Not reported before the cut-off"), late],
        ],
    }


def hours(days: Sequence[DayHours], zone: str) -> dict[str, Any]:
    """Every hour of every day from the first to the last with a report. `nights`: the first and
    the last hour of each, by place."""
    counts = {each.day: each.counts for each in days if each.day}
    silent = (0,) * len(HOURS)
    first, last = min(counts, default=None), max(counts, default=None)
    names: list[str] = []
    values: list[int] = []
    if first and last:
        for each in (first + timedelta(days=n) for n in range((last - first).days + 1)):
            names += [f"{day(each, zone)} {hour}:00" for hour in HOURS]
            values += counts.get(each, silent)
    quiet = [place for place in range(len(names)) if is_quiet_hour(place % len(HOURS))]
    nights = [
        [place, next(end for end in range(place, len(names)) if end + 1 not in quiet)]
        for place in quiet
        if place - 1 not in quiet
    ]
    return {"name": _("Reports"), "names": names, "values": values, "nights": nights}
