"""The ladder as people read it: what comes, who would get it and why, and what became of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from tracker.db import db
from tracker.domain.digests import Section
from tracker.domain.reminding import Cutoff, Rule, Step, steps_between
from tracker.models.org import User
from tracker.models.plan import Plan
from tracker.queries import openwork, workdays
from tracker.queries.holders import Holder, holders

HORIZON = timedelta(days=10)

STALE_AFTER = timedelta(days=1)
"""A digest that could not be sent for so long is not sent any more."""


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
    """Published, not archived, oldest first."""
    return list(
        db.session.scalars(
            select(Plan)
            .where(Plan.archived_at.is_(None), Plan.published_at <= now)
            .order_by(Plan.id)
        )
    )


def next_moment(now: datetime) -> datetime | None:
    """When the next step of any running plan's ladder comes."""
    calendar = workdays.calendar()
    moments = [
        step.moment
        for plan in running_plans(now)
        for step in steps_between(
            openwork.rules_of(plan).values(),
            openwork.cutoffs_of(plan),
            now,
            now + HORIZON,
            calendar,
        )
    ]
    return min(moments, default=None)


def coming(plan: Plan, now: datetime, only_user: int | None = None) -> list[Coming]:
    """Every step of the next ten days with whom it would reach if nothing changed; `only_user`
    keeps one person's."""
    return reach(plan, openwork.rules_of(plan).values(), now, only_user)


def reach(
    plan: Plan, rules: Iterable[Rule], now: datetime, only_user: int | None = None
) -> list[Coming]:
    """`coming` of a ladder that may be no more than an idea."""
    steps = steps_between(rules, openwork.cutoffs_of(plan), now, now + HORIZON, workdays.calendar())
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


class Staleness:
    """When a digest is stale: once each of its cut-offs has a later step that reaches the same
    person; a single cut-off of it is overtaken by that step's own mail (queries/digests)."""

    def __init__(self, plan: Plan, now: datetime) -> None:
        self._rules = openwork.rules_of(plan)
        self._calendar = workdays.calendar()
        self._now, self._latest = now, now + STALE_AFTER
        self._known: dict[tuple[frozenset[int], Cutoff], datetime] = {}

    def __call__(self, holder: Holder, cutoffs: Sequence[Cutoff]) -> datetime:
        heard = frozenset(
            rule_id for rule_id, rule in self._rules.items() if holder.hears(rule.audience)
        )
        return max(self._next(heard, cutoff) for cutoff in cutoffs)

    def _next(self, heard: frozenset[int], cutoff: Cutoff) -> datetime:
        """The next step of these rules about the cut-off, a day from now at the latest."""
        if (heard, cutoff) not in self._known:
            rules = [self._rules[rule_id] for rule_id in heard]
            steps = steps_between(rules, [cutoff], self._now, self._latest, self._calendar)
            self._known[heard, cutoff] = steps[0].moment if steps else self._latest
        return self._known[heard, cutoff]
