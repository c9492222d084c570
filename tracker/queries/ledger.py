"""The ledger of reminders: what went to whom, and which steps reached nobody and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import joinedload

from tracker.db import db
from tracker.domain.vocabulary import Audience, StepState
from tracker.models.outbox import OutboxMessage
from tracker.models.plan import Plan
from tracker.models.reminder import Reminder, ReminderRule, ReminderStep
from tracker.permissions import Actor, can_oversee
from tracker.queries import paging
from tracker.queries.holders import Holder
from tracker.queries.paging import Page


@dataclass(frozen=True)
class Entry:
    """One line. `at`: the moment of the step, aware UTC. Without `reminder` the step reached
    nobody: it was overtaken (`superseded`), a backup was restored after it (`passed_over`), or
    nobody had anything open."""

    at: datetime
    rule: ReminderRule
    cutoff_at: datetime
    zone: str
    reminder: Reminder | None
    superseded: bool
    passed_over: bool = False


def ledger(actor: Actor, number: int) -> Page[Entry]:
    """A page of the ledger, newest first. Academic affairs and observers read everybody's; others
    their own reminders, and what became of the steps that would have addressed them."""
    rules = _rules()
    lines = union_all(_mailed(actor), _silent(actor, rules)).subquery()
    total = db.session.scalar(select(func.count()).select_from(lines)) or 0

    def read(limit: int, offset: int) -> Sequence[Entry]:
        newest = (lines.c.at.desc(), lines.c.mailed.desc(), lines.c.id.desc())
        rows = db.session.execute(
            select(lines.c.mailed, lines.c.id).order_by(*newest).limit(limit).offset(offset)
        ).all()
        reminders = _reminders({row.id for row in rows if row.mailed})
        steps = _steps({row.id for row in rows if not row.mailed})
        return [
            _mail(reminders[row.id], rules) if row.mailed else _step(steps[row.id], rules)
            for row in rows
        ]

    return paging.page(number, total, read)


Rules = dict[int, tuple[ReminderRule, str]]
"""Every rule by id, with its plan's zone."""


def _rules() -> Rules:
    rows = db.session.execute(
        select(ReminderRule, Plan.zone).join(Plan, Plan.id == ReminderRule.plan_id)
    )
    return {rule.id: (rule, zone) for rule, zone in rows}


def _mailed(actor: Actor) -> Select[int, int, datetime]:
    statement = select(
        literal(1).label("mailed"), Reminder.id.label("id"), OutboxMessage.due_at.label("at")
    ).join(OutboxMessage, OutboxMessage.id == Reminder.message_id)
    return statement if can_oversee(actor) else statement.where(Reminder.user_id == actor.user_id)


def _silent(actor: Actor, rules: Rules) -> Select[int, int, datetime]:
    statement = select(literal(0), ReminderStep.id, ReminderStep.moment).where(
        or_(ReminderStep.state == StepState.SUPERSEDED, ~_reached_somebody())
    )
    if can_oversee(actor):
        return statement
    return statement.where(ReminderStep.rule_id.in_(_heard(actor, rules)))


def _reached_somebody() -> ColumnElement[bool]:
    return exists().where(
        and_(
            Reminder.rule_id == ReminderStep.rule_id,
            Reminder.cutoff_at == ReminderStep.cutoff_at,
            Reminder.occurrence == ReminderStep.occurrence,
        )
    )


def _heard(actor: Actor, rules: Rules) -> list[int]:
    """Rules that address a post of the actor."""
    held = frozenset((unit_id, post) for unit_id, _kind, post in actor.posts)
    holder = Holder(actor.user_id or 0, held, actor.is_affairs, actor.campus_units)
    return [
        rule_id
        for rule_id, (rule, _zone) in rules.items()
        if holder.hears(frozenset(Audience(word) for word in rule.audience.split()))
    ]


def _reminders(ids: set[int]) -> dict[int, Reminder]:
    statement = (
        select(Reminder)
        .options(joinedload(Reminder.user), joinedload(Reminder.message))
        .where(Reminder.id.in_(ids))
    )
    return {each.id: each for each in db.session.scalars(statement)} if ids else {}


def _steps(ids: set[int]) -> dict[int, ReminderStep]:
    statement = select(ReminderStep).where(ReminderStep.id.in_(ids))
    return {each.id: each for each in db.session.scalars(statement)} if ids else {}


def _mail(reminder: Reminder, rules: Rules) -> Entry:
    rule, zone = rules[reminder.rule_id]
    return Entry(reminder.message.due_at, rule, reminder.cutoff_at, zone, reminder, False)


def _step(step: ReminderStep, rules: Rules) -> Entry:
    rule, zone = rules[step.rule_id]
    overtaken = step.state is StepState.SUPERSEDED
    passed_over = step.state is StepState.PASSED_OVER
    return Entry(step.moment, rule, step.cutoff_at, zone, None, overtaken, passed_over)
