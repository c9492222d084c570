"""Which tables of a file belong together: a table that a page breaks goes on in the next one, with
its header, without it, or without the columns whose merged cell has no edge on that page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from tracker.domain.notice_headers import Grid, Header, find_header, plain

_FEWER = 2
"""So many columns at the right may be missing where a table goes on."""


@dataclass(frozen=True)
class Line:
    """A row of a grid; `first`: the first one of a table that goes on from another one."""

    at: str
    cells: tuple[str, ...]
    goes_on: frozenset[int]
    begins: frozenset[int]
    beside: frozenset[int]
    first: bool


@dataclass
class Section:
    """A header and the lines below it. `at`: where it stands."""

    at: str
    header: Header
    lines: list[Line] = field(default_factory=list)


def sections(grids: Sequence[Grid]) -> tuple[Section | None, Section | None, list[str]]:
    """The matrix, the contingencies, and where tables stand that look like a part of one of them
    and are not read."""
    matrix: Section | None = None
    cases: Section | None = None
    current: Section | None = None
    left: list[str] = []
    for grid in grids:
        header = find_header(grid)
        if current is not None and (header is None or header.names == current.header.names):
            if (whole := _continuing(grid, current, header)) is not None:
                start = header.last + 1 if header else 0
                current.lines += _lines(whole, start, current.header, continues=True)
            elif _wide(grid) > len(current.header.fields):
                left.append(f"{grid.name}{grid.numbers[0]}")
        elif header is not None:
            current = Section(f"{grid.name}{grid.numbers[header.position]}", header)
            current.lines += _lines(grid, header.last + 1, header, continues=False)
            if header.is_matrix and matrix is None:
                matrix = current
            elif not header.is_matrix and cases is None:
                cases = current
            else:
                left.append(current.at)
    return matrix, cases, left


def _wide(grid: Grid) -> int:
    return len(grid.rows[0]) if grid.rows else 0


def _continuing(grid: Grid, above: Section, header: Header | None) -> Grid | None:
    """The grid with as many columns as the section, if it is a part of it. One with fewer is, where
    its rows are numbered; its last columns are those of merged cells that go on."""
    wide, wanted = _wide(grid), len(above.header.names)
    if wide == wanted:
        return grid
    number = above.header.fields.get("number")
    if (
        header is not None
        or number is None
        or not max(wanted - _FEWER, number + 1) <= wide < wanted
    ):
        return None
    if wide <= number or not all(row[number].strip().isdecimal() for row in grid.rows):
        return None
    missing = range(wide, wanted)
    below = {(at, column) for at in range(1, len(grid.rows)) for column in missing}
    return replace(
        grid,
        rows=tuple((*row, *("" for _ in missing)) for row in grid.rows),
        goes_on=grid.goes_on | below,
        begins=grid.begins | {(0, column) for column in missing},
    )


def _lines(grid: Grid, start: int, header: Header, *, continues: bool) -> Iterator[Line]:
    first = continues
    names = tuple(plain(name) for name in header.names)
    for at in range(start, len(grid.rows)):
        cells = grid.rows[at]
        if not any(cells) and not any((at, column) in grid.goes_on for column in range(len(cells))):
            continue
        if tuple(plain(cell) for cell in cells) == names:
            continue
        columns = range(len(cells))
        yield Line(
            f"{grid.name}{grid.numbers[at]}",
            cells,
            frozenset(column for column in columns if (at, column) in grid.goes_on),
            frozenset(column for column in columns if (at, column) in grid.begins),
            frozenset(column for column in columns if (at, column) in grid.beside),
            first,
        )
        first = False
