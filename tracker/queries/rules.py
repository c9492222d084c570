"""A plan's reminder rules and cut-offs, as the domain reckons with them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Row, and_, func, or_, select

from tracker.db import db
from tracker.domain.cutoffs import end_of
from tracker.domain.reminding import Cutoff, Rule
from tracker.domain.standing import report_days
from tracker.domain.vocabulary import Audience, Cadence, DutyRole
from tracker.models.plan import CutoffMove, Duty, DutyTask, Plan, Task, in_force
from tracker.models.reminder import ReminderRule


class Running(NamedTuple):
    """As much of a plan in force as its ladder is reckoned from."""

    id: int
    zone: str
    began_at: datetime


def running(now: datetime) -> list[Running]:
    """Oldest first."""
    wanted = select(Plan.id, Plan.zone, Plan.published_at).where(in_force(now)).order_by(Plan.id)
    found = db.session.execute(wanted)
    return [Running(each, zone, began) for each, zone, began in found if began is not None]


def rules_of(plan: Plan) -> dict[int, Rule]:
    """The plan's ladder by rule id, ended rules too: what came before their end stays due."""
    return rules_of_all([plan.id])[plan.id]


def rules_of_all(plan_ids: Collection[int]) -> dict[int, dict[int, Rule]]:
    """`rules_of` each by plan id, in one query."""
    found: dict[int, dict[int, Rule]] = {plan_id: {} for plan_id in plan_ids}
    it = ReminderRule
    facts = (it.code, it.day_offset, it.at, it.audience, it.repeats, it.ignores_quiet)
    statement = (
        select(it.plan_id, it.id, *facts, it.roles, it.working_days, it.since, it.until)
        .where(it.plan_id.in_(found))
        .order_by(it.day_offset, it.at, it.id)
    )
    for plan_id, rule_id, *row in db.session.execute(statement):
        found[plan_id][rule_id] = _rule(*row)
    return found


def ladder_of(plan: Plan, now: datetime) -> dict[int, Rule]:
    """The rules that hold from `now` on."""
    return ladders_of([plan.id], now)[plan.id]


def ladders_of(plan_ids: Collection[int], now: datetime) -> dict[int, dict[int, Rule]]:
    """`ladder_of` each by plan id, in one query."""
    return {
        plan_id: {
            rule_id: rule
            for rule_id, rule in ladder.items()
            if rule.until is None or rule.until > now
        }
        for plan_id, ladder in rules_of_all(plan_ids).items()
    }


def as_rule(row: ReminderRule | Row[Any]) -> Rule:
    return _rule(
        row.code,
        row.day_offset,
        row.at,
        row.audience,
        row.repeats,
        row.ignores_quiet,
        row.roles,
        row.working_days,
        row.since,
        row.until,
    )


@lru_cache(maxsize=1024)
def _rule(
    code: str,
    day_offset: int,
    at: time,
    audience: str,
    repeats: bool,
    ignores_quiet: bool,
    roles: str,
    working_days: bool,
    since: datetime | None,
    until: datetime | None,
) -> Rule:
    """Every tick reads the ladders of all plans, and most are the default one."""
    return Rule(
        code,
        day_offset,
        at,
        frozenset(Audience(word) for word in audience.split()),
        repeats,
        ignores_quiet,
        frozenset(DutyRole(word) for word in roles.split()),
        working_days,
        since,
        until,
    )


def facts_of(rule: Rule) -> dict[str, object]:
    """By column what `as_rule` reads; without the moments from and to which it holds."""
    return {
        "code": rule.code,
        "day_offset": rule.day_offset,
        "at": rule.at,
        "audience": " ".join(sorted(rule.audience)),
        "repeats": rule.repeats,
        "ignores_quiet": rule.ignores_quiet,
        "roles": " ".join(sorted(rule.roles)),
        "working_days": rule.working_days,
    }


_SELDOM = or_(Duty.cadence.in_([Cadence.WEEKLY, Cadence.MONTHLY]), Duty.open_ended)
"""Duties with reports on days of their own. Daily ones with an end are mailed with the cut-offs of
the notice."""


def cutoffs_of(plan: Plan) -> list[Cutoff]:
    """The plan's distinct cut-offs in order, with the days on which weekly, monthly and open-ended
    reports are due. One to which every row was moved knows since when."""
    return cutoffs_of_all({plan.id: plan.zone})[plan.id]


def cutoffs_of_all(zones: Mapping[int, str]) -> dict[int, list[Cutoff]]:
    """`cutoffs_of` each by plan id, in one query. `zones` by plan id."""
    found: dict[int, list[Row[Any]]] = {plan_id: [] for plan_id in zones}
    moved = select(func.max(CutoffMove.at)).where(CutoffMove.task_id == Task.id).scalar_subquery()
    for row in db.session.execute(
        select(Task.plan_id, Task.closes, moved.label("moved"), Duty.id.label("duty_id"))
        .add_columns(Duty.cadence, Duty.report_on, Duty.open_ended, Duty.report_by)
        .add_columns(Duty.opens_at, Duty.due_at)
        .outerjoin(DutyTask, DutyTask.task_id == Task.id)
        .outerjoin(Duty, and_(Duty.id == DutyTask.duty_id, Duty.dropped_at.is_(None), _SELDOM))
        .where(Task.plan_id.in_(found))
        .distinct()  # Most rows of a notice share their cut-off.
    ):
        found[row.plan_id].append(row)
    return {plan_id: _cutoffs(zone, found[plan_id]) for plan_id, zone in zones.items()}


def _cutoffs(zone: str, rows: Sequence[Row[Any]]) -> list[Cutoff]:
    """Of one plan's rows, each with its seldom reported duties."""
    since: dict[datetime, list[datetime | None]] = defaultdict(list)
    for row in rows:
        since[row.closes].append(row.moved)
    found = [
        Cutoff(closes, zone, min(filter(None, moves)) if all(moves) else None)
        for closes, moves in sorted(since.items())
    ]
    standing = {row.duty_id: row for row in rows if row.duty_id is not None}
    return sorted([*found, *_report_cutoffs(zone, standing.values(), {each.day for each in found})])


def _report_cutoffs(zone: str, duties: Iterable[Row[Any]], taken: Collection[date]) -> list[Cutoff]:
    """Of reports on days that are no cut-off already."""
    closes: dict[date, datetime] = {}
    for duty in duties:
        for day in report_days(duty, zone):
            ends = datetime.combine(day, duty.report_by) if duty.report_by else end_of(day)
            closes[day] = max(closes.get(day, ends), ends)
    return [Cutoff(at, zone, report=True) for day, at in closes.items() if day not in taken]
