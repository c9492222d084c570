"""A plan as pictures show it: how it stands, how it came to stand so, what is to be expected.

Ten queries, whatever the number of units and of events. All numbers are made of what the actor
sees. What is overdue is what the board calls so. For the rest duties that are reported once are
counted: a standing duty has its days, an inspection settles by itself, and what does not apply is
asked of nobody.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.domain.burndown import Asked, Left, allowance, arrivals, burn_down, span
from tracker.domain.forecast import Forecast, forecast
from tracker.domain.history import Change
from tracker.domain.punctuality import Punctuality, punctuality
from tracker.domain.reminding import Step, steps_between
from tracker.domain.reporting_hours import DayHours, reporting_hours
from tracker.domain.vocabulary import Cadence, Light, State
from tracker.permissions import Actor
from tracker.queries import workdays
from tracker.queries.board import Board, board
from tracker.queries.cells import BoardCell
from tracker.queries.history import changes
from tracker.queries.rules import cutoffs_of, rules_of

_KNOTS = 60


@dataclass(frozen=True)
class Expected:
    """What is expected by one coming cut-off of the duties due by then: `left` of `total` now."""

    due_at: datetime
    total: int
    left: Left
    forecast: Forecast


@dataclass(frozen=True)
class Pictures:
    """`left`: one step an event; `allowed`: how many may be left from each cut-off on; `steps`: the
    ladder's, past and coming; `expected`: by coming cut-off; `fan`: what is expected of all duties
    at moments from now to the last cut-off; `punctual`: by unit code."""

    board: Board
    since: datetime
    until: datetime
    asked: tuple[Asked, ...]
    left: Sequence[Left]
    allowed: Sequence[tuple[datetime, int]]
    steps: Sequence[Step]
    expected: Sequence[Expected]
    fan: Sequence[tuple[datetime, Forecast]]
    punctual: Mapping[str, Punctuality]
    hours: Sequence[DayHours]

    @property
    def now_left(self) -> Left:
        return self.left[-1]

    @property
    def overdue(self) -> int:
        """Of all that the board counts, duties that are not reported once included."""
        return sum(cell.light is Light.OVERDUE for cell in self.board.cells)


def pictures(plan_id: int, actor: Actor, now: datetime) -> Pictures:
    """The plan as the actor sees it at `now` (aware): the caller made sure that they see it."""
    seen = board(plan_id, actor, now)
    plan = seen.plan
    asked = tuple(_asked(seen.cells))
    recorded = [change for change in changes(plan.id, actor) if change.at <= now]
    cutoffs = cutoffs_of(plan)
    left = burn_down(asked, recorded, plan.began_at, now)
    since, until = span(plan.began_at, (cutoff.instant for cutoff in cutoffs), left, now)
    ladder = rules_of(plan).values()
    return Pictures(
        board=seen,
        since=since,
        until=until,
        asked=asked,
        left=left,
        allowed=allowance(asked, since),
        steps=steps_between(ladder, cutoffs, since, until, workdays.calendar()),
        expected=_expected(asked, recorded, since, now, plan.zone),
        fan=_fan(asked, recorded, left, now, plan.zone),
        punctual=punctuality(asked, recorded, now),
        hours=reporting_hours(_reports(asked, recorded), plan.zone),
    )


def _asked(cells: Iterable[BoardCell]) -> Iterable[Asked]:
    for cell in cells:
        once = cell.cadence is Cadence.ONCE and cell.role.binding and cell.role.ticked
        if once and cell.state is not State.WAIVED:
            yield Asked(cell.assignment_id, cell.unit_code, cell.role, cell.reviewed, cell.due_at)


def _reports(asked: Sequence[Asked], recorded: Iterable[Change]) -> list[datetime]:
    ours = {duty.assignment_id for duty in asked}
    return [
        change.at
        for change in recorded
        if change.state is State.DONE and change.assignment_id in ours
    ]


def _expected(
    asked: Sequence[Asked], recorded: Sequence[Change], since: datetime, now: datetime, zone: str
) -> list[Expected]:
    found = []
    for due_at in _coming(asked, now):
        due = [duty for duty in asked if duty.due_at <= due_at]
        left = burn_down(due, recorded, since, now)[-1]
        hoped = forecast(arrivals(due, recorded, since, now), left, now, due_at, zone)
        found.append(Expected(due_at, len(due), left, hoped))
    return found


def _coming(asked: Iterable[Asked], now: datetime) -> list[datetime]:
    return sorted({duty.due_at for duty in asked if duty.due_at > now})


def _fan(
    asked: Sequence[Asked],
    recorded: Sequence[Change],
    left: Sequence[Left],
    now: datetime,
    zone: str,
) -> list[tuple[datetime, Forecast]]:
    """At most _KNOTS moments, an hour or more apart, and each coming cut-off."""
    cutoffs = _coming(asked, now)
    if not cutoffs:
        return []
    apart = max((cutoffs[-1] - now) / _KNOTS, timedelta(hours=1))
    between = [now + apart * knot for knot in range(int((cutoffs[-1] - now) / apart) + 1)]
    moments = sorted({*between, *cutoffs})
    came = arrivals(asked, recorded, left[0].at, now)
    return [(moment, forecast(came, left[-1], now, moment, zone)) for moment in moments]
