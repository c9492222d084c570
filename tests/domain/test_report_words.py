"""The text for a chat group: short, of whole sentences, and its numbers are the facts'."""

import re

import pytest
from hypothesis import given, settings

from tests.domain.reports import facts
from tracker.documents.report_text import LONGEST, text_of
from tracker.domain.report_clauses import ranges
from tracker.domain.vocabulary import Light


@pytest.mark.parametrize("locale", ["zh_Hans", "en"])
@settings(max_examples=10)
@given(made=facts())
def test_the_text_is_short_of_whole_sentences_and_true(locale, made):
    text = text_of(made, locale)
    assert len(text) <= LONGEST[locale]
    assert text.endswith("." if locale == "en" else "。")
    assert f"{made.settled}/{made.asked}" in text
    assert f"{made.percent}%" in text
    if locale == "zh_Hans":
        _check_chinese(text, made)


def _check_chinese(text, made):
    if said := re.search(r"。逾期(\d+)项", text):
        assert int(said[1]) == len(made.overdue)
    if said := re.search(r"今日催办(\d+)项，已答复(\d+)项", text):
        assert (int(said[1]), int(said[2])) == (made.urged, made.answered)
    rows = {(str(row.total), str(row.missing)): [] for row in made.rows}
    for row in made.rows:
        rows[str(row.total), str(row.missing)].append(str(row.done))
    for done, total, missing in re.findall(r"(\d+)/(\d+)，未完成(\d+)", text):
        assert any(done.endswith(each) for each in rows[total, missing])
    assert f"待核验{made.number_of(Light.REPORTED)}，" in text
    assert f"已退回{made.number_of(Light.RETURNED)}" in text
    if said := re.search(r"下一截止时间：[^，]+，尚有(\d+)项未办结", text):
        assert int(said[1]) == len(made.pressing)


@settings(max_examples=10)
@given(made=facts(3, 3))
def test_what_is_overdue_is_said_before_anything_is_left_out(made):
    said = f"逾期{len(made.overdue)}项" in text_of(made, "zh_Hans")
    assert said == bool(made.overdue)


def test_rows_are_named_in_runs():
    assert ranges([2, 4, 5, 6, 12], "、") == "2、4–6、12"
