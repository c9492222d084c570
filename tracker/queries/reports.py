"""Reports as they were frozen: one, the list, what each is compared with, and who reads them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, undefer

from tracker.db import db
from tracker.domain.cutoffs import last_day, to_instant
from tracker.domain.report_evenings import STALE_AFTER, due_evening
from tracker.domain.reports import Facts, read
from tracker.models.org import User
from tracker.models.plan import Plan, Task, in_force
from tracker.models.report import Report, ReportReader
from tracker.queries import paging
from tracker.queries.paging import Page

AFTERWARDS = timedelta(days=7)
"""How long after its last cut-off a plan still has a report every evening."""


def find(report_id: int) -> Report | None:
    """One with its content and its plan."""
    whole = (undefer(Report.content), joinedload(Report.plan))
    return db.session.scalar(select(Report).options(*whole).where(Report.id == report_id))


def asked_since(plan: Plan, moment: datetime) -> int:
    """How many reports somebody asked for since then."""
    asked = select(func.count(Report.id)).where(Report.plan_id == plan.id)
    found = asked.where(Report.due_on.is_(None), Report.at > moment)
    return db.session.scalar(found) or 0


def facts_of(report: Report) -> Facts:
    return read(report.content)


def compared(facts: Facts) -> Facts | None:
    """The report with which this one is compared: as frozen as itself."""
    if facts.previous is None:
        return None
    found = db.session.scalar(
        select(Report.content).where(
            Report.plan_id == facts.plan_id, Report.number == facts.previous
        )
    )
    return read(found) if found else None


def listing(plan: Plan, number: int) -> Page[Report]:
    """A page of a plan's reports, the newest first, without their content."""
    mine = Report.plan_id == plan.id
    count = select(func.count(Report.id)).where(mine)

    def rows(limit: int, offset: int) -> Sequence[Report]:
        newest = select(Report).options(joinedload(Report.user)).where(mine)
        newest = newest.order_by(Report.number.desc()).limit(limit).offset(offset)
        return db.session.scalars(newest).all()

    return paging.page(number, db.session.scalar(count) or 0, rows)


def before(report: Report) -> Report | None:
    """The plan's report before this one, without its content."""
    earlier = (Report.plan_id == report.plan_id, Report.number < report.number)
    return db.session.scalar(select(Report).where(*earlier).order_by(Report.number.desc()).limit(1))


def neighbours(report: Report) -> tuple[int | None, int | None]:
    """Ids of the plan's reports before and after this one."""
    of_plan = Report.plan_id == report.plan_id
    older = select(Report.id).where(of_plan, Report.number == report.number - 1)
    newer = select(Report.id).where(of_plan, Report.number == report.number + 1)
    return db.session.scalar(older), db.session.scalar(newer)


def missed_days(rows: Sequence[Report]) -> dict[int, tuple[date, ...]]:
    """By id of a daily report, the days between it and the daily one before of which none was made.
    `rows`: the newest first."""
    daily = [row for row in rows if row.due_on is not None]
    found = {}
    for row, older in pairwise(daily):
        assert row.due_on
        assert older.due_on
        days = (row.due_on - older.due_on).days
        found[row.id] = tuple(older.due_on + timedelta(days=n) for n in range(1, days))
    return {report_id: days for report_id, days in found.items() if days}


def latest(plan: Plan) -> Report | None:
    """The plan's last report, with its content."""
    mine = select(Report).options(undefer(Report.content)).where(Report.plan_id == plan.id)
    return db.session.scalar(mine.order_by(Report.number.desc()).limit(1))


def last_daily(plan: Plan) -> int | None:
    """The number of the plan's last daily report."""
    daily = (Report.plan_id == plan.id, Report.due_on.is_not(None))
    return db.session.scalar(select(func.max(Report.number)).where(*daily))


def due(now: datetime) -> list[tuple[int, date, datetime]]:
    """(plan id, day, instant) of every daily report whose hour has come and that is not there yet.
    One small query, a second one a plan in the hours after its report only."""
    running = select(Plan).where(in_force(now), Plan.report_at.is_not(None))
    found = []
    for plan in db.session.scalars(running.order_by(Plan.id)):
        assert plan.report_at is not None
        day, due_at = due_evening(plan.report_at, plan.zone, now)
        fresh = plan.began_at <= due_at and now < due_at + STALE_AFTER
        if fresh and not _exists(plan, day) and not _is_over(plan, day):
            found.append((plan.id, day, due_at))
    return found


def due_instant(plan: Plan, day: date | None) -> datetime | None:
    """When the plan's report of that day is due."""
    if day is None or plan.report_at is None:
        return None
    return to_instant(datetime.combine(day, plan.report_at), plan.zone)


def _exists(plan: Plan, day: date) -> bool:
    there = select(Report.id).where(Report.plan_id == plan.id, Report.due_on == day)
    return db.session.scalar(there) is not None


def _is_over(plan: Plan, day: date) -> bool:
    ends = db.session.scalar(select(func.max(Task.closes)).where(Task.plan_id == plan.id))
    return ends is None or day > last_day(ends) + AFTERWARDS


def readers(plan: Plan) -> Sequence[User]:
    """Whom the plan's daily report is mailed to, by name."""
    rows = select(User).join(ReportReader, ReportReader.user_id == User.id)
    return db.session.scalars(
        rows.where(ReportReader.plan_id == plan.id).order_by(User.name, User.id)
    ).all()
