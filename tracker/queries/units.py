"""One unit at a glance: how far it is, what is red, where it stands, what happened lately."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from tracker.db import db
from tracker.domain.quartiles import quartile
from tracker.domain.readiness import Readiness, roll_up, roll_ups
from tracker.domain.reminding import Step, steps_between
from tracker.domain.vocabulary import Audience, DutyRole, Light, State, UnitKind
from tracker.models.assignment import Assignment
from tracker.models.audit import AuditEvent
from tracker.models.org import Unit, User
from tracker.models.plan import Duty, DutyTask, Plan, Task, listed
from tracker.queries import workdays
from tracker.queries.ladder import HORIZON
from tracker.queries.mine import DutyCard, mine
from tracker.queries.rules import cutoffs_of, rules_of
from tracker.queries.trail import WORDS

RED = (Light.OVERDUE, Light.RETURNED, Light.LACKING)
MOST_NEWS = 20
MOST_OFFERED = 200
_ACTIONS = {f"assignment.{word}": msgid for word, msgid in WORDS.items()}
_OF_THE_UNIT = frozenset({Audience.CONTACTS, Audience.LEADS})


@dataclass(frozen=True)
class News:
    """One thing that happened to a duty of the unit. `words`: an English msgid."""

    at: datetime
    by: str
    by_en: str
    words: str
    assignment_id: int
    number: int
    title: str
    title_en: str


@dataclass(frozen=True)
class UnitPage:
    """`cards` in the notice's order; `readiness` of them; `unsettled`: how many must still be
    settled by `next_at`, the next cut-off (None: all passed). `quartile`: see domain/quartiles."""

    unit: Unit
    cards: tuple[DutyCard, ...]
    readiness: Readiness
    quartile: int | None
    next_at: datetime | None
    unsettled: int

    @property
    def red(self) -> tuple[DutyCard, ...]:
        """What the unit must look at first: late, sent back, names missing."""
        late = [card for card in self.cards if card.light in RED]
        return tuple(sorted(late, key=lambda card: (RED.index(card.light), card.due_at)))

    @property
    def ahead(self) -> tuple[DutyCard, ...]:
        """What is asked and not yet late, the earliest cut-off first."""
        return tuple(
            sorted(
                (card for card in self.cards if card.light is Light.OPEN and card.role.binding),
                key=lambda card: card.due_at,
            )
        )

    @property
    def waiting(self) -> tuple[DutyCard, ...]:
        """Reported, not yet verified."""
        return tuple(card for card in self.cards if card.light is Light.REPORTED)

    @property
    def finished(self) -> tuple[DutyCard, ...]:
        """Settled, or set to not applicable."""
        return tuple(card for card in self.cards if card.light in (Light.SETTLED, Light.WAIVED))

    @property
    def standing(self) -> tuple[DutyCard, ...]:
        return tuple(card for card in self.cards if card.days)


def unit_page(unit: Unit, now: datetime) -> UnitPage:
    """The unit at `now` (aware), over all running plans."""
    cards = tuple(mine([unit.id], now).cards)
    binding = [card for card in cards if card.role.binding and card.light is not Light.WAIVED]
    open_cards = [card for card in binding if card.light is not Light.SETTLED]
    next_at = min((card.due_at for card in open_cards if card.due_at > now), default=None)
    readiness = roll_up((card.role, card.light) for card in cards)
    equals = _shares(unit, now)
    return UnitPage(
        unit,
        cards,
        readiness,
        quartile(equals[unit.id], equals.values()) if unit.id in equals else None,
        next_at,
        sum(card.due_at == next_at for card in open_cards),
    )


def _shares(unit: Unit, now: datetime) -> dict[int, Readiness]:
    """Unit id -> how far each unit of that one's kind and campus is. Inspections, which wait for
    others, are left out. One query."""
    statement = (
        select(Assignment.unit_id, Duty.role, Duty.reviewed, Assignment.state, func.count())
        .join(Duty, Duty.id == Assignment.duty_id)
        .join(Plan, Plan.id == Duty.plan_id)
        .join(Unit, Unit.id == Assignment.unit_id)
        .where(Unit.kind == unit.kind, listed(now))
        .where(Unit.parent_id.is_not_distinct_from(unit.parent_id))
        .where(Duty.role != DutyRole.INSPECT, Assignment.state != State.WAIVED)
        .group_by(Assignment.unit_id, Duty.role, Duty.reviewed, Assignment.state)
    )
    return roll_ups(
        (unit_id, role, reviewed, state, times)
        for unit_id, role, reviewed, state, times in db.session.execute(statement)
    )


def news(unit: Unit, since: datetime, reader_id: int | None) -> list[News]:
    """What others did to the unit's duties since `since`, the latest first: one more than
    MOST_NEWS tells that there is more."""
    first_row = (
        select(func.min(Task.number))
        .join(DutyTask, DutyTask.task_id == Task.id)
        .where(DutyTask.duty_id == Assignment.duty_id)
        .scalar_subquery()
    )
    of_the_unit = select(Assignment.id).where(Assignment.unit_id == unit.id)
    statement = (
        select(AuditEvent, User.name, User.name_en, Task.number, Task.title, Task.title_en)
        .join(Assignment, Assignment.id == AuditEvent.subject_id)
        .join(DutyTask, DutyTask.duty_id == Assignment.duty_id)
        .join(Task, Task.id == DutyTask.task_id)
        .outerjoin(User, User.id == AuditEvent.user_id)
        .where(AuditEvent.subject == "assignment", AuditEvent.subject_id.in_(of_the_unit))
        .where(AuditEvent.action.in_(_ACTIONS), AuditEvent.at >= since)
        .where(Task.number == first_row)
        .order_by(AuditEvent.id.desc())
    )
    if reader_id is not None:
        others = AuditEvent.user_id.is_(None) | (AuditEvent.user_id != reader_id)
        statement = statement.where(others)
    return [
        News(
            event.at,
            name or event.actor,
            name_en or event.actor,
            _ACTIONS[event.action],
            event.subject_id,
            number,
            title,
            title_en,
        )
        for event, name, name_en, number, title, title_en in db.session.execute(
            statement.limit(MOST_NEWS + 1)
        )
    ]


def next_step(cards: Iterable[DutyCard], now: datetime) -> Step | None:
    """The next step of a ladder that would tell the unit of what is still open here."""
    asking = [card for card in cards if card.asks]
    calendar = workdays.calendar()
    found = []
    for plan in _plans({card.plan_id for card in asking}):
        dues = {card.due_at for card in asking if card.plan_id == plan.id}
        cutoffs = [each for each in cutoffs_of(plan) if each.instant in dues]
        rules = [rule for rule in rules_of(plan).values() if rule.audience & _OF_THE_UNIT]
        found += steps_between(rules, cutoffs, now, now + HORIZON, calendar)
    return min(found, key=lambda step: step.moment, default=None)


def _plans(plan_ids: Iterable[int]) -> Sequence[Plan]:
    return db.session.scalars(select(Plan).where(Plan.id.in_(sorted(plan_ids)))).all()


def group_assignment(unit: Unit, now: datetime) -> Assignment | None:
    """The duty that asks the unit to set up a working group, of the latest plan."""
    return db.session.scalar(
        select(Assignment)
        .join(Duty, Duty.id == Assignment.duty_id)
        .join(Plan, Plan.id == Duty.plan_id)
        .where(Assignment.unit_id == unit.id, Duty.group_parts != "")
        .where(listed(now))
        .order_by(Plan.id.desc(), Duty.id)
        .limit(1)
    )


def universities() -> Sequence[Unit]:
    """The first MOST_OFFERED by name: who has more types the code."""
    wanted = select(Unit).where(Unit.kind == UnitKind.UNIVERSITY).order_by(Unit.name)
    return db.session.scalars(wanted.limit(MOST_OFFERED)).all()
