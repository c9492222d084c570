"""The proof of an assignment's reports."""

from collections.abc import Sequence
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from tracker.db import db
from tracker.models.assignment import Assignment, CheckOff
from tracker.models.evidence import Evidence
from tracker.permissions import Actor, sees


def by_report(assignment: Assignment) -> list[tuple[CheckOff | None, list[Evidence]]]:
    """Report by report, None being the one to come."""
    grouped = groupby(pieces(assignment), key=lambda piece: piece.check_off)
    return [(report, list(theirs)) for report, theirs in grouped]


def pieces(assignment: Assignment) -> Sequence[Evidence]:
    """All that was added and not taken away, the report to come last."""
    return db.session.scalars(
        select(Evidence)
        .options(joinedload(Evidence.user), joinedload(Evidence.check_off))
        .where(Evidence.assignment_id == assignment.id, Evidence.removed_at.is_(None))
        .order_by(Evidence.check_off_id.is_(None), Evidence.check_off_id, Evidence.id)
    ).all()


def find(actor: Actor, evidence_id: int) -> Evidence | None:
    """None where the actor does not see its assignment; one that was taken away is found."""
    return db.session.scalar(
        select(Evidence)
        .join(Assignment, Assignment.id == Evidence.assignment_id)
        .where(Evidence.id == evidence_id, sees(actor))
    )
