"""What is open, as lines for mails and forecasts. One fixed set of queries, however many plans."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Executable, Row, or_, select, true

from tracker.actors import units_near
from tracker.db import db
from tracker.domain.cutoffs import last_day, to_wall
from tracker.domain.digests import Line, Section, missing_by_cutoff, section
from tracker.domain.progress import Progress, spoken
from tracker.domain.reminding import Cutoff, Rule
from tracker.domain.standing import asked_days
from tracker.domain.vocabulary import (
    Audience,
    Cadence,
    DutyRole,
    State,
    Verdict,
)
from tracker.models.assignment import Assignment, CheckIn, CheckOff, Review
from tracker.models.org import Unit
from tracker.models.plan import Duty, Plan
from tracker.queries import rosters
from tracker.queries.duty_parts import Part, parts_of
from tracker.queries.holders import Holder
from tracker.queries.inspections import inspection_of, reviewed_states
from tracker.queries.rosters import Tally
from tracker.queries.rules import cutoffs_of_all


@dataclass(frozen=True)
class OpenWork:
    """A plan's open duties as of one reading, askable for any cut-off and moment."""

    zone: str
    cutoff_days: tuple[date, ...]
    lines: dict[int, list[tuple[Line, datetime | None]]]
    standing: dict[int, list[tuple[Line, tuple[tuple[date, date], ...], frozenset[date]]]]

    def of_unit(self, unit_id: int, cutoff: Cutoff, moment: datetime) -> list[Line]:
        """One unit's lines under one cut-off, opened by `moment`."""
        due_at = cutoff.instant
        found = [
            line
            for line, opens_at in self.lines.get(unit_id, ())
            if line.due_at == due_at and (opens_at is None or opens_at <= moment)
        ]
        today = to_wall(moment, self.zone).date()
        for line, spans, reported in self.standing.get(unit_id, ()):
            asked = asked_days(spans, today)
            latest = max([today, *asked])
            missing = missing_by_cutoff(asked, reported, latest, self.cutoff_days).get(cutoff.day)
            if missing:
                found.append(replace(line, due_at=due_at, missing_days=missing))
        return found

    def section_for(
        self, holder: Holder, rule: Rule, cutoff: Cutoff, moment: datetime
    ) -> Section | None:
        """What one step says to one person; None where it has nothing to say."""
        answers_for = holder.units(rule.audience - {Audience.INSPECTORS})
        own = [
            line
            for unit in sorted(holder.units(rule.audience))
            for line in self.of_unit(unit, cutoff, moment)
            if line.role is DutyRole.INSPECT or unit in answers_for
        ]
        late: list[Line] = []
        if Audience.AFFAIRS in rule.audience and moment >= cutoff.instant:
            overseen = {*self.lines, *self.standing} if holder.is_affairs else holder.campus_units
            held = {unit_id for unit_id, _ in holder.posts}
            late = [
                line
                for unit in sorted(overseen - held)
                for line in self.of_unit(unit, cutoff, moment)
            ]
        if rule.roles:
            own = [line for line in own if line.role in rule.roles]
            late = [line for line in late if line.role in rule.roles]
        return section(cutoff.instant, own, late)


def open_work(
    plan: Plan,
    cutoffs: Collection[datetime] | None = None,
    unit_ids: Collection[int] | None = None,
) -> OpenWork:
    """Of one plan. Of `cutoffs` and of these units only, where given: a step reads what is due and
    no more."""
    return open_works([plan], cutoffs, unit_ids)[plan.id]


def open_works(
    plans: Sequence[Plan],
    cutoffs: Collection[datetime] | None = None,
    unit_ids: Collection[int] | None = None,
) -> dict[int, OpenWork]:
    """`open_work` by plan id: at most eight queries, whatever the number of plans, units and
    people."""
    zones = {plan.id: plan.zone for plan in plans}
    parts, reasons = parts_of(zones), _reasons(zones, unit_ids)
    reported, tallies = _reported_days(zones, unit_ids), rosters.tallies(zones)
    works = {
        plan_id: OpenWork(zones[plan_id], _days(closing), defaultdict(list), defaultdict(list))
        for plan_id, closing in cutoffs_of_all(zones).items()
    }
    rows = db.session.execute(_open_rows(zones, cutoffs, unit_ids)).all()
    waiting = _waiting(zones, rows, parts)
    for row in rows:
        part = parts[row.duty_id]
        if part.duty.role is DutyRole.INSPECT and not waiting[row.id]:
            continue
        tally = tallies.get(part.task_ids[0])
        line = _line(row, part, tally, reasons.get(row.id), waiting.get(row.id, 0))
        work = works[part.duty.plan_id]
        if part.spans:
            said = frozenset(reported.get(row.id, ()))
            work.standing[row.unit_id].append((line, part.spans, said))
        else:
            work.lines[row.unit_id].append((line, part.duty.opens_at))
    return works


