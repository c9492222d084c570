"""What one person's mail says: lines folded by cut-off, then by pile."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby

from tracker.domain import lifecycle
from tracker.domain.notices import Said
from tracker.domain.progress import Progress
from tracker.domain.vocabulary import DutyRole, Pile, State


@dataclass(frozen=True)
class Line:
    """One open duty of one unit. `due_at`: the cut-off it is mailed under, aware UTC.

    `waiting` counts reports an inspector can verify now; `missing_days` are a standing duty's days
    without a check-in; `reason` is why the last report was sent back.
    """

    assignment_id: int
    unit_id: int
    unit_name: str
    unit_name_en: str
    task_numbers: tuple[int, ...]
    title: str
    title_en: str
    text: str
    text_en: str
    role: DutyRole
    state: State
    due_at: datetime
    reason: str | None = None
    progress: Progress = field(default=Progress(None))
    waiting: int = 0
    missing_days: tuple[date, ...] = ()

    @property
    def pile(self) -> Pile:
        return pile_of(self.role, self.state, reviewed=True, waiting=self.waiting)


def pile_of(
    role: DutyRole, state: State, *, reviewed: bool, waiting: int = 0, settled: bool = False
) -> Pile:
    """Where a duty lies on its unit's page; `waiting`, `settled`: an inspection's row."""
    if role is DutyRole.STANDBY:
        return Pile.INFORMATION
    if role is DutyRole.INSPECT:
        if settled:
            return Pile.FINISHED
        return Pile.DO if waiting else Pile.WAITING
    if lifecycle.is_settled(role, state, reviewed=reviewed):
        return Pile.FINISHED
    if state is State.DONE:
        return Pile.WAITING
    if role is DutyRole.MONITOR:
        return Pile.INFORMATION
    return Pile.DO if role.performs else Pile.URGE


def is_mailed(line: Line) -> bool:
    """Whether a line is worth a mail by itself: information and an inspection without reports
    ride along or stay out, they never make a mail."""
    if line.role is DutyRole.INSPECT:
        return line.waiting > 0
    return line.role.binding and lifecycle.is_open(line.role, line.state)


@dataclass(frozen=True)
class Section:
    """One cut-off's part of a mail: what the unit itself has open, pile by pile, and, where the
    step tells academic affairs, which other units are late, one tuple of lines a unit."""

    due_at: datetime
    own: tuple[tuple[Pile, tuple[Line, ...]], ...]
    late: tuple[tuple[Line, ...], ...] = ()

    @property
    def own_count(self) -> int:
        """Duties asked of the reader's own units; information rides along uncounted."""
        return sum(1 for _, lines in self.own for line in lines if is_mailed(line))

    @property
    def late_count(self) -> int:
        """Late duties of other units."""
        return sum(len(lines) for lines in self.late)


_ORDER = (Pile.DO, Pile.URGE, Pile.INFORMATION)


def _row(line: Line) -> tuple[bool, int, tuple[int, ...], int]:
    """Returned ones first, then unit by unit, then the rows in the notice's order."""
    returned = line.state is State.RETURNED
    return (not returned, line.unit_id, line.task_numbers, line.assignment_id)


def section(due_at: datetime, own: Iterable[Line], late: Iterable[Line] = ()) -> Section | None:
    """Fold a cut-off's lines; None where nothing in them is worth a mail."""
    own = sorted(own, key=_row)
    late = sorted((line for line in late if is_mailed(line)), key=lambda line: line.unit_id)
    if not late and not any(is_mailed(line) for line in own):
        return None
    shown: dict[Pile, list[Line]] = {pile: [] for pile in Pile}
    for line in own:
        if is_mailed(line) or line.role is DutyRole.MONITOR:
            shown[line.pile].append(line)
    piles = tuple((pile, tuple(shown[pile])) for pile in _ORDER if shown[pile])
    by_unit = tuple(tuple(lines) for _, lines in groupby(late, lambda line: line.unit_id))
    return Section(due_at, piles, by_unit)


def merged(sections: Sequence[Section]) -> Section:
    """What several steps say about one cut-off, each duty once; at least one section."""
    if len(sections) == 1:
        return sections[0]
    own = {line.assignment_id: line for each in sections for _, lines in each.own for line in lines}
    late = {
        line.assignment_id: line
        for each in sections
        for lines in each.late
        for line in lines
        if line.assignment_id not in own
    }
    return section(sections[0].due_at, own.values(), late.values()) or sections[0]


def missing_by_cutoff(
    days: Iterable[date], reported: Iterable[date], today: date, cutoff_days: Iterable[date]
) -> dict[date, tuple[date, ...]]:
    """A standing duty's days without a check-in, up to today, each under the cut-off day it is
    mailed with: the first one on or after it, or the last of all."""
    done, ends = set(reported), sorted(cutoff_days)
    missing: dict[date, tuple[date, ...]] = {}
    for day in sorted(days):
        if day <= today and day not in done and ends:
            end = next((end for end in ends if end >= day), ends[-1])
            missing[end] = (*missing.get(end, ()), day)
    return missing


@dataclass(frozen=True)
class Part:
    """One reminder of a digest: its section of now, its number, when earlier ones went (aware UTC),
    and, for who is told about others' duties, when their contacts were reminded, by unit id."""

    section: Section
    number: int
    step: str
    last_call: bool
    earlier: tuple[datetime, ...]
    tried: Mapping[int, tuple[datetime, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Digest:
    """A mail's content before any words: to whom, what they are told, and, in parts by cut-off,
    what is open. `plan_title` is empty where there are no parts."""

    to_address: str
    name: str
    name_en: str
    locale: str | None
    plan_title: str
    plan_title_en: str
    zone: str
    units: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    notices: tuple[Said, ...] = ()

    @property
    def leading(self) -> Part | None:
        """The part of the earliest cut-off: its number and step stand for the mail."""
        return self.parts[0] if self.parts else None
