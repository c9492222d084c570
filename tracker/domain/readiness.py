"""Lights of cells and roll-ups of rows, units and plans."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from tracker.domain import lifecycle
from tracker.domain.vocabulary import DutyRole, Light, State

Key = TypeVar("Key", bound=Hashable)

URGENCY = (
    Light.OVERDUE,
    Light.RETURNED,
    Light.LACKING,
    Light.READY,
    Light.REPORTED,
    Light.OPEN,
    Light.SETTLED,
    Light.WAIVED,
)
"""Lights that say something of a duty, the most urgent first."""


@dataclass(frozen=True)
class Inspection:
    """Where an inspector's row stands: reports that wait, verified ones, and all expected."""

    waiting: int
    verified: int
    expected: int

    @property
    def settled(self) -> bool:
        """Every report the row expects is verified."""
        return self.verified == self.expected


def inspection(states: Iterable[State]) -> Inspection:
    """Roll up the states of a row's reviewed assignments; waived ones are expected of nobody."""
    counted = [state for state in states if state is not State.WAIVED]
    return Inspection(
        waiting=counted.count(State.DONE),
        verified=counted.count(State.VERIFIED),
        expected=len(counted),
    )


def light(
    role: DutyRole,
    state: State,
    *,
    reviewed: bool,
    due_at: datetime,
    now: datetime,
    sources: Inspection | None = None,
    lacking: bool = False,
) -> Light:
    """What a cell shows. `sources` is the row's inspection, needed for INSPECT cells only;
    `lacking`: the report fell back because its roster grew, which is not the unit's lateness."""
    if role is DutyRole.STANDBY:
        return Light.NOTHING
    if role is DutyRole.INSPECT:
        if sources is None:
            raise ValueError("an inspection's light needs its sources")
        if sources.settled:
            return Light.SETTLED
        if sources.waiting:
            return Light.READY
        return Light.OVERDUE if now >= due_at else Light.OPEN
    if state is State.WAIVED:
        return Light.WAIVED
    if lifecycle.is_settled(role, state, reviewed=reviewed):
        return Light.SETTLED
    if state is State.DONE:
        return Light.REPORTED
    if lacking and state is State.OPEN:
        return Light.LACKING
    if lifecycle.is_overdue(role, state, due_at, now):
        return Light.OVERDUE
    return Light.RETURNED if state is State.RETURNED else Light.OPEN


@dataclass(frozen=True)
class Readiness:
    """Settled cells of those that must be settled."""

    settled: int
    total: int

    @property
    def percent(self) -> int:
        """Rounded down, so that 100 means all; 100 where nothing is asked."""
        return 100 * self.settled // self.total if self.total else 100


def roll_ups(
    counted: Iterable[tuple[Key, DutyRole, bool, State, int]],
) -> dict[Key, Readiness]:
    """Readiness by key of rows (key, role, reviewed, state, how many) without waived ones.
    Inspections do not belong here: they wait for others (see `inspection`)."""
    sums: dict[Key, list[int]] = defaultdict(lambda: [0, 0])
    for key, role, reviewed, state, times in counted:
        if role.binding:
            sums[key][0] += times * lifecycle.is_settled(role, state, reviewed=reviewed)
            sums[key][1] += times
    return {key: Readiness(*parts) for key, parts in sums.items()}


def roll_up(cells: Iterable[tuple[DutyRole, Light]]) -> Readiness:
    """Readiness of any set of cells. Cells that bind nobody or were waived are left out."""
    lights = [shown for role, shown in cells if role.binding and shown is not Light.WAIVED]
    return Readiness(lights.count(Light.SETTLED), len(lights))
