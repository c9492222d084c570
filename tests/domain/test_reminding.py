"""The ladder as a pure function: never early, never twice, never in bulk after a downtime."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.cutoffs import to_instant
from tracker.domain.reminding import Cutoff, Rule, due_steps, is_quiet, steps_between
from tracker.domain.vocabulary import Audience, DutyRole, StepState
from tracker.domain.workdays import Calendar

SHANGHAI = "Asia/Shanghai"
CONTACTS = frozenset({Audience.CONTACTS})
LEADS = frozenset({Audience.CONTACTS, Audience.LEADS})
LADDER = [
    Rule("D-1 09:00", -1, time(9), CONTACTS),
    Rule("D 09:00", 0, time(9), CONTACTS),
    Rule("D 18:00", 0, time(18), LEADS),
    Rule("D 22:00", 0, time(22), LEADS, ignores_quiet=True),
    Rule("D+1 08:00", 1, time(8), LEADS),
    Rule("D+1 14:00", 1, time(14), frozenset({Audience.LEADS, Audience.AFFAIRS})),
    Rule("D+2 08:00", 2, time(8), LEADS, repeats=True),
]
CUTOFF_22 = Cutoff(datetime(2020, 2, 23), SHANGHAI)
CUTOFF_23 = Cutoff(datetime(2020, 2, 24), SHANGHAI)
PUBLISHED = to_instant(datetime(2020, 2, 20, 8), SHANGHAI)

moments = st.datetimes(datetime(2020, 2, 20, 8), datetime(2020, 3, 10)).map(
    lambda wall: to_instant(wall, SHANGHAI)
)
ladders = st.lists(
    st.builds(
        Rule,
        st.uuids().map(str),
        st.integers(-3, 3),
        st.times().map(lambda at: at.replace(second=0, microsecond=0)),
        st.just(CONTACTS),
        st.booleans(),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)


def at(text: str) -> datetime:
    return to_instant(datetime.fromisoformat(text), SHANGHAI)


def planned(now: datetime, cutoffs: list[Cutoff] | None = None) -> list[tuple[str, date]]:
    due = due_steps(LADDER, cutoffs or [CUTOFF_22, CUTOFF_23], PUBLISHED, now)
    return [(step.rule.code, step.cutoff.day) for step, s in due if s is StepState.PLANNED]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2020-02-21T08:59", []),
        ("2020-02-21T09:00", [("D-1 09:00", 22)]),
        ("2020-02-22T09:00", [("D 09:00", 22), ("D-1 09:00", 23)]),
        ("2020-02-22T18:00", [("D-1 09:00", 23), ("D 18:00", 22)]),
        ("2020-02-23T08:00", [("D-1 09:00", 23), ("D+1 08:00", 22)]),
        ("2020-02-23T14:00", [("D 09:00", 23), ("D+1 08:00", 22), ("D+1 14:00", 22)]),
        ("2020-02-24T08:00", [("D+1 14:00", 22), ("D+2 08:00", 22), ("D+1 08:00", 23)]),
    ],
)
def test_the_ladder_of_the_notice_stands_where_the_design_says(now, expected):
    """D-1 09:00, D 09:00, D 18:00, D 22:00, D+1 08:00, D+1 14:00, then daily, campus wall time.
    After a silence since publication, what the 14:00 step does not say to contacts the 08:00 step
    still does, and what the next morning's does not say to academic affairs the 14:00 step does."""
    assert sorted(planned(at(now))) == sorted((code, date(2020, 2, day)) for code, day in expected)


def test_the_last_call_goes_out_in_quiet_hours_and_nothing_else_does():
    """At 22:00 the last call of the 22nd is due; the D-1 step of the 23rd waits for the morning."""
    assert planned(at("2020-02-22T22:00")) == [("D 22:00", date(2020, 2, 22))]


def test_a_late_last_call_is_not_sent_at_night_after_its_cut_off():
    assert planned(at("2020-02-23T00:30"), [CUTOFF_22]) == []
    assert planned(at("2020-02-23T07:00"), [CUTOFF_22]) == [("D 22:00", date(2020, 2, 22))]


@given(ladders, moments)
def test_no_step_is_ever_early_nor_before_publication(rules, now):
    for step, _ in due_steps(rules, [CUTOFF_22, CUTOFF_23], PUBLISHED, now):
        assert PUBLISHED < step.moment <= now


@given(ladders, moments)
def test_of_one_cut_off_only_the_latest_moment_is_ever_planned(rules, now):
    """After any downtime nobody gets the missed mails in bulk (B-03, B-05)."""
    due = due_steps(rules, [CUTOFF_22, CUTOFF_23], PUBLISHED, now)
    for cutoff in (CUTOFF_22, CUTOFF_23):
        mine = [(step.moment, state) for step, state in due if step.cutoff == cutoff]
        planned_at = {moment for moment, state in mine if state is StepState.PLANNED}
        assert len(planned_at) <= 1
        for moment, state in mine:
            if state is StepState.SUPERSEDED and planned_at:
                assert moment < min(planned_at)


@given(ladders, moments)
def test_a_second_look_at_the_same_moment_gives_the_same_answer(rules, now):
    """B-10: one notice per step, not one per tick: the answer depends on time alone."""
    first = due_steps(rules, [CUTOFF_22], PUBLISHED, now)
    assert due_steps(rules, [CUTOFF_22], PUBLISHED, now) == first


@given(moments, moments)
def test_a_step_once_reached_stays_reached(one, other):
    earlier, later = sorted((one, other))
    before = {step for step, _ in due_steps(LADDER, [CUTOFF_22], PUBLISHED, earlier)}
    after = {step for step, _ in due_steps(LADDER, [CUTOFF_22], PUBLISHED, later)}
    missing = {step for step in before - after if not is_quiet(later, SHANGHAI)}
    assert not missing


