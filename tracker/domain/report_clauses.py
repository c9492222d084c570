"""What the text of a report is made of: clauses, which name fewer units as room gets scarce."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tracker.domain.errors import N_
from tracker.domain.notices import Bilingual
from tracker.domain.reports import Facts, ReportCell, ReportRow

MOST_ROWS = 2
"""Rows that a clause names, each with MOST_UNITS of its units."""

MOST_UNITS = 3
_ASKS = ("是否", "？", "?", "whether ", "Whether ")


class Wording(Protocol):
    """What one language says. `limit`: characters that a chat group reads."""

    limit: int
    stop: str
    joint: str
    comma: str

    def say(self, msgid: str, **params: str | int) -> str: ...

    def pick(self, name: Bilingual) -> str: ...

    def moment(self, instant: datetime, facts: Facts) -> str: ...

    def day(self, facts: Facts) -> str: ...

    def cutoff(self, facts: Facts) -> str: ...

    def short_title(self, name: Bilingual) -> str: ...

    def is_short(self, title: str) -> bool: ...

    def cut(self, title: str) -> str: ...


@dataclass(frozen=True)
class Named:
    """Units, the most important first. `some` and `all`: msgids with %(list)s and %(num)s, `none`
    with %(num)s only."""

    parts: tuple[str, ...]
    all: str
    some: str
    none: str

    def fill(self, words: Wording, shown: int) -> str:
        if not self.parts:
            return ""
        num = len(self.parts)
        if not shown:
            return words.say(self.none, num=num)
        names = words.comma.join(self.parts[:shown])
        return words.say(self.all if num <= shown else self.some, list=names, num=num)


@dataclass(frozen=True)
class NamedRows:
    """Rows, each with the units that it waits for, those with the most units first. `num`: how many
    rows they are."""

    num: int
    rows: tuple[tuple[str, tuple[str, ...]], ...]

    def fill(self, words: Wording, shown: int) -> str:
        if not self.rows or not shown:
            return ""
        most = min(MOST_UNITS, shown)
        said = [
            row + Named(units, *_OF_ROW).fill(words, most)
            for row, units in self.rows[: min(MOST_ROWS, shown)]
        ]
        listed = words.joint.join(said)
        if len(said) == len(self.rows):
            return words.say(N_(" (%(rows)s)"), rows=listed)
        return words.say(N_(" (%(rows)s and others, rows: %(num)s)"), rows=listed, num=self.num)


_OF_ROW = (
    N_(": %(list)s"),
    N_(": %(list)s and others, units: %(num)s"),
    N_(": units: %(num)s"),
)


@dataclass(frozen=True)
class Clause:
    """`rank`: the higher, the sooner it is left out. Clauses of one `group` are one sentence."""

    rank: int
    group: int
    head: str
    lists: tuple[Named | NamedRows, ...] = ()

    def fill(self, words: Wording, shown: int) -> str:
        return self.head + "".join(each.fill(words, shown) for each in self.lists)


def by_row(facts: Facts, words: Wording, cells: Sequence[ReportCell]) -> NamedRows:
    """These duties under their rows; one that spans several rows under all of them."""
    rows = {row.number: row for row in facts.rows}
    waiting: dict[tuple[int, ...], dict[str, None]] = {}
    for cell in cells:
        waiting.setdefault(cell.rows, {})[cell.unit] = None
    order = sorted(waiting, key=lambda numbers: (-len(waiting[numbers]), numbers))
    return NamedRows(
        len({number for numbers in waiting for number in numbers}),
        tuple(
            (_rows_name(numbers, rows, words), named(facts, words, waiting[numbers]))
            for numbers in order
        ),
    )


def _rows_name(numbers: tuple[int, ...], rows: Mapping[int, ReportRow], words: Wording) -> str:
    if len(numbers) > 1:
        return words.say(N_("rows %(rows)s"), rows=ranges(numbers, words.comma))
    row = rows[numbers[0]]
    return words.say(N_("row %(number)s, %(name)s"), number=row.number, name=_short(row, words))


def _short(row: ReportRow, words: Wording) -> str:
    if not is_subject(row, words) and row.counts is not None:
        return words.pick(row.counts)
    return words.cut(words.pick(row.title))


def is_subject(row: ReportRow, words: Wording) -> bool:
    """Whether a sentence can begin with the row's title: a short one that asks nothing."""
    title = words.pick(row.title)
    return words.is_short(title) and not any(asks in title for asks in _ASKS)


def named(facts: Facts, words: Wording, counts: Mapping[str, int | None]) -> tuple[str, ...]:
    """Units by name, with their number where they have one, the largest first."""
    names = {unit.code: words.pick(unit.name) for unit in facts.units}
    order = sorted(counts, key=lambda code: -(counts[code] or 0))
    return tuple(
        names[code]
        if counts[code] is None
        else words.say(N_("%(unit)s %(num)s"), unit=names[code], num=counts[code] or 0)
        for code in order
    )


def ranges(numbers: Sequence[int], comma: str) -> str:
    """「2、4–10」."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return comma.join(str(a) if a == b else f"{a}–{b}" for a, b in runs)
