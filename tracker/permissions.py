"""Who may see and do what: each rule once as a predicate, and where a list needs it, once as SQL
beside it. A test compares the two over every role."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, aliased

from tracker.actors import ONLOOKER as ONLOOKER
from tracker.actors import SYSTEM as SYSTEM
from tracker.actors import Actor as Actor
from tracker.actors import actor_for as actor_for
from tracker.actors import units_of
from tracker.domain.errors import N_, NotPermitted
from tracker.domain.vocabulary import DutyRole, Post, UnitKind
from tracker.models.assignment import Assignment
from tracker.models.org import Unit
from tracker.models.plan import Duty, DutyTask
from tracker.models.roster import RosterItem
from tracker.models.service_request import ServiceRequest


def can_see(actor: Actor, assignment: Assignment | ServiceRequest) -> bool:
    """Own units; academic affairs and observers everything, those of one university its units."""
    if actor.within is not None and assignment.unit_id not in actor.within[1]:
        return False
    return actor.sees_all or assignment.unit_id in actor.unit_ids | actor.campus_units


def sees(
    actor: Actor, unit_id: InstrumentedAttribute[int] = Assignment.unit_id
) -> ColumnElement[bool]:
    """`can_see` as a condition on what has this `unit_id`."""
    seen = None if actor.sees_all else actor.unit_ids | actor.campus_units
    if actor.within is not None:
        seen = actor.within[1] if seen is None else seen & actor.within[1]
    if seen is None:
        return true()
    return unit_id.in_(sorted(seen)) if seen else false()


def visible_assignments(actor: Actor) -> Select[Assignment]:
    return select(Assignment).where(sees(actor))


def can_act(actor: Actor, assignment: Assignment) -> bool:
    """Report, undo, check in: whoever holds a post in the unit itself, never an observer."""
    return not actor.is_observer and assignment.unit_id in actor.unit_ids


def require_act(actor: Actor, assignment: Assignment) -> None:
    if not can_act(actor, assignment):
        raise NotPermitted(N_("Only the unit itself can do this."))


def inspects(actor: Actor) -> ColumnElement[bool]:
    """Assignments the actor may verify or send back: the duty is reviewed, the actor's unit holds
    the INSPECT duty of its row on the same campus, and it is not the actor's own unit (nobody
    verifies their own)."""
    if actor.is_observer or not actor.unit_ids:
        return false()
    inspecting, inspected = aliased(Duty), aliased(DutyTask)
    held = aliased(Assignment)
    covers = aliased(DutyTask)
    units = sorted(actor.unit_ids)
    return and_(
        Assignment.unit_id.not_in(units),
        exists()
        .where(Duty.id == Assignment.duty_id, Duty.reviewed)
        .where(covers.duty_id == Duty.id, inspected.task_id == covers.task_id)
        .where(inspecting.id == inspected.duty_id, inspecting.role == DutyRole.INSPECT)
        .where(held.duty_id == inspecting.id, held.unit_id.in_(units), _one_campus(held))
        .correlate(Assignment),
    )


def _one_campus(held: type[Assignment]) -> ColumnElement[bool]:
    """Whether that assignment's unit is of the same campus as the one asked about."""
    ours, theirs = aliased(Unit), aliased(Unit)
    return (
        exists()
        .where(ours.id == held.unit_id, theirs.id == Assignment.unit_id)
        .where(ours.parent_id.is_not_distinct_from(theirs.parent_id))
        .correlate(held, Assignment)
    )


def can_inspect(actor: Actor, assignment: Assignment, inspecting_units: frozenset[int]) -> bool:
    """`inspects` as a predicate; `inspecting_units` hold the row's INSPECT duty on its campus."""
    return (
        not actor.is_observer
        and assignment.duty.reviewed
        and assignment.unit_id not in actor.unit_ids
        and bool(actor.unit_ids & inspecting_units)
    )


def require_inspect(actor: Actor, assignment: Assignment, inspecting_units: frozenset[int]) -> None:
    if assignment.unit_id in actor.unit_ids:
        raise NotPermitted(N_("Nobody verifies the work of their own unit."))
    if not can_inspect(actor, assignment, inspecting_units):
        raise NotPermitted(N_("Only the inspector of this row can do this."))


_PRESSING = (DutyRole.URGE, DutyRole.COORDINATE, DutyRole.INSPECT)
_BINDING = [role for role in DutyRole if role.binding]


def urges(actor: Actor) -> ColumnElement[bool]:
    """Assignments of other units that the actor may urge: academic affairs every binding one that
    they see; an office that urges, coordinates or inspects a row, those of that row on its campus.
    Colleges urge nobody here, and nobody urges themselves."""
    if actor.is_observer or not actor.unit_ids:
        return false()
    asked = aliased(Duty)
    binding = exists().where(asked.id == Assignment.duty_id, asked.role.in_(_BINDING))
    others = and_(Assignment.unit_id.not_in(sorted(actor.unit_ids)), binding)
    if actor.is_affairs:
        return and_(others, sees(actor))
    offices = sorted(unit for unit, kind, _ in actor.posts if kind is not UnitKind.COLLEGE)
    covers, pressed, pressing = aliased(DutyTask), aliased(DutyTask), aliased(Duty)
    held = aliased(Assignment)
    pressed_by_us: ColumnElement[bool] = (
        exists()
        .where(covers.duty_id == Assignment.duty_id, pressed.task_id == covers.task_id)
        .where(pressing.id == pressed.duty_id, pressing.role.in_(_PRESSING))
        .where(held.duty_id == pressing.id, held.unit_id.in_(offices), _one_campus(held))
        .correlate(Assignment)
    )
    if actor.is_campus_affairs:
        return and_(others, or_(Assignment.unit_id.in_(sorted(actor.campus_units)), pressed_by_us))
    return and_(others, pressed_by_us)


