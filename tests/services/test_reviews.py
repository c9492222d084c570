"""Waiving and reopening: by the plan's owner, with a reason, never for one's own unit."""

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests import cast
from tests.plans import first_id
from tests.rehearsal import StandingClock
from tests.web import duties, mails
from tests.web.duties import held
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.errors import IllegalStep, InvalidInput, NotPermitted, StaleVersion
from tracker.domain.vocabulary import DutyRole, Light, Post, State
from tracker.models.assignment import Assignment, CheckOff
from tracker.models.outbox import OutboxMessage
from tracker.models.plan import Duty
from tracker.queries.board import board
from tracker.services import assignments, posts, reviews


def waive(number: int, code: str, who: str = "affairs", reason: str = "本学期无此类课程") -> None:
    with transaction():
        reviews.waive(
            held(number, code), cast.actor(who), clock.now(), seen_version=None, reason=reason
        )


def reopen(number: int, code: str, who: str = "affairs", reason: str = "名单有误") -> None:
    with transaction():
        reviews.reopen(
            held(number, code), cast.actor(who), clock.now(), seen_version=None, reason=reason
        )


def verified(number: int, code: str) -> Assignment:
    duties.report(code, number, code, 12)
    with transaction():
        reviews.verify(held(number, code), cast.actor("affairs"), clock.now(), seen_version=None)
    return held(number, code)


def test_a_waived_cell_leaves_every_count(both_app: Flask, at: StandingClock) -> None:
    """Readiness, the inspection of its row and the number of what is open."""
    plan = first_id()
    before = board(plan, cast.actor("affairs"), at.now())
    waive(3, "cs")
    after = board(plan, cast.actor("affairs"), at.now())
    assert after.by_place[3, "cs"].light is Light.WAIVED
    assert after.readiness.total == before.readiness.total - 1
    waits = before.by_place[3, "affairs"].sources, after.by_place[3, "affairs"].sources
    assert waits[0] is not None
    assert waits[1] is not None
    assert waits[1].expected == waits[0].expected - 1


def test_nobody_is_reminded_of_a_waived_duty(both_app: Flask, at: StandingClock) -> None:
    for assignment in db.session.scalars(
        select(Assignment)
        .join(Duty)
        .where(Assignment.unit_id == held(3, "cs").unit_id, Duty.role != DutyRole.STANDBY)
    ).all():
        number = assignment.duty.tasks[0].number
        waive(number, "cs")
    mails.tick(both_app, at, "2020-02-22T09:01")
    found = select(OutboxMessage).where(OutboxMessage.user_id == cast.user("cs").id)
    assert db.session.scalars(found).all() == []


def test_reopened_it_is_asked_for_again_and_the_old_report_stays(both_app: Flask) -> None:
    """B-59: the report is the story, the unit says it anew."""
    verified(3, "cs")
    reopen(3, "cs")
    assignment = held(3, "cs")
    assert (assignment.state, assignment.count) == (State.OPEN, None)
    reports = select(CheckOff).where(CheckOff.assignment_id == assignment.id)
    assert [each.count for each in db.session.scalars(reports)] == [12]
    duties.report("cs", 3, "cs", 13)
    assert [each.count for each in db.session.scalars(reports)] == [12, 13]


def test_a_waived_one_can_be_laid_on_again(both_app: Flask) -> None:
    waive(11, "cs")
    with pytest.raises(IllegalStep), transaction():
        assignments.check_off(held(11, "cs"), cast.actor("cs"), clock.now(), seen_version=None)
    reopen(11, "cs")
    duties.report("cs", 11, "cs")
    assert held(11, "cs").state is State.DONE


@pytest.mark.parametrize("reason", ["", "   ", "\u200b", "长" * 2001])
def test_both_need_a_reason(app: Flask, reason: str) -> None:
    with pytest.raises(InvalidInput):
        waive(3, "cs", reason=reason)
    verified(3, "cs")
    with pytest.raises(InvalidInput):
        reopen(3, "cs", reason=reason)
    assert held(3, "cs").state is State.VERIFIED


def test_a_verified_one_is_not_waived_nor_an_open_one_reopened(app: Flask) -> None:
    verified(3, "cs")
    with pytest.raises(IllegalStep):
        waive(3, "cs")
    with pytest.raises(IllegalStep):
        reopen(4, "cs")


def test_whoever_saw_an_older_state_is_told(app: Flask) -> None:
    duties.report("cs", 3, "cs", 12)
    with pytest.raises(StaleVersion), transaction():
        reviews.waive(
            held(3, "cs"), cast.actor("affairs"), clock.now(), seen_version=1, reason="不涉及"
        )
    assert held(3, "cs").state is State.DONE


def test_academic_affairs_do_not_waive_their_own_duty(app: Flask) -> None:
    """B-60: four eyes."""
    with pytest.raises(NotPermitted, match="own unit"):
        waive(1, "affairs")
    with transaction():
        posts.give(
            cast.user("affairs"),
            held(3, "cs").unit,
            Post.DEPUTY,
            cast.actor("affairs"),
            clock.now(),
        )
    with pytest.raises(NotPermitted, match="own unit"):
        waive(3, "cs")


PEOPLE = st.sampled_from(cast.CAST)
CELLS = st.tuples(st.sampled_from([1, 3, 11, 13]), st.sampled_from(["cs", "info", "affairs"]))


@given(PEOPLE, CELLS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_nobody_but_the_plan_s_owner_waives(app: Flask, who: str, cell: tuple[int, str]) -> None:
    number, code = cell
    before = held(number, code).state
    try:
        waive(number, code, who)
    except NotPermitted:
        assert held(number, code).state is before
        assert who != "affairs" or code == "affairs"
    except IllegalStep:
        assert before is State.WAIVED
    else:
        assert who == "affairs"
        assert code != "affairs"
