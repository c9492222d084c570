"""The outbox, for those who oversee it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from tracker import language
from tracker.api import errors, fetch, schemas
from tracker.api.access import actor, blueprint, needs
from tracker.db import db
from tracker.domain.cutoffs import CAMPUS_ZONE
from tracker.domain.errors import N_, NotPermitted
from tracker.domain.scopes import Scope
from tracker.domain.vocabulary import OutboxState
from tracker.models.outbox import OutboxMessage
from tracker.permissions import can_oversee

ZONE = ZoneInfo(CAMPUS_ZONE)
"""Mails belong to no single plan: their times are given in the campus's own zone."""


@dataclass(frozen=True)
class _Row:
    id: int
    state: OutboxState
    to: str
    subject: str | None
    due_at: datetime
    sent_at: datetime | None
    attempts: int
    reason: str | None
    message_id: str


@blueprint.get("/outbox", tags=["outbox"])
@needs(Scope.OUTBOX)
@blueprint.arguments(schemas.PageArguments, location="query")
@blueprint.response(200, schemas.page_of(schemas.Message))
def list_messages(given: dict[str, Any]) -> dict[str, Any]:
    """Every mail and what became of it; 403 for who does not see every unit."""
    if not can_oversee(actor()):
        raise NotPermitted(N_("Only those who see every unit may read the outbox."))
    statement = (
        select(OutboxMessage)
        .options(joinedload(OutboxMessage.user))
        .where(OutboxMessage.id > given["cursor"])
        .order_by(OutboxMessage.id)
        .limit(given["limit"] + 1)
    )
    return fetch.page([_row(message) for message in db.session.scalars(statement)], given["limit"])


def _row(message: OutboxMessage) -> _Row:
    """`reason` is a msgid of ours or the relay's own words, which no catalogue knows."""
    return _Row(
        id=message.id,
        state=message.state,
        to=message.to_address or (message.user.email if message.user else message.channel),
        subject=message.subject,
        due_at=message.due_at.astimezone(ZONE),
        sent_at=message.sent_at.astimezone(ZONE) if message.sent_at else None,
        attempts=message.attempts,
        reason=language.gettext(errors.locale(), message.reason) if message.reason else None,
        message_id=message.message_id,
    )
