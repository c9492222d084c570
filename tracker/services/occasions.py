"""What time and the state of things bring about by themselves: reports that wait for an inspector,
key dates of the term, and the evening's summary. Looked for at every tick; noted once each."""

from collections import defaultdict
from datetime import datetime, timedelta

from sqlalchemy import func, select

from tracker.db import db
from tracker.domain.cutoffs import last_day, to_instant, to_wall
from tracker.domain.notices import summary_of
from tracker.domain.vocabulary import Audience, DutyRole, NoticeKind, Post, State
from tracker.models.assignment import Assignment, CheckOff
from tracker.models.notice import Notice
from tracker.models.org import Unit, User
from tracker.models.plan import Duty, DutyTask, Plan, Task, in_force
from tracker.queries.holders import holder_of, holders, reached
from tracker.services import notices, terms

AFTERWARDS = timedelta(days=7)
"""How long after its last cut-off a plan is still summed up every evening."""


def note(now: datetime, since: datetime) -> None:
    """Note down what has come about by `now`; it was looked at `since` last (both campus time)."""
    _reports_that_wait(now)
    terms.note(now)
    summed_up = select(Plan).where(in_force(now), Plan.summary_at.is_not(None)).order_by(Plan.id)
    for plan in db.session.scalars(summed_up):
        _summary(plan, now, since)


def _reports_that_wait(now: datetime) -> None:
    """Contacts of the inspecting units hear of reports that came after those of which inspectors
    were told last."""
    known = select(func.max(Notice.about_id)).where(Notice.kind == NoticeKind.WAITING)
    rows = db.session.execute(
        select(DutyTask.task_id, Unit.parent_id, func.max(CheckOff.id))
        .join(Assignment, Assignment.id == CheckOff.assignment_id)
        .join(Duty, Duty.id == Assignment.duty_id)
        .join(DutyTask, DutyTask.duty_id == Duty.id)
        .join(Unit, Unit.id == Assignment.unit_id)
        .where(CheckOff.id > func.coalesce(known.scalar_subquery(), 0))
        .where(CheckOff.undone_at.is_(None), Duty.reviewed, Assignment.state == State.DONE)
        .group_by(DutyTask.task_id, Unit.parent_id)
    )
    newest: dict[int, int] = defaultdict(int)
    for task_id, campus, check_off_id in rows:
        for unit_id in _inspecting(task_id, campus, now):
            newest[unit_id] = max(newest[unit_id], check_off_id)
    for unit_id, check_off_id in newest.items():
        people = reached([unit_id], frozenset({Audience.CONTACTS}), now)
        notices.tell_once(NoticeKind.WAITING, check_off_id, people, now)


def _inspecting(task_id: int, campus: int | None, now: datetime) -> list[int]:
    return list(
        db.session.scalars(
            select(Assignment.unit_id)
            .join(Duty, Duty.id == Assignment.duty_id)
            .join(DutyTask, DutyTask.duty_id == Duty.id)
            .join(Plan, Plan.id == Duty.plan_id)
            .where(DutyTask.task_id == task_id, Duty.role == DutyRole.INSPECT)
            .join(Unit, Unit.id == Assignment.unit_id)
            .where(in_force(now), Unit.parent_id.is_not_distinct_from(campus))
            .distinct()
        )
    )


def _summary(plan: Plan, now: datetime, since: datetime) -> None:
    """For academic affairs and for heads of units with a duty in the plan, from its first evening
    until a week after its last cut-off. An evening on which nobody looked is made up for."""
    assert plan.summary_at is not None
    wall = to_wall(now, plan.zone)
    day = wall.date() if wall.time() >= plan.summary_at else wall.date() - timedelta(days=1)
    missed = since < to_instant(datetime.combine(day, plan.summary_at), plan.zone)
    ends = db.session.scalar(select(func.max(Task.closes)).where(Task.plan_id == plan.id))
    if day < wall.date() and not missed:
        return
    if ends is None or day > last_day(ends) + AFTERWARDS:
        return
    about = summary_of(plan.id, day)
    said = select(Notice.id).where(Notice.kind == NoticeKind.SUMMARY, Notice.about_id == about)
    if db.session.scalar(said.limit(1)) is not None:
        return
    units = select(Assignment.unit_id).join(Duty).where(Duty.plan_id == plan.id).distinct()
    with_duties = set(db.session.scalars(units))
    people = [
        holder.user_id
        for holder in holders(now)
        if holder.is_affairs
        or holder.campus_units & with_duties
        or any(unit in with_duties and post is Post.LEAD for unit, post in holder.posts)
    ]
    notices.tell(NoticeKind.SUMMARY, about, people, now)


def tell_undelivered(message_id: int, user_id: int, now: datetime) -> None:
    """The relay refused a person's reminder for good: the other contacts and the heads of their
    units hear what it says."""
    user = db.session.get_one(User, user_id)
    units = {unit_id for unit_id, _post in holder_of(user, now).posts}
    others = reached(units, frozenset({Audience.CONTACTS, Audience.LEADS}), now)
    people = (other for other in others if other != user_id)
    notices.tell(NoticeKind.UNDELIVERED, message_id, people, now)
