"""Fetch and authorise what hangs on a roster: what you may not see is 404."""

from flask import abort
from sqlalchemy import select

from tracker.care_permissions import can_care
from tracker.db import db
from tracker.models.org import Unit
from tracker.models.plan import Task
from tracker.models.roster import RosterImport, RosterItem
from tracker.permissions import Actor, Reach, colleges_of, roster_reach
from tracker.queries.care import care_tasks
from tracker.queries.rosters import counting_offices
from tracker.web.fetch import existing
from tracker.web.filters import now


def get_roster_for(actor: Actor, task_id: int) -> tuple[Task, Reach]:
    """A counted row with what the actor reaches of its names. 404 where that is nothing."""
    task = existing(Task, task_id)
    if task.counts is None or task.plan.published_at is None:
        abort(404)
    reach = roster_reach(actor, counting_offices(task.id))
    return (task, reach) if not reach.nowhere else abort(404)


def get_own_unit(actor: Actor, reach: Reach) -> Unit | None:
    """Whose own list the actor brings: their college's; None for who keeps the whole row's, and for
    who only looks."""
    own = {unit_id for unit_id in colleges_of(actor) if unit_id in reach}
    return db.session.get(Unit, min(own)) if own and not reach.keeps else None


def get_unit_within(reach: Reach, code: str) -> Unit:
    """404 for a unit whose names are out of reach."""
    unit = db.session.scalar(select(Unit).where(Unit.code == code)) if code.isprintable() else None
    return unit if unit is not None and unit.id in reach else abort(404)


def get_import_for(actor: Actor, task: Task, import_id: int) -> RosterImport:
    """404 for a list that somebody else brought, or that belongs to another row."""
    found = existing(RosterImport, import_id)
    if (found.task_id, found.user_id) != (task.id, actor.user_id):
        abort(404)
    return found


def get_care_for(actor: Actor, item_id: int) -> RosterItem:
    """404 for a student of another college, for one whom no list holds any more, and for a name of
    a row that is not the one its plan cares for, or of a plan that is not listed."""
    found = existing(RosterItem, item_id)
    if not can_care(actor, found):
        abort(404)
    cared_for = {task.id for task in care_tasks(now()).values()}
    return found if found.task_id in cared_for else abort(404)
