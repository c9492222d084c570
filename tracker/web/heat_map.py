"""The board at a glance: a letter and a colour for each unit and row."""

from dataclasses import dataclass

from flask import url_for

from tracker.domain.vocabulary import Light
from tracker.queries.board import Board, BoardUnit
from tracker.web.faces import legend


@dataclass(frozen=True)
class HeatCell:
    """`light` None: no duty. `span`: over how many rows of the notice a merged cell goes."""

    light: Light | None
    letter: str = ""
    word: str = ""
    span: int = 1


@dataclass(frozen=True)
class HeatRow:
    unit: BoardUnit
    href: str
    cells: tuple[HeatCell, ...]


def heat_rows(board: Board) -> list[HeatRow]:
    words = {light: (letter, word) for light, letter, word in legend()}
    return [_row(board, unit, words) for unit in board.units]


def shown_lights(board: Board) -> list[tuple[Light, str, str]]:
    """The legend, without what does not occur."""
    shown = {cell.light for cell in board.cells}
    return [entry for entry in legend() if entry[0] in shown]


def _row(board: Board, unit: BoardUnit, words: dict[Light, tuple[str, str]]) -> HeatRow:
    cells = []
    for task in board.tasks:
        cell = board.by_place.get((task.number, unit.code))
        if cell is None:
            cells.append(HeatCell(None))
        elif cell.task_numbers[0] == task.number:
            letter, word = words[cell.light]
            cells.append(HeatCell(cell.light, letter, word, len(cell.task_numbers)))
    href = url_for("board.show", plan=board.plan.id, unit=unit.code)
    return HeatRow(unit, href, tuple(cells))
