"""Notices as offices save them: read character for character, or refused with the reason."""

import importlib.util
import io
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date

import docx
import pytest
from docx.oxml import OxmlElement
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.notice_documents import as_csv, as_docx, as_xlsx, table
from tracker.domain.errors import InvalidInput
from tracker.domain.notice_cases import responses_of
from tracker.domain.notice_choices import Choices, guess
from tracker.domain.notice_duties import DutySeed, ResponseSeed, TaskSeed
from tracker.domain.notice_reading import Understood, understand
from tracker.domain.notice_tables import BROKEN, ReadTables
from tracker.domain.vocabulary import UnitKind
from tracker.services import notice_files, pdf_reader
from tracker.services.notice_files import NoticeFile, read_notice
from tracker.services.seed_files import Seed, read_seed
from tracker.services.seed_verbs import read_verbs
from tracker.services.seeding import SEED_FOLDER
from tracker.services.workbook_files import UnreadableWorkbook, read_workbook

ISSUED, LAUNCHES = date(2020, 2, 20), date(2020, 2, 24)
ONE, TWO = table("table1"), table("table2")
HEAD = ONE[0]
NOTICE = ("关于进一步推动落实网络教学如期高质量开展的", "通知", "教务处", "2020 年 2 月 20 日")


@pytest.fixture(scope="module")
def seed() -> Seed:
    return read_seed(SEED_FOLDER)


def guessed(read: ReadTables) -> Choices:
    return guess(
        read,
        read_verbs(SEED_FOLDER),
        title="通知",
        issuer="学校",
        issued_on=ISSUED,
        launches_on=LAUNCHES,
    )


def named(choices: Choices, seed: Seed) -> Choices:
    """With what the person names: what the rows count (`measures.csv`)."""
    rows = []
    for row, task in zip(choices.rows, seed.tasks, strict=True):
        measure = task.measure
        target = str(measure.target) if measure and measure.target else ""
        held_by = (measure.held_by or "") if measure else ""
        counts = measure.counts if measure else ""
        rows.append(replace(row, counts=counts, target=target, held_by=held_by))
    return replace(choices, rows=tuple(rows))


def chinese(
    seed: Seed,
) -> tuple[list[TaskSeed], list[DutySeed], list[ResponseSeed]]:
    """The seed without its English, which no notice brings."""
    tasks = [
        replace(
            task,
            title_en="",
            measure=replace(task.measure, counts_en="") if task.measure else None,
        )
        for task in seed.tasks
    ]
    responses = [
        replace(
            each,
            response_en="",
            focus_en="",
            cases=tuple(replace(case, trigger_en="") for case in each.cases),
        )
        for each in seed.responses
    ]
    return tasks, [replace(duty, text_en="") for duty in seed.duties], responses


def understood(file: NoticeFile, seed: Seed) -> Understood:
    return understand(file.tables, named(guessed(file.tables), seed))


def require_seed(file: NoticeFile, seed: Seed) -> None:
    tasks, duties, responses = chinese(seed)
    found = understood(file, seed)
    assert found.problems == ()
    assert list(found.tasks) == tasks
    assert list(found.duties) == duties
    if file.tables.cases:
        assert responses_of(file.tables) == responses


def broken(rows: list[list[str]]) -> list[list[str]]:
    """Deadlines as a narrow column breaks them."""
    mended = [list(row) for row in rows]
    for row in mended[1:]:
        row[1] = {"22日结束前": "22 日结\n束前", "20日—23日": "20 日\n—23\n日"}.get(row[1], row[1])
    return mended


def merged_deadlines(rows: list[list[str]]) -> list[list[str]]:
    """As the notice itself has it: one deadline cell over rows 2 to 16."""
    mended = [list(row) for row in rows]
    for row in mended[3:]:
        row[1] = "^"
    return mended


SPLIT = 9
WORD: dict[str, list[list[list[str]]]] = {
    "whole": [ONE, TWO],
    "merged deadlines": [merged_deadlines(broken(ONE)), TWO],
    "split": [ONE[:SPLIT], ONE[SPLIT:], TWO],
    "split, header again": [ONE[:SPLIT], [HEAD, *ONE[SPLIT:]], TWO],
    "split, all merged": [merged_deadlines(ONE)[:SPLIT], merged_deadlines(ONE)[SPLIT:], TWO],
    "split in three": [ONE[:4], [HEAD, *ONE[4:SPLIT]], ONE[SPLIT:], TWO[:7], TWO[7:]],
}


