"""A plan as what its changes queue on."""

from sqlalchemy import update

from tracker.db import db
from tracker.models.plan import Plan


def touch(plan_id: int) -> None:
    """Count a change of the plan and hold its row till the commit: changes of one plan queue here,
    so that neither a bulk tick nor two clerks can deadlock or overwrite each other."""
    db.session.execute(update(Plan).where(Plan.id == plan_id).values(changes=Plan.changes + 1))
