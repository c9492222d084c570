"""Who may read and write the record of a student in difficulty: their own college, nobody else. As
in `permissions`, once as a predicate and beside it once as SQL, compared by a test."""

from sqlalchemy import ColumnElement, and_, false

from tracker.domain.errors import N_, NotPermitted
from tracker.domain.vocabulary import UnitKind
from tracker.models.care import CareRecord
from tracker.models.roster import RosterItem
from tracker.permissions import Actor


def can_care(actor: Actor, item: RosterItem) -> bool:
    """Whoever holds a post in the student's own college; neither academic nor student affairs, nor
    an observer with a post. A name that left the list is hidden, and its record with it."""
    return (
        not actor.is_observer
        and item.dropped_at is None
        and (item.unit_id, UnitKind.COLLEGE) in {(unit, kind) for unit, kind, _ in actor.posts}
    )


def cares(actor: Actor) -> ColumnElement[bool]:
    """`can_care` as a condition on RosterItem."""
    own = {unit for unit, kind, _ in actor.posts if kind is UnitKind.COLLEGE}
    if actor.is_observer or not own:
        return false()
    return and_(RosterItem.unit_id.in_(sorted(own)), RosterItem.dropped_at.is_(None))


def own_record() -> ColumnElement[bool]:
    """Which CareRecord is a RosterItem's: the one that the college wrote that has the student now.
    What another college wrote before the list was corrected stays that college's."""
    return and_(
        CareRecord.roster_item_id == RosterItem.id, CareRecord.unit_id == RosterItem.unit_id
    )


def require_care(actor: Actor, item: RosterItem) -> None:
    if not can_care(actor, item):
        raise NotPermitted(N_("Only the student's own college can do this."))


def can_count_care(actor: Actor) -> bool:
    """How many records say something, by college of the actor's own campus: whoever sees every unit
    or oversees a university's, and student affairs, whose list it is."""
    affairs = any(kind is UnitKind.STUDENT_AFFAIRS for _, kind, _ in actor.posts)
    return actor.sees_all or bool(actor.campus_units) or affairs
