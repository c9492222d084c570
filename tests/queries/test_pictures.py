"""A plan as pictures show it: what each actor sees, and at a bounded price."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

from flask import Flask

from tests import cast
from tests.plans import first_id
from tests.queries.test_board import more_colleges
from tests.rehearsal import StandingClock
from tests.web.duties import held, report, send_back, verify
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.forecast import Forecast
from tracker.domain.punctuality import Punctuality
from tracker.domain.vocabulary import Cadence, Health, Light
from tracker.queries import pictures as found
from tracker.queries.board import board
from tracker.queries.pictures import Pictures
from tracker.services import check_ins, reviews


def pictures(name: str) -> Pictures:
    plan = first_id()
    return found.pictures(plan, cast.actor(name), clock.now())


def board_overdue(name: str) -> int:
    plan = first_id()
    cells = board(plan, cast.actor(name), clock.now()).cells
    return sum(cell.light is Light.OVERDUE for cell in cells)


def test_what_is_overdue_is_what_the_board_calls_so(app: Flask, at: StandingClock) -> None:
    """Inspections and the standing duty count, which are not reported once."""
    at("2020-02-25T08:00")
    seen = pictures("affairs")
    assert seen.overdue == board_overdue("affairs") == 217
    assert seen.board.readiness.total == 217
    assert len(seen.asked) == 206


def test_the_last_step_is_what_the_board_says(both_app: Flask, at: StandingClock) -> None:
    report("cs", 3, "cs", 12)
    report("info", 1, "info")
    at("2020-02-21T10:00")
    verify("affairs", 3, "cs")
    report("cs", 8, "cs", 5)
    send_back("affairs", 8, "cs", "名单有误")
    seen = pictures("affairs")
    assert len(seen.asked) == 206
    assert (seen.now_left.open, seen.now_left.unsettled) == (204, 204)
    assert [(step.open, step.unsettled) for step in seen.left] == [
        (206, 206),
        (204, 205),
        (204, 204),
    ]
    ticked = [cell for cell in seen.board.cells if cell.role.binding and cell.role.ticked]
    once = [cell for cell in ticked if cell.cadence is Cadence.ONCE]
    assert {duty.assignment_id for duty in seen.asked} == {cell.assignment_id for cell in once}


def test_check_ins_and_what_does_not_apply_stay_out(both_app: Flask, at: StandingClock) -> None:
    before = pictures("affairs")
    with transaction():
        check_ins.check_in(
            held(1, "network"),
            cast.actor("network"),
            clock.now(),
            day=at.now().date(),
            health=Health.NORMAL,
        )
        reviews.waive(
            held(3, "cs"), cast.actor("affairs"), clock.now(), seen_version=None, reason="无课"
        )
    after = pictures("affairs")
    assert len(after.asked) == len(before.asked) - 1
    assert after.now_left.open == before.now_left.open - 1
    assert after.hours == []
    assert pictures("network").asked == ()


def test_a_college_sees_its_own_numbers_only(both_app: Flask, at: StandingClock) -> None:
    report("cs", 1, "cs")
    report("info", 1, "info")
    at("2020-02-23T08:00")
    own = pictures("cs")
    assert {duty.unit_code for duty in own.asked} == {"cs"}
    assert own.punctual == {"cs": Punctuality(1, 1)}
    assert [day.total for day in own.hours] == [1]
    assert (len(own.asked), own.overdue) == (16, 0)
    everyone = pictures("president")
    assert everyone.punctual["law"] == Punctuality(0, 1)
    assert everyone.overdue == board_overdue("president") == 12


def test_a_plan_just_published_says_too_little(app: Flask, at: StandingClock) -> None:
    seen = pictures("affairs")
    assert [each.forecast for each in seen.expected] == [Forecast(None, None)] * 2
    assert [each.total for each in seen.expected] == [14, 206]
    assert seen.punctual == {}
    at("2020-02-25T08:00")
    assert pictures("affairs").expected == []


def test_the_forecast_speaks_of_each_coming_cut_off(app: Flask, at: StandingClock) -> None:
    for code in ("cs", "info", "law", "auto", "marine", "science"):
        at(at.now() + timedelta(minutes=30))
        report(code, 1, code)
    at("2020-02-21T12:00")
    first, second = pictures("affairs").expected
    assert first.forecast.reported is not None
    assert second.forecast.reported is not None
    assert 0 < first.forecast.reported.low <= first.forecast.reported.high <= 8
    fan = pictures("affairs").fan
    assert fan[-1] == (second.due_at, second.forecast)
    assert len(fan) <= 63


def test_pictures_take_the_same_queries_whatever_happened(
    both_app: Flask, at: StandingClock, count_queries: Callable[[], AbstractContextManager[list]]
) -> None:
    actor, plan = cast.actor("affairs"), first_id()
    with count_queries() as few:
        found.pictures(plan, actor, clock.now())
    more_colleges(20)
    for code in ("cs", "info", "law"):
        for number in (1, 4, 5):
            report(code, number, code)
    db.session.expire_all()
    with count_queries() as many:
        found.pictures(plan, actor, clock.now())
    assert len(few) <= len(many) <= 10
