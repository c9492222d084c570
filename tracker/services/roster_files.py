"""A list of names out of a file or a paste, whatever program saved it.

Nothing is guessed: what cannot be read is refused with the file, the sheet, the row, the column and
the reason, as far as they are known.
"""

import codecs
import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tracker.domain.errors import N_, InvalidInput
from tracker.domain.rosters import Listed
from tracker.domain.spreadsheets import unguarded
from tracker.services.workbook_files import Cells, UnreadableWorkbook, read_workbook

MOST_BYTES = 8 * 1024 * 1024
MOST_ROWS = 50_000
HEADER_WITHIN = 20
"""Titles and blank rows before the header."""

Units = Mapping[str, str]
"""Every accepted spelling of a unit (see `plain`) -> its code."""

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "key": (
        "编号",
        "课程号",
        "课程代码",
        "课程编号",
        "学号",
        "工号",
        "教工号",
        "key",
        "id",
        "code",
    ),
    "label": ("名称", "课程", "课程名称", "课程群", "姓名", "name", "label"),
    "unit_code": ("单位", "学院", "开课单位", "所在学院", "院系", "所属单位", "unit", "college"),
    "detail": (
        "班级",
        "教学班",
        "任课教师",
        "教师",
        "备注",
        "班级或教师",
        "class",
        "teacher",
        "detail",
        "classorteacher",
    ),
    "task": ("任务", "task"),
    "state": ("状态", "state"),
}
"""The last two stand in our own files, so that a list of the missing is known as one."""

_MISSING = ("未完成", "missing")
_MARKS = "\t,;，；"
_OTHERS = (
    (b"\xd0\xcf\x11\xe0", N_("%(file)s is an old Excel file (.xls). Save it as .xlsx or CSV.")),
    (b"%PDF", N_("%(file)s is a PDF. Copy its table and paste it, or save it as CSV or .xlsx.")),
)
_SAME_WORD = N_("%(file)s, row %(row)s: there are two columns for %(column)s.")
_SAME_FIELD = N_(
    "%(file)s, row %(row)s: the columns “%(first)s” and “%(column)s” are read as one and the same. "
    "Keep one of them, or give the other another heading."
)
PROBLEMS = {
    "damaged": N_("%(file)s is damaged and cannot be opened. Save it again as .xlsx or CSV."),
    "no workbook": N_("%(file)s is not an Excel workbook. Save it as .xlsx or CSV."),
    "macros": N_("%(file)s has macros or is a binary workbook. Save it as plain .xlsx or CSV."),
    "bomb": N_("%(file)s is far too large once unpacked. Save only the list itself."),
    "too many rows": N_("%(file)s has more than 50,000 rows."),
}


@dataclass(frozen=True)
class ReadList:
    """`encoding`: how text was read, "xlsx" for a workbook. `sheet`: its name, "" for text.
    `missing_only`: it says of every name that it is missing, and nothing of the others."""

    rows: tuple[Listed, ...]
    encoding: str
    sheet: str
    missing_only: bool


def plain(spelling: str) -> str:
    """A unit or a header as it is compared: width, case and blanks do not matter."""
    return "".join(unicodedata.normalize("NFKC", spelling).casefold().split())


def read_list(name: str, data: bytes, units: Units) -> ReadList:
    """A file's list. Raises InvalidInput("file", ...)."""
    if not data.strip():
        raise refusal(N_("%(file)s is empty."), name)
    if len(data) > MOST_BYTES:
        raise refusal(N_("%(file)s is larger than %(mb)s MB."), name, mb=MOST_BYTES >> 20)
    for signature, why in _OTHERS:
        if data.startswith(signature):
            raise refusal(why, name)
    if data.startswith(b"PK"):
        return _workbook(name, data, units)
    if name.lower().endswith((".xlsx", ".xlsm", ".xls")):
        raise refusal(N_("%(file)s is named like a workbook but is none."), name)
    text, encoding = decoded(name, data)
    return _table(name, [("", _rows(name, text))], units, encoding)


def read_paste(text: str, units: Units) -> ReadList:
    """A pasted table's list. Raises InvalidInput("file", ...)."""
    return _table("—", [("", _rows("—", text))], units, "text")


def refusal(why: str, name: str, **more: object) -> InvalidInput:
    return InvalidInput("file", why, file=name[-80:] or "—", **more)


