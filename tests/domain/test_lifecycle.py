"""The state machine of an assignment, as a table and as a machine that anyone may push."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tracker import language
from tracker.domain.errors import IllegalStep
from tracker.domain.lifecycle import is_open, is_overdue, is_plain, is_settled, step
from tracker.domain.vocabulary import Action, Cadence, DutyRole, State

DUE = datetime(2020, 2, 22, 16, tzinfo=UTC)
"""23 February 00:00 campus time: the end of the 22nd."""

TABLE = {
    State.OPEN: {Action.CHECK_OFF: State.DONE, Action.WAIVE: State.WAIVED},
    State.DONE: {
        Action.UNDO: State.OPEN,
        Action.VERIFY: State.VERIFIED,
        Action.SEND_BACK: State.RETURNED,
        Action.WAIVE: State.WAIVED,
        Action.FALL_BACK: State.OPEN,
    },
    State.VERIFIED: {
        Action.SEND_BACK: State.RETURNED,
        Action.REOPEN: State.OPEN,
        Action.FALL_BACK: State.OPEN,
    },
    State.RETURNED: {Action.CHECK_OFF: State.DONE, Action.WAIVE: State.WAIVED},
    State.WAIVED: {Action.REOPEN: State.OPEN},
}
TICKED = [role for role in DutyRole if role not in (DutyRole.INSPECT, DutyRole.STANDBY)]
REVIEWS = (Action.VERIFY, Action.SEND_BACK)

roles, states, booleans = st.sampled_from(DutyRole), st.sampled_from(State), st.booleans()
moments = st.datetimes(datetime(2020, 2, 19), datetime(2020, 2, 27), timezones=st.just(UTC))


@pytest.mark.parametrize("role", TICKED)
@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("state", State)
def test_every_step_is_in_the_table_or_refused_with_a_reason(
    state: State, action: Action, role: DutyRole
) -> None:
    wanted = TABLE[state].get(action)
    if wanted is None:
        with pytest.raises(IllegalStep) as refusal:
            step(state, action, role, reviewed=True)
        assert refusal.value.msgid.endswith(".")
    else:
        assert step(state, action, role, reviewed=True) is wanted


@given(states, st.sampled_from(Action), st.sampled_from([DutyRole.INSPECT, DutyRole.STANDBY]))
def test_an_inspection_and_stand_by_cannot_be_pushed(
    state: State, action: Action, role: DutyRole
) -> None:
    """B-70: a check cell settles by its sources, there is no override to press."""
    with pytest.raises(IllegalStep):
        step(state, action, role, reviewed=True)


@given(states, st.sampled_from(REVIEWS), st.sampled_from(TICKED))
def test_a_duty_without_an_inspector_is_neither_verified_nor_sent_back(
    state: State, action: Action, role: DutyRole
) -> None:
    with pytest.raises(IllegalStep):
        step(state, action, role, reviewed=False)


@pytest.mark.parametrize(
    ("campus_moment", "overdue"),
    [
        ("2020-02-20T00:00:00+08:00", False),
        ("2020-02-21T23:30:00+08:00", False),
        ("2020-02-22T00:01:00+08:00", False),
        ("2020-02-22T12:00:00+08:00", False),
        ("2020-02-22T23:59:59.999999+08:00", False),
        ("2020-02-23T00:00:00+08:00", True),
        ("2020-02-23T00:00:01+08:00", True),
    ],
)
def test_the_end_of_the_22nd_is_exclusive(campus_moment: str, overdue: bool) -> None:
    """B-19: open at every second of the 22nd, overdue with the first of the 23rd. B-21: late on
    the 21st it is due tomorrow, not overdue."""
    now = datetime.fromisoformat(campus_moment)
    assert is_overdue(DutyRole.PERFORM, State.OPEN, DUE, now) is overdue


@given(states, moments, moments)
def test_stand_by_is_never_overdue(state: State, due_at: datetime, now: datetime) -> None:
    """B-70: nothing is asked of it, so nothing can be late."""
    assert not is_overdue(DutyRole.STANDBY, state, due_at, now)
    assert not is_open(DutyRole.STANDBY, state)
    assert is_settled(DutyRole.STANDBY, state, reviewed=True)


@given(states, moments)
def test_what_is_only_for_information_is_never_overdue(state: State, now: datetime) -> None:
    assert not is_overdue(DutyRole.MONITOR, state, DUE, now)


@given(roles, states, moments)
def test_only_what_is_open_is_overdue_and_only_from_its_cut_off(
    role: DutyRole, state: State, now: datetime
) -> None:
    """B-69: every open state counts, not one of them; B-12: a report that waits for its inspector
    is not the unit's delay."""
    late = is_overdue(role, state, DUE, now)
    wanted = role in TICKED and role is not DutyRole.MONITOR
    assert late is (wanted and state in (State.OPEN, State.RETURNED) and now >= DUE)


