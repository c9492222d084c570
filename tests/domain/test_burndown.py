"""What was left, from what was recorded: counted by event, the same as counted anew each time."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.burndown import Asked, Left, allowance, burn_down, left_at, span
from tracker.domain.history import Change, states_at
from tracker.domain.vocabulary import DutyRole, State

START = datetime(2020, 2, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)

moments = st.integers(0, 96).map(lambda hours: START + hours * HOUR)
roles = st.sampled_from([role for role in DutyRole if role.binding and role.ticked])
duties = st.lists(
    st.builds(Asked, st.just(0), st.just("cs"), roles, st.booleans(), moments), max_size=8
).map(
    lambda found: [
        Asked(number, each.unit_code, each.role, each.reviewed, each.due_at)
        for number, each in enumerate(found)
    ]
)
changes = st.lists(
    st.builds(Change, moments, st.integers(0, 9), st.sampled_from(State)), max_size=30
).map(lambda found: sorted(found, key=lambda change: change.at))


def asked(*reviewed: bool) -> list[Asked]:
    return [
        Asked(number, "cs", DutyRole.PERFORM, each, START + 48 * HOUR)
        for number, each in enumerate(reviewed)
    ]


def test_a_report_closes_a_duty_and_its_verification_settles_it() -> None:
    recorded = [
        Change(START + HOUR, 0, State.DONE),
        Change(START + HOUR, 1, State.DONE),
        Change(START + 2 * HOUR, 0, State.VERIFIED),
        Change(START + 3 * HOUR, 0, State.RETURNED),
    ]
    assert burn_down(asked(True, False), recorded, START, START + 9 * HOUR) == [
        Left(START, 2, 2),
        Left(START + HOUR, 0, 1),
        Left(START + 2 * HOUR, 0, 0),
        Left(START + 3 * HOUR, 1, 1),
    ]


@given(duties, changes, moments, moments)
def test_what_was_left_is_exactly_what_the_states_of_that_moment_say(
    found: list[Asked], recorded: list[Change], now: datetime, moment: datetime
) -> None:
    steps = burn_down(found, recorded, START, now)
    moment = min(moment, now)
    states = states_at(recorded, moment)
    stood = [(duty, states.get(duty.assignment_id, State.OPEN)) for duty in found]
    left = left_at(steps, moment)
    assert left.open == sum(duty.is_open(state) for duty, state in stood)
    assert left.unsettled == sum(duty.is_unsettled(state) for duty, state in stood)
    assert 0 <= left.open <= left.unsettled <= len(found)
    assert [step.at for step in steps] == sorted({step.at for step in steps})


@given(duties)
def test_what_may_be_left_never_rises_and_ends_with_nothing(found: list[Asked]) -> None:
    allowed = allowance(found, START)
    numbers = [number for _at, number in allowed]
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[-1] == 0
    for at, number in allowed:
        assert number == sum(duty.due_at > at for duty in found)


@given(moments, st.lists(moments, max_size=4), changes, moments)
def test_a_picture_shows_every_cut_off_and_never_an_empty_span(
    published: datetime, cutoffs: list[datetime], recorded: list[Change], now: datetime
) -> None:
    steps = burn_down(asked(True, True), recorded, published, now)
    since, until = span(published, cutoffs, steps, now)
    assert since == published
    assert until >= max([*cutoffs, since + HOUR])


def test_long_after_the_end_the_picture_ends_a_day_after_the_last_event() -> None:
    steps = [Left(START, 2, 2), Left(START + 50 * HOUR, 1, 1)]
    much_later = START + 900 * HOUR
    assert span(START, [START + 24 * HOUR], steps, much_later)[1] == START + 74 * HOUR
