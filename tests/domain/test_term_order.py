"""A term's windows follow one another as the letter has them."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.test_term import LETTER, near
from tracker.domain import term_order
from tracker.domain.term import COUNTED, Days, Own, Rules, TermItem
from tracker.domain.term_order import disorders


def own(item: TermItem, first: date | None, last: date | None) -> Rules:
    return replace(LETTER, own={item: Own(Days(first, last), item in COUNTED)})


def test_the_letter_itself_is_in_order() -> None:
    assert disorders(LETTER) == []
    assert disorders(replace(LETTER, results_on=date(2020, 6, 26))) == []


@pytest.mark.parametrize(
    ("rules", "msgid"),
    [
        (own(TermItem.EXAMS, date(2020, 6, 10), date(2020, 6, 20)), term_order.EXAMS_IN_STUDY),
        (own(TermItem.STUDY, date(2020, 7, 1), date(2020, 7, 9)), term_order.EXAMS_BEFORE_STUDY),
        (own(TermItem.EXAMS, None, date(2020, 7, 2)), term_order.SCORES_TOO_SOON),
        (replace(LETTER, results_on=date(2020, 6, 20)), term_order.RESULTS_TOO_SOON),
        (replace(LETTER, results_on=date(2020, 7, 1)), term_order.MAKEUP_BEFORE_RESULTS),
    ],
)
def test_what_is_out_of_order_is_named(rules: Rules, msgid: str) -> None:
    assert msgid in [each.msgid for each in disorders(rules)]


def test_a_study_period_of_the_school_s_own_may_hold_the_exams() -> None:
    """学习期间 2020.2.15-8.20（含考试补考）."""
    assert disorders(own(TermItem.STUDY, None, date(2020, 7, 10))) == []


@given(st.none() | near, st.none() | near, st.none() | near)
def test_whatever_is_set_each_word_fills_its_sentence(
    first: date | None, last: date | None, results: date | None
) -> None:
    for item in (TermItem.STUDY, TermItem.EXAMS, TermItem.SCORES, TermItem.MAKEUP):
        for each in disorders(replace(own(item, first, last), results_on=results)):
            assert "%" not in each.msgid % each.days