@given(roles, states, booleans)
def test_nothing_is_open_and_settled_at_once(role: DutyRole, state: State, reviewed: bool) -> None:
    assert not (is_open(role, state) and is_settled(role, state, reviewed=reviewed))


@given(st.sampled_from(TICKED), states)
def test_a_report_settles_a_duty_unless_somebody_must_verify_it(
    role: DutyRole, state: State
) -> None:
    assert is_settled(role, state, reviewed=False) is (
        state in (State.DONE, State.VERIFIED, State.WAIVED)
    )
    assert is_settled(role, state, reviewed=True) is (state in (State.VERIFIED, State.WAIVED))


@given(st.sampled_from(TICKED), states, moments)
def test_once_overdue_stays_overdue_until_somebody_acts(
    role: DutyRole, state: State, now: datetime
) -> None:
    if is_overdue(role, state, DUE, now):
        assert is_overdue(role, state, DUE, now + timedelta(days=400))


class Duty(RuleBasedStateMachine):
    """Anyone pushes any button in any order, for a duty with and one without an inspector."""

    def __init__(self) -> None:
        super().__init__()
        self.state = {True: State.OPEN, False: State.OPEN}
        self.story: dict[bool, list[Action]] = {True: [], False: []}

    @rule(action=st.sampled_from(Action), reviewed=booleans, role=st.sampled_from(TICKED))
    def push(self, action: Action, reviewed: bool, role: DutyRole) -> None:
        before = self.state[reviewed]
        try:
            after = step(before, action, role, reviewed=reviewed)
        except IllegalStep:
            return
        assert after is not before, "a step that changes nothing would still be in the story"
        self.state[reviewed] = after
        self.story[reviewed].append(action)

    @invariant()
    def verified_only_by_an_inspector_after_a_report(self) -> None:
        assert self.state[False] not in (State.VERIFIED, State.RETURNED)
        for reviewed, story in self.story.items():
            for number, action in enumerate(story):
                if action is Action.VERIFY:
                    assert reviewed
                    assert story[number - 1] is Action.CHECK_OFF

    @invariant()
    def a_returned_duty_is_open_for_its_unit_again(self) -> None:
        if self.state[True] is State.RETURNED:
            assert is_open(DutyRole.PERFORM, State.RETURNED)
            assert step(State.RETURNED, Action.CHECK_OFF, DutyRole.PERFORM, reviewed=True)

    @invariant()
    def there_is_always_a_way_on(self) -> None:
        for reviewed, state in self.state.items():
            ways = [action for action in TABLE[state] if reviewed or action not in REVIEWS]
            assert ways, f"{state} is a dead end"


TestDuty = Duty.TestCase


@given(roles, st.sampled_from(Cadence), booleans)
def test_one_tick_says_it_all_only_of_what_is_done_once_and_carries_no_number(
    role: DutyRole, cadence: Cadence, counted: bool
) -> None:
    """So that a link in a mail never ticks off what has to be reported with a word more."""
    plain = role in TICKED and cadence is Cadence.ONCE and not counted
    assert is_plain(role, cadence, counted=counted) is plain


def test_whatever_is_refused_is_refused_in_the_reader_s_language() -> None:
    for state, action, role, reviewed in product(State, Action, DutyRole, (True, False)):
        if role in TICKED and action in TABLE[state] and (reviewed or action not in REVIEWS):
            continue
        with pytest.raises(IllegalStep) as refusal:
            step(state, action, role, reviewed=reviewed)
        msgid = refusal.value.msgid
        assert language.error("zh_Hans", refusal.value) != msgid
        assert language.error("en", refusal.value) == msgid


def test_what_is_not_asked_of_a_unit_is_refused_as_that() -> None:
    with pytest.raises(IllegalStep, match="not applicable"):
        step(State.WAIVED, Action.CHECK_OFF, DutyRole.PERFORM, reviewed=True)


@given(states, booleans)
def test_no_state_of_its_own_settles_an_inspection(state: State, reviewed: bool) -> None:
    """It is settled by what it inspects: `readiness.inspection`."""
    assert not is_settled(DutyRole.INSPECT, state, reviewed=reviewed)
