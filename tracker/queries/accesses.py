"""The list of who read what holds personal data."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from tracker.db import db
from tracker.domain.vocabulary import AccessKind
from tracker.models.access import Access
from tracker.models.org import User
from tracker.queries.paging import Page, page


@dataclass(frozen=True)
class Wanted:
    """None and "": whatever it is. `since` and `until` (exclusive) are campus time."""

    kind: AccessKind | None = None
    who: str = ""
    since: datetime | None = None
    until: datetime | None = None


def accesses(wanted: Wanted, number: int) -> Page[Access]:
    """The latest first."""
    total = db.session.scalar(_of(select(func.count()).select_from(Access), wanted)) or 0
    rows = _of(select(Access).options(joinedload(Access.user)), wanted)
    rows = rows.order_by(Access.at.desc(), Access.id.desc())
    return page(
        number,
        total,
        lambda limit, offset: db.session.scalars(rows.limit(limit).offset(offset)).all(),
    )


def _of(statement: Select, wanted: Wanted) -> Select:
    if wanted.kind is not None:
        statement = statement.where(Access.kind == wanted.kind)
    if wanted.since is not None:
        statement = statement.where(Access.at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(Access.at < wanted.until)
    if wanted.who:
        named = [
            column.icontains(wanted.who, autoescape=True)
            for column in (User.name, User.name_en, User.email)
        ]
        people = select(User.id).where(named[0] | named[1] | named[2])
        statement = statement.where(Access.user_id.in_(people))
    return statement
