"""Lists of names as programs save them: read rightly, or refused with the reason."""

import io
import random
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.domain.errors import InvalidInput
from tracker.domain.rosters import Listed
from tracker.services import reader_limits, sheet_reader
from tracker.services.roster_files import ReadList, plain, read_list, read_paste

pytestmark = pytest.mark.slow

UNITS = {plain(word): "cs" for word in ("cs", "计算机学院", "School of Computer Science")}
TABLE = '编号,名称,学院,教师\r\nA1,"课程，一",计算机学院,教师甲\r\nA2,"第二\n行",cs,\r\n'
ROWS = [("A1", "课程，一", "cs", "教师甲"), ("A2", "第二\n行", "cs", "")]


def words(found: ReadList) -> list[tuple[str, str, str, str]]:
    return [(row.key, row.label, row.unit_code, row.detail) for row in found.rows]


def workbook(
    rows: list[list[object]], change: Callable[[openpyxl.Workbook], None] | None = None
) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if change:
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


GOOD = workbook(
    [["编号", "名称", "学院"], ["A1", "课程一", "cs"], [20200101.0, "课程二", "计算机学院"]]
)


def said(file: tuple[str, bytes]) -> ReadList | InvalidInput:
    """What is read of a file, or its refusal; any other exception is a failure."""
    try:
        return read_list(*file, UNITS)
    except InvalidInput as refused:
        return refused


def refusal(name: str, data: bytes) -> str:
    with pytest.raises(InvalidInput) as refused:
        read_list(name, data, UNITS)
    assert refused.value.field == "file"
    return str(refused.value)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le-bom", "utf-16-be-bom"]
)
def test_every_encoding_that_excel_saves_is_read(encoding: str) -> None:
    """B-45, B-46: GB18030 from Chinese Excel, with and without a byte order mark."""
    if encoding.endswith("-bom"):
        data = ("\ufeff" + TABLE).encode(encoding.removesuffix("-bom"))
    else:
        data = TABLE.encode(encoding)
    assert words(read_list("名单.csv", data, UNITS)) == ROWS


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [",", "\t", ";", "，"])
def test_line_ends_and_marks_do_not_matter(ends: str, mark: str) -> None:
    """B-48."""
    lines = ["", "课程名单", "编号,名称,单位", "A1,课程一,计算机学院", "", "A2,课程二,cs"]
    text = ends.join(lines).replace(",", mark)
    if mark != ",":
        text = text.replace("课程名单", f"课程名单{mark}{mark}")
    found = read_list("名单.csv", text.encode(), UNITS)
    assert [(row.key, row.unit_code) for row in found.rows] == [("A1", "cs"), ("A2", "cs")]


def test_marks_inside_a_name_do_not_mislead() -> None:
    found = read_paste('编号,名称\nA1,"一，二，三；四"', UNITS)
    assert found.rows[0].label == "一，二，三；四"


def test_columns_stand_in_any_order_and_others_are_left_out() -> None:
    found = read_paste("序号\t学院\tName\tKEY\n1\t 计算机 学院\t课程一\tA1", UNITS)
    assert found.rows == (Listed("A1", "课程一", "cs", "", "2"),)


def test_a_unit_that_nobody_knows_stays_as_it_was_typed() -> None:
    assert read_paste("编号,名称,单位\nA1,课程一,艺术学院", UNITS).rows[0].unit_code == "艺术学院"


def test_a_workbook_is_read_with_its_place() -> None:
    found = read_list("名单.xlsx", GOOD, UNITS)
    assert [(row.key, row.unit_code, row.at) for row in found.rows] == [
        ("A1", "cs", "2"),
        ("20200101", "cs", "3"),
    ]


def test_a_workbook_is_read_wherever_the_server_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(read_list("名单.xlsx", GOOD, UNITS).rows) == 2


