"""A report (简报): how a plan stood at one moment, kept in full and with the words of then, so that
nothing that happens or is renamed afterwards changes it."""

import hashlib
import json
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from tracker.domain.cutoffs import to_wall
from tracker.domain.notices import Bilingual
from tracker.domain.readiness import Readiness
from tracker.domain.vocabulary import DutyRole, Health, Light, UnitKind

FORMAT = 1
MOST_NAMED = 200
"""Names that a report keeps of one unit in one row; of the others it keeps how many they are."""

MOST_NAMED_IN_ALL = 5000
MOST_URGES = 300
"""Urges of the day that a report keeps one by one; it counts them all."""

LATE_AFTER = timedelta(minutes=10)


@dataclass(frozen=True)
class ReportUnit:
    """A column."""

    code: str
    kind: UnitKind
    name: Bilingual
    settled: int
    asked: int


@dataclass(frozen=True)
class Missed:
    """A name that is missing."""

    key: str
    label: str
    detail: str


@dataclass(frozen=True)
class Gap:
    """`missing` of one unit in a counted row, of which `names` are the first."""

    unit: str
    missing: int
    names: tuple[Missed, ...]


@dataclass(frozen=True)
class ReportRow:
    """A row. `done` and `total` of what it counts; both None where it counts nothing, `done` None
    where nobody reported. `silent`: units that were to report a number and gave none (零报告).
    `settled` of `asked` duties."""

    number: int
    title: Bilingual
    deadline_text: str
    due_at: datetime
    counts: Bilingual | None
    done: int | None
    total: int | None
    settled: int
    asked: int
    silent: tuple[str, ...]
    gaps: tuple[Gap, ...]

    @property
    def missing(self) -> int:
        return max((self.total or 0) - (self.done or 0), 0)


@dataclass(frozen=True)
class ReportDay:
    """One day of a standing duty. `late`: no word although it was due."""

    day: date
    health: Health | None
    late: bool


@dataclass(frozen=True)
class ReportCell:
    """One duty of one unit, `id` its assignment's. `done` of `total`: its number, the verified of
    an inspector's reports, or the days of a standing duty with a word. `counted`: a number is asked
    for, so that `done` None is silence."""

    id: int
    rows: tuple[int, ...]
    unit: str
    role: DutyRole
    light: Light
    counted: bool
    done: int | None
    total: int | None
    due_at: datetime
    days: tuple[ReportDay, ...]


@dataclass(frozen=True)
class ReportUrge:
    """One duty urged, for the `number`th time. `answer`: the unit's word so far."""

    at: datetime
    by: Bilingual
    unit: str
    row: int
    number: int
    opened: bool
    answer: str


@dataclass(frozen=True)
class Since:
    """How many duties changed since the report `number` of `at`; `same`: nothing at all did."""

    number: int
    at: datetime
    settled: int
    overdue: int
    returned: int
    lacking: int
    reopened: int
    same: bool


@dataclass(frozen=True)
class Facts:
    """The report. `at`: the moment it shows (aware). `due_on`, `due_at`: the day whose report it is
    and the instant at which it was to be made, None where `asked_by` asked for it. `previous`: the
    number of the report that it is compared with, `since` what changed. `urged`, `answered`: of the
    urges since the day began. `audit_event`, `audit_head`: the record's last event and its hash."""

    format: int
    plan_id: int
    plan: Bilingual
    zone: str
    changes: int
    number: int
    previous: int | None
    since: Since | None
    at: datetime
    due_on: date | None
    due_at: datetime | None
    asked_by: Bilingual | None
    settled: int
    asked: int
    units: tuple[ReportUnit, ...]
    rows: tuple[ReportRow, ...]
    cells: tuple[ReportCell, ...]
    urged: int
    answered: int
    urges: tuple[ReportUrge, ...]
    audit_event: int
    audit_head: str

    @property
    def day(self) -> date:
        return self.due_on or to_wall(self.at, self.zone).date()

    @property
    def late(self) -> bool:
        """It was made noticeably later than at its hour."""
        return self.due_at is not None and self.at > self.due_at + LATE_AFTER

    @property
    def percent(self) -> int:
        return Readiness(self.settled, self.asked).percent

    @property
    def overdue(self) -> tuple[ReportCell, ...]:
        return tuple(cell for cell in self.cells if cell.light is Light.OVERDUE)

    @property
    def next_cutoff(self) -> datetime | None:
        """The next one for which something must still be settled."""
        return min((cell.due_at for cell in self._ahead), default=None)

    @property
    def pressing(self) -> tuple[ReportCell, ...]:
        """What must still be settled by the next cut-off."""
        cutoff = self.next_cutoff
        return tuple(cell for cell in self._ahead if cell.due_at == cutoff)

    @property
    def _ahead(self) -> tuple[ReportCell, ...]:
        done = (Light.SETTLED, Light.WAIVED)
        return tuple(
            cell
            for cell in self.cells
            if cell.due_at > self.at and cell.role.binding and cell.light not in done
        )


def canonical(facts: Facts) -> str:
    """The one JSON text of these facts."""
    return json.dumps(_plain(facts), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(content: str) -> str:
    """SHA-256, 64 hex digits."""
    return hashlib.sha256(content.encode()).hexdigest()


def read(content: str) -> Facts:
    """What `canonical` wrote. Raises ValueError for another format."""
    plain = json.loads(content)
    if plain.get("format") != FORMAT:
        raise ValueError(f"a report of format {plain.get('format')!r}")
    facts: Facts = _read(Facts, plain)
    return facts


def _plain(value: Any) -> Any:
    if isinstance(value, Bilingual):
        return value._asdict()
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value


def _read(kind: Any, value: Any) -> Any:
    if get_origin(kind) is UnionType:
        (kind,) = (each for each in get_args(kind) if each is not NoneType)
        return None if value is None else _read(kind, value)
    if get_origin(kind) is tuple:
        return tuple(_read(get_args(kind)[0], each) for each in value)
    if kind is Bilingual:
        return Bilingual(**value)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(
            **{each.name: _read(hints[each.name], value[each.name]) for each in fields(kind)}
        )
    if kind in (datetime, date):
        return kind.fromisoformat(value)
    return kind(value)
