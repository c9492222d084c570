"""Who holds which post, unit by unit, and where nobody does."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import joinedload

from tracker.db import db
from tracker.domain.vocabulary import Post, UnitKind
from tracker.models.org import Membership, Unit, User, holding

NEEDED = (Post.LEAD, Post.CONTACT)
"""Posts that the ladder writes to."""


def _needed(kind: UnitKind) -> tuple[Post, ...]:
    """None of a university: it is asked nothing, so nobody is reminded there."""
    return NEEDED if kind.is_asked else ()


def _vacant(kind: UnitKind, manned: Iterable[Post]) -> tuple[Post, ...]:
    """Needed posts that nobody fills: a deputy fills the contact's."""
    filled = {Post.CONTACT if post is Post.DEPUTY else post for post in manned}
    return tuple(post for post in _needed(kind) if post not in filled)


@dataclass(frozen=True)
class Holding:
    """Somebody's post, now or soon: `has_begun` False for a period that is still to come."""

    membership: Membership
    has_begun: bool

    @property
    def user(self) -> User:
        return self.membership.user

    @property
    def counts(self) -> bool:
        return self.has_begun and self.user.is_active


@dataclass(frozen=True)
class HeldPost:
    """A post and who holds it, in account order, disabled people among them."""

    post: Post
    holdings: tuple[Holding, ...]

    @property
    def vacant(self) -> bool:
        return not any(held.counts for held in self.holdings)


@dataclass(frozen=True)
class Staff:
    """A unit with its posts: the needed ones always, the others where somebody holds them.
    `campus`: the university that it is one of."""

    unit: Unit
    posts: tuple[HeldPost, ...]
    campus: Unit | None = None

    @property
    def vacancies(self) -> tuple[Post, ...]:
        manned = (held.post for held in self.posts if not held.vacant)
        return _vacant(self.unit.kind, manned)

    @property
    def is_deserted(self) -> bool:
        """Nobody at all hears what the unit is reminded of."""
        return set(self.vacancies) == set(NEEDED)


@dataclass(frozen=True)
class People:
    """`others`: accounts without any post, observers among them."""

    staffs: tuple[Staff, ...]
    others: tuple[User, ...]

    @property
    def vacancies(self) -> int:
        return sum(len(staff.vacancies) for staff in self.staffs)


def people(now: datetime) -> People:
    """Everybody. Three queries, whatever the number of units."""
    units = db.session.scalars(select(Unit).order_by(Unit.position, Unit.id)).all()
    known = select(User).where(User.erased_at.is_(None))
    users = db.session.scalars(known.order_by(User.id)).all()
    memberships = _memberships(now)
    busy = {each.user_id for each in memberships}
    by_unit: Mapping[int, list[Membership]] = defaultdict(list)
    for membership in memberships:
        by_unit[membership.unit_id].append(membership)
    campuses = {unit.id: unit for unit in units if unit.kind is UnitKind.UNIVERSITY}
    return People(
        tuple(
            _staff(unit, by_unit[unit.id], now, campuses.get(unit.parent_id or 0)) for unit in units
        ),
        tuple(user for user in users if user.id not in busy),
    )


def staff_of(unit: Unit, now: datetime) -> Staff:
    """One unit with its posts."""
    campus = None if unit.parent_id is None else db.session.get_one(Unit, unit.parent_id)
    held = [each for each in _memberships(now) if each.unit_id == unit.id]
    return _staff(unit, held, now, campus)


def vacancies(now: datetime) -> int:
    """How many needed posts nobody fills, over all units. One query."""
    active = and_(
        Membership.unit_id == Unit.id,
        holding(now),
        Membership.user_id.in_(select(User.id).where(User.is_active)),
    )
    rows = db.session.execute(
        select(Unit.id, Unit.kind, Membership.post).outerjoin(Membership, active)
    )
    manned: dict[tuple[int, UnitKind], set[Post]] = defaultdict(set)
    for unit_id, kind, post in rows:
        manned[unit_id, kind] |= {post} if post else set()
    return sum(len(_vacant(kind, posts)) for (_id, kind), posts in manned.items())


def _memberships(now: datetime) -> list[Membership]:
    """Those that are not over."""
    statement = (
        select(Membership)
        .options(joinedload(Membership.user))
        .where(or_(Membership.ends_at.is_(None), Membership.ends_at > now))
        .order_by(Membership.user_id, Membership.id)
    )
    return list(db.session.scalars(statement))


def _staff(
    unit: Unit, memberships: Iterable[Membership], now: datetime, campus: Unit | None
) -> Staff:
    held: dict[Post, list[Holding]] = defaultdict(list)
    for membership in memberships:
        held[membership.post].append(Holding(membership, membership.holds(now)))
    shown = [post for post in Post if post in _needed(unit.kind) or post in held]
    posts = tuple(HeldPost(post, tuple(held.get(post, ()))) for post in shown)
    return Staff(unit, posts, campus)
