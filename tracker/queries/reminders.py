"""Reminders as people read them: what comes, for whom and why."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from tracker.db import db
from tracker.domain.cutoffs import to_wall
from tracker.domain.digests import Section, merged
from tracker.domain.reminding import Rule, Step
from tracker.domain.vocabulary import UnitKind
from tracker.models.assignment import Assignment
from tracker.models.org import Membership, User, holding
from tracker.models.plan import Duty, Plan
from tracker.permissions import Actor, can_oversee, visible_assignments
from tracker.queries import ladder
from tracker.queries.holders import Holder
from tracker.queries.ladder import Coming, Recipient


@dataclass(frozen=True)
class Addressee:
    """A person whom a coming send reaches if nothing changes. `posts` are those that its rules
    address; `sections` say what it asks, one a cut-off."""

    user: User
    posts: tuple[Membership, ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Send:
    """A moment ahead (aware UTC) with every step that falls on it: one mail a person. `again`: a
    repeated step of it comes every day from then on."""

    plan: Plan
    moment: datetime
    steps: tuple[Step, ...]
    again: bool
    addressees: tuple[Addressee, ...]


@dataclass(frozen=True)
class Told:
    """A person who hears something up to some moment if nothing changes, with the sends that reach
    them and their part in each."""

    user: User
    sends: tuple[tuple[Send, Addressee], ...]


def told_by(coming: Iterable[Send], moment: datetime) -> list[Told]:
    """Everybody whom the coming sends reach up to `moment` (campus wall time), in account order."""
    heard: dict[int, list[tuple[Send, Addressee]]] = defaultdict(list)
    for send in coming:
        if to_wall(send.moment, send.plan.zone) <= moment:
            for addressee in send.addressees:
                heard[addressee.user.id].append((send, addressee))
    return [Told(theirs[0][1].user, tuple(theirs)) for _user_id, theirs in sorted(heard.items())]


def plans_of(actor: Actor, now: datetime) -> list[Plan]:
    """The running plans in which the actor sees a duty."""
    plans = ladder.running_plans(now)
    if can_oversee(actor):
        return plans
    seen = set(
        db.session.scalars(
            visible_assignments(actor)
            .join(Duty, Duty.id == Assignment.duty_id)
            .with_only_columns(Duty.plan_id)
            .distinct()
        )
    )
    return [plan for plan in plans if plan.id in seen]


def sends(plans: Sequence[Plan], actor: Actor, now: datetime) -> list[Send]:
    """The coming sends by moment; who does not oversee everybody sees only those that reach the own
    person. A fixed set of queries, however many plans there are.

    A moment that only repeats what an earlier one said is left out: see `Send.again`.
    """
    only = None if can_oversee(actor) else actor.user_id
    comings, posts = ladder.coming(plans, now, only), _posts(now)
    found = [
        send
        for plan in plans
        for send in _sends(plan, comings[plan.id], posts, everybody=only is None)
    ]
    return sorted(found, key=lambda send: send.moment)


def _sends(
    plan: Plan, comings: Iterable[Coming], posts: dict[int, list[Membership]], *, everybody: bool
) -> Iterator[Send]:
    told: set[tuple[str, datetime]] = set()
    for moment, group in groupby(comings, lambda each: each.moment):
        together = list(group)
        said = {(each.step.rule.code, each.step.cutoff.closes) for each in together}
        addressees = _addressees(together, posts)
        if said <= told or not (everybody or addressees):
            continue
        told |= said
        steps = tuple(each.step for each in together)
        again = any(step.rule.repeats for step in steps)
        yield Send(plan, moment, steps, again, addressees)


def _addressees(
    comings: Iterable[Coming], posts: dict[int, list[Membership]]
) -> tuple[Addressee, ...]:
    """Everybody whom one moment reaches, once, in account order, with the posts for which it does:
    all of theirs where they stand in for a vacant one."""
    reached: dict[int, list[tuple[Rule, Recipient]]] = defaultdict(list)
    for coming in comings:
        for recipient in coming.recipients:
            reached[recipient.user.id].append((coming.step.rule, recipient))
    return tuple(
        Addressee(
            theirs[0][1].user,
            tuple(post for post in posts[user_id] if _addressed(post, theirs))
            or tuple(posts[user_id]),
            _one_a_cutoff([recipient.section for _rule, recipient in theirs]),
        )
        for user_id, theirs in sorted(reached.items())
    )


def _one_a_cutoff(sections: Iterable[Section]) -> tuple[Section, ...]:
    """As the mail puts them together."""
    by_cutoff: dict[datetime, list[Section]] = defaultdict(list)
    for each in sections:
        by_cutoff[each.due_at].append(each)
    return tuple(merged(those) for those in by_cutoff.values())


def _addressed(post: Membership, theirs: Iterable[tuple[Rule, Recipient]]) -> bool:
    held = frozenset({(post.unit_id, post.post)})
    serves = post.unit.kind is UnitKind.ACADEMIC_AFFAIRS
    alone = Holder(post.user_id, held, serves)
    return any(alone.hears(rule.audience) for rule, _recipient in theirs)


def _posts(now: datetime) -> dict[int, list[Membership]]:
    """Every post held at `now` by person."""
    posts: dict[int, list[Membership]] = defaultdict(list)
    statement = (
        select(Membership)
        .options(joinedload(Membership.unit))
        .where(holding(now))
        .order_by(Membership.id)
    )
    for post in db.session.scalars(statement):
        posts[post.user_id].append(post)
    return posts
