"""Two clicks at the very same time make one thing (B-17)."""

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests import cast, plans
from tests.rehearsal import StandingClock
from tracker.db import db, transaction
from tracker.domain.vocabulary import UnitKind
from tracker.models.org import Unit
from tracker.models.service_entry import ServiceEntry
from tracker.services import plan_copies, service_requests, units

Make = Callable[[StandingClock], int]
AHEAD = 0.3
"""Seconds that the second click has to run into the first one, which is not committed yet."""


def ask(at: StandingClock) -> int:
    service = db.session.scalars(select(ServiceEntry).where(ServiceEntry.number == 7)).one()
    unit = db.session.scalars(select(Unit).where(Unit.code == "cs")).one()
    clerk = cast.actor("cs")
    return service_requests.ask(service, unit, clerk, at.now(), purpose="直播培训").id


def copy(at: StandingClock) -> int:
    wish = plan_copies.Wish("秋季通知", date(2020, 9, 7))
    return plan_copies.copy(plans.first(), cast.actor("affairs"), at.now(), wish).id


def add(at: StandingClock) -> int:
    wanted = units.NewUnit("robotics", UnitKind.COLLEGE, "机器人学院", "", "", "")
    return units.add(cast.actor("affairs"), at.now(), wanted)[0].id


@pytest.mark.postgres
@pytest.mark.parametrize("make", [ask, copy, add], ids=["request", "copy", "unit"])
def test_the_second_of_two_clicks_at_once_finds_what_the_first_made(
    make_app: Callable[..., Flask], postgres_url: str, at: StandingClock, make: Make
) -> None:
    app, made = make_app(postgres_url), list[Any]()

    def second() -> None:
        with app.app_context():
            try:
                with transaction():
                    made.append(make(at))
            finally:
                db.session.remove()

    click = threading.Thread(target=second)
    with transaction():
        made.append(make(at))
        click.start()
        click.join(AHEAD)
    click.join()
    assert len(made) == 2
    assert len(set(made)) == 1