def decoded(name: str, data: bytes) -> tuple[str, str]:
    """By its mark, else UTF-8, else GB18030, each strictly."""
    marked = (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    )
    tries = [encoding for mark, encoding in marked if data.startswith(mark)]
    if not tries and b"\x00" not in data:
        tries = ["utf-8", "gb18030"]
    for encoding in tries:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if plain(text[:200]).startswith(("<html", "<!doctype", "<table", "<?xml")):
            raise refusal(N_("%(file)s is a web page. Save it as .xlsx or CSV."), name)
        return text, encoding
    raise refusal(
        N_("%(file)s is neither UTF-8, GB18030 nor UTF-16 text. Save it as CSV in UTF-8."), name
    )


def _rows(name: str, text: str) -> list[Cells]:
    """The lines with something in them, split at the mark that makes one of the first a header."""
    first = [line for line in text[:20_000].splitlines() if line.strip()][:HEADER_WITHIN]
    mark = max(_MARKS, key=lambda each: max((_named(line, each) for line in first), default=0))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    rows: list[Cells] = []
    try:
        for number, cells in enumerate(reader, 1):
            if any(cell.strip() for cell in cells):
                rows.append((number, cells))
            if len(rows) > MOST_ROWS:
                raise refusal(PROBLEMS["too many rows"], name)
    except csv.Error:
        raise refusal(
            N_("%(file)s, row %(row)s: a cell is too long, or its quotation marks do not close."),
            name,
            row=len(rows) + 1,
        ) from None
    return rows


def _named(line: str, mark: str) -> int:
    """How many of the columns that we know a line names, split at this mark."""
    cells = {plain(cell.strip('"')) for cell in line.split(mark)}
    return sum(not cells.isdisjoint(words) for words in COLUMNS.values())


def _workbook(name: str, data: bytes, units: Units) -> ReadList:
    try:
        sheets = [(sheet.name, sheet.rows) for sheet in read_workbook(data)]
    except UnreadableWorkbook as unreadable:
        raise refusal(PROBLEMS[unreadable.problem], name) from None
    return _table(name, sheets, units, "xlsx")


def _table(
    name: str, sheets: Sequence[tuple[str, Sequence[Cells]]], units: Units, encoding: str
) -> ReadList:
    """Of the first sheet that has a header."""
    for sheet, rows in sheets:
        for position, (number, cells) in enumerate(rows[:HEADER_WITHIN]):
            places = _header(name, sheet, number, cells)
            if places is not None:
                found = list(_words(rows[position + 1 :], places))
                _require_one_task(name, found)
                listed = tuple(_listed(number, words, units) for number, words in found)
                return ReadList(listed, encoding, sheet, _missing_only(found))
    raise refusal(
        N_("%(file)s has no header: the first row must name the columns key, name and unit."), name
    )


def _header(name: str, sheet: str, number: int, cells: Sequence[str]) -> dict[str, int] | None:
    """Field -> column; None where the row is no header. A header needs the key and the name."""
    places: dict[str, int] = {}
    for column, cell in enumerate(cells):
        word = plain(cell)
        field = next((field for field, words in COLUMNS.items() if word in words), None)
        if field is None:
            continue
        if field in places:
            where, first = f"{name} · {sheet}" if sheet else name, cells[places[field]]
            why = _SAME_WORD if plain(first) == word else _SAME_FIELD
            words = {"first": first.strip()[:20], "column": cell.strip()[:20]}
            raise refusal(why, where, row=number, **words)
        places[field] = column
    return places if {"key", "label"} <= places.keys() else None


def _words(
    rows: Iterable[Cells], places: Mapping[str, int]
) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Row number, and field -> what stands there, as it was before a file made it safe (B-51)."""
    for number, cells in rows:
        words = {
            field: unguarded(cells[column]) if column < len(cells) else ""
            for field, column in places.items()
        }
        if any(word.strip() for word in words.values()):
            yield number, words


def _require_one_task(name: str, found: Iterable[tuple[int, Mapping[str, str]]]) -> None:
    """Refuses our file of all rows: brought to one of them it would add the names of the others."""
    if len({words.get("task", "").strip() for _number, words in found}) > 1:
        raise refusal(
            N_("%(file)s holds names of several tasks. Bring the list of one task only."), name
        )


def _missing_only(found: Sequence[tuple[int, Mapping[str, str]]]) -> bool:
    return all(plain(words.get("state", "")) in _MISSING for _number, words in found)


def _listed(number: int, words: Mapping[str, str], units: Units) -> Listed:
    unit = words.get("unit_code", "").strip()
    return Listed(
        key=words["key"],
        label=words["label"],
        unit_code=units.get(plain(unit), unit),
        detail=words.get("detail", ""),
        at=str(number),
    )
