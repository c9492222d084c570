"""The board's workbook: every value that the board shows, in the layout of the notice."""

import csv
import io
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from flask import Flask
from openpyxl.worksheet.worksheet import Worksheet

from tests import cast
from tests.plans import first as first_plan
from tests.rehearsal import StandingClock
from tests.sheets.test_workbook import NEEDS_CALC, converted
from tests.web.duties import held, report, send_back, verify
from tracker import clock, language
from tracker.db import db, transaction
from tracker.domain.vocabulary import Health, Light, UnitKind
from tracker.mail.words import Words
from tracker.models.org import Unit
from tracker.permissions import SYSTEM, Actor
from tracker.queries.exports import Export, export
from tracker.services import check_ins, fanout
from tracker.services.seeding import SEED_FOLDER
from tracker.sheets import board as sheets
from tracker.sheets.board import board_xlsx
from tracker.sheets.duties import board_csv

pytestmark = pytest.mark.slow

Actors = Callable[[str], Actor]
NOTE = "=cmd|' /C calc'!A0\n第二行\x0b"


@pytest.fixture
def filled(app: Flask, at: StandingClock) -> None:
    """Reports in every state, with a note that tries to be a formula."""
    at("2020-02-22T22:05")
    for code, count in (("cs", 40), ("info", 41), ("law", 42)):
        report(code, 3, code, count=count, note=NOTE)
    verify("affairs", 3, "cs")
    send_back("affairs", 3, "info", "－缺软件工程导论")
    report("students", 2, "students", count=150)
    with transaction():
        check_ins.check_in(
            held(1, "network"),
            cast.actor("network"),
            clock.now(),
            day=date(2020, 2, 22),
            health=Health.TROUBLE,
            note="出口带宽不足",
        )
    at("2020-02-23T00:10")


def seen_by(actor: Actor, locale: str = "zh_Hans") -> tuple[Export, Words]:
    plan = first_plan()
    return export(plan, actor, clock.now()), Words(locale, clock.now(), plan.zone)


def book(actor: Actor, locale: str = "zh_Hans") -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(board_xlsx(*seen_by(actor, locale))))


def values(page: Worksheet) -> list[list[object]]:
    return [[cell.value for cell in row] for row in page.iter_rows()]


def table(page: Worksheet) -> list[dict[str, object]]:
    """A plain sheet's rows by the words of its header."""
    head, *rows = values(page)
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]


def fill(page: Worksheet, place: str) -> str:
    return str(page[place].fill.start_color.rgb)


def test_table_1_is_the_notice_s_cell_for_cell(filled: None, actor: Actors) -> None:
    page = book(actor("affairs"))["表1"]
    with (SEED_FOLDER / "table1.csv").open(encoding="utf-8-sig", newline="") as file:
        head, *rows = list(csv.reader(file))
    shown = values(page)
    assert shown[0][0] == "关于进一步推动落实网络教学如期高质量开展的通知"
    assert "2020年2月23日（周日）00:10（北京时间）" in str(shown[1][0])
    assert [shown[3][column] for column in (0, 1, 2, 3, 5, 7, 9)] == head
    for row, line in zip(rows, shown[4:20], strict=True):
        own = [str(line[column] or "") for column in (0, 1, 2, 3, 5, 7, 9)]
        assert own == [text if text != "^" else "" for text in row]
    merged = {str(each) for each in page.merged_cells.ranges}
    assert merged == {"J5:J20", "K5:K20", "D4:E4", "F4:G4", "H4:I4", "J4:K4"}
    assert (page.freeze_panes, page.print_title_rows) == ("D5", "$4:$4")
    assert page.max_row == 20


def test_each_duty_of_table_1_has_its_state_beside_it(filled: None, actor: Actors) -> None:
    """B-66: letter, words and count; the college's column adds its colleges up."""
    page = book(actor("affairs"))["表1"]
    assert page["E7"].value == "核 有报送待核验\n1/13"
    assert page["G6"].value == "✓ 已办结\n150/160"
    assert page["I7"].value == "已办结1/12\n退 1\n待 1\n未 9"
    assert page["I5"].value == "已办结0/12\n逾 12"
    assert page["K5"].value == "未 未完成\n1/4"
    assert (page["F12"].value, page["G12"].value) == (None, None)
    assert [fill(page, place) for place in ("E7", "G6", "I5")] == [
        "FF1F5F8B",
        "FFD9EFDF",
        "FFA3262B",
    ]
    assert all(language.letter("zh_Hans", light) in page["A3"].value for light in Light)


def test_the_matrix_has_every_cell_with_letter_and_figure(filled: None, actor: Actors) -> None:
    seen, words = seen_by(actor("affairs"))
    page = book(actor("affairs"))["落实总表"]
    head = [cell.value for cell in page[3]]
    assert head[5:] == [unit.name for unit in seen.board.units]
    for cell in seen.board.cells:
        column = head.index({u.code: u.name for u in seen.board.units}[cell.unit_code]) + 1
        shown = str(page.cell(3 + cell.task_numbers[0], column).value).split("\n")[0]
        figure = cell.figures.figure if cell.figures else ""
        assert shown == f"{language.letter('zh_Hans', cell.light)} {figure}".strip()
    network = len(head)
    assert str(page.cell(4, network).value) == "未 1/4\n20日 –\n21日 –\n22日 有障碍\n23日 –"
    assert [page.cell(6, column).value for column in (1, 3, 4, 5)] == [
        3,
        "23日24:00",
        "1/14项",
        "已建群的课程 82",
    ]
    assert page.cell(20, 4).value == "2/217项"
    legend = [page.cell(row, 2).value for row in range(23, 23 + len(Light))]
    assert legend == [
        f"{language.letter('zh_Hans', light)} {words.label(light)}" for light in Light
    ]


