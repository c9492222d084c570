"""A board beside itself at a past moment."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask

from tests.rehearsal import StandingClock
from tests.web.duties import held
from tracker import clock
from tracker.db import transaction
from tracker.domain.comparison import newly
from tracker.domain.vocabulary import Health, Light
from tracker.permissions import Actor
from tracker.queries.board import board
from tracker.queries.comparison import since
from tracker.services import assignments, check_ins, reviews

Actors = Callable[[str], Actor]


def turned(at: StandingClock, moment: str) -> dict[tuple[int, str], tuple[Light, Light]]:
    """(row, unit) -> the light then and now, of what differs for academic affairs."""
    now = at.now()
    then = at(moment)
    at(now)
    seen = board(1, _everyone(), now)
    cells = {cell.assignment_id: cell for cell in seen.cells}
    return {
        (cells[key].task_numbers[0], cells[key].unit_code): (turn.before, turn.after)
        for key, turn in since(seen, then).items()
    }


def _everyone() -> Actor:
    return Actor(None, "", True, frozenset())


def report(actor: Actor, number: int, code: str, count: int | None = None) -> None:
    with transaction():
        assignments.check_off(
            held(number, code), actor, clock.now(), seen_version=None, count=count
        )


def test_what_was_done_since_then_is_told_with_what_it_was(
    both_app: Flask, actor: Actors, at: StandingClock
) -> None:
    at("2020-02-21T17:00")
    report(actor("cs"), 1, "cs")
    at("2020-02-21T19:00")
    report(actor("cs"), 3, "cs", count=12)
    report(actor("info"), 1, "info")
    at("2020-02-21T20:00")
    with transaction():
        report_of_cs = held(3, "cs")
        reviews.verify(report_of_cs, actor("affairs"), clock.now(), seen_version=None)
    assert turned(at, "2020-02-21T18:00") == {
        (1, "info"): (Light.OPEN, Light.SETTLED),
        (3, "cs"): (Light.OPEN, Light.SETTLED),
    }
    assert turned(at, "2020-02-21T19:30") == {
        (3, "cs"): (Light.REPORTED, Light.SETTLED),
        (3, "affairs"): (Light.READY, Light.OPEN),
    }
    assert turned(at, "2020-02-21T20:00") == {}


def test_a_cut_off_that_passed_turns_what_was_open(
    app: Flask, actor: Actors, at: StandingClock
) -> None:
    report(actor("cs"), 1, "cs")
    at("2020-02-23T00:00")
    found = turned(at, "2020-02-22T23:59")
    assert len(found) == 13
    assert set(found.values()) == {(Light.OPEN, Light.OVERDUE)}
    assert (1, "cs") not in found


def test_the_last_daily_word_settles_a_standing_duty(
    app: Flask, actor: Actors, at: StandingClock
) -> None:
    for day in (20, 21, 22, 23):
        at(f"2020-02-{max(day, 21)}T09:00")
        with transaction():
            check_ins.check_in(
                held(1, "network"),
                actor("network"),
                clock.now(),
                day=date(2020, 2, day),
                health=Health.NORMAL,
                note="",
            )
    assert turned(at, "2020-02-23T08:00")[1, "network"] == (Light.OPEN, Light.SETTLED)
    assert (1, "network") not in turned(at, "2020-02-23T09:00")


def test_what_is_new_is_counted_by_light(app: Flask, actor: Actors, at: StandingClock) -> None:
    at("2020-02-21T19:00")
    report(actor("cs"), 1, "cs")
    report(actor("cs"), 3, "cs", count=12)
    seen = board(1, _everyone(), at.now())
    found = since(seen, at("2020-02-21T18:00"))
    assert newly(found.values()) == {Light.REPORTED: 1, Light.READY: 1, Light.SETTLED: 1}


@pytest.mark.parametrize("name", ["cs", "students", "president"])
def test_nobody_is_told_of_cells_that_they_do_not_see(
    app: Flask, actor: Actors, at: StandingClock, name: str
) -> None:
    at("2020-02-21T19:00")
    report(actor("info"), 1, "info")
    seen = board(1, actor(name), at.now())
    found = since(seen, at("2020-02-21T18:00"))
    assert len(found) == (1 if name == "president" else 0)
