"""Lights in a workbook: the colours of the pages, each with its letter (B-66)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from tracker import language
from tracker.documents.light_colours import COLOURS
from tracker.domain.readiness import URGENCY, roll_up
from tracker.domain.vocabulary import Light
from tracker.mail.words import Words
from tracker.queries.cells import BoardCell
from tracker.sheets.workbook import CENTRED, Cell, Style


def style_of(light: Light) -> Style:
    fill, ink = COLOURS[light]
    return replace(CENTRED, fill=fill, ink=ink, bold=light in (Light.OVERDUE, Light.RETURNED))


def named(light: Light, words: Words) -> str:
    """「待 待核验」."""
    return f"{language.letter(words.locale, light)} {words.label(light)}"


def mark(cell: BoardCell, words: Words) -> str:
    """「待 12/160」: letter and figure. A figure alone would be a date once it is saved as CSV."""
    figure = cell.figures.figure if cell.figures else ""
    return f"{language.letter(words.locale, cell.light)} {figure}".strip()


def one(cell: BoardCell, words: Words, down: int = 1) -> Cell:
    """「待 待核验⏎12/160」."""
    figure = cell.figures.figure if cell.figures else ""
    said = "\n".join(filter(None, (named(cell.light, words), figure)))
    return Cell(said, style_of(cell.light), down)


def many(cells: Sequence[BoardCell], words: Words, down: int = 1) -> Cell:
    """「已办结 3/12⏎逾 2⏎未 7」, in the colour of the most urgent."""
    ready = roll_up((cell.role, cell.light) for cell in cells)
    counted = Counter(cell.light for cell in cells)
    lights = [light for light in (*URGENCY, Light.NOTHING) if light in counted]
    lines = [f"{language.letter(words.locale, light)} {counted[light]}" for light in lights]
    if ready.total:
        head = words._("settled %(settled)s/%(total)s", settled=ready.settled, total=ready.total)
        lines = [
            head,
            *(
                line
                for light, line in zip(lights, lines, strict=True)
                if light is not Light.SETTLED
            ),
        ]
    return Cell("\n".join(lines), style_of(lights[0]), down)


def legend(words: Words) -> list[Cell]:
    """Every light in its colour, with letter and word."""
    return [Cell(named(light, words), style_of(light)) for light in Light]


def legend_line(words: Words) -> str:
    """The same in one line, without colour."""
    said = " · ".join(named(light, words) for light in Light)
    return words._("Legend") + words._(": ") + said
