"""The duties of some units as the database holds them, for `queries/mine.py` to shape.
Each function is one query, whatever the number of duties."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, select
from sqlalchemy.orm import aliased

from tracker.actors import units_near
from tracker.db import db
from tracker.domain.cutoffs import to_wall
from tracker.domain.standing import asked_days, is_late, report_days, report_spans
from tracker.domain.vocabulary import Cadence, DutyRole, Health, Verdict
from tracker.models.assignment import Assignment, CheckIn, CheckOff, Review
from tracker.models.org import Unit, User
from tracker.models.plan import Duty, DutyTask, Plan, Task, in_force
from tracker.queries import inspections
from tracker.queries.inspections import Reviewed


@dataclass(frozen=True)
class Answer:
    """The inspector's last word on a report."""

    by: str
    by_en: str
    at: datetime
    verdict: Verdict
    reason: str


@dataclass(frozen=True)
class Said:
    """What a unit reported last: by whom, when, the number and the note; and the answer to it."""

    by: str
    by_en: str
    at: datetime
    count: int | None
    note: str
    answer: Answer | None


@dataclass(frozen=True)
class Day:
    """One report of a standing duty, by the day on which it is due. `asked`: its day, week or month
    has come; `is_current`: and is not over. `health` None: nothing was said of it; `is_late`:
    although it should have been by now."""

    day: date
    asked: bool
    health: Health | None = None
    note: str = ""
    by: str = ""
    by_en: str = ""
    at: datetime | None = None
    is_late: bool = False
    cadence: Cadence = Cadence.DAILY
    is_current: bool = False


def days_of(duty: Any, zone: str, said: Mapping[date, Day], now: datetime) -> tuple[Day, ...]:
    """Every report of a standing duty with what was said of it; none of a duty reported once.
    `duty`: a duty, or a row with its columns."""
    wall = to_wall(now, zone)
    days = report_days(duty, zone, wall.date())
    asked = asked_days(report_spans(duty, zone), wall.date())
    current = next((day for day in asked if day >= wall.date()), None)
    return tuple(
        replace(
            said.get(day)
            or Day(day, day in asked, is_late=is_late(day, False, wall, duty.report_by)),
            cadence=duty.cadence,
            is_current=day == current,
        )
        for day in days
    )


def _held(unit_ids: Collection[int], now: datetime) -> ColumnElement[bool]:
    """Of running plans. Their duties are named first: a unit of ten years holds thousands of
    others, which no query is to walk over."""
    running = select(Duty.id).join(Plan, Plan.id == Duty.plan_id).where(in_force(now))
    return and_(Assignment.duty_id.in_(running), Assignment.unit_id.in_(sorted(unit_ids)))


def duties(unit_ids: Collection[int], now: datetime) -> list[Row[Any]]:
    """The running plans' assignments, once for each task that a duty covers."""
    task = [Task.number, Task.title, Task.title_en, Task.deadline_text, Task.closes, Task.counts]
    task.append(Task.counts_en)
    duty = [Duty.role, Duty.text, Duty.text_en, Duty.cadence, Duty.reviewed, Duty.counted]
    plan: list[Any] = [
        Plan.title.label("plan_title"),
        Plan.title_en.label("plan_title_en"),
        Plan.zone,
    ]
    plan += [and_(Plan.parent_id.is_not(None), Plan.phase.is_(None)).label("of_case")]
    when = [Duty.opens_at, Duty.due_at, Duty.report_by, Duty.report_on, Duty.open_ended]
    when += [Duty.target, Duty.plan_id]
    unit: list[Any] = [
        Unit.code.label("unit_code"),
        Unit.kind.label("unit_kind"),
        Unit.name.label("unit_name"),
        Unit.name_en.label("unit_name_en"),
        Assignment.unit_id,
        Unit.parent_id.label("campus"),
    ]
    mine = [
        Assignment.id,
        Assignment.state,
        Assignment.version,
        Assignment.lacking,
        Assignment.count.label("number_said"),
    ]
    statement = (
        select(*mine, *unit, *task, *duty, *when, *plan, Task.id.label("task_id"))
        .join(Unit, Unit.id == Assignment.unit_id)
        .join(Duty, Duty.id == Assignment.duty_id)
        .join(Plan, Plan.id == Duty.plan_id)
        .join(DutyTask, DutyTask.duty_id == Duty.id)
        .join(Task, Task.id == DutyTask.task_id)
        .where(_held(unit_ids, now))
        .order_by(Unit.position, Unit.id, Plan.id, Task.number, Duty.id)
    )
    return list(db.session.execute(statement))


