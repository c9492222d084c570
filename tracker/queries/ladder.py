"""The ladder as people read it: what comes, who would get it and why, and what became of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from tracker.db import db
from tracker.domain.cutoffs import to_instant
from tracker.domain.digests import Section
from tracker.domain.reminding import Rule, Step, steps_between
from tracker.models.org import User
from tracker.models.plan import Plan, in_force
from tracker.queries import openwork, workdays
from tracker.queries.holders import holders
from tracker.queries.rules import cutoffs_of, rules_of

HORIZON = timedelta(days=10)


@dataclass(frozen=True)
class Recipient:
    """A person a coming step would reach if nothing changed, and what it would ask."""

    user: User
    section: Section


@dataclass(frozen=True)
class Coming:
    """A step ahead. `moment`: aware UTC; `recipients` in account order."""

    step: Step
    moment: datetime
    recipients: tuple[Recipient, ...]


def running_plans(now: datetime) -> list[Plan]:
    """Those in force, oldest first."""
    return list(db.session.scalars(select(Plan).where(in_force(now)).order_by(Plan.id)))


def next_moment(now: datetime) -> datetime | None:
    """When the next step of any running plan's ladder comes."""
    calendar = workdays.calendar()
    moments = [
        step.moment
        for plan in running_plans(now)
        for step in steps_between(
            rules_of(plan).values(),
            cutoffs_of(plan),
            now,
            now + HORIZON,
            calendar,
        )
    ]
    return min(moments, default=None)


def next_reminder(plan: Plan, due_at: datetime, now: datetime) -> datetime | None:
    """When the next step for what is due then comes."""
    mine = [
        cutoff for cutoff in cutoffs_of(plan) if to_instant(cutoff.closes, cutoff.zone) == due_at
    ]
    rules, calendar = rules_of(plan).values(), workdays.calendar()
    steps = steps_between(rules, mine, now, now + HORIZON, calendar)
    return min((step.moment for step in steps), default=None)


def coming(plan: Plan, now: datetime, only_user: int | None = None) -> list[Coming]:
    """Every step of the next ten days with whom it would reach if nothing changed; `only_user`
    keeps one person's."""
    return reach(plan, rules_of(plan).values(), now, only_user)


def reach(
    plan: Plan, rules: Iterable[Rule], now: datetime, only_user: int | None = None
) -> list[Coming]:
    """`coming` of a ladder that may be no more than an idea."""
    steps = steps_between(rules, cutoffs_of(plan), now, now + HORIZON, workdays.calendar())
    if not steps:
        return []
    work = openwork.open_work(plan)
    people = holders(now)
    users = {user.id: user for user in db.session.scalars(select(User).where(User.is_active))}
    found = []
    for step in steps:
        reached = []
        for holder in people:
            if only_user is not None and holder.user_id != only_user:
                continue
            section = work.section_for(holder, step.rule, step.cutoff, step.moment)
            if section is not None:
                reached.append(Recipient(users[holder.user_id], section))
        found.append(Coming(step, step.moment, tuple(reached)))
    return found
