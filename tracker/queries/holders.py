"""Who hears what: active people with the posts they hold at a moment.

A head stands in for a contact's post that nobody holds (B-64).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Row, Select, select

from tracker.db import db
from tracker.domain.reminding import Rule
from tracker.domain.vocabulary import Audience, Post, UnitKind
from tracker.models.org import Membership, Unit, User, holding

_Held = Select[int, int, Post, UnitKind, int | None]

_POSTS = {
    Audience.CONTACTS: frozenset({Post.CONTACT, Post.DEPUTY}),
    Audience.LEADS: frozenset({Post.LEAD}),
    Audience.INSPECTORS: frozenset({Post.CONTACT, Post.DEPUTY}),
}


@dataclass(frozen=True)
class Holder:
    """An active person's posts: (unit id, post), and whether they serve academic affairs.
    `campus_units`: of the universities whose academic affairs they serve."""

    user_id: int
    posts: frozenset[tuple[int, Post]]
    is_affairs: bool
    campus_units: frozenset[int] = frozenset()

    def units(self, audience: frozenset[Audience]) -> frozenset[int]:
        """Units for which a rule's audience reaches this person."""
        wanted = frozenset[Post]().union(*(_POSTS.get(who, frozenset()) for who in audience))
        return frozenset(unit_id for unit_id, post in self.posts if post in wanted)

    def hears(self, audience: frozenset[Audience]) -> bool:
        """Whether a rule's audience reaches this person at all."""
        oversees = self.is_affairs or bool(self.campus_units)
        return bool(self.units(audience)) or (oversees and Audience.AFFAIRS in audience)

    def is_told_all(self, rule: Rule, by: Rule) -> bool:
        """Whether one rule tells this person everything that another one would."""
        inspectors = frozenset({Audience.INSPECTORS})
        return (
            self.units(rule.audience) <= self.units(by.audience)
            and self.units(rule.audience - inspectors) <= self.units(by.audience - inspectors)
            and not (
                (self.is_affairs or self.campus_units)
                and Audience.AFFAIRS in rule.audience - by.audience
            )
            and by.covers_roles(rule)
        )


def holders(now: datetime) -> list[Holder]:
    """Everybody who holds a post at `now`, by id. One query."""
    rows = db.session.execute(_held(now).order_by(Membership.user_id)).all()
    manned = {unit_id for _, unit_id, post, *_ in rows if post in _POSTS[Audience.CONTACTS]}
    return _fold(rows, manned)


def reached(unit_ids: Iterable[int], audience: frozenset[Audience], now: datetime) -> list[int]:
    """The people of these units whom an audience means, by id."""
    rows = db.session.execute(_held(now, Membership.unit_id.in_(unit_ids))).all()
    manned = {unit_id for _, unit_id, post, *_ in rows if post in _POSTS[Audience.CONTACTS]}
    return [holder.user_id for holder in _fold(rows, manned) if holder.hears(audience)]


def holders_of(user_ids: Collection[int], now: datetime) -> dict[int, Holder]:
    """Those of these people who hold a post, as `holders` has them, by id. Two queries."""
    rows = db.session.execute(_held(now, Membership.user_id.in_(user_ids))).all()
    heads = {unit_id for _, unit_id, post, *_ in rows if post is Post.LEAD}
    manned: set[int] = set()
    if heads:
        contacts = Membership.post.in_(_POSTS[Audience.CONTACTS])
        of_units = _held(now, Membership.unit_id.in_(heads), contacts)
        manned = {unit_id for _, unit_id, *_ in db.session.execute(of_units)}
    return {holder.user_id: holder for holder in _fold(rows, manned)}


def holder_of(user: User, now: datetime) -> Holder:
    """One person as one of `holders`; without posts where they hold none."""
    return holders_of([user.id], now).get(user.id, Holder(user.id, frozenset(), False))


def _held(now: datetime, *conditions: ColumnElement[bool]) -> _Held:
    return (
        select(Membership.user_id, Membership.unit_id, Membership.post, Unit.kind, Unit.parent_id)
        .join(User, User.id == Membership.user_id)
        .join(Unit, Unit.id == Membership.unit_id)
        .where(User.is_active, holding(now), *conditions)
    )


def _fold(
    rows: Iterable[Row[int, int, Post, UnitKind, int | None]], manned: set[int]
) -> list[Holder]:
    posts: dict[int, set[tuple[int, Post]]] = defaultdict(set)
    affairs: set[int] = set()
    overseen: dict[int, set[int]] = defaultdict(set)
    for user_id, unit_id, post, kind, campus in rows:
        posts[user_id].add((unit_id, post))
        if post is Post.LEAD and unit_id not in manned:
            posts[user_id].add((unit_id, Post.CONTACT))
        if kind is UnitKind.ACADEMIC_AFFAIRS:
            if campus is None:
                affairs.add(user_id)
            else:
                overseen[user_id].add(campus)
    units = _units_by_campus({campus for theirs in overseen.values() for campus in theirs})
    return [
        Holder(
            user_id,
            frozenset(held),
            user_id in affairs,
            frozenset[int]().union(*(units[campus] for campus in overseen.get(user_id, ()))),
        )
        for user_id, held in posts.items()
    ]


def _units_by_campus(universities: Collection[int]) -> Mapping[int, frozenset[int]]:
    """No query where there is none."""
    found: dict[int, set[int]] = defaultdict(set)
    if universities:
        under = select(Unit.parent_id, Unit.id).where(Unit.parent_id.in_(sorted(universities)))
        for university, unit_id in db.session.execute(under):
            if university is not None:
                found[university].add(unit_id)
    return {university: frozenset(units) for university, units in found.items()}
