"""Tables that spreadsheet programs open as text."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.spreadsheets import csv_bytes, guarded, printable, safe, unguarded

TEXT = st.text(alphabet=st.characters(codec="utf-8"), max_size=20)


def read(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    "mark", ["=1+1", "+1", "-1", "@x", "\t=1", "＝1", "－1", "＋1", "＠x", " =1"]
)
def test_nothing_begins_like_a_formula(mark: str) -> None:
    """B-51."""
    assert str(safe(mark)).startswith("'")


def test_numbers_stay_numbers() -> None:
    """B-51: also negative ones."""
    assert safe(-3) == -3
    assert read(csv_bytes(["n"], [[-3]])) == [["n"], ["-3"]]


def test_control_characters_go_and_line_breaks_stay() -> None:
    """B-52: a vertical tab pasted from a word processor."""
    assert safe("课\x0b程\x1f\n第二行") == "课程\n第二行"


def test_excel_is_told_that_it_is_utf_8() -> None:
    assert csv_bytes(["单位"], []).startswith(b"\xef\xbb\xbf")


@given(st.lists(st.lists(TEXT, min_size=2, max_size=2), max_size=5))
def test_what_is_read_back_is_what_was_written(rows: list[list[str]]) -> None:
    back = read(csv_bytes(["甲", "乙"], rows))[1:]
    assert back == [[str(safe(cell)) for cell in row] for row in rows]
    assert not any(
        cell.startswith(("=", "+", "-", "@", "\t", "＝")) for row in back for cell in row
    )


@given(st.text(max_size=20) | st.text(alphabet="'=+-@＝\t\u3000\u200b1", max_size=8))
def test_the_apostrophe_is_taken_off_again(text: str) -> None:
    """Our import accepts our export: exactly what was guarded comes back."""
    assert unguarded(guarded(text)) == printable(text)
    assert unguarded(printable("'tis")) == "'tis"


def test_what_no_xml_holds_is_dropped() -> None:
    assert printable("a\ud800b\uffffc\x00d\r\ne\x85") == "abcd\ne"
