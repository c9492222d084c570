"""Key dates: half own, half standard, within the term, and never guessed."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.errors import InvalidInput
from tracker.domain.term import (
    COUNTED,
    Basis,
    Days,
    Own,
    Rules,
    Span,
    TermItem,
    require_fit,
    require_results,
    resolve,
    resolve_all,
    subjective,
)
from tracker.domain.term_reminders import AHEAD, AT, Edge, due_reminders

OUTER = Span(date(2020, 2, 15), date(2020, 8, 20))
STANDARD = {
    TermItem.STUDY: Days(date(2020, 2, 15), date(2020, 6, 15)),
    TermItem.REGISTRATION: Days(date(2020, 2, 15)),
    TermItem.EXAMS: Days(date(2020, 6, 16), date(2020, 6, 25)),
    TermItem.SCORES: Days(date(2020, 6, 26), date(2020, 6, 27)),
    TermItem.MAKEUP: Days(date(2020, 6, 28), date(2020, 7, 4)),
    TermItem.APPEALS: Days(None, date(2020, 8, 20)),
}
RESULTS = date(2020, 7, 20)
LETTER = Rules(OUTER, STANDARD, {})

far = st.dates()
near = st.dates(date(2020, 1, 1), date(2020, 12, 31))
day = st.one_of(near, far)
half = st.one_of(st.none(), day)
days = st.builds(Days, half, half)
owns = st.dictionaries(
    st.sampled_from(TermItem),
    st.builds(Own, days, st.booleans(), st.sampled_from([None, True, False])),
)
spans = st.tuples(day, day).map(lambda pair: Span(min(pair), max(pair)))
of_the_letter = st.builds(Rules, st.just(OUTER), st.just(STANDARD), owns, half)
whatever = st.builds(Rules, spans, st.dictionaries(st.sampled_from(TermItem), days), owns, half)
some_rules = st.one_of(of_the_letter, whatever)


def own(rules: Rules, item: TermItem, first: date | None, last: date | None, **more: bool) -> Rules:
    return replace(rules, own={**rules.own, item: Own(Days(first, last), **more)})


def window(rules: Rules, item: TermItem) -> tuple[date, date] | None:
    found = resolve(rules, item).window
    return (found.first, found.last) if found else None


@given(some_rules)
def test_whatever_is_entered_a_window_never_leaves_the_term_or_ends_before_it_begins(rules):
    for found in resolve_all(rules).values():
        for span in (found.window, found.bound, found.standard):
            if span is not None:
                assert rules.outer.first <= span.first <= span.last <= rules.outer.last
        if found.window is not None and found.bound is not None:
            assert found.window.clipped(found.bound) == found.window
    subjective(rules)


@given(some_rules)
def test_what_counts_from_the_results_never_has_days_without_them(rules):
    unknown = replace(rules, results_on=None)
    for item in COUNTED:
        if unknown.own_of(item).counted:
            assert resolve(unknown, item).window is None
    assert resolve(unknown, TermItem.APPEALS).window is None
    assert subjective(unknown) is None


@given(of_the_letter, st.sampled_from(TermItem))
def test_with_nothing_of_its_own_a_row_is_exactly_the_standard(rules, item):
    unset = replace(rules, own={key: value for key, value in rules.own.items() if key is not item})
    found = resolve(unset, item)
    if found.basis is Basis.STANDARD and item is not TermItem.MAKEUP_ALLOWED:
        assert found.window == found.standard
    else:
        assert found.basis is not Basis.OWN or item is TermItem.MAKEUP_ALLOWED
        assert found.window is None


@given(of_the_letter, st.sampled_from(TermItem), days)
def test_what_is_not_refused_is_exactly_what_holds(rules, item, typed):
    counted = item in COUNTED
    chosen = own(rules, item, typed.first, typed.last, counted=counted)
    try:
        require_fit(chosen, item)
    except InvalidInput:
        return
    found = resolve(chosen, item).window
    if found is not None:
        assert typed.first in (None, found.first)
        assert typed.last in (None, found.last)


moments = st.datetimes(datetime(2020, 1, 1), datetime(2020, 12, 31))


@given(some_rules, st.dictionaries(st.sampled_from(TermItem), moments), moments)
def test_a_reminder_never_speaks_of_what_has_come_or_was_changed_since(rules, changed, now):
    resolved = resolve_all(rules)
    for due in due_reminders(resolved.values(), changed, now):
        found = resolved[due.item].window
        assert found is not None
        assert due.day == (found.first if due.edge is Edge.OPENS else found.last)
        moment = datetime.combine(due.day - timedelta(due.ahead), AT)
        assert moment <= now < datetime.combine(due.day, datetime.min.time())
        assert due.item not in changed or changed[due.item] < moment


@given(of_the_letter)
def test_minute_by_minute_each_edge_has_exactly_its_reminders(rules):
    found = resolve_all(rules)
    edges = {
        (one.item, edge, on)
        for one in found.values()
        if one.window
        for edge, on in ((Edge.OPENS, one.window.first), (Edge.CLOSES, one.window.last))
    }
    said = set()
    for ahead in AHEAD:
        for _, _, on in edges:
            now = datetime.combine(on - timedelta(ahead), AT)
            said |= set(due_reminders(found.values(), {}, now))
    assert {(one.item, one.edge, one.day, one.ahead) for one in said} == {
        (*edge, ahead) for edge in edges for ahead in AHEAD
    }


@given(of_the_letter, st.sampled_from(AHEAD), st.integers(0, 900))
def test_what_was_changed_at_or_after_its_moment_is_never_said(rules, ahead, minutes):
    found = resolve_all(rules)
    for each in found.values():
        if each.window is None:
            continue
        moment = datetime.combine(each.window.first - timedelta(ahead), AT)
        now = moment + timedelta(minutes=minutes)
        before = due_reminders([each], {each.item: moment - timedelta(minutes=1)}, now)
        assert [one.ahead for one in before if one.edge is Edge.OPENS] == [ahead]
        after = due_reminders([each], {each.item: moment}, now)
        assert not [one for one in after if one.day == each.window.first]


class TestTheLetter:
    def test_its_standard_holds_where_the_school_sets_nothing(self):
        """B-30."""
        assert window(LETTER, TermItem.STUDY) == (date(2020, 2, 15), date(2020, 6, 15))
        assert window(LETTER, TermItem.REGISTRATION) == (date(2020, 2, 15), date(2020, 6, 15))
        assert window(LETTER, TermItem.SCORES) == (date(2020, 6, 26), date(2020, 6, 27))
        assert window(LETTER, TermItem.MAKEUP) == (date(2020, 6, 28), date(2020, 7, 4))
        assert resolve(LETTER, TermItem.APPEALS).basis is Basis.PENDING

    def test_an_unset_half_is_the_standards(self):
        """B-30."""
        found = resolve(own(LETTER, TermItem.STUDY, None, date(2020, 7, 10)), TermItem.STUDY)
        assert found.window == Span(date(2020, 2, 15), date(2020, 7, 10))
        assert found.basis is Basis.PARTLY

    def test_registration_ends_with_the_study(self):
        longer = own(LETTER, TermItem.STUDY, None, date(2020, 7, 10))
        assert window(longer, TermItem.REGISTRATION) == (date(2020, 2, 15), date(2020, 7, 10))
        late = own(longer, TermItem.REGISTRATION, None, date(2020, 7, 1))
        assert window(late, TermItem.REGISTRATION) == (date(2020, 2, 15), date(2020, 7, 1))
        shorter = own(late, TermItem.STUDY, None, date(2020, 5, 1))
        found = resolve(shorter, TermItem.REGISTRATION)
        assert found.window == Span(date(2020, 2, 15), date(2020, 5, 1))
        assert found.basis is Basis.CONFLICT

    def test_own_windows_count_from_the_results(self):
        rules = replace(LETTER, results_on=RESULTS)
        for item in COUNTED:
            rules = own(rules, item, None, None, counted=True)
        assert window(rules, TermItem.SCORES) == (RESULTS, date(2020, 7, 22))
        assert window(rules, TermItem.MAKEUP) == (date(2020, 7, 22), date(2020, 8, 3))
        assert window(rules, TermItem.APPEALS) == (RESULTS, date(2020, 8, 20))
        assert subjective(rules) == Span(RESULTS, date(2020, 7, 27))

    def test_results_unknown_they_wait(self):
        """B-30: result + 2 days with result unknown."""
        rules = own(LETTER, TermItem.SCORES, None, None, counted=True)
        assert resolve(rules, TermItem.SCORES).basis is Basis.PENDING
        assert due_reminders([resolve(rules, TermItem.SCORES)], {}, datetime(2020, 6, 25, 9)) == []

    def test_results_on_the_last_day_leave_no_room_for_make_up_exams(self):
        rules = replace(LETTER, results_on=OUTER.last)
        rules = own(rules, TermItem.MAKEUP, None, None, counted=True)
        assert resolve(rules, TermItem.MAKEUP).basis is Basis.NO_ROOM

    def test_without_make_up_exams_their_window_is_gone(self):
        rules = replace(LETTER, own={TermItem.MAKEUP_ALLOWED: Own(allowed=False)})
        assert resolve(rules, TermItem.MAKEUP).basis is Basis.NOT_ALLOWED
        assert window(rules, TermItem.MAKEUP) is None


@pytest.mark.parametrize(
    ("item", "first", "last", "field"),
    [
        (TermItem.EXAMS, date(2020, 7, 2), date(2020, 7, 1), "closes"),
        (TermItem.EXAMS, date(2020, 7, 2), date(2020, 8, 21), "closes"),
        (TermItem.EXAMS, date(2020, 2, 14), None, "opens"),
        (TermItem.EXAMS, date(2020, 7, 2), None, "opens"),
        (TermItem.EXAMS, None, date(2020, 6, 1), "closes"),
        (TermItem.REGISTRATION, None, date(2020, 6, 16), "closes"),
        (TermItem.SCORES, date(2020, 6, 26), None, "opens"),
        (TermItem.APPEALS, date(2020, 7, 1), None, "opens"),
        (TermItem.MAKEUP_ALLOWED, None, None, "opens"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(item, first, last, field):
    """B-30."""
    with pytest.raises(InvalidInput) as refused:
        require_fit(own(LETTER, item, first, last, counted=item in COUNTED), item)
    assert refused.value.field == field


def test_results_lie_within_the_term():
    require_results(replace(LETTER, results_on=None))
    require_results(replace(LETTER, results_on=RESULTS))
    with pytest.raises(InvalidInput):
        require_results(replace(LETTER, results_on=date(2020, 8, 21)))
