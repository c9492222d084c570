"""Lights of cells, inspections, and roll-ups that never flatter."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.readiness import Inspection, Readiness, inspection, light, roll_up
from tracker.domain.vocabulary import DutyRole, Light, State

DUE = datetime(2020, 2, 23, 16, tzinfo=UTC)
BEFORE, AFTER = DUE - timedelta(microseconds=1), DUE

roles, states, lights = st.sampled_from(DutyRole), st.sampled_from(State), st.sampled_from(Light)
sources = st.lists(states, max_size=20)


def cell(
    role: DutyRole,
    state: State,
    now: datetime,
    *,
    reviewed: bool = True,
    of: list[State] | None = None,
) -> Light:
    row = inspection(of if of is not None else [state])
    return light(role, state, reviewed=reviewed, due_at=DUE, now=now, sources=row)


@pytest.mark.parametrize(
    ("state", "reviewed", "before", "after"),
    [
        (State.OPEN, True, Light.OPEN, Light.OVERDUE),
        (State.OPEN, False, Light.OPEN, Light.OVERDUE),
        (State.DONE, True, Light.REPORTED, Light.REPORTED),
        (State.DONE, False, Light.SETTLED, Light.SETTLED),
        (State.VERIFIED, True, Light.SETTLED, Light.SETTLED),
        (State.RETURNED, True, Light.RETURNED, Light.OVERDUE),
        (State.WAIVED, True, Light.WAIVED, Light.WAIVED),
    ],
)
@pytest.mark.parametrize("role", [DutyRole.LEAD, DutyRole.PERFORM, DutyRole.URGE])
def test_a_cell_shows_its_state_and_turns_red_with_the_cut_off(
    role: DutyRole, state: State, reviewed: bool, before: Light, after: Light
) -> None:
    """B-19: the cut-off itself is the first overdue instant."""
    assert cell(role, state, BEFORE, reviewed=reviewed) is before
    assert cell(role, state, AFTER, reviewed=reviewed) is after


@given(states, st.datetimes(timezones=st.just(UTC)))
def test_a_stand_by_cell_shows_nothing_at_any_time(state: State, now: datetime) -> None:
    """B-70."""
    assert cell(DutyRole.STANDBY, state, now) is Light.NOTHING


@given(states, st.datetimes(timezones=st.just(UTC)))
def test_a_cell_for_information_never_turns_red(state: State, now: datetime) -> None:
    assert cell(DutyRole.MONITOR, state, now, reviewed=False) is not Light.OVERDUE


@given(sources, states, st.booleans())
def test_an_inspection_settles_only_when_every_source_is_verified(
    of: list[State], own: State, late: bool
) -> None:
    """B-70: at 97 % it is not settled, and its own stored state cannot settle it."""
    shown = cell(DutyRole.INSPECT, own, AFTER if late else BEFORE, of=of)
    unfinished = [state for state in of if state not in (State.VERIFIED, State.WAIVED)]
    assert (shown is Light.SETTLED) == (not unfinished)
    if unfinished:
        waits = State.DONE in of
        assert shown is (Light.READY if waits else Light.OVERDUE if late else Light.OPEN)


def test_thirty_five_of_thirty_six_verified_is_not_all() -> None:
    row = inspection([State.VERIFIED] * 35 + [State.DONE])
    assert row == Inspection(waiting=1, verified=35, expected=36)
    assert not row.settled


def test_an_inspection_s_light_needs_its_row() -> None:
    with pytest.raises(ValueError, match="sources"):
        light(DutyRole.INSPECT, State.OPEN, reviewed=False, due_at=DUE, now=BEFORE)


@given(sources)
def test_what_was_waived_is_expected_of_nobody(of: list[State]) -> None:
    row = inspection(of)
    assert row == inspection([state for state in of if state is not State.WAIVED])
    assert row.waiting + row.verified <= row.expected


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_percent_is_100_only_when_all_is_settled(settled: int, more: int) -> None:
    readiness = Readiness(settled, settled + more)
    assert (readiness.percent == 100) == (more == 0)
    assert 0 <= readiness.percent <= 100


def test_1999_of_2000_is_99_percent() -> None:
    assert Readiness(1999, 2000).percent == 99


@given(st.lists(st.tuples(roles, lights), max_size=60))
def test_the_roll_up_counts_what_binds_and_was_not_waived(
    cells: list[tuple[DutyRole, Light]],
) -> None:
    free = (DutyRole.MONITOR, DutyRole.STANDBY)
    asked = [shown for role, shown in cells if role not in free and shown is not Light.WAIVED]
    rolled = roll_up(cells)
    assert rolled.total == len(asked)
    assert (rolled.percent == 100) == all(shown is Light.SETTLED for shown in asked)


@given(st.lists(st.tuples(roles, lights), max_size=60), st.integers(0, 60))
def test_the_parts_add_up_to_the_whole(cells: list[tuple[DutyRole, Light]], at: int) -> None:
    whole, one, other = roll_up(cells), roll_up(cells[:at]), roll_up(cells[at:])
    assert whole == Readiness(one.settled + other.settled, one.total + other.total)
