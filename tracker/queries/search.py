"""Tasks, units, people, duties and roster names that hold every word of what was typed.

Nothing is found that its own page would not show: the plans, rows and duties of the notices that
the actor sees, units and people of the pages of units that they may open, and names within
`permissions.roster_reach`. At most seven queries, whatever there is. Names are matched by the
database, the few hundreds of the rest here.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from tracker.db import db
from tracker.domain.search import Kind, needles, spans, standing, words
from tracker.models.assignment import Assignment
from tracker.models.org import Membership, Unit, User
from tracker.models.plan import FOREMOST, Duty, DutyTask, Plan, Task
from tracker.models.roster import RosterItem
from tracker.permissions import Actor, Reach, can_oversee, roster_reach, sees, within
from tracker.pinyin import heard, sounds
from tracker.queries.plans import current_plans
from tracker.queries.rosters import counting_offices_of, found_by
from tracker.queries.search_hits import DutyHit, HeldPost, Hit, NameHit, PersonHit, TaskHit, UnitHit

FEW, MANY = 8, 50
"""Shown of a kind among the others, and alone."""


@dataclass(frozen=True)
class Group:
    """What was found of one kind: the best of `total`."""

    kind: Kind
    total: int
    hits: tuple[Hit, ...]


@dataclass(frozen=True)
class Findings:
    """`asked`: the words that were looked for. `plans`: where, the latest first."""

    asked: tuple[str, ...]
    plans: tuple[Plan, ...]
    groups: tuple[Group, ...]

    @property
    def total(self) -> int:
        return sum(group.total for group in self.groups)


@dataclass(frozen=True)
class _Table:
    """The rows and cells of the plans in question: (row, cell or None), row by row."""

    rows: Sequence[tuple[Task, Duty | None]]
    own: Mapping[int, int]
    """Duty id -> the assignment of the actor's own unit."""


def find(actor: Actor, now: datetime, typed: str, kind: Kind | None = None) -> Findings:
    """FEW of each kind, or MANY of one `kind` alone."""
    asked = words(typed)
    if not asked:
        return Findings((), (), ())
    plans = tuple(current_plans(actor))
    ids = [plan.id for plan in plans]
    wanted = [kind] if kind else list(Kind)
    most = MANY if kind else FEW
    groups = []
    if ids and {Kind.TASK, Kind.DUTY} & {*wanted}:
        table = _table(actor, ids)
        groups += [_best(Kind.TASK, _tasks(table), asked, most)]
        groups += [_best(Kind.DUTY, _duties(table), asked, most)]
    if Kind.UNIT in wanted:
        groups.append(_best(Kind.UNIT, _units(actor), asked, most))
    if Kind.PERSON in wanted:
        groups.append(_best(Kind.PERSON, _people(actor, now), asked, most))
    if ids and Kind.NAME in wanted:
        groups.append(_names(actor, ids, typed, most))
    shown = {group.kind: group for group in groups if group.total}
    return Findings(asked, plans, tuple(shown[each] for each in wanted if each in shown))


def _best(kind: Kind, hits: Iterable[Any], asked: Collection[str], most: int) -> Group:
    """Those that hold every word, at least one of them in their own texts: the ones called so
    first, then the ones whose name begins so, in their own order."""
    wanted = needles(asked)
    found = [hit for hit in hits if _holds(hit, wanted)]
    found.sort(key=lambda hit: _rank(hit, asked))
    return Group(kind, len(found), tuple(found[:most]))


def _holds(hit: Any, wanted: Sequence[str]) -> bool:
    own = [heard(text) for text in hit.texts]
    if not any(needle in text for needle in wanted for text in own):
        return False
    every = [*own, *(heard(text) for text in hit.around)]
    return all(any(needle in text for text in every) for needle in wanted)


def _rank(hit: Any, asked: Collection[str]) -> int:
    return min(standing(text, spans(text, sounds(text), asked)) for text in hit.texts)


def _table(actor: Actor, plan_ids: Collection[int]) -> _Table:
    rows = db.session.execute(
        select(Task, Duty)
        .join(Plan, Plan.id == Task.plan_id)
        .outerjoin(DutyTask, DutyTask.task_id == Task.id)
        .outerjoin(Duty, Duty.id == DutyTask.duty_id)
        .where(Task.plan_id.in_(plan_ids))
        .order_by(*FOREMOST, Task.number, Duty.id)
    )
    own = db.session.execute(
        select(Assignment.duty_id, func.min(Assignment.id))
        .where(sees(actor), Assignment.unit_id.in_(sorted(actor.unit_ids)))
        .group_by(Assignment.duty_id)
    )
    return _Table([(task, duty) for task, duty in rows], dict(own.all()))


