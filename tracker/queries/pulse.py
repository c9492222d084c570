"""The pulse of a plan: all that its board hangs on, felt with one small query. Where it beats the
same twice, the board looks the same."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, func, or_, select

from tracker.db import glance, rows
from tracker.models.assignment import Assignment
from tracker.models.audit import AuditEvent
from tracker.models.heartbeat import Heartbeat
from tracker.models.org import Membership, User
from tracker.models.outbox import OutboxMessage, Relay
from tracker.models.plan import FOREMOST, Duty, Plan
from tracker.models.session import UserSession, is_in
from tracker.models.types import UTCDateTime
from tracker.permissions import Actor, can_oversee, sees
from tracker.queries.heartbeat import is_silent
from tracker.queries.outbox import TROUBLE

Pulse = tuple[object, ...]
"""The plan's id comes first, the rest is for comparing only."""

_NOW = bindparam("now", type_=UTCDateTime)


def pulse(actor: Actor, plan_id: int | None, now: datetime, real_now: datetime) -> Pulse | None:
    """Of one plan, or, where `plan_id` is None, of the one that is current for the actor; None
    where there is no such plan.

    Whatever a service changes is in the record, so the record's head stands for it; a sender, the
    heart and the calendar leave nothing there and are asked. `now` itself is the caller's to add.
    """
    statement, given = _asked(actor, plan_id, now)
    found = rows(statement, given)
    return _felt(actor, found[0], real_now) if found else None


def beats_on(
    felt: Pulse,
    actor: Actor,
    plan_id: int | None,
    token_hash: str,
    locale: str | None,
    now: datetime,
    real_now: datetime,
) -> bool:
    """Whether `pulse` would be `felt` again, and the actor's session still holds, in the language
    it had. One query, and no transaction around it. What else may change of a person is in the
    record."""
    statement, given = _asked(actor, plan_id, now)
    session = {"token_hash": token_hash, "real_now": real_now}
    found = glance(_of_session(statement), {**given, **session})
    if not found:
        return False
    *facts, spoken = found[0]
    return spoken == (locale or "") and _felt(actor, facts, real_now) == felt


def _asked(
    actor: Actor, plan_id: int | None, now: datetime
) -> tuple[Select[Any], dict[str, object]]:
    oversees = can_oversee(actor)
    looker = None if actor.sees_all else actor
    statement = _statement(looker, current=plan_id is None, oversees=oversees)
    given: dict[str, object] = {"now": now} if oversees else {}
    return statement, given if plan_id is None else {**given, "plan_id": plan_id}


def _felt(actor: Actor, found: Sequence[Any], real_now: datetime) -> Pulse:
    if not can_oversee(actor):
        return tuple(found)
    *facts, real_at, doubted_at = found
    return (*facts, is_silent(real_at, real_now) or doubted_at is not None)


@lru_cache(256)
def _of_session(statement: Select[Any]) -> Select[Any]:
    """With the language of the session's person, "" for none; None where the session is over or the
    person no longer active."""
    spoken = (
        select(func.coalesce(User.locale, ""))
        .join(UserSession, UserSession.user_id == User.id)
        .where(UserSession.token_hash == bindparam("token_hash"), User.is_active)
        .where(is_in(bindparam("real_now", type_=UTCDateTime)))
    )
    return statement.add_columns(spoken.scalar_subquery())


@lru_cache(256)
def _statement(looker: Actor | None, *, current: bool, oversees: bool) -> Select[Any]:
    """`looker`: who sees only part of a plan; None sees all."""
    head = select(AuditEvent.hash).order_by(AuditEvent.id.desc()).limit(1)
    columns: list[Any] = [Plan.id, Plan.changes, head.scalar_subquery()]
    statement = select(*columns, *(_alarms() if oversees else ()))
    if not current:
        return statement.where(Plan.id == bindparam("plan_id"))
    if looker is not None:
        seen = select(Assignment.id).join(Duty, Duty.id == Assignment.duty_id)
        held = seen.where(Duty.plan_id == Plan.id, sees(looker)).correlate(Plan)
        statement = statement.where(held.exists())
    seen_by_units = statement.where(Plan.published_at.is_not(None), Plan.archived_at.is_(None))
    return seen_by_units.order_by(*FOREMOST).limit(1)


def _alarms() -> list[Any]:
    """Mails in trouble, the relay, posts that began and ended by now, the heart."""
    in_trouble = or_(*(OutboxMessage.state == each for each in TROUBLE))
    trouble = select(func.count()).where(in_trouble)  # An IN would be expanded at every poll.
    begun = select(func.count()).where(Membership.starts_at <= _NOW)
    ended = select(func.count()).where(Membership.ends_at <= _NOW)
    counts = [each.scalar_subquery() for each in (trouble, begun, ended)]
    relay = select(Relay.since).where(Relay.id == 1).scalar_subquery()
    heart = [Heartbeat.real_at, Heartbeat.doubted_at]
    beats = [select(each).where(Heartbeat.id == 1).scalar_subquery() for each in heart]
    return [*counts, relay, *beats]
