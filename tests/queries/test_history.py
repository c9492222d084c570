"""How assignments stood at a past moment is what the record says of it."""

from datetime import timedelta

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests import cast
from tests.plans import first_id
from tests.rehearsal import StandingClock
from tests.web.duties import held
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.errors import DomainError
from tracker.domain.history import states_at
from tracker.domain.vocabulary import State
from tracker.models.assignment import Assignment
from tracker.models.plan import Duty
from tracker.queries.history import changes
from tracker.services import assignments, reviews

CELLS = ((3, "cs"), (11, "cs"), (16, "law"))
STEPS = ("check_off", "undo", "verify", "send_back", "waive", "reopen")


def take(step: str, number: int, code: str) -> None:
    """The step, by whoever may take it; refused where the state does not allow it."""
    cell, now = held(number, code), clock.now()
    owner = cast.actor(code if step in ("check_off", "undo") else "affairs")
    with transaction():
        if step == "check_off":
            assignments.check_off(cell, owner, now, seen_version=None, count=7)
        elif step == "undo":
            assignments.undo(cell, owner, now, seen_version=None)
        elif step == "verify":
            reviews.verify(cell, owner, now, seen_version=None)
        else:
            getattr(reviews, step)(cell, owner, now, seen_version=None, reason="名单有误")


def standing() -> dict[int, State]:
    return {row.id: row.state for row in db.session.scalars(select(Assignment).join(Duty))}


@given(st.lists(st.tuples(st.sampled_from(STEPS), st.sampled_from(CELLS)), min_size=1, max_size=12))
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_record_gives_back_every_moment_exactly(app: Flask, at: StandingClock, taken) -> None:
    plan = first_id()
    seen = {}
    for step, (number, code) in taken:
        at(clock.now() + timedelta(minutes=1))
        try:
            take(step, number, code)
        except DomainError:
            db.session.rollback()
        db.session.expire_all()
        seen[clock.now()] = standing()
    recorded = changes(plan, cast.actor("affairs"))
    for moment, stood in seen.items():
        then = states_at(recorded, moment)
        assert {key: then.get(key, State.OPEN) for key in stood} == stood


def test_a_college_reads_its_own_history_only(both_app: Flask, at: StandingClock) -> None:
    plan = first_id()
    take("check_off", 3, "cs")
    take("check_off", 3, "law")
    assert [change.assignment_id for change in changes(plan, cast.actor("cs"))] == [
        held(3, "cs").id
    ]
    assert len(changes(plan, cast.actor("affairs"))) == 2
