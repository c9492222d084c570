"""Who is behind a session or a token, and which sessions a person has."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, select

from tracker.actors import Actor, campuses, units_of
from tracker.db import db, rows
from tracker.models.org import Membership, Unit, User, holding
from tracker.models.session import ApiToken, UserSession, is_in
from tracker.models.types import UTCDateTime


@dataclass(frozen=True)
class Holder:
    """Who holds a session, with the posts of that moment; it began at `began_at` and ends at
    `ends_at` (machine's time)."""

    email: str
    name: str
    name_en: str
    locale: str | None
    actor: Actor
    began_at: datetime
    ends_at: datetime


REAL_NOW = bindparam("real_now", type_=UTCDateTime)


def people_with(shows: type[UserSession] | type[ApiToken], *more: Any) -> Select[Any]:
    """Active people by what they show, whose row is of `token_hash`: one row a post held at `now`,
    at least one, with `more` columns."""
    return (
        select(
            *(User.id, User.email, User.name, User.name_en, User.locale, User.is_observer, *more),
            *(Membership.unit_id, Unit.kind, Membership.post, Unit.parent_id),
        )
        .join(shows, shows.user_id == User.id)
        .outerjoin(
            Membership,
            and_(Membership.user_id == User.id, holding(bindparam("now", type_=UTCDateTime))),
        )
        .outerjoin(Unit, Unit.id == Membership.unit_id)
        .where(shows.token_hash == bindparam("token_hash"), User.is_active)
    )


def actor_of(found: Sequence[Any]) -> Actor:
    """Of one person's rows of `people_with`. One query more for who oversees a university among
    several."""
    person, held = found[0], [row for row in found if row.unit_id is not None]
    posts = frozenset((row.unit_id, row.kind, row.post) for row in held)
    homes, overseen = campuses((row.unit_id, row.kind, row.parent_id) for row in held)
    units = units_of(overseen)
    return Actor(person.id, person.name, person.is_observer, posts, homes, units)


_HOLDER = people_with(UserSession, UserSession.created_at, UserSession.expires_at).where(
    is_in(REAL_NOW)
)


def holder(token_hash: str, now: datetime, real_now: datetime) -> Holder | None:
    """The active person behind a session. One query: every request asks it; and one for who
    oversees a university among several."""
    given = {"token_hash": token_hash, "now": now, "real_now": real_now}
    found = rows(_HOLDER, given)
    if not found:
        return None
    person = found[0]
    said = (person.email, person.name, person.name_en, person.locale)
    return Holder(*said, actor_of(found), person.created_at, person.expires_at)


def sessions_of(user_id: int, real_now: datetime) -> list[UserSession]:
    """Those that are open, newest first."""
    found = (
        select(UserSession)
        .where(UserSession.user_id == user_id, is_in(real_now))
        .order_by(UserSession.created_at.desc(), UserSession.id.desc())
    )
    return list(db.session.scalars(found))
