"""The outbox as people read it."""

from collections.abc import Sequence

from sqlalchemy import Row, func, select
from sqlalchemy.orm import joinedload

from tracker.db import db
from tracker.domain.vocabulary import OutboxState
from tracker.models.outbox import DeliveryAttempt, OutboxMessage, Relay
from tracker.models.plan import Plan
from tracker.models.reminder import Reminder, ReminderRule
from tracker.queries import paging, restorations
from tracker.queries.paging import Page

TROUBLE = (OutboxState.DEAD, OutboxState.UNCERTAIN)
"""States in which a message stays until a person resends or discards it."""

_FOR_PEOPLE = OutboxMessage.channel != "webhook"
"""Programs that are not told have a page of their own."""

_IN_TROUBLE = (OutboxMessage.state.in_(TROUBLE), _FOR_PEOPLE)


def counts() -> dict[OutboxState, int]:
    """How many messages are in each state that has any."""
    rows = db.session.execute(
        select(OutboxMessage.state, func.count()).group_by(OutboxMessage.state)
    )
    found: dict[OutboxState, int] = dict(rows.all())
    return found


def needs_a_person() -> int:
    """How many messages could not be delivered, or may or may not have been."""
    return db.session.scalar(select(func.count()).where(*_IN_TROUBLE)) or 0


def count_in_trouble() -> int:
    """The same without those that a restore holds: what `in_trouble` lists."""
    statement = select(func.count()).where(*_IN_TROUBLE, ~restorations.is_held())
    return db.session.scalar(statement) or 0


def messages(state: OutboxState | None, number: int) -> Page[OutboxMessage]:
    """A page of the messages in one state, or of all, newest first."""
    wanted = [OutboxMessage.state == state] if state is not None else []
    statement = select(func.count()).select_from(OutboxMessage).where(*wanted)
    total = db.session.scalar(statement) or 0

    def read(limit: int, offset: int) -> Sequence[OutboxMessage]:
        newest = (OutboxMessage.due_at.desc(), OutboxMessage.id.desc())
        return db.session.scalars(
            select(OutboxMessage)
            .options(joinedload(OutboxMessage.user))
            .where(*wanted)
            .order_by(*newest)
            .limit(limit)
            .offset(offset)
        ).all()

    return paging.page(number, total, read)


def in_trouble(most: int) -> Sequence[OutboxMessage]:
    """The newest messages that a person must look at, but for those that a restore holds."""
    return db.session.scalars(
        select(OutboxMessage)
        .options(joinedload(OutboxMessage.user))
        .where(*_IN_TROUBLE, ~restorations.is_held())
        .order_by(OutboxMessage.id.desc())
        .limit(most)
    ).all()


def attempts_of(message: OutboxMessage) -> Sequence[DeliveryAttempt]:
    """Every try to hand it over, in order."""
    return db.session.scalars(
        select(DeliveryAttempt)
        .where(DeliveryAttempt.message_id == message.id)
        .order_by(DeliveryAttempt.id)
    ).all()


def reminders_of(message: OutboxMessage) -> Sequence[Row[Reminder, ReminderRule, Plan]]:
    """The reminders that the message carries, by cut-off, with their rule and plan."""
    return db.session.execute(
        select(Reminder, ReminderRule, Plan)
        .join(ReminderRule, ReminderRule.id == Reminder.rule_id)
        .join(Plan, Plan.id == ReminderRule.plan_id)
        .where(Reminder.message_id == message.id)
        .order_by(Reminder.cutoff_at)
    ).all()


def relay() -> Relay | None:
    """Since when and why the mail relay is out of reach, if it is."""
    return db.session.get(Relay, 1)