@pytest.mark.parametrize("name", list(WORD))
def test_the_notice_out_of_word_is_the_seed(name: str, seed: Seed) -> None:
    """B-48: merged cells, cells broken over pages, deadlines broken within a word."""
    file = read_notice("通知.docx", as_docx(*WORD[name], lines=NOTICE))
    require_seed(file, seed)
    assert file.title == "关于进一步推动落实网络教学如期高质量开展的通知"
    assert file.issued_on == ISSUED
    if name == "split":
        assert BROKEN in {doubt.msgid for doubt in file.tables.rows[SPLIT - 1].doubts}


@pytest.mark.parametrize("rows", [ONE, merged_deadlines(broken(ONE))])
def test_the_notice_out_of_excel_is_the_seed(rows: list[list[str]], seed: Seed) -> None:
    require_seed(read_notice("通知.xlsx", as_xlsx(rows, TWO)), seed)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_the_notice_out_of_csv_is_the_seed(encoding: str, seed: Seed) -> None:
    """B-46: a byte order mark does not hide the first header."""
    require_seed(read_notice("通知.csv", as_csv(ONE, encoding)), seed)


@pytest.mark.parametrize("mark", ["同上", "〃", "^"])
def test_ditto_is_one_duty_that_goes_on(mark: str, seed: Seed) -> None:
    rows = [[mark if cell == "^" else cell for cell in row] for row in ONE]
    require_seed(read_notice("通知.csv", as_csv(rows)), seed)


def test_line_ends_and_quoted_breaks_do_not_matter(seed: Seed) -> None:
    """B-48: files of CR alone."""
    rows = broken(ONE)
    require_seed(read_notice("a.csv", as_csv(ONE).replace(b"\r\n", b"\r")), seed)
    require_seed(read_notice("a.csv", as_csv(rows)), seed)


def test_a_pdf_of_the_notice_is_the_seed(seed: Seed) -> None:
    pytest.importorskip("pdfplumber")
    require_seed(read_notice("通知.pdf", as_pdf(ONE)), seed)


def as_pdf(rows: list[list[str]]) -> bytes:
    weasyprint = pytest.importorskip("weasyprint")
    spans: list[str] = []
    for at, row in enumerate(rows):
        cells = []
        for column, text in enumerate(row):
            if text == "^":
                continue
            more = 1
            while at + more < len(rows) and rows[at + more][column] == "^":
                more += 1
            cells.append(f'<td rowspan="{more}">{text}</td>')
        spans.append(f"<tr>{''.join(cells)}</tr>")
    style = "@page{size:42cm 59cm}td{border:1px solid #000}table{border-collapse:collapse}"
    html = f"<style>{style}</style><table>{''.join(spans)}</table>"
    return weasyprint.HTML(string=html).write_pdf()


def test_without_the_pdf_packages_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_reader, "pdfplumber", None)
    with pytest.raises(pdf_reader.Problem, match="no pdfplumber"):
        pdf_reader.read_pdf(b"%PDF-1.7")
    monkeypatch.setattr(notice_files, "ask", no_pdf)
    assert "does not read PDF" in refusal("a.pdf", b"%PDF-1.7")


def no_pdf(*_args: object) -> None:
    raise UnreadableWorkbook("no pdfplumber")


def refusal(name: str, data: bytes) -> str:
    with pytest.raises(InvalidInput) as refused:
        read_notice(name, data)
    assert refused.value.field == "file"
    return str(refused.value)


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return out.getvalue()


def with_macros(data: bytes) -> bytes:
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as packed:
        packed.writestr("word/vbaProject.bin", b"macro")
    return out.getvalue()


