"""The rows of a calendar feed: two queries a plan, whatever the number of duties."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from tracker.db import db
from tracker.domain import lifecycle
from tracker.domain.calendar_feeds import Event, Row, events
from tracker.domain.vocabulary import DutyRole, UnitKind
from tracker.models.assignment import Assignment
from tracker.models.calendar_feed import CalendarFeed
from tracker.models.org import User
from tracker.models.plan import CutoffMove, Duty, Plan, Task
from tracker.permissions import actor_for


def units_of(feed: CalendarFeed, now: datetime) -> frozenset[int]:
    """Whose cut-offs the feed shows: what its person holds a post in now, or the one unit of it."""
    held = actor_for(feed.user, now).unit_ids
    return held if feed.unit_id is None else held & {feed.unit_id}


def shows_term(feed: CalendarFeed, now: datetime) -> bool:
    """Key dates of the term stand in the feeds of academic affairs: their people's own, and their
    unit's."""
    posts = actor_for(feed.user, now).posts
    return any(
        kind is UnitKind.ACADEMIC_AFFAIRS and feed.unit_id in (None, unit_id)
        for unit_id, kind, _post in posts
    )


def events_of(plan: Plan, units: Collection[int]) -> list[Event]:
    """Every cut-off of a plan for these units."""
    moves = _moves(plan)
    rows = db.session.scalars(
        select(Assignment)
        .join(Duty, Duty.id == Assignment.duty_id)
        .options(
            joinedload(Assignment.unit), selectinload(Assignment.duty).selectinload(Duty.tasks)
        )
        .where(Duty.plan_id == plan.id, Assignment.unit_id.in_(units))
        .where(Duty.role.in_([role for role in DutyRole if role.binding]))
        .where(Duty.role != DutyRole.INSPECT)
        .order_by(Assignment.unit_id, Assignment.duty_id)
    )
    return events(_row(each, plan, moves) for each in rows)


def _moves(plan: Plan) -> dict[int, list[CutoffMove]]:
    found: dict[int, list[CutoffMove]] = defaultdict(list)
    rows = select(CutoffMove).join(Task).where(Task.plan_id == plan.id).order_by(CutoffMove.id)
    for move in db.session.scalars(rows):
        found[move.task_id].append(move)
    return found


def _row(assignment: Assignment, plan: Plan, moves: dict[int, list[CutoffMove]]) -> Row:
    """A merged cell closes with the last of its rows, and began with the last of them."""
    duty = assignment.duty
    last = max(duty.tasks, key=lambda task: (task.closes, task.number))
    moved = moves.get(last.id, [])
    changed = [assignment.changed_at or plan.began_at, *(move.at for move in moved)]
    return Row(
        assignment.id,
        duty.tasks[0].number,
        duty.tasks[0].title,
        duty.tasks[0].title_en,
        assignment.unit.name,
        assignment.unit.name_en,
        moved[0].earlier if moved else last.closes,
        last.closes,
        lifecycle.is_open(duty.role, assignment.state),
        assignment.version + len(moved),
        max(changed),
    )


def feeds_of(user: User) -> Sequence[CalendarFeed]:
    """A person's links that still work, the newest first."""
    mine = (CalendarFeed.user_id == user.id, CalendarFeed.revoked_at.is_(None))
    return db.session.scalars(
        select(CalendarFeed)
        .options(joinedload(CalendarFeed.unit))
        .where(*mine)
        .order_by(CalendarFeed.id.desc())
    ).all()
