"""A contingency that goes on: its log, and its end."""

from datetime import datetime

from sqlalchemy import select

from tracker.db import db
from tracker.domain import text
from tracker.domain.contingencies import MINUTE
from tracker.domain.errors import N_, IllegalStep, InvalidInput
from tracker.domain.vocabulary import NoticeKind
from tracker.models.activation import Activation, ActivationEntry
from tracker.models.plan import Duty
from tracker.permissions import Actor, require_administer
from tracker.services import audit, notices, plans

ENTRY_MAX = 1000
OUTCOME_MAX = 1000


def note(activation: Activation, actor: Actor, now: datetime, *, words: str) -> None:
    """A line of the log; after the end too, because what was learnt comes late. The same line sent
    twice by the same person stands once (B-17)."""
    require_administer(actor)
    words = text.optional("text", words, ENTRY_MAX)
    if not words:
        raise InvalidInput("text", N_("Write what happened."))
    plans.touch(activation.plan_id)
    last = db.session.scalar(
        select(ActivationEntry)
        .where(ActivationEntry.activation_id == activation.id)
        .order_by(ActivationEntry.id.desc())
        .limit(1)
    )
    if last is not None and (last.user_id, last.text) == (actor.user_id, words):
        return
    db.session.add(
        ActivationEntry(activation_id=activation.id, at=now, user_id=actor.user_id, text=words)
    )
    audit.record(actor, now, "contingency.noted", "activation", activation.id, text=words)
    db.session.flush()


def stand_down(activation: Activation, actor: Actor, now: datetime, *, outcome: str) -> None:
    """It is over: nothing is asked of anybody any more, everything stays to be read. Raises
    IllegalStep where it was over before, unless the very same is said again (B-17)."""
    require_administer(actor)
    outcome = text.optional("outcome", outcome, OUTCOME_MAX)
    if not outcome:
        raise InvalidInput("outcome", N_("Say how it ended: the log keeps it."))
    plans.touch(activation.plan_id)
    db.session.refresh(activation)
    if activation.stood_down_at is not None:
        if (activation.stood_down_by, activation.outcome) == (actor.user_id, outcome):
            return
        raise IllegalStep(N_("It has been stood down already."))
    activation.stood_down_at, activation.stood_down_by = now, actor.user_id
    activation.outcome = outcome
    db.session.refresh(activation.plan)
    if activation.plan.closed_at is None:
        activation.plan.closed_at = now
    _end_daily(activation, now)
    told = plans.announcees(activation.plan, now)
    notices.tell(NoticeKind.STOOD_DOWN, activation.id, told, now)
    audit.record(actor, now, "contingency.stood_down", "activation", activation.id, outcome=outcome)
    db.session.flush()


def _end_daily(activation: Activation, now: datetime) -> None:
    """Daily duties end with the case: no day after it was ever asked for."""
    going = select(Duty).where(Duty.plan_id == activation.plan_id, Duty.open_ended)
    for duty in db.session.scalars(going):
        duty.due_at = max(now, activation.started_at + MINUTE)
