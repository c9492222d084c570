"""The tables of a notice as offices lay them out: where the header stands, what each column holds,
which cells go on, and what of it is doubtful. Nothing is decided here that a person could not see
and correct."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tracker.domain.errors import N_
from tracker.domain.matrix import MERGED
from tracker.domain.notice_headers import Grid, Header, tidy, wording
from tracker.domain.notice_sections import Line, sections

DITTO = frozenset((MERGED, "同上", "同前", "〃", "″", "''", '"', "”", "“", "ditto"))
"""What people write instead of merging a cell with the one above."""

WHOLE_ROW = -1

BROKEN = N_("An empty cell where the table is broken: read as going on from above.")
DITTO_READ = N_("“%(mark)s” is read as going on from above.")
NOTHING_ABOVE = N_("It goes on from above, but nothing stands above.")
BESIDE = N_("One cell for several columns: read as the same for each of them.")
JOINED = N_("It has neither a number nor a task at %(at)s: joined to this one.")
SAME_DEADLINE = N_("It names no deadline: read as the one above.")


@dataclass(frozen=True)
class Doubt:
    """`column`: of the unit columns, or WHOLE_ROW."""

    column: int
    msgid: str
    params: Mapping[str, str]


@dataclass(frozen=True)
class TableRow:
    """`cells` by unit column; MERGED where one goes on from above. `at`: where the file has it."""

    at: str
    number: str
    deadline: str
    title: str
    cells: tuple[str, ...]
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True)
class CaseRow:
    """`response` and `focus` are both MERGED where the plan above is shared."""

    number: str
    trigger: str
    response: str
    focus: str


@dataclass(frozen=True)
class ReadTables:
    """`at`: where the header stands; `headers` of the unit columns. `left`: where tables stand
    that look like a part of it and are not read."""

    at: str
    headers: tuple[str, ...]
    rows: tuple[TableRow, ...]
    cases: tuple[CaseRow, ...] = ()
    left: tuple[str, ...] = ()


def read_tables(grids: Sequence[Grid]) -> ReadTables | None:
    """The first matrix and the first table of contingencies, each with what continues it in later
    tables. None where no table has the header of a matrix."""
    matrix, cases, left = sections(grids)
    if matrix is None:
        return None
    headers = tuple(matrix.header.names[column] for column in matrix.header.units)
    found = _cases(cases.header, cases.lines) if cases else ()
    rows = tuple(_rows(matrix.header, matrix.lines))
    return ReadTables(matrix.at, headers, rows, found, tuple(left))


def _rows(header: Header, lines: Sequence[Line]) -> list[TableRow]:
    rows: list[TableRow] = []
    merged_above: frozenset[int] = frozenset()
    fields = header.fields
    for line in lines:
        title = tidy(line.cells[fields["title"]])
        own_title = bool(title) and fields["title"] not in line.goes_on and title not in DITTO
        own_title = own_title and not (line.first and _is_rest(header, line))
        if not own_title and rows:
            rows[-1] = _joined(rows[-1], header, line)
        elif own_title:
            rows.append(_row(header, line, rows[-1] if rows else None, merged_above))
        merged_above = line.goes_on
    return rows


def _is_rest(header: Header, line: Line) -> bool:
    """The rest of a row that a page break cut in two."""
    number = header.fields.get("number")
    return (
        number is not None
        and not line.cells[number].strip()
        and not line.cells[header.fields["deadline"]].strip()
        and number not in line.goes_on
    )


def _row(header: Header, line: Line, above: TableRow | None, went_on: frozenset[int]) -> TableRow:
    doubts: list[Doubt] = []
    cells: list[str] = []
    for place, column in enumerate(header.units):
        over = above.cells[place] if above else ""
        text, doubt = _cell(line, column, over, column in went_on)
        if column in line.beside and cells:
            text, doubt = cells[-1], Doubt(place, BESIDE, {})
        cells.append(text)
        if doubt:
            doubts.append(replace(doubt, column=place))
    deadline, doubt = _deadline(header.fields["deadline"], line, above)
    number = header.fields.get("number")
    return TableRow(
        line.at,
        tidy(line.cells[number]) if number is not None else "",
        deadline,
        tidy(line.cells[header.fields["title"]]),
        tuple(cells),
        (*doubts, *([doubt] if doubt else [])),
    )


def _cell(line: Line, column: int, over: str, went_on: bool) -> tuple[str, Doubt | None]:
    """A unit's cell below `over`, and what is doubtful of it; `went_on`: a merged cell was going on
    in the line before."""
    text = tidy(line.cells[column])
    if column in line.goes_on:
        return (MERGED, None) if over else ("", None)
    if text.casefold() in DITTO:
        if not over:
            return "", Doubt(0, NOTHING_ABOVE, {})
        return MERGED, None if text == MERGED else Doubt(0, DITTO_READ, {"mark": text})
    if not text and over and (column in line.begins or (line.first and went_on)):
        return MERGED, Doubt(0, BROKEN, {})
    return text, None


def _deadline(column: int, line: Line, above: TableRow | None) -> tuple[str, Doubt | None]:
    text = wording(line.cells[column])
    if above is None or (text and text.casefold() not in DITTO):
        return text, None
    if column in line.goes_on or text:
        return above.deadline, None
    return above.deadline, Doubt(WHOLE_ROW, SAME_DEADLINE, {})


def _joined(row: TableRow, header: Header, line: Line) -> TableRow:
    """What a page break, or a cell of several lines, put under a row."""
    cells = list(row.cells)
    for place, column in enumerate(header.units):
        more = tidy(line.cells[column])
        if more and more not in DITTO and cells[place] != MERGED:
            cells[place] = tidy(f"{cells[place]}\n{more}")
    more = (
        "" if header.fields["deadline"] in line.goes_on else line.cells[header.fields["deadline"]]
    )
    deadline = wording(row.deadline + more) if more.strip() not in DITTO else row.deadline
    title = row.title
    if header.fields["title"] not in line.goes_on:
        title = tidy(f"{title}\n{line.cells[header.fields['title']]}")
    doubt = Doubt(WHOLE_ROW, JOINED, {"at": line.at})
    return replace(
        row, cells=tuple(cells), deadline=deadline, title=title, doubts=(*row.doubts, doubt)
    )


def _cases(header: Header, lines: Sequence[Line]) -> tuple[CaseRow, ...]:
    found: list[CaseRow] = []
    for line in lines:
        words = {
            field: MERGED if column in line.goes_on else tidy(line.cells[column])
            for field, column in header.fields.items()
        }
        if words["case"] in ("", MERGED):
            continue
        shared = all(
            words[field].casefold() in DITTO or (found and not words[field])
            for field in ("response", "focus")
        )
        plan = (MERGED, MERGED) if shared and found else (words["response"], words["focus"])
        found.append(CaseRow(words.get("number", ""), words["case"], *plan))
    return tuple(found)
