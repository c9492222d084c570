"""What a person decides about a notice that was read: first guessed, then theirs."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time

from tracker.domain.matrix import MERGED, role_of
from tracker.domain.notice_headers import plain
from tracker.domain.notice_tables import ReadTables, TableRow
from tracker.domain.vocabulary import Cadence, DutyRole, UnitKind

LEFT_OUT = "-"
"""A column that is nobody's, or a cell that asks nothing."""

REPORT_BY = time(17, 0)
_STANDING_ROWS = 3
"""A cell over so many rows, and over all of them, is a standing duty."""

_KINDS: tuple[tuple[UnitKind, tuple[str, ...]], ...] = (
    (UnitKind.STUDENT_AFFAIRS, ("学工", "学生工作", "学生处", "studentaffairs")),
    (UnitKind.NETWORK_CENTRE, ("网络中心", "信息中心", "网信", "信息化", "networkcent")),
    (UnitKind.COLLEGE, ("学院", "院系", "院(系", "系部", "各系", "授课教师", "college")),
    (UnitKind.ACADEMIC_AFFAIRS, ("教务", "本科生院", "academicaffairs")),
)
_NOBODYS = ("备注", "状态", "说明", "remark", "note", "state")
_COUNTED = re.compile(r"(\d{1,6})\s*余?(人|名|门)([\u4e00-\u9fff]{0,12})")
_NUMERALS = "零一二三四五六七八九"


@dataclass(frozen=True)
class ColumnChoice:
    """`kind`: a UnitKind, LEFT_OUT, or "" while nobody has said. `report_by`: HH:MM."""

    kind: str
    cadence: str = Cadence.ONCE
    report_by: str = f"{REPORT_BY:%H:%M}"


@dataclass(frozen=True)
class RowChoice:
    """As typed. `opens`, `closes`: the first and the last day, where the wording is not to decide.
    `cells`: a DutyRole, LEFT_OUT, MERGED, or "" while nobody has said."""

    number: str
    deadline: str
    title: str
    cells: tuple[str, ...]
    opens: str = ""
    closes: str = ""
    counts: str = ""
    target: str = ""
    held_by: str = ""
    leave: bool = False


@dataclass(frozen=True)
class Choices:
    """Days as YYYY-MM-DD."""

    title: str
    issuer: str
    issued_on: str
    launches_on: str
    columns: tuple[ColumnChoice, ...]
    rows: tuple[RowChoice, ...]


def guess(
    read: ReadTables,
    verbs: Mapping[str, DutyRole],
    *,
    title: str,
    issuer: str,
    issued_on: date | None,
    launches_on: date | None,
) -> Choices:
    """What the words of the tables say by themselves. What they leave open stays ""."""
    standing = [_is_standing(read.rows, place) for place in range(len(read.headers))]
    columns = tuple(
        ColumnChoice(kind_of(header), Cadence.DAILY if stands else Cadence.ONCE)
        for header, stands in zip(read.headers, standing, strict=True)
    )
    rows: list[RowChoice] = []
    for row in read.rows:
        above = int(rows[-1].number) if rows else 0
        cells = tuple(
            DutyRole.PERFORM
            if stands and text != MERGED
            else MERGED
            if text == MERGED
            else role_in(text, verbs)
            for text, stands in zip(row.cells, standing, strict=True)
        )
        number = number_in(row.number) or above + 1
        guessed = RowChoice(str(number), row.deadline, row.title, cells)
        rows.append(_counted(guessed, row, columns))
    return Choices(
        title,
        issuer,
        issued_on.isoformat() if issued_on else "",
        launches_on.isoformat() if launches_on else "",
        columns,
        tuple(rows),
    )


def kind_of(header: str) -> str:
    name = plain(header)
    for kind, words in _KINDS:
        if any(word in name for word in words):
            return kind
    return LEFT_OUT if any(word in name for word in _NOBODYS) else ""


def is_asked(kind: str) -> bool:
    """Whether it names units of which a notice may ask something."""
    return kind in set(UnitKind) and UnitKind(kind).is_asked


def role_in(text: str, verbs: Mapping[str, DutyRole]) -> str:
    """LEFT_OUT of an empty cell, "" where no verb tells."""
    bare = "".join(text.split())
    return (role_of(bare, verbs) or "") if bare else LEFT_OUT


def number_in(text: str) -> int | None:
    """1, １., （1）, 十二."""
    bare = unicodedata.normalize("NFKC", text).strip(" .、()第项\u3000")
    if re.fullmatch(r"[0-9]{1,3}", bare):
        return int(bare) or None
    if match := re.fullmatch(f"([{_NUMERALS}]?)(十?)([{_NUMERALS}]?)", bare):
        tens, ten, ones = match.groups()
        if ten:
            return 10 * (_NUMERALS.index(tens) if tens else 1) + (
                _NUMERALS.index(ones) if ones else 0
            )
        return _NUMERALS.index(tens) if tens and not ones else None
    return None


def _is_standing(rows: Sequence[TableRow], place: int) -> bool:
    cells = [row.cells[place] for row in rows]
    return (
        len(cells) >= _STANDING_ROWS
        and bool(cells[0].strip())
        and all(cell == MERGED for cell in cells[1:])
    )


def _counted(row: RowChoice, read: TableRow, columns: Sequence[ColumnChoice]) -> RowChoice:
    """With what a number before 人, 名 or 门 counts; the first office that does the work has it."""
    found = None
    for text in (read.title, *read.cells):
        found = found or _COUNTED.search(unicodedata.normalize("NFKC", text))
    if found is None or not int(found[1]):
        return row
    performing = [
        column.kind
        for column, role in zip(columns, row.cells, strict=True)
        if role in (DutyRole.LEAD, DutyRole.PERFORM) and column.kind in set(UnitKind)
        if column.cadence == Cadence.ONCE
    ]
    offices = [kind for kind in performing if kind != UnitKind.COLLEGE]
    if not performing:
        return row
    counts = found[3].split("的")[0].removeprefix("有") or found[2]
    return replace(row, counts=counts, target=found[1], held_by=(offices or performing)[0])
