"""What was asked of the platform's services, as far as somebody sees it."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from tracker.db import db
from tracker.domain.service_requests import RequestState
from tracker.models.org import Unit
from tracker.models.service_request import ServiceRequest
from tracker.permissions import Actor, sees

SHOWN = 300


def requests_of(actor: Actor) -> Sequence[ServiceRequest]:
    """What waits first, then the latest; at most SHOWN."""
    settled = ServiceRequest.state.in_([state for state in RequestState if state.is_settled])
    return db.session.scalars(
        select(ServiceRequest)
        .options(
            joinedload(ServiceRequest.service),
            joinedload(ServiceRequest.unit),
            joinedload(ServiceRequest.user),
            joinedload(ServiceRequest.answered_by),
        )
        .where(sees(actor, ServiceRequest.unit_id))
        .order_by(settled, ServiceRequest.id.desc())
        .limit(SHOWN)
    ).all()


def own_units(actor: Actor) -> Sequence[Unit]:
    """For which somebody may ask."""
    held = Unit.id.in_(sorted(actor.unit_ids))
    return db.session.scalars(select(Unit).where(held).order_by(Unit.position)).all()
