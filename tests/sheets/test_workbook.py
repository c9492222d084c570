"""Whatever people type comes back out of a workbook as they typed it, and computes nothing."""

import csv
import io
import shutil
import subprocess
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.domain.spreadsheets import LONGEST, csv_bytes, printable, unguarded, units
from tracker.services.workbook_files import read_workbook
from tracker.sheets.names import LONGEST_NAME, sheet_names
from tracker.sheets.workbook import Cell, Sheet, listing, write

pytestmark = pytest.mark.slow

AT = datetime(2020, 2, 22, 22, 5, tzinfo=UTC)
FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "﹦1",
    " =1",
    "\u3000=1",
    "\u200b=1",
    "'=1",
    "''=1",
    '=HYPERLINK("http://x")',
    "=cmd|' /C calc'!A0",
]
PLAIN_TEXTS = [
    "'tis",
    "課程 群",
    "3/12",
    "00123",
    "202001012345678901",
    "1e5",
    "TRUE",
    "_x0041_",
    "😀",
]
NEEDS_CALC = pytest.mark.skipif(shutil.which("soffice") is None, reason="no LibreOffice")


def one_column(texts: list[Any]) -> bytes:
    sheet = listing("文本", ["值"], [[text] for text in texts], [20])
    return write([sheet], title="t", at=AT, locale="en")


