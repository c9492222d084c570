"""The duties that are left, drawn against the cut-offs: lines, marks and the same as a table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise

from flask_babel import gettext as _

from tracker.domain.burndown import Left, left_at
from tracker.domain.cutoffs import to_instant, to_wall
from tracker.queries.pictures import Pictures
from tracker.web.axes import Axes, Point
from tracker.web.filters import cutoff_short, moment

SIZES = {"wide": (760, 330), "narrow": (340, 310)}
_LABEL = 76
_QUARTERS_WITHIN = timedelta(days=8)


@dataclass(frozen=True)
class Mark:
    """A line upright at `x`; `anchor`: which end of its label lies there. No room: no label."""

    x: float
    label: str
    anchor: str
    row: int = 0


@dataclass(frozen=True)
class Drawing:
    """`open`, `unsettled`, `allowed`: corners of lines; `waiting`: of the area between the first
    two; `hoped`: of the areas that the forecast leaves open. Each as SVG takes it."""

    size: str
    axes: Axes
    open: str
    unsettled: str
    allowed: str
    waiting: str
    hoped: tuple[tuple[str, str], ...]
    cutoffs: tuple[Mark, ...]
    rungs: tuple[tuple[float, str], ...]
    now: Mark | None


@dataclass(frozen=True)
class Row:
    """What was left at a moment. `may`: how many might be left without one being overdue."""

    at: datetime
    words: str
    left: Left
    may: int


def drawings(seen: Pictures, now: datetime) -> list[Drawing]:
    """One for screens and paper, one for phones: text of a drawing shrinks with it."""
    return [_drawing(seen, now, size) for size in SIZES]


def _drawing(seen: Pictures, now: datetime, size: str) -> Drawing:
    width, height = SIZES[size]
    zone = seen.board.plan.zone
    axes = Axes(width, height, seen.since, seen.until, len(seen.asked), zone)
    seen_until = min(now, seen.until)
    steps = thinned(axes, seen.left)
    open_ = _stairs(axes, [(step.at, step.open) for step in steps], seen_until)
    unsettled = _stairs(axes, [(step.at, step.unsettled) for step in steps], seen_until)
    return Drawing(
        size=size,
        axes=axes,
        open=_points(open_),
        unsettled=_points(unsettled),
        allowed=_points(_stairs(axes, seen.allowed, seen.until)),
        waiting=_points([*unsettled, *reversed(open_)]),
        hoped=tuple(_hoped(axes, seen)),
        cutoffs=tuple(_cutoffs(axes, seen)),
        rungs=tuple((axes.x(at), words) for at, words in rungs(seen)),
        now=_mark(axes, now, _("now"), 1) if now <= seen.until else None,
    )


def thinned(axes: Axes, steps: Sequence[Left]) -> list[Left]:
    """The last step of each unit of width: more cannot be seen."""
    kept = {int(axes.x(step.at)): step for step in steps[1:]}
    return [steps[0], *kept.values()]


def _stairs(axes: Axes, steps: Sequence[tuple[datetime, int]], until: datetime) -> list[Point]:
    corners = []
    for (at, number), (following, _next) in pairwise([*steps, (until, 0)]):
        y = axes.y(number)
        corners += [(axes.x(at), y), (axes.x(following), y)]
    return corners


def _points(corners: Iterable[Point]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in corners)


def _hoped(axes: Axes, seen: Pictures) -> Iterable[tuple[str, str]]:
    """What may be left at each moment ahead, at the least and at the most."""
    left = seen.now_left
    settled = [(at, hoped.settled) for at, hoped in seen.fan]
    reported = [(at, hoped.reported) for at, hoped in seen.fan]
    both = (("unsettled", left.unsettled, settled), ("open", left.open, reported))
    for name, rest, ranges in both:
        known = [(at, each) for at, each in ranges if each is not None]
        if rest and known:
            most = [(axes.x(at), axes.y(rest - each.low)) for at, each in known]
            least = [(axes.x(at), axes.y(rest - each.high)) for at, each in known]
            yield name, _points([*most, *reversed(least)])


def _cutoffs(axes: Axes, seen: Pictures) -> Iterable[Mark]:
    free = 0.0
    for at, _may in seen.allowed[1:]:
        mark = _mark(axes, at, cutoff_short(at, axes.zone))
        begin = mark.x - {"start": 0, "middle": _LABEL / 2, "end": _LABEL}[mark.anchor]
        if begin < free:
            mark = Mark(mark.x, "", mark.anchor)
        else:
            free = begin + _LABEL
        yield mark


def _mark(axes: Axes, at: datetime, label: str, row: int = 0) -> Mark:
    x = axes.x(at)
    anchor = "end" if x > axes.end - _LABEL / 2 else "start" if x < _LABEL / 2 else "middle"
    return Mark(x, label, anchor, row)


def rungs(seen: Pictures) -> list[tuple[datetime, str]]:
    """The steps of the ladder, each moment once with the cut-offs it is about."""
    zone = seen.board.plan.zone
    about: dict[datetime, list[str]] = {}
    for step in seen.steps:
        words = cutoff_short(step.cutoff.instant, zone)
        if words not in about.setdefault(step.moment, []):
            about[step.moment].append(words)
    comma = _(", ")
    return [
        (at, _("%(moment)s, about %(cutoffs)s", moment=moment(at, zone), cutoffs=comma.join(words)))
        for at, words in about.items()
    ]


def rows(seen: Pictures, now: datetime) -> list[Row]:
    """The beginning, every quarter of a day (every day where the days are many), every cut-off that
    has come, and now."""
    zone = seen.board.plan.zone
    apart = timedelta(hours=6) if now - seen.since <= _QUARTERS_WITHIN else timedelta(days=1)
    at = datetime.combine(to_wall(seen.since, zone).date(), time())
    until = min(now, seen.until)
    moments = {seen.since, until, *(at for at, _may in seen.allowed if at <= until)}
    while (instant := to_instant(at, zone)) < until:
        moments |= {instant} if instant > seen.since else set()
        at += apart
    return [
        Row(each, cutoff_short(each, zone), left_at(seen.left, each), _may(seen, each))
        for each in sorted(moments)
    ]


def _may(seen: Pictures, moment: datetime) -> int:
    return next(number for at, number in reversed(seen.allowed) if at <= moment)