def test_the_first_visible_sheet_with_a_header_counts() -> None:
    def more(book: openpyxl.Workbook) -> None:
        hidden = book.create_sheet("旧", 0)
        hidden.append(["编号", "名称"])
        hidden.append(["OLD", "旧"])
        hidden.sheet_state = "hidden"
        book.create_sheet("说明", 0).append(["请看第二页"])

    data = workbook([["编号", "名称"], ["A1", "课程一"]], more)
    assert [row.key for row in read_list("x.xlsx", data, UNITS).rows] == ["A1"]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b" \r\n ", "empty"),
        ("a.csv", "没有表头,只有数据\n1,2".encode(), "no header"),
        ("a.csv", "编号,名称,编号\n1,2,3".encode(), "two columns for 编号"),
        ("a.csv", "学号,姓名,课程\n1,2,3".encode(), "“姓名” and “课程” are read as one"),
        ("a.csv", b"\xff\xfe\x00", "UTF-16"),
        ("a.csv", b"\x80\x81\xff", "GB18030"),
        ("a.csv", b"key,name\x00\n", "UTF-16"),
        ("a.csv", ("key,name\n" + "x" * 200_000).encode(), "row 2"),
        ("a.csv", b"<html><table><tr><td>key", "web page"),
        ("a.pdf", b"%PDF-1.7 ...", "PDF"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel"),
        ("a.xlsx", "编号,名称\n1,2".encode(), "named like a workbook"),
        ("a.xlsx", b"PK\x03\x04broken", "damaged"),
        ("a.csv", b"x" * (8 * 1024 * 1024 + 1), "larger than 8"),
    ],
)
def test_what_is_no_list_is_refused_with_the_reason(name: str, data: bytes, said: str) -> None:
    assert said in refusal(name, data)


@given(
    st.lists(
        st.tuples(
            *[
                st.text(
                    st.characters(codec="utf-8", categories=["L", "N", "P"]), min_size=1, max_size=8
                )
            ]
            * 2
        ),
        max_size=6,
    )
)
def test_written_as_csv_and_read_again_it_is_the_same(rows: list[tuple[str, str]]) -> None:
    quoted = ["编号,名称"]
    quoted += [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    found = read_list("a.csv", "\n".join(quoted).encode(), UNITS)
    assert [(row.key, row.label) for row in found.rows] == rows


@given(st.binary(max_size=300))
@settings(max_examples=150)
def test_any_bytes_at_all_are_read_or_refused(data: bytes) -> None:
    for start in (b"", "编号,名称\n".encode()):
        said(("a.csv", start + data))


def packed(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


SHEET = "xl/worksheets/sheet1.xml"
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]><worksheet>&j;</worksheet>"
)
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><worksheet>&e;</worksheet>'


PARTS = unpacked(GOOD)


def lying_about_its_size() -> bytes:
    data = bytearray(packed({**PARTS, "xl/lying.xml": b"0" * 5_000_000}))
    place = data.rfind(b"xl/lying.xml")
    data[place - 46 + 24 : place - 46 + 28] = (10).to_bytes(4, "little")
    return bytes(data)


def with_empty_formatted_rows() -> bytes:
    blank = b"".join(b'<row r="%d"><c r="A%d"/></row>' % (n, n) for n in range(4, 200_000))
    end = b"</sheetData>"
    return packed({**PARTS, SHEET: PARTS[SHEET].replace(end, blank + end)})


HOSTILE: Mapping[str, Callable[[], bytes]] = {
    "billion laughs": lambda: packed({**PARTS, SHEET: LAUGHS}),
    "external entity": lambda: packed({**PARTS, SHEET: OUTSIDE}),
    "ratio bomb": lambda: packed({**PARTS, "xl/bomb.xml": b"0" * 60_000_000}),
    "many entries": lambda: packed({**PARTS, **{f"x/{n}": b"" for n in range(2100)}}),
    "nested zip": lambda: packed({"a.zip": packed({"b": b"0" * 1_000_000})}),
    "macros": lambda: packed({**PARTS, "xl/vbaProject.bin": b"x"}),
    "binary workbook": lambda: packed({"xl/workbook.bin": b"x"}),
    "lying size": lying_about_its_size,
    "one long text in many cells": lambda: workbook(
        [["编号", "名称"], *[["A", "长" * 30_000]] * 700]
    ),
    "empty formatted rows": with_empty_formatted_rows,
}
"""By kind: what somebody might make on purpose."""


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_workbook_is_refused_or_read_and_nothing_else(kind: str) -> None:
    data = HOSTILE[kind]()
    if kind == "empty formatted rows":
        assert len(read_list("a.xlsx", data, UNITS).rows) == 2
    else:
        assert "a.xlsx" in refusal("a.xlsx", data)


