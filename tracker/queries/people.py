"""Who holds which post, unit by unit, and where nobody does."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from tracker.db import db
from tracker.domain.vocabulary import Post
from tracker.models.org import Membership, Unit, User

NEEDED = (Post.LEAD, Post.CONTACT)
"""Posts that the ladder writes to: without them a unit's reminders reach nobody."""


@dataclass(frozen=True)
class HeldPost:
    """A post and its people in account order, disabled ones among them."""

    post: Post
    people: tuple[User, ...]

    @property
    def vacant(self) -> bool:
        return not any(user.is_active for user in self.people)


@dataclass(frozen=True)
class Staff:
    """A unit with its posts: the needed ones always, the others where somebody holds them."""

    unit: Unit
    posts: tuple[HeldPost, ...]

    @property
    def vacancies(self) -> tuple[Post, ...]:
        """Needed posts whose reminders reach nobody: a contact's go to the deputy as well."""
        vacant = {held.post for held in self.posts if held.vacant}
        deputy = any(held.post is Post.DEPUTY and not held.vacant for held in self.posts)
        return tuple(
            post for post in NEEDED if post in vacant and not (post is Post.CONTACT and deputy)
        )


@dataclass(frozen=True)
class People:
    """`others`: accounts without any post, observers among them."""

    staffs: tuple[Staff, ...]
    others: tuple[User, ...]

    @property
    def vacancies(self) -> int:
        return sum(len(staff.vacancies) for staff in self.staffs)


def people() -> People:
    """Everybody. Three queries, whatever the number of units."""
    units = db.session.scalars(select(Unit).order_by(Unit.position, Unit.id)).all()
    users = db.session.scalars(select(User).order_by(User.id)).all()
    held: dict[int, dict[Post, list[User]]] = defaultdict(lambda: defaultdict(list))
    busy = set()
    statement = select(Membership).options(joinedload(Membership.user)).order_by(Membership.user_id)
    for membership in db.session.scalars(statement):
        held[membership.unit_id][membership.post].append(membership.user)
        busy.add(membership.user_id)
    return People(
        tuple(_staff(unit, held[unit.id]) for unit in units),
        tuple(user for user in users if user.id not in busy),
    )


def _staff(unit: Unit, held: dict[Post, list[User]]) -> Staff:
    shown = [post for post in Post if post in NEEDED or post in held]
    return Staff(unit, tuple(HeldPost(post, tuple(held.get(post, ()))) for post in shown))
