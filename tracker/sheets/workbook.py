"""Workbooks that Excel, WPS and LibreOffice open: the only place that writes xlsx.

Text is never a formula, a link or a number, whatever it begins with, also after somebody saves the
sheet again as CSV (`domain/spreadsheets.guarded`). The same sheets give the same bytes.
"""

import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

from tracker import language
from tracker.at_need import at_need
from tracker.domain.errors import N_
from tracker.domain.spreadsheets import LONGEST, fitted, guarded, printable, units
from tracker.sheets import heights
from tracker.sheets.names import sheet_names

xlsxwriter = at_need("xlsxwriter")

Value = str | int | float | datetime | date | None
"""A moment is campus wall time, without a zone: a cell knows none."""

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""The media type of what `write` gives."""

_EXACT = 2**53
_CUT_OFF = N_("Cut off: the text has %(num)s characters, a cell holds %(max)s.")


@dataclass(frozen=True)
class Style:
    """`fill`, `ink`: "#d9efdf". `align`: left, center or right. `size` in points."""

    bold: bool = False
    fill: str = ""
    ink: str = ""
    align: str = "left"
    size: int = 10
    border: bool = True
    wrap: bool = True


PLAIN = Style()
CENTRED = Style(align="center")
HEAD = Style(bold=True, fill="#e7f0f6", align="center")
TITLE = Style(bold=True, size=14, border=False, wrap=False)
REMARK = Style(ink="#56616d", size=9, border=False, wrap=False)


@dataclass(frozen=True)
class Cell:
    """A cell merged over `down` rows and `across` columns; the places it covers hold None."""

    value: Value = None
    style: Style = PLAIN
    down: int = 1
    across: int = 1


@dataclass(frozen=True)
class Sheet:
    """`rows`: a bare value stands in PLAIN, None is no cell at all. `widths` of the columns, in
    characters. `frozen`: rows and columns that stay in sight. `repeated`: the first rows stand on
    every printed page from `repeated[0]` to `repeated[1]`, counted from 0. `filtered`: the row of a
    header with buttons that filter. Rows are as high as their text needs."""

    name: str
    widths: Sequence[float]
    rows: Sequence[Sequence[Cell | Value]]
    frozen: tuple[int, int] = (0, 0)
    repeated: tuple[int, int] | None = None
    filtered: int | None = None
    landscape: bool = True


def listing(
    name: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[Cell | Value]],
    widths: Sequence[float],
) -> Sheet:
    """A plain table: a header that stays in sight, stands on every page and filters."""
    head = [Cell(word, HEAD) for word in heads]
    return Sheet(name, widths, [head, *rows], (1, 0), (0, 0), filtered=0)


def write(sheets: Sequence[Sheet], *, title: str, at: datetime, locale: str) -> bytes:
    """The workbook. `at`: the moment it shows, in the plan's zone; `locale`: whose words its notes
    are in."""
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        created = at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at
        book.set_properties({"title": printable(title)[:255], "created": created})
        writer = _Writer(book, locale, at)
        names = sheet_names([sheet.name for sheet in sheets])
        for sheet, name in zip(sheets, names, strict=True):
            writer.add(sheet, name)
    return out.getvalue()


class _Writer:
    def __init__(self, book: Any, locale: str, at: datetime) -> None:
        self.book, self.locale, self.at = book, locale, at
        self.formats: dict[tuple[Style, str, bool], Any] = {}

    def add(self, sheet: Sheet, name: str) -> None:
        page = self.book.add_worksheet(name)
        for column, width in enumerate(sheet.widths):
            page.set_column(column, column, width)
        placed = list(_placed(sheet))
        needed = [(row, cell.down, _height(sheet, column, cell)) for row, column, cell in placed]
        for row, height in enumerate(heights.spread(needed, len(sheet.rows))):
            page.set_row(row, height or None)
        for row, column, cell in placed:
            self._place(page, row, column, cell)
        self._set_up(page, sheet)

    def _set_up(self, page: Any, sheet: Sheet) -> None:
        page.freeze_panes(*sheet.frozen)
        page.set_paper(9)
        if sheet.landscape:
            page.set_landscape()
        page.fit_to_pages(1, 0)
        page.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
        page.set_header("&L&A")
        page.set_footer(f"&C&P / &N&R{self.at:%Y-%m-%d %H:%M}")
        page.hide_gridlines(2)
        page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        if sheet.repeated is not None:
            page.repeat_rows(*sheet.repeated)
        if sheet.filtered is not None and len(sheet.rows) > sheet.filtered + 1:
            width = len(sheet.rows[sheet.filtered])
            page.autofilter(sheet.filtered, 0, len(sheet.rows) - 1, width - 1)

    def _place(self, page: Any, row: int, column: int, cell: Cell) -> None:
        look = self._format(cell)
        if cell.down > 1 or cell.across > 1:
            last = (row + cell.down - 1, column + cell.across - 1)
            page.merge_range(row, column, *last, "", look)
        value = cell.value
        if isinstance(value, datetime | date):
            page.write_datetime(row, column, value, look)
        elif _is_number(value):
            page.write_number(row, column, value, look)
        elif value is None or value == "":
            page.write_blank(row, column, None, look)
        else:
            self._text(page, row, column, str(value), look)

    def _text(self, page: Any, row: int, column: int, text: str, look: Any) -> None:
        whole = guarded(text)
        shown = fitted(whole)
        page.write_string(row, column, shown, look)
        if shown != whole:
            note = language.gettext(self.locale, _CUT_OFF, num=units(whole), max=LONGEST)
            page.write_comment(row, column, note)

    def _format(self, cell: Cell) -> Any:
        number = ""
        if isinstance(cell.value, datetime):
            number = "yyyy-mm-dd hh:mm"
        elif isinstance(cell.value, date):
            number = "yyyy-mm-dd"
        tall = cell.down > 1
        key = (cell.style, number, tall)
        if key not in self.formats:
            self.formats[key] = self.book.add_format(_properties(*key))
        return self.formats[key]


def _placed(sheet: Sheet) -> Iterator[tuple[int, int, Cell]]:
    for row, cells in enumerate(sheet.rows):
        for column, cell in enumerate(cells):
            if cell is not None:
                yield row, column, cell if isinstance(cell, Cell) else Cell(cell)


def _height(sheet: Sheet, column: int, cell: Cell) -> float:
    width = sum(sheet.widths[column : column + cell.across])
    text = cell.value if isinstance(cell.value, str) and cell.style.wrap else ""
    return heights.height(heights.lines(text, width), cell.style.size)


def _is_number(value: Value) -> bool:
    """One that a cell holds exactly; any other number is written as text."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and abs(value) <= _EXACT


def _properties(style: Style, number: str, tall: bool) -> dict[str, Any]:
    """A `tall` cell goes on over several pages: its text stands on the first."""
    said = asdict(style)
    properties: dict[str, Any] = {
        "font_name": "Microsoft YaHei",
        "font_size": style.size,
        "bold": style.bold,
        "align": style.align,
        "valign": "top" if tall else "vcenter",
        "text_wrap": style.wrap,
    }
    colours = {"bg_color": said["fill"], "font_color": said["ink"]}
    properties |= {name: colour for name, colour in colours.items() if colour}
    if style.border:
        properties |= {"border": 1, "border_color": "#aab4be"}
    if number:
        properties["num_format"] = number
    return properties
