"""Table 1 out of a workbook: our own export of the board, unchanged, or what Excel saved of it."""

import io
import shutil
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from flask import Flask

from tests.plans import first as first_plan
from tests.sheets.test_workbook import NEEDS_CALC, converted
from tests.web.duties import report
from tracker import clock
from tracker.domain.errors import SeedError
from tracker.domain.matrix import merged_cells
from tracker.mail.words import Words
from tracker.permissions import Actor
from tracker.queries.exports import export
from tracker.services.seed_csv import read_rows as read_csv
from tracker.services.seed_files import read_seed
from tracker.services.seed_workbook import read_rows
from tracker.services.seeding import SEED_FOLDER
from tracker.sheets.board import board_xlsx

pytestmark = pytest.mark.slow

COLUMNS = ("教务处", "学工处", "学院（系、部）、授课教师", "网络中心")
HEADER = ("序号", "时间节点", "问题、任务与措施", *COLUMNS)
Actors = Callable[[str], Actor]


@pytest.fixture
def exported(app: Flask, actor: Actors) -> Callable[[str, str], bytes]:
    """What somebody downloads after some reports."""
    report("cs", 1, "cs", note="完成")

    def download(who: str, locale: str) -> bytes:
        plan = first_plan()
        words = Words(locale, clock.now(), plan.zone)
        return board_xlsx(export(plan, actor(who), clock.now()), words)

    return download


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A seed whose table 1 is still to come as a workbook."""
    copy = Path(shutil.copytree(SEED_FOLDER, tmp_path / "seed"))
    (copy / "table1.csv").unlink()
    return copy


@pytest.mark.parametrize(
    ("who", "locale"), [("affairs", "zh_Hans"), ("cs", "zh_Hans"), ("cs", "en")]
)
def test_our_export_is_the_table_of_the_notice(
    exported: Callable[[str, str], bytes], folder: Path, who: str, locale: str
) -> None:
    """The same 16 rows, duties, roles, merged cells and windows, whoever exported it in whatever
    language; the states beside the duties change nothing."""
    (folder / "table1.xlsx").write_bytes(exported(who, locale))
    rows = read_rows(folder / "table1.xlsx", HEADER)
    original = read_csv(SEED_FOLDER, "table1.csv", HEADER)
    assert [row.cells for row in rows] == [row.cells for row in original]
    for column in COLUMNS:
        cells, theirs = ([row.cells[column] for row in table] for table in (rows, original))
        assert merged_cells(cells) == merged_cells(theirs)
    assert read_seed(folder) == read_seed(SEED_FOLDER)


@NEEDS_CALC
def test_it_still_is_after_libreoffice_saved_it_again(
    exported: Callable[[str, str], bytes], folder: Path
) -> None:
    (folder / "board.xlsx").write_bytes(exported("affairs", "zh_Hans"))
    shutil.copy(converted(folder / "board.xlsx", "xlsx"), folder / "table1.xlsx")
    assert read_seed(folder) == read_seed(SEED_FOLDER)


def changed(data: bytes, change: Callable[[openpyxl.Workbook], None]) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(data))
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_table_that_was_made_by_hand_is_read_too(folder: Path) -> None:
    """Columns in another order, a title, blank rows, a sheet before it, text after the header."""
    book = openpyxl.Workbook()
    book.active.append(["说明"])
    page = book.create_sheet("分工")
    page.append([])
    page.append(["责任分工"])
    page.append(["备注", *reversed(HEADER)])
    page.append(["", "", "", "", "'=确保", "课程建群", "20日—23日", 1])
    page.append([])
    page.append(["", "", "", "", "督促", "辅导员进群", "20日—23日", 2.0])
    page.merge_cells("B4:B6")
    page["B4"] = "检查校园网络"
    out = io.BytesIO()
    book.save(out)
    (folder / "table1.xlsx").write_bytes(out.getvalue())
    rows = read_rows(folder / "table1.xlsx", HEADER)
    assert [(row.number, row.cells["序号"]) for row in rows] == [(4, "1"), (6, "2")]
    assert [row.cells["网络中心"] for row in rows] == ["检查校园网络", "^"]
    assert rows[0].cells["教务处"] == "=确保"


@pytest.mark.parametrize(
    ("change", "row", "column", "said"),
    [
        (lambda page: page.cell(7, 2, "尽快"), 7, "时间节点", "not understood"),
        (lambda page: page.cell(7, 1, "三"), 7, "序号", "whole number"),
        (lambda page: page.cell(7, 4, "好好干"), 7, "教务处", "no verb"),
        (lambda page: page.cell(4, 1, "编号"), 1, "*", "no sheet has the columns"),
        (lambda page: page.cell(7, 3, "课程\ufffd"), 7, "问题、任务与措施", "U+FFFD"),
    ],
)
def test_what_is_wrong_in_it_is_told_with_its_place(
    exported: Callable[[str, str], bytes],
    folder: Path,
    change: Callable[[object], None],
    row: int,
    column: str,
    said: str,
) -> None:
    data = changed(exported("affairs", "zh_Hans"), lambda book: change(book["表1"]))
    (folder / "table1.xlsx").write_bytes(data)
    with pytest.raises(SeedError, match=said.replace("+", r"\+")) as refused:
        read_seed(folder)
    problem = refused.value
    assert (problem.file, problem.row, problem.column) == ("table1.xlsx", row, column)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"])
def test_what_is_no_workbook_is_refused(folder: Path, data: bytes) -> None:
    (folder / "table1.xlsx").write_bytes(data)
    with pytest.raises(SeedError, match="no workbook"):
        read_seed(folder)


def test_two_tables_1_are_one_too_many(folder: Path) -> None:
    shutil.copy(SEED_FOLDER / "table1.csv", folder)
    (folder / "table1.xlsx").write_bytes(b"")
    with pytest.raises(SeedError, match="which one counts"):
        read_seed(folder)
