"""The ladder of a plan in the hands of academic affairs. A change concerns the future alone: the
rule that was is ended, another one begins, and what was decided stays as it is."""

from datetime import datetime

from sqlalchemy import func, select

from tracker.db import db
from tracker.domain.errors import N_, IllegalStep, InvalidInput
from tracker.domain.reminding import FARTHEST_DAY, Rule
from tracker.models.plan import Plan
from tracker.models.reminder import ReminderRule
from tracker.permissions import Actor, require_administer
from tracker.queries.rules import as_rule, facts_of
from tracker.services import audit, plans

MOST_RULES = 30


def begin(plan: Plan, rule: Rule, actor: Actor, now: datetime) -> ReminderRule:
    """Add a rung from now on; its code is made from its moment. Raises NotPermitted, InvalidInput,
    IllegalStep, PlanAtRest."""
    require_administer(actor)
    _require_sense(rule)
    plans.enter(plan.id)
    if same := _same(plan, rule, now):
        return same
    if len(_holding(plan, now)) >= MOST_RULES:
        raise IllegalStep(N_("A ladder has at most 30 rules."))
    row = _add(plan, rule, now)
    audit.record(actor, now, "rule.begun", "rule", row.id, code=row.code)
    return row


def change(row: ReminderRule, rule: Rule, actor: Actor, now: datetime) -> ReminderRule:
    """From now on `rule` in place of `row`. Gives the new row, or the one that says so already
    where nothing changes (B-17). Raises NotPermitted, InvalidInput, IllegalStep."""
    require_administer(actor)
    _require_sense(rule)
    plan = _lock(row)
    same = _same(plan, rule, now)
    if same is not None and (same is row or row.until is not None):
        return same
    if row.until is not None:
        raise IllegalStep(N_("This rule has been changed or ended meanwhile."))
    row.until = now
    new = same or _add(plan, rule, now)
    audit.record(actor, now, "rule.changed", "rule", new.id, code=new.code, instead_of=row.code)
    db.session.flush()
    return new


def end(row: ReminderRule, actor: Actor, now: datetime) -> None:
    """No moment of it comes any more. Said twice, nothing changes."""
    require_administer(actor)
    _lock(row)
    if row.until is None:
        row.until = now
        audit.record(actor, now, "rule.ended", "rule", row.id, code=row.code)
        db.session.flush()


def _lock(row: ReminderRule) -> Plan:
    plans.enter(row.plan_id)
    db.session.refresh(row)
    return db.session.get_one(Plan, row.plan_id)


def _require_sense(rule: Rule) -> None:
    if not rule.audience:
        raise InvalidInput("audience", N_("Choose at least one group of people."))
    if abs(rule.day_offset) > FARTHEST_DAY:
        raise InvalidInput("days", N_("Enter a whole number from 0 to 60."))


def _holding(plan: Plan, now: datetime) -> list[ReminderRule]:
    rows = select(ReminderRule).where(ReminderRule.plan_id == plan.id)
    return [row for row in db.session.scalars(rows) if row.until is None or row.until > now]


def _same(plan: Plan, rule: Rule, now: datetime) -> ReminderRule | None:
    """A rule of the ladder that says the same already: two would be a double click (B-17)."""
    wanted = _facts(rule)
    return next((row for row in _holding(plan, now) if _facts(as_rule(row)) == wanted), None)


def _facts(rule: Rule) -> tuple[object, ...]:
    return (
        rule.day_offset,
        rule.at,
        rule.audience,
        rule.repeats,
        rule.ignores_quiet,
        rule.roles,
        rule.working_days,
    )


def _add(plan: Plan, rule: Rule, now: datetime) -> ReminderRule:
    facts = {**facts_of(rule), "code": _free_code(plan, rule)}
    row = ReminderRule(plan_id=plan.id, since=now, **facts)
    db.session.add(row)
    db.session.flush()
    return row


def _free_code(plan: Plan, rule: Rule) -> str:
    """「D-1 09:00」, with a number where the plan has had a rule of that moment before."""
    day = f"D{rule.day_offset:+d}" if rule.day_offset else "D"
    code = f"{day} {rule.at:%H:%M}"
    alike = (ReminderRule.code == code) | ReminderRule.code.startswith(f"{code} (")
    mine = select(func.count()).where(ReminderRule.plan_id == plan.id, alike)
    number = db.session.scalar(mine) or 0
    return f"{code} ({number + 1})" if number else code