PDF = importlib.util.find_spec("pdfplumber")
BAD: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "empty": ("a.docx", lambda: b"", "is empty"),
    "encrypted or old": ("a.docx", lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 600, "password"),
    "wrong type": ("a.docx", lambda: b"GIF89a" + b"\1" * 99, "not what its name says"),
    "another zip": ("a.zip", lambda: zipped(a_xml=b"x"), "neither a Word document"),
    "half a document": ("a.docx", lambda: as_docx(ONE)[:3000], "damaged"),
    "macros": ("a.docm", lambda: with_macros(as_docx(ONE)), "macros"),
    "bomb": ("a.docx", lambda: zipped(word__document_xml=b"\0" * 60_000_000), "too large"),
    "huge": ("a.csv", lambda: b"a" * (9 << 20), "larger than 8 MB"),
    "no table": ("a.docx", lambda: as_docx(lines=["没有表格"]), "no table"),
    "no header": ("a.docx", lambda: as_docx(ONE[1:]), "no table with the columns"),
    "no rows": ("a.csv", lambda: as_csv(ONE[:1]), "no table with the columns"),
    "too many rows": ("a.csv", lambda: as_csv([HEAD, *[ONE[1]] * 301]), "far longer"),
    "broken pdf": ("a.pdf", lambda: b"%PDF-1.7 nothing", "PDF" if PDF is None else "damaged"),
}


@pytest.mark.parametrize("name", list(BAD))
def test_what_cannot_be_read_is_refused_with_the_reason(name: str) -> None:
    file, data, said = BAD[name]
    assert said in refusal(file, data())


def with_merges(refs: list[str]) -> bytes:
    """The notice, with merges that a few bytes of its sheet claim."""
    out = io.BytesIO()
    said = "".join(f'<mergeCell ref="{ref}"/>' for ref in refs)
    with (
        zipfile.ZipFile(io.BytesIO(as_xlsx(ONE))) as book,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as changed,
    ):
        for name in book.namelist():
            content = book.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = content.replace(b"</mergeCells>", f"{said}</mergeCells>".encode())
            changed.writestr(name, content)
    return out.getvalue()


def test_a_merge_of_a_million_rows_is_cut_to_what_was_read() -> None:
    for refs in [f"A{at}:A1048576" for at in range(1, 500)], ["A900000:XFD1048576"] * 2000:
        sheet = read_workbook(with_merges(refs), merges=True)[0]
        assert max(bottom for _top, _left, bottom, _right in sheet.merges) <= len(ONE) + 2
        assert max(right for _top, _left, _bottom, right in sheet.merges) <= len(HEAD)


def test_merges_that_lie_over_one_another_are_refused() -> None:
    refs = [f"A1:XFD{1048576 - at}" for at in range(1000)]
    assert "too large" in refusal("a.xlsx", with_merges(refs))


def test_a_merge_below_the_last_row_changes_nothing(seed: Seed) -> None:
    require_seed(read_notice("a.xlsx", with_merges(["A900:XFD1048576"])), seed)


def test_tracked_changes_read_as_accepted() -> None:
    def strike(document: docx.document.Document) -> None:
        run = document.tables[0].rows[1].cells[2].paragraphs[0].runs[0]._r
        gone = OxmlElement("w:del")
        run.addprevious(gone)
        gone.append(run)
        for text in run.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t"):
            text.tag = text.tag[:-1] + "delText"
        document.tables[0].rows[1].cells[2].paragraphs[0].add_run("新任务")

    file = read_notice("a.docx", as_docx(ONE, change=strike))
    assert file.tables.rows[0].title == "新任务"


@settings(max_examples=25)
@given(st.binary(max_size=400))
def test_whatever_bytes_come_they_are_read_or_refused_never_worse(data: bytes) -> None:
    if data.startswith((b"PK", b"%PDF")):
        return
    with suppress(InvalidInput):
        read_notice("a.csv", data)


def test_two_line_headers_are_read() -> None:
    head = [
        ["序号", "时间节点", "任务", "责任单位", ""],
        ["^", "^", "^", "教务处", "各学院"],
    ]
    rows = [*head, ["1", "22日前", "课程建群", "检查", "确保建立"]]
    file = read_notice("a.xlsx", as_xlsx(rows))
    assert file.tables.headers == ("教务处", "各学院")
    choices = guessed(file.tables)
    assert [column.kind for column in choices.columns] == [
        UnitKind.ACADEMIC_AFFAIRS,
        UnitKind.COLLEGE,
    ]