def mutated(seed: int) -> tuple[str, bytes]:
    """One of the corpus: a good file with something done to it."""
    chance = random.Random(seed)
    kind = seed % 10
    if kind == 0:
        return "a.csv", TABLE.encode(chance.choice(["utf-16-le", "utf-16-be", "utf-32", "utf-7"]))
    if kind == 1:
        data = bytearray(TABLE.encode(chance.choice(["utf-8", "gb18030", "utf-16"])))
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        return "a.csv", bytes(data)
    if kind == 2:
        return "a.xlsx", GOOD[: chance.randrange(len(GOOD))]
    if kind == 3:
        data = bytearray(GOOD)
        for _ in range(chance.randint(1, 20)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        return "a.xlsx", bytes(data)
    if kind == 4:
        junk = ["\x00", "\x0b", "\x1f", "\u202e", "\ufeff", '"', "，", "\r", "=1+1", "长" * 3000]
        text = TABLE
        for _ in range(chance.randint(1, 6)):
            place = chance.randrange(len(text))
            text = text[:place] + chance.choice(junk) + text[place:]
        return "a.csv", text.encode()
    if kind == 5:
        blank = "\n" * chance.randint(0, 30) + "," * chance.randint(0, 9) + "\n"
        return "a.csv", (blank + TABLE).encode()
    if kind == 6:
        cells: list[object] = ["=1+1", "=A1", 1.5, 2e20, True, None, "课\u202e程", "x" * 40_000, -1]
        rows: list[list[object]] = [["编号", "名称", "单位"]]
        rows += [[chance.choice(cells) for _ in range(3)] for _ in range(6)]
        return "a.xlsx", workbook(rows)
    if kind == 7:
        parts = unpacked(GOOD)
        del parts[chance.choice(sorted(parts))]
        return "a.xlsx", packed(parts)
    if kind == 8:
        merge = chance.choice(["A1:C1", "A1:A3", "C2:C3"])
        blank_first: list[list[object]] = [[]] * chance.randint(0, 25)
        rows = [
            *blank_first,
            ["编号", "名称", "单位"],
            ["A1", "课程一", "cs"],
            ["A2", "课程二", "cs"],
        ]
        return "a.xlsx", workbook(rows, lambda book: book.active.merge_cells(merge))
    parts = unpacked(GOOD)
    name = chance.choice(sorted(parts))
    content = bytearray(parts[name])
    for _ in range(chance.randint(1, 30)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    return chance.choice(["a.xlsx", "a.csv", "a"]), packed({**parts, name: bytes(content)})


@pytest.mark.parametrize("block", range(10))
def test_two_hundred_mutated_files_are_read_rightly_or_refused(block: int) -> None:
    """Each with the file and a reason; what is read has a place for every row."""
    for seed in range(block, 200, 10):
        file = mutated(seed)
        answer = said(file)
        if isinstance(answer, InvalidInput):
            assert (answer.field, file[0] in str(answer)) == ("file", True)
        else:
            assert all(row.at for row in answer.rows)


def test_the_reader_limits_itself() -> None:
    """What would need more memory than it may have is refused as too large, not by the system."""
    assert sheet_reader.MEMORY <= 100 * 1024 * 1024
    assert reader_limits.MOST_BYTES <= 50 * 1024 * 1024