def opened(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def column(data: bytes) -> list[Any]:
    return list(next(iter(opened(data))).iter_rows(min_row=2, max_col=1))


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_is_a_formula(text: str) -> None:
    """B-51: nor does it become one when the sheet is saved again as CSV."""
    ((cell,),) = column(one_column([text]))
    assert (cell.data_type, cell.value[0]) == ("s", "'")
    assert unguarded(cell.value) == printable(text)


def test_other_text_stands_as_it_is_also_for_our_own_reader() -> None:
    data = one_column(PLAIN_TEXTS)
    assert [(cell.data_type, cell.value) for (cell,) in column(data)] == [
        ("s", text) for text in PLAIN_TEXTS
    ]
    assert [cells[0] for _row, cells in read_workbook(data)[0].rows[1:]] == PLAIN_TEXTS


@given(st.lists(st.text(max_size=30), min_size=1, max_size=8))
@settings(max_examples=60)
def test_any_text_at_all_comes_back_without_its_control_characters(texts: list[str]) -> None:
    for text, (cell,) in zip(texts, column(one_column(texts)), strict=False):
        assert cell.data_type in ("s", "n", "inlineStr")
        assert unguarded(cell.value or "") == printable(text)


def test_control_characters_go_and_tabs_and_line_breaks_stay() -> None:
    """B-52: a vertical tab and a unit separator pasted from a word processor, half a character and
    a code point that is none."""
    ((cell,),) = column(one_column(["课\x0b程\x1f群\t一\n二\ud800\uffff\x7f\x85"]))
    assert cell.value == "课程群\t一\n二"


def test_numbers_are_numbers_as_long_as_a_cell_holds_them() -> None:
    """B-51: negative ones too."""
    said = [-37, 0, 1.5, 2**53, 2**60, float("nan"), True]
    kinds = [(cell.data_type, str(cell.value)) for (cell,) in column(one_column(said))]
    assert kinds[:3] == [("n", "-37"), ("n", "0"), ("n", "1.5")]
    assert kinds[4:] == [("s", str(2**60)), ("s", "nan"), ("s", "True")]


def test_a_moment_is_a_date_that_programs_can_sort() -> None:
    ((moment,), (day,)) = column(one_column([datetime(2020, 2, 22, 18, 0), date(2020, 2, 23)]))
    assert (moment.value, moment.number_format) == (datetime(2020, 2, 22, 18), "yyyy-mm-dd hh:mm")
    assert day.value == datetime(2020, 2, 23)


@pytest.mark.parametrize("text", ["长" * 40_000, "😀" * 20_000, "=" * 40_000])
def test_a_text_too_long_for_a_cell_is_cut_and_says_so(text: str) -> None:
    ((cell,),) = column(one_column([text]))
    assert units(cell.value) in (LONGEST, LONGEST - 1)
    assert cell.value.endswith("…")
    assert "32767" in cell.comment.text
    assert cell.value.encode()


def test_a_text_that_just_fits_is_whole() -> None:
    ((cell,),) = column(one_column(["长" * LONGEST]))
    assert (len(cell.value), cell.comment) == (LONGEST, None)


def test_a_cell_of_csv_never_spills_into_the_rows_below() -> None:
    read = csv.reader(io.StringIO(csv_bytes(["值"], [["长" * 40_000]]).decode("utf-8-sig")))
    csv.field_size_limit(100_000)
    assert len(list(read)[1][0]) == LONGEST


def test_names_of_sheets_are_what_excel_takes() -> None:
    wanted = ["History", "历史记录", "a/b:c[1]*?\\", "'学院'", "CS", "cs", "ＣＳ", "", "=1+1"]
    wanted += ["长" * 40, "长" * 40, "\x0b\n", "'", "😀" * 30]
    names = sheet_names(wanted)
    assert names[:4] == ["History (2)", "历史记录 (2)", "a b c 1", "学院"]
    assert names[4:7] == ["CS", "cs (2)", "ＣＳ (3)"]
    assert names[7:9] == ["Sheet", "=1+1"]
    assert names[9:11] == ["长" * 31, "长" * 27 + " (2)"]
    assert all(units(name) <= LONGEST_NAME for name in names)


@given(st.lists(st.text(max_size=40), min_size=1, max_size=6))
@settings(max_examples=40)
def test_any_names_at_all_make_a_workbook(wanted: list[str]) -> None:
    sheets = [Sheet(name, [10], [["x"]]) for name in wanted]
    book = opened(write(sheets, title="t", at=AT, locale="en"))
    assert book.sheetnames == sheet_names(wanted)
    assert len({name.casefold() for name in book.sheetnames}) == len(wanted)


def test_merged_cells_frozen_panes_and_paper_are_set() -> None:
    sheet = Sheet("s", [5, 9], [[Cell("a", across=2), None], [Cell("b", down=2), "c"], [None, "d"]])
    sheet = Sheet(sheet.name, sheet.widths, sheet.rows, (1, 1), (0, 0))
    page = opened(write([sheet], title="t", at=AT, locale="en"))["s"]
    assert {str(merged) for merged in page.merged_cells.ranges} == {"A1:B1", "A2:A3"}
    assert (page.freeze_panes, page.print_title_rows) == ("B2", "$1:$1")
    assert (page.page_setup.paperSize, page.page_setup.orientation) == (9, "landscape")
    assert (page.sheet_properties.pageSetUpPr.fitToPage, page.page_setup.fitToHeight) == (True, 0)
    assert page.column_dimensions["B"].width > page.column_dimensions["A"].width


def test_rows_are_as_high_as_their_text_needs() -> None:
    sheet = Sheet(
        "s", [10, 10], [["短", "短"], ["长" * 50, "短"], [Cell("长" * 90, down=2)], [None]]
    )
    page = opened(write([sheet], title="t", at=AT, locale="en"))["s"]
    heights = [page.row_dimensions[row].height for row in range(1, 5)]
    assert heights[1] > 5 * heights[0]
    assert heights[2] == heights[3]
    assert sum(heights[2:]) > heights[1]


def test_the_same_sheets_give_the_same_bytes() -> None:
    assert one_column(["a", 1]) == one_column(["a", 1])


def test_no_part_of_a_workbook_links_or_computes() -> None:
    data = one_column([*FORMULAS, "https://example.org", "mailto:a@example.org", "file:///etc"])
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        sheet = packed.read("xl/worksheets/sheet1.xml").decode()
        names = packed.namelist()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert not [name for name in names if "externalLink" in name or "vba" in name]


def converted(source: Path, kind: str) -> Path:
    """What LibreOffice makes of a file, as somebody would who opens it and saves it again."""
    target = source.parent / "out"
    profile = f"-env:UserInstallation=file://{source.parent}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", kind, "--outdir", str(target)]
    if source.suffix == ".csv":
        command.append("--infilter=CSV:44,34,76,1")
    subprocess.run([*command, str(source)], check=True, capture_output=True, timeout=100)
    return target / f"{source.stem}.{kind.partition(':')[0]}"


@NEEDS_CALC
def test_text_stays_text_in_libreoffice_also_after_it_is_saved_as_csv(tmp_path: Path) -> None:
    """B-51: workbook -> CSV -> workbook, and our own CSV -> workbook; a negative number stays
    one."""
    texts = [text for text in FORMULAS if "\r" not in text]
    (tmp_path / "a.xlsx").write_bytes(one_column([*texts, -37]))
    again = converted(tmp_path / "a.xlsx", "csv:Text - txt - csv (StarCalc):44,34,76,1")
    (tmp_path / "b.csv").write_bytes(again.read_bytes())
    (tmp_path / "c.csv").write_bytes(csv_bytes(["值"], [[text] for text in [*texts, -37]]))
    for name in ("b.csv", "c.csv"):
        cells = [cell for (cell,) in column(converted(tmp_path / name, "xlsx").read_bytes())]
        assert [cell.data_type for cell in cells] == [*["s"] * len(texts), "n"], name
        assert [unguarded(cell.value) for cell in cells[:-1]] == [printable(t) for t in texts], name
        assert cells[-1].value == -37
