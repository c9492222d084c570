"""The cells of a board: one duty of one unit each, with its light and its figures."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Row

from tracker.domain.cutoffs import to_wall
from tracker.domain.progress import Progress, spoken
from tracker.domain.readiness import Inspection, light
from tracker.domain.standing import report_days
from tracker.domain.vocabulary import Cadence, DutyRole, Health, Light, State
from tracker.queries.inspections import Reviewed, inspection_of
from tracker.queries.rosters import Tallies, in_scope


@dataclass(frozen=True)
class BoardCell:
    """One duty of one unit. `task_numbers`: the row, or all rows that a merged cell spans.
    `check_ins`: each report of a standing duty with what was said of it, else empty.
    `listed`: a roster gives `count` and `target`, not what the unit wrote.
    `sources`: where the reports stand that an INSPECT cell waits for, else None."""

    assignment_id: int
    version: int
    task_numbers: tuple[int, ...]
    unit_code: str
    role: DutyRole
    state: State
    light: Light
    reviewed: bool
    counted: bool
    listed: bool
    count: int | None
    target: int | None
    text: str
    text_en: str
    opens_at: datetime | None
    due_at: datetime
    deadline_text: str
    cadence: Cadence
    report_by: time | None
    check_ins: tuple[tuple[date, Health | None], ...]
    sources: Inspection | None

    @property
    def figures(self) -> Progress | None:
        """The n of N that it shows: days with a word, verified reports, what was counted. None
        where nothing is counted."""
        if self.check_ins:
            said = sum(health is not None for _day, health in self.check_ins)
            return Progress(said, len(self.check_ins))
        if self.sources is not None:
            return Progress(self.sources.verified, self.sources.expected)
        return Progress(self.count, self.target) if self.counted else None


@dataclass(frozen=True)
class BoardDuty:
    """A cell before it is laid on units."""

    row: Row[Any]
    task_ids: tuple[int, ...]
    task_numbers: tuple[int, ...]
    deadline_text: str


def duties_of(table: Iterable[Row[Any]]) -> dict[int, BoardDuty]:
    """A merged cell has the words of the row that closes last."""
    covers: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in table:
        if row.duty_id is not None:
            covers[row.duty_id].append(row)
    duties = {}
    for duty_id, rows in covers.items():
        latest = max(rows, key=lambda row: row.closes)
        numbers = tuple(row.number for row in rows)
        ids = tuple(row.id for row in rows)
        duties[duty_id] = BoardDuty(rows[0], ids, numbers, latest.deadline_text)
    return duties


def cell_of(
    row: Row[Any],
    duty: BoardDuty,
    states: Reviewed,
    said: Mapping[tuple[int, date], Health],
    tallies: Tallies,
    zone: str,
    now: datetime,
) -> BoardCell:
    asked = duty.row
    done, total = _figures(row, asked, tallies)
    sources = None
    if asked.role is DutyRole.INSPECT:
        sources = inspection_of(duty.task_ids, row.campus, states)
    return BoardCell(
        assignment_id=row.id,
        version=row.version,
        task_numbers=duty.task_numbers,
        unit_code=row.code,
        role=asked.role,
        state=row.state,
        light=_light(row, duty, sources, now),
        reviewed=asked.reviewed,
        counted=asked.counted,
        listed=asked.counted and asked.id in tallies,
        count=done,
        target=total,
        text=asked.text,
        text_en=asked.text_en,
        opens_at=asked.opens_at,
        due_at=asked.due_at,
        deadline_text=duty.deadline_text,
        cadence=asked.cadence,
        report_by=asked.report_by,
        check_ins=tuple(
            (day, said.get((row.id, day)))
            for day in report_days(asked, zone, to_wall(now, zone).date())
        ),
        sources=sources,
    )


def _light(row: Row[Any], duty: BoardDuty, sources: Inspection | None, now: datetime) -> Light:
    return light(
        duty.row.role,
        row.state,
        reviewed=duty.row.reviewed,
        due_at=duty.row.due_at,
        now=now,
        sources=sources,
        lacking=row.lacking is not None,
    )


def _figures(row: Row[Any], duty: Row[Any], tallies: Tallies) -> tuple[int | None, int | None]:
    """Of the roster where there is one, else what the unit wrote and the notice asks for."""
    if not duty.counted or duty.id not in tallies:
        return row.said, duty.duty_target
    shown = spoken(in_scope(tallies[duty.id], row.kind, row.unit_id, row.campus), row.said)
    return shown.done, shown.total