def can_urge(actor: Actor, assignment: Assignment, pressing_units: frozenset[int]) -> bool:
    """`urges` as a predicate; `pressing_units` hold a duty of the row on its campus that urges,
    coordinates or inspects."""
    if actor.is_observer or assignment.unit_id in actor.unit_ids:
        return False
    if not assignment.duty.role.binding:
        return False
    if actor.is_affairs:
        return can_see(actor, assignment)
    offices = {unit for unit, kind, _ in actor.posts if kind is not UnitKind.COLLEGE}
    on_campus = actor.is_campus_affairs and assignment.unit_id in actor.campus_units
    return on_campus or bool(offices & pressing_units)


def can_administer(actor: Actor) -> bool:
    """The outbox, the people, the rehearsal clock: academic affairs."""
    return actor.is_affairs and not actor.is_observer


def can_waive(actor: Actor, assignment: Assignment) -> bool:
    """Take a duty off a unit, or lay it on again: the plan's owner, academic affairs, or those of
    the unit's university, but never for their own unit."""
    owns = can_administer(actor) or (
        actor.is_campus_affairs
        and not actor.is_observer
        and assignment.unit_id in actor.campus_units
    )
    return owns and assignment.unit_id not in actor.unit_ids


def require_waive(actor: Actor, assignment: Assignment) -> None:
    if assignment.unit_id in actor.unit_ids:
        raise NotPermitted(N_("Nobody takes a duty off their own unit."))
    if not can_waive(actor, assignment):
        raise NotPermitted(N_("Only academic affairs can do this."))


@dataclass(frozen=True)
class Reach:
    """Which names of one row's roster somebody sees, ticks and lists. `units` None: of every unit;
    `ticks`, `keeps`: whether they may tick those, and whether the whole list is theirs to keep."""

    units: frozenset[int] | None
    ticks: bool
    keeps: bool

    def __contains__(self, unit_id: int) -> bool:
        return self.units is None or unit_id in self.units

    @property
    def nowhere(self) -> bool:
        return self.units is not None and not self.units


def colleges_of(actor: Actor) -> frozenset[int]:
    """Ids of the colleges in which they hold a post."""
    return frozenset(unit_id for unit_id, kind, _ in actor.posts if kind is UnitKind.COLLEGE)


def roster_reach(actor: Actor, offices: frozenset[int]) -> Reach:
    """`offices`: those that answer for the whole row with a number of their own. They see, tick and
    keep every name; a college sees and ticks its own; academic affairs keep the list and tick
    nobody, because they verify (nobody verifies their own work); an observer looks."""
    works = not actor.is_observer
    if actor.unit_ids & offices:
        home = actor.campus_units or units_of([each for each in actor.homes if each is not None])
        return Reach(home or None, ticks=works, keeps=works and not home)
    if actor.sees_all:
        return Reach(None, ticks=False, keeps=can_administer(actor))
    if actor.campus_units:
        return Reach(actor.campus_units, ticks=False, keeps=False)
    return Reach(colleges_of(actor), ticks=works, keeps=False)


def within(reach: Reach) -> ColumnElement[bool]:
    """`in reach` as a condition on RosterItem."""
    return true() if reach.units is None else RosterItem.unit_id.in_(sorted(reach.units))


def can_oversee(actor: Actor) -> bool:
    """Read what concerns every unit: the whole ladder, the ledger, the outbox."""
    return actor.sees_all


def require_administer(actor: Actor) -> None:
    if not can_administer(actor):
        raise NotPermitted(N_("Only academic affairs can do this."))


_NAMED_BY: dict[Post, frozenset[Post]] = {
    Post.LEAD: frozenset({Post.CONTACT, Post.COUNSELLOR, Post.DEPUTY}),
    Post.CONTACT: frozenset({Post.DEPUTY}),
}
"""Which posts of their own unit a holder may fill: the head all but the head's, the contact a
deputy."""


def can_staff(actor: Actor, unit_id: int, post: Post) -> bool:
    """Give, end and hand over a post: academic affairs and the command line everywhere, a unit's
    head and contact below themselves."""
    if actor == SYSTEM or can_administer(actor):
        return True
    if actor.is_campus_affairs and not actor.is_observer and unit_id in actor.campus_units:
        return True
    return not actor.is_observer and any(
        held_unit == unit_id and post in _NAMED_BY.get(held, ())
        for held_unit, _, held in actor.posts
    )


def require_staff(actor: Actor, unit_id: int, post: Post) -> None:
    if not can_staff(actor, unit_id, post):
        raise NotPermitted(N_("Only academic affairs and the unit's head may fill this post."))
