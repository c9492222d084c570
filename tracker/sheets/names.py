"""Names of sheets that every spreadsheet program takes."""

import unicodedata
from collections.abc import Iterable

from tracker.domain.spreadsheets import printable, units

LONGEST_NAME = 31
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\\t\n", " "))
_RESERVED = {"history", "历史记录"}
"""Excel's own, in English and in Chinese."""


def sheet_names(wanted: Iterable[str]) -> list[str]:
    """As near to what is wanted as may be: without forbidden marks, at most 31 characters, none
    twice whatever its case and width, none that is Excel's own."""
    taken = set(_RESERVED)
    return [_free(name, taken) for name in wanted]


def _free(name: str, taken: set[str]) -> str:
    base = _plain(name) or "Sheet"
    found, number = _cut(base, LONGEST_NAME), 1
    while _folded(found) in taken:
        number += 1
        mark = f" ({number})"
        found = _cut(base, LONGEST_NAME - len(mark)) + mark
    taken.add(_folded(found))
    return found


def _plain(name: str) -> str:
    return " ".join(printable(name).translate(_FORBIDDEN).split()).strip("' ")


def _cut(name: str, most: int) -> str:
    while units(name) > most:
        name = name[:-1]
    return name.strip("' ")


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()