def _tasks(table: _Table) -> Iterable[TaskHit]:
    for _, cells in groupby(table.rows, key=lambda row: row[0].id):
        pairs = list(cells)
        task = pairs[0][0]
        held = (table.own.get(duty.id) for _, duty in pairs if duty is not None)
        yield TaskHit(
            task.plan_id,
            task.number,
            task.title,
            task.title_en,
            task.deadline_text,
            next((each for each in held if each is not None), None),
        )


def _duties(table: _Table) -> Iterable[DutyHit]:
    covered: dict[int, list[Task]] = defaultdict(list)
    duties = {duty.id: duty for _, duty in table.rows if duty is not None}
    for task, duty in table.rows:
        if duty is not None:
            covered[duty.id].append(task)
    for duty_id, tasks in covered.items():
        duty = duties[duty_id]
        yield DutyHit(
            duty.plan_id,
            duty.id,
            tuple(task.number for task in tasks),
            tasks[0].title,
            tasks[0].title_en,
            duty.unit_kind,
            duty.role,
            duty.text,
            duty.text_en,
            table.own.get(duty.id),
        )


def _units(actor: Actor) -> Iterable[UnitHit]:
    """Those whose page the actor may open."""
    campus = aliased(Unit)
    of_campus: list[Any] = [func.coalesce(name, "") for name in (campus.name, campus.name_en)]
    statement = (
        select(Unit.code, Unit.name, Unit.name_en, *of_campus)
        .outerjoin(campus, campus.id == Unit.parent_id)
        .order_by(Unit.position, Unit.id)
    )
    if not actor.sees_all:
        statement = statement.where(Unit.id.in_(sorted(actor.unit_ids)))
    for row in db.session.execute(statement):
        yield UnitHit(*row)


def _people(actor: Actor, now: datetime) -> Iterable[PersonHit]:
    """Everybody for who may read the list of people; else who holds a post in the actor's own
    units, as the pages of their posts say."""
    lasting = or_(Membership.ends_at.is_(None), Membership.ends_at > now)
    held: list[Any] = [Membership.post, Unit.id, Unit.code, Unit.name, Unit.name_en]
    statement = (
        select(User.id, User.name, User.name_en, User.email, User.is_active, *held)
        .outerjoin(Membership, and_(Membership.user_id == User.id, lasting))
        .outerjoin(Unit, Unit.id == Membership.unit_id)
        .where(User.erased_at.is_(None))
        .order_by(User.id, Unit.position, Membership.id)
    )
    if not can_oversee(actor):
        statement = statement.where(Unit.id.in_(sorted(actor.unit_ids)))
    for _, same in groupby(db.session.execute(statement), key=lambda row: row[0]):
        rows = list(same)
        posts = tuple(HeldPost(*row[5:]) for row in rows if row[5] is not None)
        user_id, name, name_en, email, is_active = rows[0][:5]
        yield PersonHit(user_id, name, name_en, email, is_active, posts)


def _names(actor: Actor, plan_ids: Collection[int], typed: str, most: int) -> Group:
    """The one whose key was typed first. One pass over what is stored counts them too."""
    listed = (RosterItem.key, RosterItem.label, RosterItem.detail)
    row = (Task.plan_id, Task.id, Task.number, Task.title, Task.title_en)
    exactly = RosterItem.search.startswith(f" {' '.join(words(typed))} ", autoescape=True)
    columns: list[Any] = [*row, *listed, Unit.name, Unit.name_en, RosterItem.done_at.is_not(None)]
    statement = (
        select(*columns, func.count().over())
        .join(Task, Task.id == RosterItem.task_id)
        .join(Unit, Unit.id == RosterItem.unit_id)
        .where(_within_reach(actor, plan_ids), RosterItem.dropped_at.is_(None), *found_by(typed))
        .order_by(exactly.desc(), Task.plan_id.desc(), Task.number, Unit.position, RosterItem.key)
        .limit(most)
    )
    rows = db.session.execute(statement).all()
    hits = tuple(NameHit(*found[:-1]) for found in rows)
    return Group(Kind.NAME, rows[0][-1] if rows else 0, hits)


def _within_reach(actor: Actor, plan_ids: Collection[int]) -> ColumnElement[bool]:
    """Names of counted rows, each row as far as the actor reaches there."""
    offices = counting_offices_of(plan_ids)
    counted = select(Task.id).where(Task.plan_id.in_(plan_ids), Task.counts.is_not(None))
    by_reach: Mapping[Reach, list[int]] = defaultdict(list)
    for task_id, units in offices.items():
        by_reach[roster_reach(actor, units)].append(task_id)
    elsewhere = roster_reach(actor, frozenset())
    return and_(
        RosterItem.task_id.in_(counted),
        or_(
            and_(RosterItem.task_id.not_in(sorted(offices)), within(elsewhere)),
            *(
                and_(RosterItem.task_id.in_(task_ids), within(reach))
                for reach, task_ids in by_reach.items()
            ),
        ),
    )
