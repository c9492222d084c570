"""What the tests of reminders, outbox, people and mailbox say to one another."""

from collections.abc import Sequence

from flask import Flask, current_app
from sqlalchemy import func, select

from tests import cast
from tests.rehearsal import StandingClock
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.vocabulary import OutboxState
from tracker.jobs import ticks
from tracker.models.audit import AuditEvent
from tracker.models.outbox import OutboxMessage
from tracker.models.reminder import Reminder, ReminderStep
from tracker.models.session import UserSession
from tracker.services import handovers


def tick(app: Flask, at: StandingClock, *moments: str) -> None:
    """Live through these moments: each is planned and its mails land in the mailbox folder."""
    for moment in moments:
        at(moment)
        ticks.tick(app.config["TRACKER"], "test")
    db.session.rollback()


def plan(at: StandingClock, moment: str) -> None:
    """Plan what is due at the moment; nothing is sent."""
    at(moment)
    ticks.remind(current_app.config["TRACKER"])
    db.session.rollback()


def message_to(name: str) -> OutboxMessage:
    """The person's newest message."""
    return db.session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.user_id == cast.user(name).id)
        .order_by(OutboxMessage.id.desc())
    ).first() or _missing(name)


def _missing(name: str) -> OutboxMessage:
    raise AssertionError(f"no message to {name}")


def refuse(name: str, reply: str = "550 5.1.1 no such user") -> int:
    """The relay refuses the person's waiting message for good; gives its id."""
    message_id = message_to(name).id
    real_now = clock.real_now()
    with transaction():
        assert message_id in handovers.claim("sender", real_now, 100)
        handovers.refused(message_id, "sender", real_now, reply, final=True)
    return message_id


def lose(name: str) -> int:
    """The sender of the person's waiting message dies in the middle; gives the message's id."""
    message_id = message_to(name).id
    real_now = clock.real_now()
    with transaction():
        assert message_id in handovers.claim("sender", real_now, 100)
        handovers.hand_over(
            message_id, "sender", real_now, to_address="x@y", subject="提醒", lines="第一行\n第二行"
        )
        handovers.doubted(message_id, "sender", real_now, "hold", "the line went dead")
    return message_id


def state_of(message_id: int) -> OutboxState:
    db.session.rollback()
    return db.session.get_one(OutboxMessage, message_id).state


def everything() -> Sequence[object]:
    """Whatever a refused request, or one that only looks, must not have changed."""
    db.session.rollback()
    states = db.session.execute(
        select(OutboxMessage.id, OutboxMessage.state, OutboxMessage.not_after).order_by(
            OutboxMessage.id
        )
    )
    tables = (AuditEvent, Reminder, ReminderStep, UserSession)
    counts = [db.session.scalar(select(func.count()).select_from(table)) for table in tables]
    return [*map(tuple, states), *counts]


def forged(link: str) -> str:
    """The link with another signature. Its last character would not do: of its six bits the lowest
    two mean nothing, so that every fourth change of it changes nothing."""
    kept, _dot, signature = link.rpartition(".")
    return f"{kept}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
