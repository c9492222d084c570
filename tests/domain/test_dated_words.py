"""Which dates a text names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.dated_words import dates_in


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("通知到每一位学生24日(周一)正式开始网络教学", ("24日",)),
        ("按照2月24日（周一）作为第一天，2月24日前完成", ("2月24日",)),
        ("2020年春季学期教学", ("2020年",)),
        ("做好160人有网络学习困难学生的帮扶，3日内完成，隔离14天", ()),
        ("1号教学楼与2号楼", ()),
        ("", ()),
    ],
)
def test_dates_are_found_and_lengths_of_time_are_not(text: str, dates: tuple[str, ...]) -> None:
    assert dates_in(text) == dates


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    assert len(set(dates_in(text))) == len(dates_in(text))