def _days(cutoffs: Iterable[Cutoff]) -> tuple[date, ...]:
    return tuple(sorted({last_day(cutoff.closes) for cutoff in cutoffs}))


def _line(
    row: Row[Any], part: Part, listed: Tally | None, reason: str | None, waiting: int
) -> Line:
    return Line(
        assignment_id=row.id,
        unit_id=row.unit_id,
        unit_name=row.name,
        unit_name_en=row.name_en,
        task_numbers=part.numbers,
        title=part.title,
        title_en=part.title_en,
        text=part.duty.text,
        text_en=part.duty.text_en,
        role=part.duty.role,
        state=row.state,
        due_at=part.duty.due_at,
        reason=reason,
        progress=_progress(row, part.duty, listed),
        waiting=waiting,
    )


def _open_rows(
    plan_ids: Collection[int],
    cutoffs: Collection[datetime] | None,
    unit_ids: Collection[int] | None,
) -> Executable:
    """Columns only: there may be a million of them."""
    wanted = (
        select(
            *(Assignment.id, Assignment.state, Assignment.count.label("said"), Assignment.duty_id),
            *(Assignment.unit_id, Unit.name, Unit.name_en, Unit.kind),
            Unit.parent_id.label("campus"),
        )
        .join(Duty, Duty.id == Assignment.duty_id)
        .join(Unit, Unit.id == Assignment.unit_id)
        .where(Duty.plan_id.in_(plan_ids), Duty.role != DutyRole.STANDBY)
        .where(Assignment.state.in_([State.OPEN, State.RETURNED]), _of(unit_ids))
        .order_by(Assignment.id)
    )
    if cutoffs is not None:
        wanted = wanted.where(or_(Duty.due_at.in_(cutoffs), Duty.cadence != Cadence.ONCE))
    return wanted


def _progress(row: Row[Any], duty: Duty, listed: Tally | None) -> Progress:
    if not duty.counted or listed is None:
        return Progress(row.said, duty.target)
    return spoken(rosters.in_scope(listed, row.kind, row.unit_id, row.campus), row.said)


def _waiting(
    plan_ids: Collection[int], rows: Iterable[Row[Any]], parts: Mapping[int, Part]
) -> dict[int, int]:
    """By assignment id: the reports that each inspection among these rows can verify now. One
    query, which reads every unit's assignments, and none where there is no inspection."""
    inspecting = [row for row in rows if parts[row.duty_id].duty.role is DutyRole.INSPECT]
    if not inspecting:
        return {}
    near = units_near({row.campus for row in inspecting})
    states = reviewed_states(Duty.plan_id.in_(plan_ids), near)
    return {
        row.id: inspection_of(parts[row.duty_id].task_ids, row.campus, states).waiting
        for row in inspecting
    }


def _of(unit_ids: Collection[int] | None) -> ColumnElement[bool]:
    return true() if unit_ids is None else Assignment.unit_id.in_(unit_ids)


def _reasons(plan_ids: Collection[int], unit_ids: Collection[int] | None) -> dict[int, str]:
    """Why each returned assignment was sent back last."""
    rows = db.session.execute(
        select(Assignment.id, Review.reason)
        .join(Duty, Duty.id == Assignment.duty_id)
        .join(CheckOff, CheckOff.assignment_id == Assignment.id)
        .join(Review, Review.check_off_id == CheckOff.id)
        .where(Duty.plan_id.in_(plan_ids), Assignment.state == State.RETURNED, _of(unit_ids))
        .where(Review.verdict == Verdict.RETURNED)
        .order_by(Review.id)
    )
    return dict(rows.all())


def _reported_days(
    plan_ids: Collection[int], unit_ids: Collection[int] | None
) -> dict[int, list[date]]:
    rows: Iterable[tuple[int, date]] = db.session.execute(
        select(CheckIn.assignment_id, CheckIn.day)
        .join(Assignment, Assignment.id == CheckIn.assignment_id)
        .join(Duty, Duty.id == Assignment.duty_id)
        .where(Duty.plan_id.in_(plan_ids), _of(unit_ids))
    )
    days: dict[int, list[date]] = defaultdict(list)
    for assignment_id, day in rows:
        days[assignment_id].append(day)
    return days
