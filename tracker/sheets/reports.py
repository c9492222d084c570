"""A report as a workbook: the whole on one sheet, the matrix, and each of its lists."""

from dataclasses import replace

from tracker.documents.report_changes import Changes, changes
from tracker.documents.report_matrix import Mark
from tracker.documents.report_view import ReportView
from tracker.domain.cutoffs import to_minute
from tracker.sheets.lights import style_of
from tracker.sheets.workbook import (
    CENTRED,
    HEAD,
    PLAIN,
    REMARK,
    TITLE,
    Cell,
    Sheet,
    Value,
    listing,
    write,
)

Rows = list[list[Cell | Value]]
_FREE = replace(PLAIN, border=False)
_BOLD = replace(PLAIN, border=False, bold=True)


def workbook(view: ReportView) -> bytes:
    sheets = [_summary(view), _matrix(view), _missing(view), _overdue(view), _urges(view)]
    if (found := changes(view)) is not None:
        sheets.append(_changes(view, found))
    title = f"{view.title} {view.plan}"
    return write(sheets, title=title, at=view.facts.at, locale=view.locale)


def _summary(view: ReportView) -> Sheet:
    facts = view.facts
    rows: Rows = [
        [Cell(view.title, TITLE, across=3), None, None],
        [Cell(view.plan, _FREE, across=3), None, None],
        [Cell(view._("As of"), _BOLD), Cell(to_minute(facts.at, facts.zone), _FREE)],
        [Cell(view.occasion, REMARK, across=3), None, None],
        [Cell(view.text, PLAIN, across=3), None, None],
        *_totals(view),
        [],
        [
            Cell(view._("Record check code of that moment"), REMARK),
            Cell(facts.audit_head, REMARK, across=2),
            None,
        ],
        [
            Cell(view._("Check code of this report"), REMARK),
            Cell(view.digest, REMARK, across=2),
            None,
        ],
    ]
    return Sheet(view._("Overview"), [26, 44, 44], rows, landscape=False)


def _totals(view: ReportView) -> Rows:
    return [[Cell(label, HEAD), Cell(value, CENTRED)] for label, value in view.totals]


def _changes(view: ReportView, found: Changes) -> Sheet:
    head = f"{found.since}{view._(': ')}{found.sums}"
    rows: Rows = [[Cell(head, _BOLD, across=2), None]]
    rows += [[label, said] for label, said in found.lines]
    if not found.lines:
        rows.append([Cell(view._("Nothing changed."), _FREE)])
    return Sheet(view._("Difference"), [26, 88], rows, landscape=False)


def _matrix(view: ReportView) -> Sheet:
    shown = view.matrix
    heads = [view._("No."), view._("Task"), view._("Deadline"), view._("Counted")]
    heads += [view._("Done"), view._("Of"), view._("Settled")]
    head: list[Cell | Value] = [Cell(word, HEAD) for word in heads]
    head += [Cell(f"{column.name}\n{column.share}", HEAD) for column in shown.columns]
    rows: Rows = [head]
    for line in shown.lines:
        row: list[Cell | Value] = [line.number, line.title, line.deadline, line.counts]
        row += [line.done, line.total, line.share]
        row += [None] * len(shown.columns)
        for column, mark in line.marks:
            row[len(heads) + column] = _cell(mark)
        rows.append(row)
    legend = "  ".join(f"{letter} {word}" for _light, letter, word in shown.legend)
    rows.append([None, Cell(legend, REMARK)])
    widths = [5, 34, 12, 16, 8, 8, 9, *[9] * len(shown.columns)]
    return Sheet(view._("Matrix"), widths, rows, (1, 2), (0, 0))


def _cell(mark: Mark | None) -> Cell:
    if mark is None:
        return Cell(None, CENTRED)
    return Cell(mark.text, style_of(mark.light), down=mark.down)


def _missing(view: ReportView) -> Sheet:
    heads = [view._("Row number"), view._("Task"), view._("Unit"), view._("Missing")]
    heads += [view._("Name"), view._("Remark")]
    rows: Rows = []
    for row in view.missing:
        for it in row.shortages:
            names = it.names or ("",)
            rows += [[row.number, row.title, it.unit, it.missing, name, ""] for name in names]
            if it.more and it.names:
                more = view._("and %(num)s more without a name here", num=it.more)
                rows.append([row.number, row.title, it.unit, it.missing, "", more])
        silence = view._("nothing reported")
        rows += [[row.number, row.title, unit, None, "", silence] for unit in row.silent]
    return listing(view._("Who is missing"), heads, rows, [8, 34, 22, 8, 34, 24])


def _overdue(view: ReportView) -> Sheet:
    heads = [view._("Unit"), view._("Row number"), view._("Task"), view._("Role")]
    heads.append(view._("Deadline"))
    rows: Rows = [[it.unit, it.number, it.title, it.role, it.cutoff] for it in view.overdue]
    rows = rows or [[view._("Nothing is overdue.")]]
    return listing(view._("Overdue"), heads, rows, [24, 8, 50, 12, 16])


def _urges(view: ReportView) -> Sheet:
    heads = [view._("When"), view._("By"), view._("Unit"), view._("Row number"), view._("Task")]
    heads += [view._("Which one"), view._("Reaction")]
    rows: Rows = [
        [it.moment, it.by, it.unit, it.number, it.title, it.which, it.reaction] for it in view.urges
    ]
    return listing(view._("Urging"), heads, rows, [16, 18, 24, 8, 40, 8, 40])
