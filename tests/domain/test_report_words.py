"""The text for a chat group: short, of whole sentences, and its numbers are the facts'."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings

from tests.domain.reports import facts
from tracker.documents.report_text import LONGEST, text_of
from tracker.domain.notices import Bilingual
from tracker.domain.report_clauses import ranges
from tracker.domain.reports import Gap, ReportRow
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
    lights = [cell.light for cell in made.cells]
    assert f"待核验{lights.count(Light.REPORTED)}，" in text
    assert f"已退回{lights.count(Light.RETURNED)}" in text
    if said := re.search(r"下一截止时间：[^，]+，尚有(\d+)项未办结", text):
        assert int(said[1]) == len(made.pressing)


@settings(max_examples=10)
@given(made=facts(3, 3))
def test_what_is_overdue_is_said_before_anything_is_left_out(made):
    said = f"逾期{len(made.overdue)}项" in text_of(made, "zh_Hans")
    assert said == bool(made.overdue)


def _row(**values):
    row = ReportRow(
        number=6,
        title=Bilingual("学生是否已经全部进群", "Whether every student is in a group"),
        deadline_text="",
        due_at=datetime(2020, 2, 23, 16, tzinfo=UTC),
        counts=Bilingual("已进群的学生", "students in their groups"),
        done=None,
        total=None,
        settled=0,
        asked=1,
        silent=(),
        gaps=(),
    )
    return replace(row, **values)


def _of_row(made, row):
    units = tuple(replace(made.units[0], code=code) for code in ("a", "b"))
    bare = replace(made, rows=(row,), units=units, cells=(), urged=0, since=None)
    return text_of(bare, "zh_Hans")


@settings(max_examples=3)
@given(made=facts(2, 1))
def test_a_row_is_called_by_what_it_counts_and_never_by_a_question(made):
    text = _of_row(made, _row(done=39))
    assert "第6项（已进群的学生）已报39。" in text
    assert "是否" not in text
    above = _row(title=Bilingual("进群", "Groups"), done=174, total=160, silent=("a",))
    text = _of_row(made, above)
    assert "进群：已进群的学生已报174，超出目标160，请核对" in text
    assert "已全部完成" not in text
    assert "已全部完成" not in _of_row(made, _row(done=160, total=160, silent=("a",)))
    assert "160/160，已全部完成" in _of_row(made, _row(done=160, total=160))


@settings(max_examples=3)
@given(made=facts(2, 1))
def test_no_unit_is_named_twice_in_a_row_s_sentence(made):
    gaps = (Gap("a", 5, ()), Gap("b", 2, ()))
    units = tuple(
        replace(made.units[0], code=code, name=Bilingual(name, name))
        for code, name in (("a", "甲院"), ("b", "乙院"))
    )
    row = _row(done=3, total=10, silent=("a",), gaps=gaps)
    text = text_of(replace(made, rows=(row,), units=units, cells=(), since=None), "zh_Hans")
    assert "3/10，未完成7，其中乙院2，甲院未报" in text


def test_rows_are_named_in_runs():
    assert ranges([2, 4, 5, 6, 12], "、") == "2、4–6、12"
