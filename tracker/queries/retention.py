"""Which plans' personal data is due to go, and what went."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from tracker.db import db
from tracker.domain.retention import Step, Term
from tracker.models.plan import Plan
from tracker.models.purge import Purge


@dataclass(frozen=True)
class Standing:
    """What a plan's page says: `ends_at`, when its data goes, None where that is over or not
    announced; `purge` with its counts, None before."""

    ends_at: datetime | None
    purge: Purge | None


def standing(plan: Plan, months: int) -> Standing:
    purge = db.session.get(Purge, plan.id)
    if purge is not None and purge.purged_at is not None:
        return Standing(None, purge)
    if not months or plan.archived_at is None or purge is None:
        return Standing(None, None)
    return Standing(Term(plan.archived_at, months, purge.noticed_at).ends_at, None)


def next_step(now: datetime, months: int) -> tuple[Plan, Purge | None, Step] | None:
    """What is to be done first: of archived plans that still hold everything, the longest archived
    first, and of plans that came back from the archive after their purge was announced."""
    rows = (
        select(Plan, Purge)
        .outerjoin(Purge, Purge.plan_id == Plan.id)
        .where(Purge.purged_at.is_(None))
        .where(or_(Plan.archived_at.is_not(None), Purge.plan_id.is_not(None)))
        .order_by(Plan.archived_at, Plan.id)
    )
    for plan, purge in db.session.execute(rows):
        noticed_at = purge.noticed_at if purge is not None else None
        step: Step | None = Step.TAKE_BACK
        if plan.archived_at is not None:
            step = Term(plan.archived_at, months, noticed_at).step(now)
        if step is not None:
            return plan, purge, step
    return None