def test_every_unit_has_its_sheet_with_all_that_was_said(filled: None, actor: Actors) -> None:
    opened = book(actor("affairs"))
    seen, _words = seen_by(actor("affairs"))
    assert opened.sheetnames == ["表1", "落实总表", *(unit.name for unit in seen.board.units)]
    rows = {unit.name: table(opened[unit.name]) for unit in seen.board.units}
    assert sum(map(len, rows.values())) == len(seen.board.cells)
    sent_back = rows["信息工程学院"][2]
    assert sent_back["状态"] == "退 已退回"
    assert sent_back["说明"] == "'=cmd|' /C calc'!A0\n第二行"
    assert sent_back["报送时间"] == datetime(2020, 2, 22, 22, 5)
    assert "－缺软件工程导论" in str(sent_back["核验意见"])
    assert "2月22日22:05" in str(sent_back["核验意见"])
    found_out = rows["学工处"][1]
    assert [found_out[name] for name in ("完成数", "应完成数", "差额")] == [150, 160, 10]
    standing = rows["网络中心"][0]
    assert standing["任务"] == "第1—16项任务"
    assert standing["说明"] == "出口带宽不足"
    assert fill(opened["信息工程学院"], "F4") == "FFFDE9E7"


def test_no_cell_of_any_sheet_computes(filled: None, actor: Actors) -> None:
    """B-51, B-52: through the names of units and people, notes, reasons and titles."""
    with transaction():
        db.session.query(Unit).filter_by(code="cs").one().name = "=1+1"
        db.session.query(Unit).filter_by(code="law").one().name = "history"
        first_plan().title = "@SUM(A1)\x0b"
    opened = book(actor("affairs"))
    assert {"=1+1", "history (2)"} <= set(opened.sheetnames)
    for page in opened:
        for row in page.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                assert not str(cell.value or "").startswith(("=", "+", "-", "@", "＝", "－"))


def test_a_college_sees_the_notice_and_its_own_states_only(filled: None, actor: Actors) -> None:
    """B-62."""
    opened = book(actor("cs"))
    assert opened.sheetnames == ["表1", "落实总表", "计算机学院"]
    page = opened["表1"]
    assert page["H7"].value == "确保全部建立，并检查"
    assert page["I7"].value == "✓ 已办结\n40"
    assert [page[place].value for place in ("E7", "G6", "K5")] == [None, None, None]
    assert [cell.value for cell in opened["落实总表"][3]][5:] == ["计算机学院"]
    everything = str([values(page) for page in opened])
    assert "软件工程导论" not in everything
    assert "出口带宽" not in everything


def test_an_english_reader_has_the_notice_s_own_words_too(filled: None, actor: Actors) -> None:
    opened = book(actor("affairs"), "en")
    assert opened.sheetnames[:3] == ["Table 1", "表1", "Matrix"]
    assert opened["Table 1"]["I5"].value == "settled 0/12\n! 12"
    assert opened["Table 1"]["B5"].value == "22 Feb 24:00\n22日结束前"
    assert opened["表1"]["I5"].value == "已办结0/12\n逾 12"
    assert "School of Computer Science" in opened.sheetnames


def test_the_csv_has_a_line_for_every_duty(filled: None, actor: Actors) -> None:
    data = board_csv(*seen_by(actor("affairs")))
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert len(rows) == 16 + 15 + 12 * 16 + 1
    (row,) = [row for row in rows if (row["单位代码"], row["序号"]) == ("info", "3")]
    assert (row["标记"], row["状态"], row["完成数"]) == ("退", "已退回", "41")
    assert row["说明"].startswith("'=cmd")
    assert row["核验意见"] == "已退回：－缺软件工程导论"
    assert row["时间节点"] == "20日—23日"
    assert row["报送时间"] == "2020-02-22 22:05"


def test_with_many_units_their_duties_stand_on_one_sheet(
    filled: None, actor: Actors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "MOST_UNITS", 14)
    opened = book(actor("affairs"))
    assert opened.sheetnames == ["表1", "落实总表", "全部职责"]
    assert len(table(opened["全部职责"])) == 16 + 15 + 12 * 16 + 1


def test_an_export_asks_as_much_of_the_database_however_many_units(
    app: Flask, actor: Actors, count_queries: Callable
) -> None:
    affairs = actor("affairs")
    with count_queries() as few:
        board_csv(*seen_by(affairs))
    with transaction():
        for number in range(20):
            name = f"更多学院{number}"
            db.session.add(
                Unit(
                    code=f"more{number}",
                    kind=UnitKind.COLLEGE,
                    name=name,
                    name_en=name,
                    position=100 + number,
                )
            )
        db.session.flush()
        fanout.lay_out(first_plan(), SYSTEM, clock.now())
    with count_queries() as many:
        board_csv(*seen_by(affairs))
    assert len(many) == len(few)


@NEEDS_CALC
def test_libreoffice_gives_back_every_value(filled: None, actor: Actors, tmp_path: Path) -> None:
    (tmp_path / "board.xlsx").write_bytes(board_xlsx(*seen_by(actor("affairs"))))
    theirs = openpyxl.load_workbook(converted(tmp_path / "board.xlsx", "xlsx"))
    ours = book(actor("affairs"))
    assert theirs.sheetnames == ours.sheetnames
    for page in ours:
        merged = {str(each) for each in page.merged_cells.ranges}
        assert {str(each) for each in theirs[page.title].merged_cells.ranges} == merged
        for row in page.iter_rows():
            for cell in row:
                assert theirs[page.title][cell.coordinate].value == cell.value
