"""A plan's reminder rules and cut-offs, as the domain reckons with them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select

from tracker.db import db
from tracker.domain.reminding import Cutoff, Rule
from tracker.domain.vocabulary import Audience, DutyRole
from tracker.models.plan import CutoffMove, Plan, Task
from tracker.models.reminder import ReminderRule


def rules_of(plan: Plan) -> dict[int, Rule]:
    """The plan's ladder by rule id, ended rules too: what came before their end stays due."""
    return rules_of_all([plan])[plan.id]


def rules_of_all(plans: Sequence[Plan]) -> dict[int, dict[int, Rule]]:
    """`rules_of` each by plan id, in one query."""
    found: dict[int, dict[int, Rule]] = {plan.id: {} for plan in plans}
    rows = db.session.scalars(
        select(ReminderRule)
        .where(ReminderRule.plan_id.in_(found))
        .order_by(ReminderRule.day_offset, ReminderRule.at, ReminderRule.id)
    )
    for row in rows:
        found[row.plan_id][row.id] = as_rule(row)
    return found


def ladder_of(plan: Plan, now: datetime) -> dict[int, Rule]:
    """The rules that hold from `now` on."""
    return {
        rule_id: rule
        for rule_id, rule in rules_of(plan).items()
        if rule.until is None or rule.until > now
    }


def as_rule(row: ReminderRule) -> Rule:
    return Rule(
        row.code,
        row.day_offset,
        row.at,
        frozenset(Audience(word) for word in row.audience.split()),
        row.repeats,
        row.ignores_quiet,
        frozenset(DutyRole(word) for word in row.roles.split()),
        row.working_days,
        row.since,
        row.until,
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


def cutoffs_of(plan: Plan) -> list[Cutoff]:
    """The plan's distinct cut-offs in order. One to which every row was moved knows since when."""
    return cutoffs_of_all([plan])[plan.id]


def cutoffs_of_all(plans: Sequence[Plan]) -> dict[int, list[Cutoff]]:
    """`cutoffs_of` each by plan id, in one query."""
    since: dict[int, dict[datetime, list[datetime | None]]] = {
        plan.id: defaultdict(list) for plan in plans
    }
    moved = select(func.max(CutoffMove.at)).where(CutoffMove.task_id == Task.id).scalar_subquery()
    rows = select(Task.plan_id, Task.closes, moved).where(Task.plan_id.in_(since))
    for plan_id, closes, at in db.session.execute(rows):
        since[plan_id][closes].append(at)
    return {plan.id: _distinct(since[plan.id], plan.zone) for plan in plans}


def _distinct(since: Mapping[datetime, list[datetime | None]], zone: str) -> list[Cutoff]:
    return [
        Cutoff(closes, zone, min(filter(None, moves)) if all(moves) else None)
        for closes, moves in sorted(since.items())
    ]
