"""How high the rows of a sheet must be: not every program finds it out when it opens a file."""

import unicodedata
from collections.abc import Sequence
from math import ceil

LINE, MARGIN, HIGHEST = 1.4, 4.0, 409.0
"""A line's height in font sizes, a row's margin and the highest row, in points."""


def lines(text: str, width: float) -> int:
    """How many a text fills in a column of this many characters; a Chinese one takes two."""
    room = max(width, 2)
    return sum(max(1, ceil(_wide(line) / room)) for line in text.split("\n"))


def height(count: int, size: int) -> float:
    return min(count * size * LINE + MARGIN, HIGHEST)


def spread(needed: Sequence[tuple[int, int, float]], rows: int) -> list[float]:
    """Heights of `rows` rows in which every cell has room. `needed`: first row, rows and height of
    each cell; what a merged one lacks is shared among its rows."""
    found = [0.0] * rows
    for first, down, wanted in sorted(needed, key=lambda cell: cell[1]):
        lack = wanted - sum(found[first : first + down])
        if lack > 0:
            for row in range(first, first + down):
                found[row] = min(found[row] + lack / down, HIGHEST)
    return found


def _wide(line: str) -> int:
    if line.isascii():
        return len(line)
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in line)
