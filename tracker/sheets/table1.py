"""Table 1 as the notice has it, cell for cell, with a narrow column of states beside each duty.

The duties are the notice's own words and nothing else, so that the sheet can be read again as
table 1 of a notice (`services/seed_workbook.py`); the states stand under the same heading.
"""

from tracker import language
from tracker.domain.errors import N_
from tracker.domain.labels import LABELS
from tracker.domain.vocabulary import UnitKind
from tracker.mail.words import Words
from tracker.queries.cells import BoardCell
from tracker.queries.exports import Export
from tracker.queries.plans import NoticeCell, NoticeRow
from tracker.sheets import lights
from tracker.sheets.workbook import CENTRED, HEAD, PLAIN, REMARK, TITLE, Cell, Sheet, Value

_HEADS = {**LABELS[UnitKind], UnitKind.COLLEGE: N_("Colleges (departments), teachers")}
_WIDTHS = {UnitKind.COLLEGE: (28, 12), UnitKind.NETWORK_CENTRE: (18, 11)}
_USUAL = (15, 11)
_ABOVE = 3
"""Rows above the header: the title, the moment, the legend."""


def table1(export: Export, words: Words) -> Sheet:
    """In the reader's language."""
    kinds = export.notice.columns
    heads = [Cell(words._(msgid), HEAD) for msgid in (N_("No."), N_("Deadline"))]
    heads.append(Cell(words._(N_("Problem, task and measure")), HEAD))
    pairs = ((Cell(words._(_HEADS[kind]), HEAD, across=2), None) for kind in kinds)
    widths = [width for kind in kinds for width in _WIDTHS.get(kind, _USUAL)]
    return Sheet(
        words._(N_("Table 1")),
        [5, 10, 22, *widths],
        [
            *above(export, words),
            [Cell(lights.legend_line(words), REMARK)],
            [*heads, *(cell for pair in pairs for cell in pair)],
            *(_row(row, export, words) for row in export.notice.rows),
        ],
        frozen=(_ABOVE + 1, 3),
        repeated=(_ABOVE, _ABOVE),
    )


def above(export: Export, words: Words) -> list[list[Cell | Value]]:
    """The notice's title, and when and by what the sheet was filled."""
    plan, ready = export.board.plan, export.board.readiness
    facts = words._(
        N_("As of %(moment)s (%(zone)s), settled %(settled)s/%(total)s"),
        moment=words.full_moment(),
        zone=words.zone_name(),
        settled=ready.settled,
        total=ready.total,
    )
    return [[Cell(words.pick(plan.title, plan.title_en), TITLE)], [Cell(facts, REMARK)]]


def _row(row: NoticeRow, export: Export, words: Words) -> list[Cell | Value]:
    task = row.task
    line: list[Cell | Value] = [
        Cell(task.number, CENTRED),
        Cell(_deadline(row, words), CENTRED),
        words.pick(task.title, task.title_en),
    ]
    for kind in export.notice.columns:
        if kind not in row.cells:
            line += [None, None]
        elif (cell := row.cells[kind]) is None:
            line += ["", ""]
        else:
            line.append(Cell(words.pick(cell.text, cell.text_en), PLAIN, cell.span))
            line.append(_state(export, words, kind, task.number, cell))
    return line


def _deadline(row: NoticeRow, words: Words) -> str:
    """In the notice's own words; for who cannot read them, the cut-off before them."""
    if words.locale == language.DEFAULT:
        return row.task.deadline_text
    return f"{words.short(row.due_at)}\n{row.task.deadline_text}"


def _state(export: Export, words: Words, kind: UnitKind, number: int, at: NoticeCell) -> Cell:
    """Of the one unit that is seen in the column, or of all of them together."""
    board = export.board
    codes = [unit.code for unit in board.units if unit.kind is kind]
    cells: list[BoardCell] = [
        board.by_place[number, code] for code in codes if (number, code) in board.by_place
    ]
    if not cells:
        return Cell("", PLAIN, at.span)
    if len(codes) == 1:
        return lights.one(cells[0], words, at.span)
    return lights.many(cells, words, at.span)