def reports(unit_ids: Collection[int], now: datetime) -> Mapping[int, Said]:
    """Assignment id -> its last report, undone ones aside, with the last answer to it."""
    return reports_where(_held(unit_ids, now))


def reports_where(*conditions: ColumnElement[bool]) -> Mapping[int, Said]:
    """`reports` of any assignments."""
    reviewer = aliased(User)
    statement: Select[Any] = (
        select(CheckOff.assignment_id, CheckOff.at, CheckOff.note)
        .add_columns(CheckOff.count.label("number"))
        .add_columns(User.name.label("by"), User.name_en.label("by_en"))
        .add_columns(Review.at.label("reviewed_at"), Review.verdict, Review.reason)
        .add_columns(reviewer.name.label("reviewer"), reviewer.name_en.label("reviewer_en"))
        .join(Assignment, Assignment.id == CheckOff.assignment_id)
        .join(User, User.id == CheckOff.user_id)
        .outerjoin(Review, Review.check_off_id == CheckOff.id)
        .outerjoin(reviewer, reviewer.id == Review.user_id)
        .where(*conditions, CheckOff.undone_at.is_(None))
        .order_by(CheckOff.id, Review.id)
    )
    return {row.assignment_id: _said(row) for row in db.session.execute(statement)}


def _said(row: Row[Any]) -> Said:
    answer = None
    if row.verdict is not None:
        answer = Answer(row.reviewer, row.reviewer_en, row.reviewed_at, row.verdict, row.reason)
    return Said(row.by, row.by_en, row.at, row.number, row.note, answer)


def reviewed_states(
    unit_ids: Collection[int], campuses: Collection[int | None], now: datetime
) -> Reviewed:
    """For the rows that the units inspect, on these campuses of theirs."""
    inspecting, row, held = aliased(Duty), aliased(DutyTask), aliased(Assignment)
    inspected = (
        select(row.task_id)
        .join(inspecting, inspecting.id == row.duty_id)
        .join(held, held.duty_id == inspecting.id)
        .join(Plan, Plan.id == inspecting.plan_id)
        .where(inspecting.role == DutyRole.INSPECT, in_force(now))
        .where(held.unit_id.in_(sorted(unit_ids)))
    )
    return inspections.reviewed_states(DutyTask.task_id.in_(inspected), units_near(campuses))


def check_ins(unit_ids: Collection[int], now: datetime) -> Mapping[int, Mapping[date, Day]]:
    """Assignment id -> day -> what was said of it."""
    return check_ins_where(_held(unit_ids, now))


def check_ins_where(*conditions: ColumnElement[bool]) -> Mapping[int, Mapping[date, Day]]:
    """`check_ins` of any assignments."""
    statement: Select[Any] = (
        select(CheckIn.assignment_id, CheckIn.day, CheckIn.health, CheckIn.note, CheckIn.at)
        .add_columns(User.name.label("by"), User.name_en.label("by_en"))
        .join(Assignment, Assignment.id == CheckIn.assignment_id)
        .join(User, User.id == CheckIn.user_id)
        .where(*conditions)
    )
    days: dict[int, dict[date, Day]] = defaultdict(dict)
    for row in db.session.execute(statement):
        said = Day(row.day, True, row.health, row.note, row.by, row.by_en, row.at)
        days[row.assignment_id][row.day] = said
    return days
