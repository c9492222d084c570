"""A report in one language, for the page, Word, Excel and paper: made of its frozen facts and those
of the report it is compared with, of nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from tracker import language
from tracker.documents.report_matrix import Matrix, matrix
from tracker.documents.report_text import short_moment, text_of
from tracker.domain.cutoffs import to_wall
from tracker.domain.reports import Facts, Gap, Missed, ReportCell, ReportDay
from tracker.domain.vocabulary import Health, Light
from tracker.mail.words import Words


@dataclass(frozen=True)
class Shortage:
    """What one unit misses in a row. `more`: how many of them the report keeps no name of."""

    unit: str
    missing: int
    names: tuple[str, ...]
    more: int


@dataclass(frozen=True)
class MissingRow:
    """`silent`: units that reported no number."""

    number: int
    title: str
    missing: int
    shortages: tuple[Shortage, ...]
    silent: tuple[str, ...]


@dataclass(frozen=True)
class Late:
    unit: str
    number: int
    title: str
    role: str
    cutoff: str


@dataclass(frozen=True)
class Pressed:
    moment: str
    by: str
    unit: str
    number: int
    title: str
    which: int
    reaction: str


@dataclass(frozen=True)
class Days:
    """A standing duty's days: the day, its word, and said, trouble, missed or ahead."""

    unit: str
    days: tuple[tuple[str, str, str], ...]


class ReportView:
    """`digest`: of the frozen content."""

    def __init__(self, facts: Facts, digest: str, before: Facts | None, locale: str) -> None:
        self.facts, self.digest, self.before = facts, digest, before
        self.locale = language.known(locale)
        self.words = Words(self.locale, facts.at, facts.zone)
        self.names = {unit.code: self.words.pick(*unit.name) for unit in facts.units}
        self.titles = {row.number: self.words.pick(*row.title) for row in facts.rows}

    def __eq__(self, other: object) -> bool:
        """A report never changes, and names the one that it is compared with."""
        return isinstance(other, ReportView) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[str, str]:
        return self.digest, self.locale

    def _(self, msgid: str, **params: object) -> str:
        return language.gettext(self.locale, msgid, **params)

    @cached_property
    def title(self) -> str:
        return self._("Report no. %(number)s", number=self.facts.number)

    @cached_property
    def plan(self) -> str:
        return self.words.pick(*self.facts.plan)

    @cached_property
    def moment(self) -> str:
        return language.full_moment(self.locale, self.facts.at, self.facts.zone)

    @cached_property
    def occasion(self) -> str:
        """Whose day's report it is, or who asked for it; and that it was made late."""
        facts = self.facts
        if facts.due_on is None:
            who = self.words.pick(*facts.asked_by) if facts.asked_by else ""
            return self._("made on request of %(who)s", who=who) if who else ""
        day = language.day(self.locale, facts.due_on)
        said = self._("daily report of %(day)s", day=day)
        if facts.late and facts.due_at is not None:
            due = language.moment(self.locale, facts.due_at, facts.zone)
            said += self._(
                "; made late: it was due %(due)s, its numbers are those of %(moment)s",
                due=due,
                moment=short_moment(self.locale, facts.at, facts),
            )
        return said

    @cached_property
    def text(self) -> str:
        return text_of(self.facts, self.locale)

    @cached_property
    def share(self) -> str:
        facts = self.facts
        settled = f"{facts.settled}/{facts.asked}"
        english = self.locale == "en"
        return f"{settled} ({facts.percent}%)" if english else f"{settled}（{facts.percent}%）"

    @cached_property
    def totals(self) -> list[tuple[str, str]]:
        facts = self.facts
        lights = [cell.light for cell in facts.cells]
        waiting, returned = lights.count(Light.REPORTED), lights.count(Light.RETURNED)
        found = [
            (self._("Settled"), self.share),
            (self._("Overdue"), str(len(facts.overdue))),
            (self._("Waiting for verification"), str(waiting)),
            (self._("Sent back"), str(returned)),
            (self._urged_since, str(facts.urged)),
            (self._("of these answered"), str(facts.answered)),
        ]
        if facts.next_cutoff is not None:
            found.append((self._("Next cut-off"), self.words.cutoff(facts.next_cutoff)))
        return found

    @property
    def _urged_since(self) -> str:
        if not self.facts.late:
            return self._("Urged today")
        today = to_wall(self.facts.at, self.facts.zone).date()
        return self._("Urged since %(day)s", day=language.day(self.locale, self.facts.day, today))

    @cached_property
    def matrix_title(self) -> str:
        """Of a report made late with its moment."""
        if not self.facts.late:
            return self._("Matrix")
        moment = short_moment(self.locale, self.facts.at, self.facts)
        return self._("Matrix (as of %(moment)s)", moment=moment)

    @cached_property
    def matrix(self) -> Matrix:
        return matrix(self.facts, self.words)

    @cached_property
    def missing(self) -> list[MissingRow]:
        """Counted rows in which somebody is missing or silent."""
        return [
            MissingRow(
                row.number,
                self.titles[row.number],
                row.missing if row.done is not None or row.gaps else 0,
                tuple(self._shortage(gap) for gap in row.gaps),
                tuple(self.names[code] for code in row.silent),
            )
            for row in self.facts.rows
            if row.counts and (row.gaps or row.silent or row.missing)
        ]

    def _shortage(self, gap: Gap) -> Shortage:
        names = tuple(self.name(name) for name in gap.names)
        return Shortage(self.names[gap.unit], gap.missing, names, gap.missing - len(names))

    def name(self, name: Missed) -> str:
        """「高翔 A001（一班）」."""
        said = f"{name.label} {name.key}" if name.label != name.key else name.key
        if not name.detail:
            return said
        return f"{said} ({name.detail})" if self.locale == "en" else f"{said}（{name.detail}）"

    @cached_property
    def overdue(self) -> list[Late]:
        return self.late(self.facts.overdue)

    def late(self, cells: Sequence[ReportCell]) -> list[Late]:
        return [
            Late(
                self.names[cell.unit],
                cell.rows[0],
                self.titles[cell.rows[0]],
                self.words.label(cell.role),
                self.words.short(cell.due_at),
            )
            for cell in cells
        ]

    @cached_property
    def urges(self) -> list[Pressed]:
        return [
            Pressed(
                language.moment(self.locale, it.at, self.facts.zone),
                self.words.pick(*it.by),
                self.names[it.unit],
                it.row,
                self.titles[it.row],
                it.number,
                it.answer or (self._("read, not answered") if it.opened else self._("not read")),
            )
            for it in self.facts.urges
        ]

    @cached_property
    def more_urges(self) -> int:
        return self.facts.urged - len(self.facts.urges)

    @cached_property
    def standing(self) -> list[Days]:
        return [
            Days(self.names[cell.unit], tuple(self._day(each) for each in cell.days))
            for cell in self.facts.cells
            if cell.days
        ]

    def _day(self, each: ReportDay) -> tuple[str, str, str]:
        named = language.day(self.locale, each.day, self.facts.day)
        if each.health is not None:
            css = "trouble" if each.health is Health.TROUBLE else "said"
            return named, self.words.label(each.health), css
        if each.late:
            return named, self._("No word"), "missed"
        return named, self._("Not yet"), "ahead"
