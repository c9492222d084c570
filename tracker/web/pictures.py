"""A plan in pictures: each with its table and a sentence that says the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker.domain.forecast import FEWEST, PACES, PRECISION, Range
from tracker.domain.punctuality import Punctuality, together
from tracker.domain.reporting_hours import HOURS, DayHours, all_days, is_quiet_hour
from tracker.queries.board import BoardUnit
from tracker.queries.pictures import Expected, Pictures, pictures
from tracker.web import burndown, charts, fetch, heat_map
from tracker.web.filters import cutoff, day, in_language, now

blueprint = Blueprint("pictures", __name__)

_DAYS_SHOWN = 10
_METHOD = {
    "fewest": FEWEST,
    "precision": PRECISION,
    "paces": [pace // timedelta(hours=1) for pace in PACES],
}


@dataclass(frozen=True)
class KeptUnit:
    """`kept` None: none of its cut-offs has passed."""

    unit: BoardUnit
    kept: Punctuality | None


@dataclass(frozen=True)
class Outlook:
    """One measure at one coming cut-off. `done` of `total` now; `low` and `high` then, None where
    there is too little to say."""

    name: str
    total: int
    done: int
    low: int | None
    high: int | None
    words: str


@dataclass(frozen=True)
class Bar:
    """Of an hour's reports: its height in percent of the busiest hour shown."""

    hour: int
    height: float


@dataclass(frozen=True)
class HoursRow:
    words: str
    hours: DayHours
    bars: tuple[Bar, ...]


@blueprint.get("/plans/<int:plan_id>/pictures")
@login_required
def show(plan_id: int) -> ResponseReturnValue:
    plan = fetch.get_plan_for(current_user.actor, plan_id)
    seen = pictures(plan.id, current_user.actor, now())
    units = _kept_units(seen)
    hours = _hours_rows(seen.hours, plan.zone)
    return render_template(
        "pictures/show.html",
        plan=plan,
        seen=seen,
        heat=heat_map.heat_rows(seen.board),
        legend=heat_map.shown_lights(seen.board),
        drawings=burndown.drawings(seen, now()),
        rows=burndown.rows(seen, now()),
        rungs=burndown.rungs(seen),
        outlooks=[(cutoff(each.due_at, plan.zone), _outlooks(each)) for each in seen.expected],
        method=_METHOD,
        units=units,
        kept=together(each.kept for each in units if each.kept),
        hours=hours,
        hours_shown=hours[-_DAYS_SHOWN:],
        all_hours=all_days(seen.hours),
        quiet=[hour for hour in HOURS if is_quiet_hour(hour)],
        charts=_charts(seen, units),
    )


def _kept_units(seen: Pictures) -> list[KeptUnit]:
    """In the order of the notice: this is no league table. Units without a duty that counts here
    are left out."""
    asked = {duty.unit_code for duty in seen.asked}
    return [
        KeptUnit(unit, seen.punctual.get(unit.code))
        for unit in seen.board.units
        if unit.code in asked
    ]


def _outlooks(expected: Expected) -> list[Outlook]:
    total, left, hoped = expected.total, expected.left, expected.forecast
    return [
        _outlook(_("Reported"), total, total - left.open, hoped.reported),
        _outlook(_("Settled"), total, total - left.unsettled, hoped.settled),
    ]


def _outlook(name: str, total: int, done: int, more: Range | None) -> Outlook:
    if more is None:
        return Outlook(name, total, done, None, None, _("too little to say"))
    then = Range(done + more.low, done + more.high)
    if done == total:
        words = _("all of them already")
    elif then.low == total:
        words = _("all of them")
    elif then.low == then.high:
        words = _(
            "%(num)s, about %(percent)s%%", num=then.low, percent=then.percent(total, done)[0]
        )
    else:
        low, high = then.percent(total, done)
        words = _(
            "%(low)s to %(high)s, about %(least)s%% to %(most)s%%",
            low=then.low,
            high=then.high,
            least=low,
            most=high,
        )
    return Outlook(name, total, done, then.low, then.high, words)


def _hours_rows(days: Sequence[DayHours], zone: str) -> list[HoursRow]:
    """All drawn to one scale."""
    most = max((max(each.counts) for each in days), default=1)
    return [
        HoursRow(
            day(each.day, zone) if each.day else "",
            each,
            tuple(
                Bar(hour, round(100 * count / most, 1))
                for hour, count in enumerate(each.counts)
                if count
            ),
        )
        for each in days
    ]


def _charts(seen: Pictures, units: Sequence[KeptUnit]) -> dict[str, dict[str, Any]]:
    known = [(in_language(each.unit, "name"), each.kept) for each in units if each.kept]
    return {
        "burndown": charts.burndown(seen, now()),
        "punctuality": charts.punctuality(known),
        "hours": charts.hours(seen.hours, seen.board.plan.zone),
    }