@given(st.sampled_from(sorted(available_timezones() - {"localtime"})), st.integers(1, 28))
def test_every_step_keeps_its_wall_time_in_every_zone(zone, day):
    """DST or not, a step stands at its wall time; a skipped hour moves to after the gap (B-26)."""
    cutoff = Cutoff(datetime(2021, 3, day), zone)
    steps = steps_between(
        LADDER[:6],
        [cutoff],
        datetime(2020, 1, 1, tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC) - timedelta(days=400),
    )
    assert len(steps) == 6
    assert len({step.moment for step in steps}) == 6


def test_a_repeating_rule_comes_once_a_day_until_it_is_stopped():
    steps = steps_between([LADDER[-1]], [CUTOFF_22], PUBLISHED, at("2020-02-28T12:00"))
    assert [step.moment for step in steps] == [
        at(f"2020-02-{day}T08:00") for day in (24, 25, 26, 27, 28)
    ]
    assert [step.occurrence for step in steps] == [0, 1, 2, 3, 4]


def test_a_rule_holds_from_its_beginning_to_before_its_end():
    begins, ends = at("2020-02-22T09:00"), at("2020-02-22T18:00")
    rule = Rule("x", 0, time(9), CONTACTS, since=begins, until=ends)
    found = [rule.holds(at(f"2020-02-22T{hour}")) for hour in ("08:59", "09:00", "17:59", "18:00")]
    assert found == [False, True, True, False]
    assert replace(rule, since=None, until=None).holds(ends)


@given(st.sets(st.sampled_from(DutyRole)), st.sets(st.sampled_from(DutyRole)), st.booleans())
def test_a_rule_covers_another_exactly_where_it_tells_all_of_them_of_all_of_it(ours, theirs, wider):
    """No role named means every role."""
    one = Rule("one", 0, time(9), LEADS if wider else CONTACTS, roles=frozenset(ours))
    other = Rule("other", 0, time(9), LEADS, roles=frozenset(theirs))
    spoken = {role for role in DutyRole if not theirs or role in theirs}
    told = {role for role in DutyRole if not ours or role in ours}
    if ours:  # All roles by name are not every role: another one may come.
        assert one.covers(other) is (wider and bool(theirs) and spoken <= told)
    else:
        assert one.covers(other) is wider


def test_a_rung_that_is_far_off_hides_none_that_is_near():
    rules = [Rule("far", 3, time(9), CONTACTS), Rule("near", -1, time(9), CONTACTS)]
    found = steps_between(rules, [CUTOFF_22], PUBLISHED, at("2020-02-21T12:00"))
    assert [step.rule.code for step in found] == ["near"]


def test_of_a_long_downtime_the_last_two_weeks_of_a_repeat_are_kept():
    steps = steps_between([LADDER[-1]], [CUTOFF_22], PUBLISHED, at("2020-04-30T12:00"))
    assert [step.moment for step in steps][:1] == [at("2020-04-16T08:00")]
    assert len(steps) == 15


@pytest.mark.parametrize("repeats", [False, True])
def test_a_rung_of_working_days_goes_by_the_office_s_calendar(repeats):
    """The 22nd of February 2020 is a Saturday; here the Sunday is worked and the Monday not."""
    calendar = Calendar({date(2020, 2, 23): True, date(2020, 2, 24): False})
    rule = Rule("x", 0, time(9), CONTACTS, repeats=repeats, working_days=True)
    now = at("2020-02-25T12:00")
    worked = [at("2020-02-23T09:00"), at("2020-02-25T09:00")]
    wanted = worked if repeats else worked[:1]
    found = steps_between([rule], [CUTOFF_22], PUBLISHED, now, calendar)
    assert [step.moment for step in found] == wanted
    due = due_steps([rule], [CUTOFF_22], PUBLISHED, now, calendar)
    assert [step.moment for step, _ in due] == wanted


def test_of_a_cut_off_that_was_moved_no_step_from_before_is_made_up_for():
    moved_at = at("2020-02-22T10:00")
    moved = replace(CUTOFF_22, since=moved_at)
    found = steps_between(LADDER, [moved], PUBLISHED, at("2020-02-22T18:00"))
    assert [step.rule.code for step in found] == ["D 18:00"]
    late = steps_between(LADDER, [moved], at("2020-02-22T18:00"), at("2020-02-22T22:00"))
    assert [step.rule.code for step in late] == ["D 22:00"]


@pytest.mark.parametrize("first", [CONTACTS, LEADS])
def test_two_rungs_of_one_moment_both_go_out(first):
    """Neither is later than the other, whomever they tell."""
    (second,) = {CONTACTS, LEADS} - {first}
    rules = [Rule("one", 0, time(9), first), Rule("two", 0, time(9), second)]
    due = due_steps(rules, [CUTOFF_22], PUBLISHED, at("2020-02-22T09:00"))
    assert [state for _, state in due] == [StepState.PLANNED] * 2


def test_a_rung_comes_only_at_moments_for_which_it_holds():
    daily = replace(LADDER[-1], since=at("2020-02-25T00:00"), until=at("2020-02-27T00:00"))
    found = steps_between([daily], [CUTOFF_22], PUBLISHED, at("2020-02-28T12:00"))
    assert [step.moment for step in found] == [at("2020-02-25T08:00"), at("2020-02-26T08:00")]


def test_a_last_call_that_is_late_to_the_minute_of_its_cut_off_waits_for_the_morning():
    rule = Rule("x", 0, time(22), CONTACTS, ignores_quiet=True)
    for now, leaves in (("2020-02-22T23:59", True), ("2020-02-23T00:00", False)):
        assert bool(due_steps([rule], [CUTOFF_22], PUBLISHED, at(now))) is leaves
