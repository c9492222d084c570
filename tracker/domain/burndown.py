"""How many duties were left at each moment: one step an event, never a walk over the clock."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.domain import lifecycle
from tracker.domain.history import Change
from tracker.domain.vocabulary import DutyRole, State

_AFTERWARDS = timedelta(days=1)
_SHORTEST = timedelta(hours=1)


@dataclass(frozen=True)
class Asked:
    """A duty laid on a unit that is to be reported once. `due_at`: aware, exclusive."""

    assignment_id: int
    unit_code: str
    role: DutyRole
    reviewed: bool
    due_at: datetime

    def is_open(self, state: State) -> bool:
        return lifecycle.is_open(self.role, state)

    def is_unsettled(self, state: State) -> bool:
        return not lifecycle.is_settled(self.role, state, reviewed=self.reviewed)


@dataclass(frozen=True)
class Left:
    """From `at` on `open` duties waited for their unit, and `unsettled`, these included, for
    anybody."""

    at: datetime
    open: int
    unsettled: int

    @property
    def waiting(self) -> int:
        """Reported and not yet verified."""
        return self.unsettled - self.open


def burn_down(
    asked: Iterable[Asked], changes: Iterable[Change], since: datetime, now: datetime
) -> list[Left]:
    """What was left at `since`, then one entry for each moment up to `now` at which that changed.
    All aware."""
    duties = {duty.assignment_id: duty for duty in asked}
    waits = sum(duty.is_open(State.OPEN) for duty in duties.values())
    rests = sum(duty.is_unsettled(State.OPEN) for duty in duties.values())
    steps = [Left(since, waits, rests)]
    for duty, change, before in _turns(duties, changes, now):
        waits += duty.is_open(change.state) - duty.is_open(before)
        rests += duty.is_unsettled(change.state) - duty.is_unsettled(before)
        step = Left(max(change.at, since), waits, rests)
        if step.at == steps[-1].at:
            steps[-1] = step
        elif (step.open, step.unsettled) != (steps[-1].open, steps[-1].unsettled):
            steps.append(step)
    return steps


@dataclass(frozen=True)
class Arrivals:
    """When duties came to be reported, and settled, each in order; a duty once, when it last did.
    One that was opened again since stays: its report was made. Nothing is known before `since`."""

    since: datetime
    reported: tuple[datetime, ...]
    settled: tuple[datetime, ...]


def arrivals(
    asked: Iterable[Asked], changes: Iterable[Change], since: datetime, now: datetime
) -> Arrivals:
    """Up to `now`. All aware."""
    duties = {duty.assignment_id: duty for duty in asked}
    reported: dict[int, datetime] = {}
    settled: dict[int, datetime] = {}
    for duty, change, before in _turns(duties, changes, now):
        if duty.is_open(before) and not duty.is_open(change.state):
            reported[duty.assignment_id] = change.at
        if duty.is_unsettled(before) and not duty.is_unsettled(change.state):
            settled[duty.assignment_id] = change.at
    return Arrivals(since, tuple(sorted(reported.values())), tuple(sorted(settled.values())))


def left_at(steps: Sequence[Left], moment: datetime) -> Left:
    """What was left at a moment; before the first step what was left then."""
    return steps[max(bisect_right(steps, moment, key=lambda step: step.at) - 1, 0)]


def allowance(asked: Iterable[Asked], since: datetime) -> list[tuple[datetime, int]]:
    """How many duties may be left without one being overdue: at `since`, and from each later
    cut-off on."""
    dues = sorted(duty.due_at for duty in asked)
    moments = [since, *sorted({due for due in dues if due > since})]
    return [(moment, len(dues) - bisect_right(dues, moment)) for moment in moments]


def span(
    published: datetime, cutoffs: Iterable[datetime], steps: Sequence[Left], now: datetime
) -> tuple[datetime, datetime]:
    """What a picture of time shows: from the publication to the last cut-off; where that has
    passed, up to a day after whatever came last."""
    last = max([published, *cutoffs])
    until = max(last, min(now, max(last, steps[-1].at) + _AFTERWARDS))
    return published, max(until, published + _SHORTEST)


def _turns(
    duties: Mapping[int, Asked], changes: Iterable[Change], now: datetime
) -> Iterator[tuple[Asked, Change, State]]:
    """Every change of these duties up to `now`, in time, with where the duty stood before."""
    stands = dict.fromkeys(duties, State.OPEN)
    for change in sorted(changes, key=lambda change: change.at):
        duty = duties.get(change.assignment_id)
        if duty is not None and change.at <= now:
            yield duty, change, stands[duty.assignment_id]
            stands[duty.assignment_id] = change.state
