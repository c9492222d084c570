"""The ladder as people read it: what comes, who would get it and why, and what became of it."""

from collections.abc import Iterable, Mapping, Sequence
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
from tracker.queries.rules import cutoffs_of, cutoffs_of_all, rules_of, rules_of_all, running

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
    steps = _steps({plan.id: plan.zone for plan in running(now)}, now)
    return min((each[0].moment for each in steps.values() if each), default=None)


def _steps(zones: Mapping[int, str], now: datetime) -> dict[int, list[Step]]:
    """Of the next ten days, by plan id. Three queries, however many plans there are."""
    ladders, cutoffs, calendar = rules_of_all(zones), cutoffs_of_all(zones), workdays.calendar()
    return {
        plan_id: steps_between(
            ladders[plan_id].values(), cutoffs[plan_id], now, now + HORIZON, calendar
        )
        for plan_id in zones
    }


def next_reminder(plan: Plan, due_at: datetime, now: datetime) -> datetime | None:
    """When the next step for what is due then comes."""
    mine = [
        cutoff for cutoff in cutoffs_of(plan) if to_instant(cutoff.closes, cutoff.zone) == due_at
    ]
    rules, calendar = rules_of(plan).values(), workdays.calendar()
    steps = steps_between(rules, mine, now, now + HORIZON, calendar)
    return min((step.moment for step in steps), default=None)


def coming(
    plans: Sequence[Plan], now: datetime, only_user: int | None = None
) -> dict[int, list[Coming]]:
    """By plan id, every step of the next ten days with whom it would reach if nothing changed;
    `only_user` keeps one person's. A fixed set of queries, however many plans there are."""
    return _reached(plans, _steps({plan.id: plan.zone for plan in plans}, now), now, only_user)


def reach(plan: Plan, rules: Iterable[Rule], now: datetime) -> list[Coming]:
    """`coming` of a ladder that may be no more than an idea."""
    steps = steps_between(rules, cutoffs_of(plan), now, now + HORIZON, workdays.calendar())
    return _reached([plan], {plan.id: steps}, now)[plan.id]


def _reached(
    plans: Sequence[Plan],
    steps: Mapping[int, Sequence[Step]],
    now: datetime,
    only_user: int | None = None,
) -> dict[int, list[Coming]]:
    ahead = [plan for plan in plans if steps[plan.id]]
    found: dict[int, list[Coming]] = {plan.id: [] for plan in plans}
    if not ahead:
        return found
    closing = {step.cutoff.instant for plan in ahead for step in steps[plan.id]}
    works = openwork.open_works(ahead, closing)
    people = [each for each in holders(now) if only_user in (None, each.user_id)]
    users = {user.id: user for user in db.session.scalars(select(User).where(User.is_active))}
    for plan in ahead:
        for step in steps[plan.id]:
            reached = []
            for each in people:
                work = works[plan.id]
                section = work.section_for(each, step.rule, step.cutoff, step.moment)
                if section is not None:
                    reached.append(Recipient(users[each.user_id], section))
            found[plan.id].append(Coming(step, step.moment, tuple(reached)))
    return found
