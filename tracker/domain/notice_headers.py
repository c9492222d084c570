"""The header of a notice's table: where it stands, and what its columns hold."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

HEADER_WITHIN = 20
"""Titles and blank rows before the header."""

_NUMBER = ("序号", "编号", "序", "no", "no.", "number", "#")
_DEADLINE = ("时间", "时限", "期限", "截止", "节点", "deadline", "due", "when")
_TITLE = ("任务", "事项", "工作内容", "重点工作", "措施", "问题", "内容", "task", "measure")
_CASE = ("特殊工作", "特殊情", "情形", "突发", "specialcase")
_RESPONSE = ("预案", "应对", "处置", "whattheplansays", "response")
_FOCUS = ("关注", "重点", "watch", "focus")

Place = tuple[int, int]


@dataclass(frozen=True)
class Grid:
    """A table of a file. `goes_on`: places (row, column) of cells that continue the one above;
    `begins`: where such a cell starts; `beside`: places that belong to the cell at their left.
    `numbers`: the rows as the file counts them."""

    name: str
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]
    goes_on: frozenset[Place] = frozenset()
    begins: frozenset[Place] = frozenset()
    beside: frozenset[Place] = frozenset()


@dataclass(frozen=True)
class Header:
    """`fields`: number, deadline, title or case, response, focus -> column; `units`: the others."""

    position: int
    last: int
    names: tuple[str, ...]
    fields: Mapping[str, int]
    units: tuple[int, ...]

    @property
    def is_matrix(self) -> bool:
        return "title" in self.fields


def plain(text: str) -> str:
    """As headers are compared: width, case and blanks do not matter."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


_ITEM = re.compile(r"\s*(?:\d{1,2}[.、．]|[一二三四五六七八九十]{1,3}、)")


def tidy(text: str) -> str:
    """On one line: a table breaks its lines anywhere, also within a word. Only a numbered item
    begins a line of its own."""
    lines = [line.strip() for line in text.replace("\r", "\n").split("\n")]
    found = ""
    for line in filter(None, lines):
        if found and _ITEM.match(line):
            found += "\n"
        elif found and found[-1].isascii() and line[0].isascii() and found[-1].isalnum():
            found += " " if line[0].isalnum() else ""
        found += line
    return found


def wording(text: str) -> str:
    """A deadline in its own words, without the breaks that a narrow column makes."""
    chinese = re.search("[\u3400-\u9fff]", text)
    return re.sub(r"\s+", "" if chinese else " ", text).strip()


def header_words(cells: Sequence[str]) -> int:
    """How many columns of a matrix these cells name: tells a header line from others."""
    named = [plain(cell) for cell in cells]
    return sum(
        any(_means(name, words, whole) for name in named)
        for words, whole in ((_NUMBER, True), (_DEADLINE, False), (_TITLE, False))
    )


def _means(name: str, words: Sequence[str], whole: bool = False) -> bool:
    return name in words if whole else any(word in name for word in words) and len(name) <= 24


def find_header(grid: Grid) -> Header | None:
    for position, cells in enumerate(grid.rows[:HEADER_WITHIN]):
        names, last = list(cells), position
        fields = _fields(names)
        column = fields.get("title", fields.get("case"))
        if column is None:
            continue
        while last + 1 < len(grid.rows) and (last + 1, column) in grid.goes_on:
            last += 1
            for at, name in enumerate(grid.rows[last]):
                names[at] = name if name.strip() else names[at]
        units = tuple(
            at
            for at, name in enumerate(names)
            if (name.strip() and at not in fields.values() and (position, at) not in grid.beside)
            or (at not in fields.values() and last > position and grid.rows[last][at].strip())
        )
        tidied = tuple(tidy(name) for name in names)
        if ("deadline" in fields and units) or "case" in fields:
            return Header(position, last, tidied, fields, units)
    return None


def _fields(names: Sequence[str]) -> dict[str, int]:
    """Empty where they are no header."""
    found: dict[str, int] = {}
    wanted: tuple[tuple[str, Sequence[str], bool], ...] = (
        ("number", _NUMBER, True),
        ("case", _CASE, False),
        ("response", _RESPONSE, False),
        ("focus", _FOCUS, False),
    )
    if not any(_means(plain(name), _CASE) for name in names):
        wanted = (
            ("number", _NUMBER, True),
            ("deadline", _DEADLINE, False),
            ("title", _TITLE, False),
        )
    for field, words, whole in wanted:
        for at, name in enumerate(names):
            if at not in found.values() and _means(plain(name), words, whole):
                found[field] = at
                break
    needed = {"case", "response", "focus"} if "case" in found else {"deadline", "title"}
    return found if needed <= found.keys() else {}
