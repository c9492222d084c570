"""Asking for one of the platform's services, and answering."""

from datetime import datetime, timedelta

from sqlalchemy import select, update

from tracker.db import db
from tracker.domain import text
from tracker.domain.errors import N_, InvalidInput, NotPermitted
from tracker.domain.service_requests import RequestState, step
from tracker.models.org import Unit
from tracker.models.service_entry import ServiceEntry
from tracker.models.service_request import ServiceRequest
from tracker.permissions import Actor, require_administer
from tracker.services import audit

PURPOSE_MAX, NAME_MAX, WORDS_MAX = 200, 120, 1000
AGAIN = timedelta(minutes=10)
"""The same words of the same person within this time are one request (B-17)."""


def can_ask(actor: Actor) -> bool:
    """Whoever holds a post, for a unit of theirs; never an observer."""
    return bool(actor.unit_ids) and not actor.is_observer


def require_ask(actor: Actor) -> None:
    if not can_ask(actor):
        raise NotPermitted(N_("Only the unit itself can do this."))


def ask(
    service: ServiceEntry,
    unit: Unit,
    actor: Actor,
    now: datetime,
    *,
    purpose: str,
    course: str = "",
    teacher: str = "",
    words: str = "",
) -> ServiceRequest:
    """Raises NotPermitted, InvalidInput."""
    require_ask(actor)
    if unit.id not in actor.unit_ids:
        raise NotPermitted(N_("Only the unit itself can do this."))
    asked = {
        "purpose": " ".join(text.optional("purpose", purpose, PURPOSE_MAX).split()),
        "course": text.optional("course", course, NAME_MAX),
        "teacher": text.optional("teacher", teacher, NAME_MAX),
        "words": text.optional("words", words, WORDS_MAX),
    }
    if not asked["purpose"]:
        raise InvalidInput("purpose", N_("Say what the service is for."))
    held = select(ServiceEntry.id).where(ServiceEntry.id == service.id)
    db.session.execute(held.with_for_update(key_share=True))  # Two clicks queue here.
    key = {"service_id": service.id, "unit_id": unit.id, "user_id": actor.user_id, **asked}
    same = select(ServiceRequest).filter_by(**key, state=RequestState.ASKED)
    known = db.session.scalars(same.where(ServiceRequest.at > now - AGAIN)).first()
    if known is not None:
        return known
    made = ServiceRequest(**key, at=now, state=RequestState.ASKED)
    db.session.add(made)
    db.session.flush()
    about = {"service": service.number, "unit": unit.code}
    audit.record(actor, now, "service_request.asked", "service_request", made.id, **about)
    return made


def answer(
    request: ServiceRequest, to: RequestState, actor: Actor, now: datetime, *, words: str = ""
) -> None:
    """Pass it on, settle it or decline it. The last two need an answer. Said twice, nothing changes
    (B-17). Raises NotPermitted, IllegalStep, InvalidInput."""
    require_administer(actor)
    words = text.optional("answer", words, WORDS_MAX)
    held = update(ServiceRequest).where(ServiceRequest.id == request.id)
    db.session.execute(held.values(unit_id=ServiceRequest.unit_id))  # Two clerks queue here.
    db.session.refresh(request)
    if (request.state, request.answer) == (to, words):
        return
    step(request.state, to, words)
    earlier, request.state = request.state, to
    request.answer = words or request.answer
    request.answered_by_id, request.answered_at = actor.user_id, now
    audit.record(
        actor,
        now,
        "service_request.answered",
        "service_request",
        request.id,
        earlier=earlier,
        later=to,
    )
    db.session.flush()
