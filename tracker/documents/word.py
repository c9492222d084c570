"""Word documents: the only place that knows their parts. The same calls give the same bytes."""

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from tracker.at_need import at_need
from tracker.domain.spreadsheets import printable

docx, shared = at_need("docx"), at_need("docx.shared")
oxml, ns = at_need("docx.oxml"), at_need("docx.oxml.ns")
enum_section, enum_text = at_need("docx.enum.section"), at_need("docx.enum.text")

FONT, LATIN = "宋体", "Times New Roman"
MOST_ROWS = 500
"""Of a list; how many more there are stands below it. The workbook has them all."""

_HEADINGS = {1: 13, 2: 11}
"""Levels and their sizes in points."""

_EPOCH = (1980, 1, 1, 0, 0, 0)


def landscape(title: str, at: datetime, locale: str) -> Any:
    """An empty A4 document, across. `at`: the moment it shows."""
    book = docx.Document()
    section = book.sections[0]
    section.orientation = enum_section.WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = shared.Mm(297), shared.Mm(210)
    section.left_margin = section.right_margin = shared.Mm(15)
    section.top_margin = section.bottom_margin = shared.Mm(15)
    style = book.styles["Normal"]
    style.font.name = LATIN
    style.element.get_or_add_rPr().get_or_add_rFonts().set(ns.qn("w:eastAsia"), FONT)
    for level, size in _HEADINGS.items():
        _plain_heading(book.styles[f"Heading {level}"], size)
    known = book.core_properties
    known.created = known.modified = at.astimezone(UTC).replace(tzinfo=None)
    known.title, known.author, known.comments = printable(title)[:255], "", ""
    known.language = "en" if locale == "en" else "zh-CN"
    return book


def packed(book: Any) -> bytes:
    """The document's bytes, without the hour at which they were packed."""
    made, out = io.BytesIO(), io.BytesIO()
    book.save(made)
    with zipfile.ZipFile(made) as parts, zipfile.ZipFile(out, "w") as again:
        for name in parts.namelist():
            part = zipfile.ZipInfo(name, _EPOCH)
            part.compress_type = zipfile.ZIP_DEFLATED
            again.writestr(part, parts.read(name))
    return out.getvalue()


def table(
    book: Any, heads: Sequence[str], rows: Sequence[Sequence[object]], widths: Sequence[float]
) -> None:
    if not rows:
        paragraph(book, "—", 10)
        return
    shown = rows[:MOST_ROWS]
    laid = grid(book, heads, len(shown), widths, size=9)
    for place, row in enumerate(shown, 1 if heads else 0):
        for cell, said in zip(laid.rows[place].cells, row, strict=True):
            fill(cell, said, 9)
    if len(rows) > len(shown):
        paragraph(book, f"+{len(rows) - len(shown)}", 10)


def grid(
    book: Any, heads: Sequence[str], rows: int, widths: Sequence[float], *, size: float
) -> Any:
    """An empty table whose head stands on every page."""
    laid = book.add_table(rows + (1 if heads else 0), len(widths))
    laid.style, laid.autofit = "Table Grid", False
    for column, width in zip(laid.columns, widths, strict=True):
        column.width = shared.Mm(width)
        for cell in column.cells:
            cell.width = shared.Mm(width)
    if heads:
        properties = laid.rows[0]._tr.get_or_add_trPr()
        properties.append(oxml.OxmlElement("w:tblHeader"))
        for cell, said in zip(laid.rows[0].cells, heads, strict=True):
            fill(cell, said, size, bold=True, centred=True)
    return laid


def heading(book: Any, words: str, level: int = 1) -> None:
    """One that the program's outline shows."""
    line = book.add_heading("", level)
    line.paragraph_format.space_after = shared.Pt(3)
    _write(line, words, _HEADINGS[level], bold=True)


def _plain_heading(style: Any, size: float) -> None:
    """In the document's font, black."""
    style.font.name, style.font.size, style.font.bold = LATIN, shared.Pt(size), True
    style.font.color.rgb = shared.RGBColor(0, 0, 0)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(ns.qn(f"w:{name}"), None)
    fonts.set(ns.qn("w:eastAsia"), FONT)


def paragraph(
    book: Any, words: str, size: float, *, bold: bool = False, centred: bool = False
) -> Any:
    line = book.add_paragraph()
    line.paragraph_format.space_after = shared.Pt(3)
    _write(line, words, size, bold=bold, centred=centred)
    return line


def fill(cell: Any, said: object, size: float, **look: Any) -> None:
    line = cell.paragraphs[0]
    line.paragraph_format.space_after = shared.Pt(0)
    _write(line, "" if said is None else str(said), size, **look)


def _write(
    paragraph: Any,
    words: str,
    size: float,
    *,
    bold: bool = False,
    centred: bool = False,
    ink: str = "",
) -> None:
    run = paragraph.add_run(printable(words))
    run.font.size, run.font.bold = shared.Pt(size), bold or None
    if ink:
        run.font.color.rgb = shared.RGBColor.from_string(ink.lstrip("#").upper())
    if centred:
        paragraph.alignment = enum_text.WD_ALIGN_PARAGRAPH.CENTER


def shade(cell: Any, fill: str) -> None:
    """`fill`: "#d9efdf"."""
    element = oxml.OxmlElement("w:shd")
    element.set(ns.qn("w:val"), "clear")
    element.set(ns.qn("w:fill"), fill.lstrip("#"))
    cell._tc.get_or_add_tcPr().append(element)
