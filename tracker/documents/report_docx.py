"""A report as a Word document: A4 across, the matrix's head on every page."""

from functools import lru_cache
from typing import Any

from tracker.documents.light_colours import COLOURS
from tracker.documents.report_changes import changes
from tracker.documents.report_matrix import Line, Mark, Matrix, parts
from tracker.documents.report_view import ReportView
from tracker.documents.word import fill, grid, heading, landscape, packed, paragraph, shade, table


@lru_cache(maxsize=8)
def document(view: ReportView) -> bytes:
    """Made once."""
    book = landscape(f"{view.title} {view.plan}", view.facts.at, view.locale)
    paragraph(book, view.title, 18, bold=True, centred=True)
    paragraph(book, view.plan, 12, centred=True)
    paragraph(book, " · ".join(filter(None, (view.moment, view.occasion))), 10, centred=True)
    paragraph(book, view.text, 12)
    heading(book, view._("Totals"))
    table(book, (), view.totals, (60, 60))
    _changes(book, view)
    heading(book, view.matrix_title)
    _matrix(book, view)
    _lists(book, view)
    paragraph(book, f"{view._('Record check code of that moment')} {view.facts.audit_head}", 8)
    paragraph(book, f"{view._('Check code of this report')} {view.digest}", 8)
    return packed(book)


def _lists(book: Any, view: ReportView) -> None:
    heading(book, view._("Who is missing"))
    row_word, comma = view._("Row %(number)s"), view._(", ")
    for row in view.missing:
        title = f"{row_word % {'number': row.number}} {row.title}"
        if row.missing:
            title += view._(" (missing %(num)s)", num=row.missing)
        heading(book, title, 2)
        for it in row.shortages:
            said = f"{it.unit} {it.missing}"
            names = list(it.names)
            if it.more and names:
                names.append(view._("and %(num)s more without a name here", num=it.more))
            paragraph(book, view._(": ").join(filter(None, (said, comma.join(names)))), 10)
        if row.silent:
            silence = f"{view._('Nothing reported')}{view._(': ')}"
            paragraph(book, silence + comma.join(row.silent), 10)
    if not view.missing:
        paragraph(book, view._("Nobody is missing."), 10)
    heading(book, view._("Overdue"))
    heads = [view._(word) for word in ("Unit", "Row number", "Task", "Role", "Deadline")]
    late = [(it.unit, it.number, it.title, it.role, it.cutoff) for it in view.overdue]
    if late:
        table(book, heads, late, (45, 18, 130, 25, 35))
    else:
        paragraph(book, view._("Nothing is overdue."), 10)
    heading(book, view._("Urging"))
    heads = [view._(word) for word in ("When", "By", "Unit", "Row number", "Which one", "Reaction")]
    urges = [(it.moment, it.by, it.unit, it.number, it.which, it.reaction) for it in view.urges]
    table(book, heads, urges, (35, 35, 45, 18, 18, 100))


def _changes(book: Any, view: ReportView) -> None:
    found = changes(view)
    if found is not None:
        heading(book, view._("Difference"))
        paragraph(book, f"{found.since}{view._(': ')}{found.sums}", 10)
        if found.lines:
            table(book, (), found.lines, (60, 190))
        else:
            paragraph(book, view._("Nothing changed."), 10)


def _matrix(book: Any, view: ReportView) -> None:
    for part in parts(view.matrix):
        _part(book, view, part)
    legend = "  ".join(f"{letter} {word}" for _light, letter, word in view.matrix.legend)
    paragraph(book, legend, 9)


def _part(book: Any, view: ReportView, shown: Matrix) -> None:
    heads = [view._("No."), view._("Task"), view._("Deadline"), view._("Counted")]
    heads += [f"{column.name} {column.share}" for column in shown.columns]
    narrow = 165 / max(len(shown.columns), 1)
    widths = [8, 52, 20, 22, *[narrow] * len(shown.columns)]
    laid = grid(book, heads, len(shown.lines), widths, size=7)
    for place, line in enumerate(shown.lines, 1):
        _line(laid, place, line)


def _line(laid: Any, place: int, line: Line) -> None:
    cells = laid.rows[place].cells
    facts = (line.number, line.title, line.deadline, line.progress or line.share)
    for cell, said in zip(cells, facts, strict=False):
        fill(cell, said, 7)
    for column, mark in line.marks:
        if mark is not None:
            at = cells[len(facts) + column]
            if mark.down > 1:
                last = min(place + mark.down, len(laid.rows)) - 1
                at = at.merge(laid.rows[last].cells[len(facts) + column])
            _mark(at, mark)


def _mark(cell: Any, mark: Mark) -> None:
    colour, ink = COLOURS[mark.light]
    fill(cell, mark.text, 7, ink=ink, centred=True)
    if colour:
        shade(cell, colour)
