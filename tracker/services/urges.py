"""Urging with memory (催办): pressed at most once in a while, counted, and answered."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from tracker import language
from tracker.db import db
from tracker.domain import lifecycle, text
from tracker.domain.errors import N_, InvalidInput
from tracker.domain.vocabulary import Audience, DutyRole, NoticeKind, State
from tracker.models.assignment import Assignment
from tracker.models.org import Unit
from tracker.models.plan import Duty, DutyTask
from tracker.models.urge import Urge, UrgedAssignment
from tracker.permissions import Actor, require_act, urges
from tracker.queries.holders import reached
from tracker.services import assignments, audit, notices, plans

COOLDOWN = timedelta(hours=2)
WORDS_MAX = 200
MOST = 500
_OPEN = (State.OPEN, State.RETURNED)
_COUNTS_AS_DONE = (DutyRole.URGE, DutyRole.COORDINATE)


@dataclass(frozen=True)
class Choice:
    """What would be urged, whom that reaches (user ids by unit id), and what is left out because it
    was urged within COOLDOWN (`lately`) or is settled, foreign or gone (`settled`: how many)."""

    urged: tuple[Assignment, ...]
    people: dict[int, list[int]]
    lately: tuple[Assignment, ...]
    settled: int


def choose(ids: Iterable[int], actor: Actor, now: datetime) -> Choice:
    """Sort what somebody picked. What they may not urge counts as if it did not exist."""
    wanted = sorted(set(ids))[:MOST]
    found = db.session.scalars(
        select(Assignment)
        .options(selectinload(Assignment.duty).selectinload(Duty.tasks))
        .where(Assignment.id.in_(wanted), urges(actor), Assignment.state.in_(_OPEN))
        .order_by(Assignment.unit_id, Assignment.duty_id)
    ).all()
    last = _last_urged([each.id for each in found])
    lately = [each for each in found if each.id in last and now < last[each.id] + COOLDOWN]
    urged = [each for each in found if each not in lately]
    units = sorted({each.unit_id for each in urged})
    heard = frozenset({Audience.CONTACTS})
    people = {unit_id: reached([unit_id], heard, now) for unit_id in units}
    return Choice(tuple(urged), people, tuple(lately), len(wanted) - len(found))


def urge(ids: Sequence[int], actor: Actor, now: datetime, *, words: str) -> Urge | None:
    """Press: one merged mail a person. None where nothing is left to urge, for instance at the
    second click of a double one (B-17). It counts as done for the actor's own urging duties of
    these rows. Raises InvalidInput."""
    words = text.optional("words", words, WORDS_MAX)
    for plan_id in _plans(ids):
        plans.enter(plan_id)
    db.session.expire_all()
    choice = choose(ids, actor, now)
    if not choice.urged:
        return None
    made = Urge(user_id=actor.user_id, at=now, words=words)
    db.session.add(made)
    db.session.flush()
    numbers = _numbers([each.id for each in choice.urged])
    db.session.add_all(
        UrgedAssignment(urge_id=made.id, assignment_id=each.id, number=numbers.get(each.id, 0) + 1)
        for each in choice.urged
    )
    db.session.flush()
    told = {user_id for people in choice.people.values() for user_id in people}
    notices.tell(NoticeKind.URGE, made.id, sorted(told), now)
    audit.record(
        actor, now, "urge.sent", "urge", made.id, assignments=[each.id for each in choice.urged]
    )
    _count_as_done(choice.urged, actor, now)
    db.session.flush()
    return made


def open(assignment: Assignment, actor: Actor, now: datetime) -> None:
    """Somebody of the unit has its urges on the screen. The first time counts."""
    require_act(actor, assignment)
    waiting = [] if assignment.duty.plan.is_over else _unopened(assignment)
    if waiting:
        for urged in waiting:
            urged.opened_at = now
        audit.record(actor, now, "urge.opened", "assignment", assignment.id)
        db.session.flush()


def answer(urged: UrgedAssignment, actor: Actor, now: datetime, *, words: str) -> None:
    """The unit's short word back; said again, it replaces the first. Raises NotPermitted,
    InvalidInput."""
    require_act(actor, urged.assignment)
    words = text.optional("words", words, WORDS_MAX)
    if not words:
        raise InvalidInput("words", N_("Write something first."))
    plans.enter(urged.assignment.duty.plan_id)
    db.session.refresh(urged)
    if (urged.answer, urged.answered_by) == (words, actor.user_id):
        return
    urged.answer, urged.answered_by, urged.answered_at = words, actor.user_id, now
    urged.opened_at = urged.opened_at or now
    audit.record(
        actor, now, "urge.answered", "assignment", urged.assignment_id, number=urged.number
    )
    db.session.flush()


def _plans(ids: Sequence[int]) -> list[int]:
    """In order, so that two who press at once never wait for each other."""
    rows = select(Duty.plan_id).join(Assignment, Assignment.duty_id == Duty.id)
    found = rows.where(Assignment.id.in_(ids)).distinct().order_by(Duty.plan_id)
    return list(db.session.scalars(found))


def _last_urged(ids: list[int]) -> dict[int, datetime]:
    rows = db.session.execute(
        select(UrgedAssignment.assignment_id, func.max(Urge.at))
        .join(Urge, Urge.id == UrgedAssignment.urge_id)
        .where(UrgedAssignment.assignment_id.in_(ids))
        .group_by(UrgedAssignment.assignment_id)
    )
    return dict(rows.all())


def _numbers(ids: list[int]) -> dict[int, int]:
    rows = db.session.execute(
        select(UrgedAssignment.assignment_id, func.max(UrgedAssignment.number))
        .where(UrgedAssignment.assignment_id.in_(ids))
        .group_by(UrgedAssignment.assignment_id)
    )
    return dict(rows.all())


def _unopened(assignment: Assignment) -> Sequence[UrgedAssignment]:
    mine = (UrgedAssignment.assignment_id == assignment.id, UrgedAssignment.opened_at.is_(None))
    return db.session.scalars(select(UrgedAssignment).where(*mine)).all()


def _count_as_done(urged: Sequence[Assignment], actor: Actor, now: datetime) -> None:
    """The actor's own open duties to urge or coordinate in these rows; the report says whom."""
    rows = {task.id: set[int]() for each in urged for task in each.duty.tasks}
    for each in urged:
        for task in each.duty.tasks:
            rows[task.id].add(each.unit_id)
    own = db.session.execute(
        select(Assignment, DutyTask.task_id)
        .join(Duty, Duty.id == Assignment.duty_id)
        .join(DutyTask, DutyTask.duty_id == Duty.id)
        .where(Assignment.unit_id.in_(sorted(actor.unit_ids)), DutyTask.task_id.in_(rows))
        .where(Duty.role.in_(_COUNTS_AS_DONE), Assignment.state.in_(_OPEN))
        .order_by(Assignment.id)
    ).all()
    whom: dict[Assignment, set[int]] = defaultdict(set)  # A merged cell covers several rows.
    for assignment, task_id in own:
        whom[assignment] |= rows[task_id]
    for assignment, unit_ids in whom.items():
        duty = assignment.duty
        if lifecycle.is_plain(duty.role, duty.cadence, counted=duty.counted):
            note = _whom(sorted(unit_ids))
            assignments.check_off(assignment, actor, now, seen_version=None, note=note)


def _whom(unit_ids: list[int]) -> str:
    """In Chinese, as the notice is: the note is kept as it is written."""
    first = db.session.get_one(Unit, unit_ids[0]).name
    return language.plural(
        language.DEFAULT,
        "Urged through this system: %(first)s, %(num)s unit in all",
        "Urged through this system: %(first)s and others, %(num)s units in all",
        len(unit_ids),
        first=first,
    )
