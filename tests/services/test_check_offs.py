"""A check-off writes past the object mapper; whoever holds the objects sees what was written."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm.exc import StaleDataError

from tests import cast
from tests.web import duties
from tests.web.duties import held
from tracker import clock
from tracker.db import db, rows, transaction, write
from tracker.domain.errors import IllegalStep
from tracker.domain.vocabulary import Cadence, State
from tracker.models.assignment import Assignment, CheckOff
from tracker.models.audit import AuditEvent
from tracker.models.plan import Duty
from tracker.services import assignments, check_offs

Counting = Callable[[], AbstractContextManager[list[str]]]
CHANGED = ("state", "count", "lacking", "changed_at", "looked_at", "version")


def check_off(assignment: Assignment, count: int | None = None) -> None:
    actor, now = cast.actor("cs"), clock.now()
    assignments.check_off(assignment, actor, now, seen_version=None, count=count)


def stored(assignment_id: int) -> list[object]:
    table = Assignment.__table__.c
    (found,) = rows(
        select(*(table[name] for name in CHANGED)).where(Assignment.id == assignment_id)
    )
    return list(found)


def test_the_objects_at_hand_say_what_was_written(both_app: Flask) -> None:
    with transaction():
        assignment = held(3, "cs")
        check_off(assignment, 12)
        assert [getattr(assignment, name) for name in CHANGED] == stored(assignment.id)
        assert (assignment.state, assignment.version, assignment.count) == (State.DONE, 2, 12)
        assignments.undo(assignment, cast.actor("cs"), clock.now(), seen_version=2)
        assert [getattr(assignment, name) for name in CHANGED] == stored(assignment.id)
        assert (assignment.state, assignment.version, assignment.count) == (State.OPEN, 3, None)
        assert not db.session.dirty


def test_what_was_read_before_the_lock_is_read_again_under_it(both_app: Flask) -> None:
    """Of the assignment and of its duty: an amendment may have come in between."""
    with transaction():
        assignment = held(3, "cs")
        assert not assignment.duty.cadence.recurs
        write(update(Assignment).where(Assignment.id == assignment.id), {"count": 7})
        daily = {"cadence": Cadence.DAILY, "dropped_at": clock.now()}
        write(update(Duty).where(Duty.id == assignment.duty_id), daily)
        with pytest.raises(IllegalStep, match="standing"):
            check_off(assignment, 12)
        assert assignment.count == 7
        assert assignment.duty.dropped_at == clock.now()


def test_a_version_that_is_not_the_one_read_is_never_written_over(both_app: Flask) -> None:
    assignment, actor = held(3, "cs"), cast.actor("cs")
    with transaction():
        assert assignment.version == 1
        write(update(Assignment).where(Assignment.id == assignment.id), {"version": 5})
        with pytest.raises(StaleDataError):
            assignments.change(assignment, actor, clock.now(), State.DONE, "checked_off")
    assert assignment.state is State.OPEN
    assert assignment.version == 5
    about = (AuditEvent.subject == "assignment", AuditEvent.subject_id == assignment.id)
    assert db.session.scalar(select(AuditEvent.action).where(*about)) is None


def test_only_the_report_that_stands_is_taken_back(both_app: Flask) -> None:
    """What was sent back stays as it was."""
    duties.report("cs", 3, "cs", 12)
    duties.send_back("affairs", 3, "cs", "名单不全")
    duties.report("cs", 3, "cs", 13)
    with transaction():
        check_offs.take_back(held(3, "cs"), clock.now())
    said = db.session.scalars(select(CheckOff).order_by(CheckOff.id)).all()
    assert [(each.count, each.undone_at) for each in said] == [(12, None), (13, clock.now())]


@pytest.mark.parametrize(("number", "count", "most"), [(1, None, 8), (3, 12, 9)])
def test_a_check_off_takes_few_statements(
    app: Flask, count_queries: Counting, number: int, count: int | None, most: int
) -> None:
    """The assignment, its plan's lock, assignment and duty again under it, the report, its proof,
    the state, and two for the record; a number asks for the row's roster besides."""
    assignment, actor = held(number, "cs"), cast.actor("cs")
    with count_queries() as queries, transaction():
        assignments.check_off(assignment, actor, clock.now(), seen_version=None, count=count)
    assert len(queries) == most, queries


def test_the_chain_is_locked_after_everything_else_was_written(
    both_app: Flask, count_queries: Counting
) -> None:
    with count_queries() as queries, transaction():
        check_off(held(1, "cs"))
        cast.user("info").name = "信息学院"
    writes = [query for query in queries if query.startswith(("UPDATE", "INSERT"))]
    locks = [query for query in queries if "advisory" in query or "FROM audit_event" in query]
    assert writes[-2].startswith("UPDATE user_account")
    assert queries.index(writes[-2]) < queries.index(locks[0])
