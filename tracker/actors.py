"""Who acts: a person with the posts they hold at a moment, and the campuses these lie on.

Where a plan is laid on many universities, `Unit.parent_id` is the university of an office or a
college: its campus. Units under no university are one campus too, the only one of most.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, false, or_, select, true

from tracker.db import db
from tracker.domain.vocabulary import Post, UnitKind
from tracker.models.org import Unit, User


@dataclass(frozen=True)
class Actor:
    """Who acts, with what they hold. `posts`: (unit id, unit kind, post). `homes`: the campuses of
    their units, each by its university's id, None for units under no university. `campus_units`:
    the units of those campuses that are theirs to oversee. `within`: where they look at one campus
    only, that university's id and its units."""

    user_id: int | None
    name: str
    is_observer: bool
    posts: frozenset[tuple[int, UnitKind, Post]]
    homes: frozenset[int | None] = frozenset({None})
    campus_units: frozenset[int] = frozenset()
    within: tuple[int, frozenset[int]] | None = None

    @property
    def unit_ids(self) -> frozenset[int]:
        return frozenset(unit_id for unit_id, _, _ in self.posts)

    @property
    def is_affairs(self) -> bool:
        """Academic affairs own the plan: they see every unit, the outbox and the people. Those of
        one university among several see and answer for its units only."""
        return any(
            kind is UnitKind.ACADEMIC_AFFAIRS and unit_id not in self.campus_units
            for unit_id, kind, _ in self.posts
        )

    @property
    def is_campus_affairs(self) -> bool:
        return any(
            kind is UnitKind.ACADEMIC_AFFAIRS and unit_id in self.campus_units
            for unit_id, kind, _ in self.posts
        )

    @property
    def sees_all(self) -> bool:
        return self.is_affairs or self.is_observer

    @property
    def administers(self) -> bool:
        """Academic affairs, those of one university among several too."""
        return not self.is_observer and (self.is_affairs or self.is_campus_affairs)

    @property
    def is_of_an_office(self) -> bool:
        """Whoever holds a post outside the colleges, or sees everything."""
        return self.is_observer or any(kind is not UnitKind.COLLEGE for _, kind, _ in self.posts)


SYSTEM = Actor(None, "system", False, frozenset())
"""The scheduler and the command line."""

ONLOOKER = Actor(None, "system", True, frozenset())
"""SYSTEM where it only looks: it sees every unit, whoever asked for what is shown."""


def actor_for(user: User, now: datetime) -> Actor:
    """An active user's actor with the posts held at `now`; a disabled one holds nothing."""
    held = [
        membership for membership in user.memberships if user.is_active and membership.holds(now)
    ]
    posts = frozenset((each.unit_id, each.unit.kind, each.post) for each in held)
    homes, overseen = campuses((each.unit_id, each.unit.kind, each.unit.parent_id) for each in held)
    observes = user.is_observer and user.is_active
    return Actor(user.id, user.name, observes, posts, homes, units_of(overseen))


def campuses(
    held: Iterable[tuple[int, UnitKind, int | None]],
) -> tuple[frozenset[int | None], frozenset[int]]:
    """Of units (id, kind, university's id): their campuses, and the universities whose units one
    oversees who holds a post there: its academic affairs, and the university's own."""
    units = list(held)
    overseen = {
        campus
        for _, kind, campus in units
        if kind is UnitKind.ACADEMIC_AFFAIRS and campus is not None
    } | {unit_id for unit_id, kind, _ in units if kind is UnitKind.UNIVERSITY}
    homes = {campus for _, kind, campus in units if kind is not UnitKind.UNIVERSITY}
    return frozenset(homes | overseen or {None}), frozenset(overseen)


def units_of(universities: Collection[int]) -> frozenset[int]:
    """Ids of the universities' units. No query where there is none."""
    if not universities:
        return frozenset()
    under = select(Unit.id).where(Unit.parent_id.in_(sorted(universities)))
    return frozenset(db.session.scalars(under))


def looking_at(actor: Actor, university: Unit) -> Actor:
    """The same person, looking at one university's units only."""
    units = units_of([university.id])
    return replace(actor, within=(university.id, units), homes=frozenset({university.id}))


def units_near(campuses: Collection[int | None]) -> frozenset[int] | None:
    """Ids of these campuses' units; None for every unit, as far as nothing else is known."""
    return None if None in campuses else units_of([each for each in campuses if each is not None])


def units_about(actor: Actor) -> frozenset[int] | None:
    """Ids of the units that what the actor sees is made of; None for every unit."""
    if actor.within is not None:
        return actor.within[1]
    return None if actor.sees_all else actor.campus_units or units_near(actor.homes)


def of_campuses(actor: Actor) -> ColumnElement[bool]:
    """Units of the campuses that concern the actor, as a condition on Unit."""
    if actor.sees_all and actor.within is None:
        return true()
    known = sorted(campus for campus in actor.homes if campus is not None)
    return or_(
        Unit.parent_id.in_(known) if known else false(),
        Unit.parent_id.is_(None) if None in actor.homes else false(),
    )
