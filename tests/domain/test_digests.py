"""What a mail lists: only what is open, in the piles of the unit's page, counts equal to lines."""

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.digests import Line, is_mailed, missing_by_cutoff, pile_of, section
from tracker.domain.vocabulary import DutyRole, Pile, State

DUE = datetime(2020, 2, 23, 16, tzinfo=UTC)


def line(role: DutyRole, state: State = State.OPEN, waiting: int = 0, row: int = 1, unit: int = 1):
    return Line(
        row, unit, "单位", "Unit", (row,), "任务", "Task", "职责", "Duty", role, state, DUE,
        waiting=waiting,
    )  # fmt: skip


lines = st.lists(
    st.builds(
        line,
        st.sampled_from(DutyRole),
        st.sampled_from(State),
        st.integers(0, 3),
        st.integers(1, 16),
        st.integers(1, 3),
    ),
    max_size=12,
)


def test_standby_is_never_mailed():
    """B-70: 听候配合 has nothing to tick."""
    for state in State:
        assert not is_mailed(line(DutyRole.STANDBY, state))
    assert section(DUE, [line(DutyRole.STANDBY)]) is None


def test_information_never_makes_a_mail_but_rides_along():
    """已阅 is not 已完成: 掌握 is mailed as information, only beside something to do."""
    assert section(DUE, [line(DutyRole.MONITOR)]) is None
    found = section(DUE, [line(DutyRole.MONITOR, row=11), line(DutyRole.URGE, row=2)])
    assert found is not None
    assert [pile for pile, _ in found.own] == [Pile.URGE, Pile.INFORMATION]
    assert found.own_count == 1


def test_an_inspector_is_mailed_about_reports_that_wait_and_only_then():
    assert not is_mailed(line(DutyRole.INSPECT))
    assert is_mailed(line(DutyRole.INSPECT, waiting=2))


def test_a_report_that_waits_for_verification_stops_nagging_its_unit():
    """B-12: done but not yet verified is the inspector's turn."""
    assert not is_mailed(line(DutyRole.PERFORM, State.DONE))


def test_a_duty_that_was_returned_is_mailed_again_and_stands_first():
    """B-15: returned arms the reminders again."""
    found = section(DUE, [line(DutyRole.PERFORM), line(DutyRole.PERFORM, State.RETURNED, row=9)])
    assert found is not None
    (_, shown), *_ = found.own
    assert [each.task_numbers for each in shown] == [(9,), (1,)]


@given(lines, lines)
def test_the_count_equals_the_lines_that_ask_for_something(own, late):
    found = section(DUE, own, late)
    asked = [each for each in own if is_mailed(each)]
    overdue = [each for each in late if is_mailed(each)]
    if found is None:
        assert not asked
        assert not overdue
        return
    shown = [each for _, group in found.own for each in group]
    assert found.own_count == len(asked) == len([each for each in shown if is_mailed(each)])
    assert found.late_count == len(overdue)
    assert all(len({each.unit_id for each in group}) == 1 for group in found.late)


@given(st.sampled_from(DutyRole), st.sampled_from(State), st.booleans(), st.integers(0, 2))
def test_every_duty_lies_on_exactly_one_pile(role, state, reviewed, waiting):
    pile = pile_of(role, state, reviewed=reviewed, waiting=waiting)
    assert pile in Pile
    if role is DutyRole.STANDBY:
        assert pile is Pile.INFORMATION
    if state is State.DONE and role.performs:
        assert pile is (Pile.WAITING if reviewed else Pile.FINISHED)


def test_a_standing_duty_asks_for_each_missing_day_under_the_next_cut_off():
    """Check-ins of 20, 21, 22 February go with the 22nd's mails, the 23rd's with the 23rd's."""
    days = [date(2020, 2, day) for day in (20, 21, 22, 23)]
    ends = [date(2020, 2, 22), date(2020, 2, 23)]
    missing = missing_by_cutoff(days, [days[1]], date(2020, 2, 23), ends)
    assert missing == {ends[0]: (days[0], days[2]), ends[1]: (days[3],)}


@given(
    st.sets(st.dates(date(2020, 2, 1), date(2020, 2, 29))),
    st.sets(st.dates(date(2020, 2, 1), date(2020, 2, 29))),
    st.dates(date(2020, 2, 1), date(2020, 2, 29)),
    st.sets(st.dates(date(2020, 2, 1), date(2020, 2, 29)), min_size=1),
)
def test_a_day_is_missing_exactly_once_and_never_before_it_has_come(days, done, today, ends):
    missing = missing_by_cutoff(days, done, today, ends)
    listed = sorted(day for group in missing.values() for day in group)
    assert listed == sorted(day for day in days - done if day <= today)
