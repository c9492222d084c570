"""Working days: Monday to Friday, but for what the office says otherwise."""

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.cutoffs import to_instant, to_wall
from tracker.domain.reminding import Cutoff, Rule, steps_between
from tracker.domain.vocabulary import Audience
from tracker.domain.workdays import Calendar

SHANGHAI = "Asia/Shanghai"
LEADS = frozenset({Audience.LEADS})
days = st.dates(date(2020, 1, 1), date(2020, 12, 31))
calendars = st.dictionaries(days, st.booleans(), max_size=40).map(Calendar)
FOR_EVER = (datetime(2019, 1, 1, tzinfo=UTC), datetime(2021, 12, 31, tzinfo=UTC))


def moments(rule: Rule, last_day: date, calendar: Calendar) -> list[datetime]:
    cutoff = Cutoff(datetime.combine(last_day, time()) + timedelta(days=1), SHANGHAI)
    return [step.moment for step in steps_between([rule], [cutoff], *FOR_EVER, calendar)]


@given(days, calendars)
def test_the_first_working_day_is_worked_and_nothing_before_it_is(day, calendar):
    first = calendar.first_from(day)
    assert first >= day
    assert calendar.works(first) or first == day
    between = (day + timedelta(days=n) for n in range((first - day).days))
    assert not any(calendar.works(each) for each in between)


@given(days, calendars)
def test_an_escalation_never_falls_on_a_day_off_and_never_before_its_day(day, calendar):
    rule = Rule("late", 1, time(9), LEADS, working_days=True)
    (moment,) = moments(rule, day, calendar)
    wall = to_wall(moment, SHANGHAI)
    assert wall.time() == time(9)
    assert wall.date() == calendar.first_from(day + timedelta(days=1))


@given(days, calendars)
def test_a_daily_repeat_comes_exactly_once_on_each_working_day(day, calendar):
    rule = Rule("daily", 2, time(8), LEADS, repeats=True, working_days=True)
    cutoff = Cutoff(datetime.combine(day, time()) + timedelta(days=1), SHANGHAI)
    until = to_instant(datetime.combine(day + timedelta(days=12), time(12)), SHANGHAI)
    steps = steps_between([rule], [cutoff], FOR_EVER[0], until, calendar)
    came = [to_wall(step.moment, SHANGHAI).date() for step in steps]
    possible = [day + timedelta(days=n) for n in range(2, 13)]
    assert came == [each for each in possible if calendar.works(each)]


def test_a_make_up_saturday_is_worked_and_a_holiday_monday_is_not():
    """The State Council's calendar of 2020: 26 April was worked for the holiday of 4 May."""
    calendar = Calendar({date(2020, 4, 26): True, date(2020, 5, 4): False})
    assert calendar.works(date(2020, 4, 26))
    assert not calendar.works(date(2020, 4, 25))
    assert calendar.first_from(date(2020, 5, 2)) == date(2020, 5, 5)
    assert calendar.knows(2020)
    assert not calendar.knows(2027)
