"""Everything that is held about a person, found by the tables themselves: whatever points at the
account, and whatever text names it. A table that is added later is looked into without a word
here."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum
from typing import Any

from sqlalchemy import JSON, Column, String, Table, and_, func, or_, select, true

from tracker.db import Base, db
from tracker.domain.personal_data import LONE_KEY, SHORTEST_NAME, Eraser, Identity, Swap
from tracker.models.audit import AuditEvent
from tracker.models.care import CareRecord
from tracker.models.contingency import ContingencyDuty
from tracker.models.org import Unit, User
from tracker.models.outbox import OutboxMessage
from tracker.models.plan import Contingency, ContingencyResponse, Duty, Plan, Task
from tracker.models.reminder import ReminderRule
from tracker.models.service_entry import ServiceEntry
from tracker.models.term import Term, TermDate
from tracker.models.work_group import GroupMember
from tracker.models.workday import CalendarDay

_ISSUED = (Unit, Plan, Task, Duty, Contingency, ContingencyResponse, ContingencyDuty, ReminderRule)
ISSUED = frozenset(
    model.__tablename__ for model in (*_ISSUED, Term, TermDate, ServiceEntry, CalendarDay)
)
"""What the school itself issued: its texts are not about accounts."""

_CREDENTIALS = ("password_hash", "token_hash", "token", "code_hash", "salt", "nonce", "last_step")
STAFF_NUMBER_SET = "user.staff_number_set"
"""The record's word for it; the event names the number."""
SECRETS = frozenset((*_CREDENTIALS, "seal", "hash", "stored", "dedupe_key"))
"""Columns that nobody is ever shown."""

WITHHELD: Mapping[str, frozenset[str]] = {
    CareRecord.__tablename__: frozenset({"need", "help", "outcome"})
}
"""By table: columns for one college alone, which are in no file about whoever wrote them."""


@dataclass(frozen=True)
class Place:
    """A table that may hold something about a person: its texts, its JSON, and the columns that
    point at an account."""

    table: Table
    texts: tuple[Column[Any], ...]
    documents: tuple[Column[Any], ...]
    accounts: tuple[Column[Any], ...]


def places() -> Iterator[Place]:
    """Every table but the accounts themselves and what the school issued."""
    for table in Base.metadata.sorted_tables:
        if table.name in ISSUED or table.name == User.__tablename__:
            continue
        yield Place(
            table,
            tuple(column for column in table.columns if isinstance(column.type, String)),
            tuple(column for column in table.columns if isinstance(column.type, JSON)),
            tuple(column for column in table.columns if _points_at_account(column)),
        )


def identity(user: User) -> Identity:
    given = select(AuditEvent.detail).where(
        AuditEvent.action == STAFF_NUMBER_SET, AuditEvent.subject_id == user.id
    )
    numbers = {user.staff_number, *(each.get("number") for each in db.session.scalars(given))}
    kept = tuple(sorted(number for number in numbers if isinstance(number, str)))
    return Identity(user.email, user.name, user.name_en, kept)


def is_under_way(user: User) -> bool:
    """Whether a mail to the person is in a sender's hands this moment."""
    return bool(
        db.session.scalar(
            select(func.count())
            .select_from(OutboxMessage)
            .where(OutboxMessage.user_id == user.id)
            .where(OutboxMessage.state.in_(("CLAIMED", "HANDING_OVER")))
        )
    )


def other_names(user_id: int | None) -> frozenset[str]:
    """What other accounts, members of groups and units are called."""
    others = select(User.name, User.name_en).where(User.id != (user_id or 0))
    found = {name for row in db.session.execute(others) for name in row}
    members = select(GroupMember.name).where(GroupMember.user_id.is_distinct_from(user_id))
    found |= set(db.session.scalars(members))
    return frozenset(found | unit_names())


def unit_names() -> frozenset[str]:
    units = db.session.execute(select(Unit.name, Unit.name_en))
    return frozenset(name for row in units for name in row)


def shared_names(user: User) -> frozenset[str]:
    """Names of the person that are another account's or a unit's too: only where the person is
    meant for certain can these be told apart."""
    own = {user.name, user.name_en}
    same = select(User.name, User.name_en).where(User.id != user.id)
    same = same.where(or_(User.name.in_(own), User.name_en.in_(own)))
    return frozenset(
        own & ({name for row in db.session.execute(same) for name in row} | unit_names())
    )


def document(user: User, now: datetime) -> Mapping[str, Any]:
    """`person`: the account; `held`: by table, rows that point at it; `mentioned`: rows of others
    that name it. JSON's own types throughout."""
    person = {
        column.key: _plain(getattr(user, column.key))
        for column in User.__table__.columns
        if column.key not in SECRETS
    }
    held: dict[str, list[Any]] = {}
    mentioned: dict[str, list[Any]] = {}
    looked_for = _looked_for(user)
    for place in places():
        if own := _own(place, user.id):
            held[place.table.name] = own
        if named := _named(place, user.id, looked_for):
            mentioned[place.table.name] = named
    return {
        "format": 1,
        "made_at": now.isoformat(),
        "person": person,
        "held": held,
        "mentioned": mentioned,
    }


def counts(user: User) -> Mapping[str, int]:
    """How many rows of each table point at the account."""
    found = {}
    for place in places():
        if place.accounts:
            rows = select(func.count()).select_from(place.table).where(_points(place, user.id))
            found[place.table.name] = db.session.scalar(rows) or 0
    return {name: count for name, count in found.items() if count}


def _looked_for(user: User) -> Collection[str]:
    names = {user.name, user.name_en} - shared_names(user)
    numbers = [number for number in identity(user).numbers if len(number) >= LONE_KEY]
    return [user.email, *numbers, *(name for name in names if len(name) >= SHORTEST_NAME)]


def _points(place: Place, user_id: int) -> Any:
    return or_(*(column == user_id for column in place.accounts))


def _own(place: Place, user_id: int) -> list[Any]:
    if not place.accounts:
        return []
    return _rows(place, select(place.table).where(_points(place, user_id)))


def _named(place: Place, user_id: int, looked_for: Collection[str]) -> list[Any]:
    columns = [column for column in place.texts if column.key not in SECRETS]
    others = and_(true(), *(column.is_distinct_from(user_id) for column in place.accounts))
    named = [column.icontains(word, autoescape=True) for column in columns for word in looked_for]
    found = _rows(place, select(place.table).where(or_(*named), others)) if named else []
    if place.documents:
        marked = Eraser([Swap(word, "") for word in looked_for])
        for row in _rows(place, select(place.table).where(others)):
            said = [row[column.key] for column in place.documents]
            if marked.value(said) != said and row not in found:
                found.append(row)
    return found


def _rows(place: Place, statement: Any) -> list[Any]:
    hidden = SECRETS | WITHHELD.get(place.table.name, frozenset())
    ordered = statement.order_by(*place.table.primary_key.columns)
    return [
        {key: _plain(value) for key, value in row.items() if key not in hidden}
        for row in db.session.execute(ordered).mappings()
    ]


def _plain(value: object) -> object:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


def _points_at_account(column: Column[Any]) -> bool:
    return any(key.column.table.name == User.__tablename__ for key in column.foreign_keys)


def as_json(found: Mapping[str, Any]) -> bytes:
    return f"{json.dumps(found, ensure_ascii=False, indent=1)}\n".encode()
