"""Whether anything hangs on a unit but duties that nobody has touched."""

from sqlalchemy import ColumnElement, Table, exists, or_, select

from tracker.db import Base, db
from tracker.domain.vocabulary import State
from tracker.models.assignment import Assignment
from tracker.models.org import Unit
from tracker.models.plan import Duty, Plan


def has_history(unit: Unit) -> bool:
    """Somebody holds a post there, something was said or is kept of it, it has units under it, or a
    plan that asked something of it is over."""
    held = Assignment.__table__
    mine = select(Assignment.id).where(Assignment.unit_id == unit.id)
    of_unit = _referring(Unit.__table__, except_for=held)
    found: list[ColumnElement[bool]] = [
        exists().where(column == unit.id).correlate(None) for column in of_unit
    ]
    found += [exists().where(column.in_(mine)).correlate(None) for column in _referring(held)]
    touched = or_(Assignment.state != State.OPEN, Assignment.changed_at.is_not(None))
    found.append(exists().where(Assignment.unit_id == unit.id, touched).correlate(None))
    over = select(Assignment.id).join(Duty, Duty.id == Assignment.duty_id).join(Plan)
    over = over.where(Assignment.unit_id == unit.id)
    found.append(
        over.where(or_(Plan.closed_at.is_not(None), Plan.archived_at.is_not(None))).exists()
    )
    return bool(db.session.scalar(select(or_(*found))))


def _referring(table: object, except_for: object = None) -> list[ColumnElement[object]]:
    """Every column of the schema that points to the table."""
    assert isinstance(table, Table)
    return [
        key.parent
        for other in Base.metadata.tables.values()
        if other is not except_for
        for key in other.foreign_keys
        if key.column.table is table
    ]
