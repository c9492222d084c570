"""A university for a test: its offices, colleges and people, with the seeded plan laid on them."""

from dataclasses import dataclass

from sqlalchemy import select

from tests import cast
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.vocabulary import DutyRole, Post, UnitKind
from tracker.models.assignment import Assignment
from tracker.models.org import Membership, Unit, User
from tracker.models.plan import Duty, DutyTask, Plan, Task
from tracker.permissions import SYSTEM, Actor, actor_for
from tracker.services import assignments, fanout, reviews

OFFICES = {
    "affairs": UnitKind.ACADEMIC_AFFAIRS,
    "students": UnitKind.STUDENT_AFFAIRS,
    "network": UnitKind.NETWORK_CENTRE,
}


@dataclass(frozen=True)
class Campus:
    """`names`: of its units after their code: the offices, `1`, `2` … of its colleges."""

    code: str
    name: str
    names: tuple[str, ...]

    @property
    def unit_ids(self) -> frozenset[int]:
        return frozenset(self.id_of(name) for name in self.names)

    def id_of(self, name: str) -> int:
        found = db.session.scalar(select(Unit.id).where(Unit.code == f"{self.code}-{name}"))
        assert found is not None
        return found

    def university(self) -> Unit:
        return db.session.scalars(select(Unit).where(Unit.code == self.code)).one()

    def user(self, name: str) -> User:
        address = f"{self.code}-{name}@campus.example"
        return db.session.scalars(select(User).where(User.email == address)).one()

    def actor(self, name: str) -> Actor:
        return actor_for(self.user(name), clock.now())

    def actors(self) -> list[Actor]:
        return [self.actor(name) for name in (*self.names, "rector")]

    def held(self, number: int, name: str) -> Assignment:
        return db.session.scalars(
            select(Assignment)
            .join(DutyTask, DutyTask.duty_id == Assignment.duty_id)
            .join(Task, Task.id == DutyTask.task_id)
            .where(Task.number == number, Assignment.unit_id == self.id_of(name))
        ).one()

    def report(self, number: int, count: int | None) -> None:
        """Of the first college."""
        assignments.check_off(
            self.held(number, "1"), self.actor("1"), clock.now(), seen_version=None, count=count
        )

    def verify(self, number: int) -> None:
        reviews.verify(
            self.held(number, "1"), self.actor("affairs"), clock.now(), seen_version=None
        )


def found(code: str, colleges: int) -> Campus:
    """A university that did not exist before."""
    names = (*OFFICES, *(str(number) for number in range(1, colleges + 1)))
    campus = Campus(code, f"{code}大学", names)
    with transaction():
        university = _unit(code, UnitKind.UNIVERSITY, campus.name, None)
        _person(campus, "rector", university)
        for name in names:
            kind = OFFICES.get(name, UnitKind.COLLEGE)
            called = (
                f"{campus.name}第{name}学院" if kind is UnitKind.COLLEGE else campus.name + name
            )
            _person(campus, name, _unit(f"{code}-{name}", kind, called, university.id))
        plan = db.session.scalars(select(Plan).where(Plan.parent_id.is_(None))).one()
        fanout.lay_out(plan, SYSTEM, clock.now())
    return campus


def pressing_units(assignment: Assignment) -> frozenset[int]:
    """Units of the same campus that urge, coordinate or inspect the assignment's row."""
    row = select(DutyTask.task_id).where(DutyTask.duty_id == assignment.duty_id)
    return frozenset(
        db.session.scalars(
            select(Assignment.unit_id)
            .join(Unit, Unit.id == Assignment.unit_id)
            .join(Duty, Duty.id == Assignment.duty_id)
            .join(DutyTask, DutyTask.duty_id == Duty.id)
            .where(DutyTask.task_id.in_(row))
            .where(Duty.role.in_([DutyRole.URGE, DutyRole.COORDINATE, DutyRole.INSPECT]))
            .where(Unit.parent_id.is_not_distinct_from(assignment.unit.parent_id))
        )
    )


def _unit(code: str, kind: UnitKind, name: str, parent_id: int | None) -> Unit:
    unit = Unit(code=code, kind=kind, name=name, name_en=code, position=900, parent_id=parent_id)
    db.session.add(unit)
    db.session.flush()
    return unit


def _person(campus: Campus, name: str, unit: Unit) -> None:
    user = User(
        email=f"{campus.code}-{name}@campus.example",
        name=f"{campus.code}{name}",
        name_en=f"{campus.code} {name}",
        password_hash=cast.PASSWORD_HASH,
        created_at=clock.now(),
    )
    db.session.add(user)
    db.session.add(Membership(user=user, unit=unit, post=Post.CONTACT))
    db.session.flush()
