"""Calendar links: the same instant everywhere, nobody else's duties, and revocable."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from icalendar import Event as Component
from werkzeug.test import TestResponse

from tests import cast
from tests.plans import first_row
from tests.rehearsal import StandingClock
from tests.web import duties
from tests.web.duties import asks_first, held, words
from tracker import clock
from tracker.db import db, transaction
from tracker.services import accounts, cutoffs, reviews

SignIn = Callable[[FlaskClient, str], FlaskClient]
Post = Callable[..., TestResponse]


def make(client: FlaskClient, post: Post, unit: str = "-") -> str:
    """The path of a new link."""
    page = post(client, "/account/calendar", {"unit": unit})
    found = re.search(r"http://tracker\.example(/calendar/[^<]+\.ics)", page.text)
    assert found, page.status_code
    return found[1]


def read(client: FlaskClient, path: str) -> list[Component]:
    answer = client.get(path)
    assert answer.mimetype == "text/calendar"
    assert all(len(line) <= 75 for line in answer.data.split(b"\r\n"))
    return list(Calendar.from_ical(answer.data).walk("VEVENT"))


@pytest.fixture
def path(app: Flask, client: FlaskClient, sign_in: SignIn, post: Post) -> str:
    return make(sign_in(client, "cs"), post)


@pytest.mark.parametrize(
    "zone", ["Asia/Shanghai", "America/Los_Angeles", "Pacific/Kiritimati", "Asia/Kathmandu"]
)
def test_an_event_is_the_same_instant_in_every_zone(app: Flask, path: str, zone: str) -> None:
    """B-22, B-28: east and west, and listed on the campus's own day."""
    first, second = read(app.test_client(), path)
    ends = [event["dtend"].dt.astimezone(ZoneInfo(zone)) for event in (first, second)]
    assert ends[0] == datetime(2020, 2, 22, 16, tzinfo=UTC)
    assert ends[1] == datetime(2020, 2, 23, 16, tzinfo=UTC)
    assert first["dtstart"].dt.date() == datetime(2020, 2, 22).date()
    assert first["dtstart"].params["TZID"] == "Asia/Shanghai"


def test_it_says_what_is_open_and_where(app: Flask, path: str) -> None:
    first, second = read(app.test_client(), path)
    assert first["summary"] == "2月22日24:00截止：还有1项未完成"
    assert second["summary"] == "2月23日24:00截止：还有15项未完成"
    assert f"http://tracker.example/assignments/{held(3, 'cs').id}" in second["description"]
    assert "课程建群 (计算机学院)" in second["description"]
    assert "信息工程学院" not in second["description"]


def test_settled_it_is_cancelled_and_asked_for_again_it_is_back(app: Flask, path: str) -> None:
    before = read(app.test_client(), path)[0]
    assert before["status"] == "CONFIRMED"
    duties.report("cs", 1, "cs")
    settled = read(app.test_client(), path)[0]
    assert settled["status"] == "CANCELLED"
    assert settled["uid"] == before["uid"]
    assert settled["sequence"] > before["sequence"]
    if held(1, "cs").duty.reviewed:
        duties.verify("affairs", 1, "cs")
    for step in (reviews.waive, reviews.reopen):
        with transaction():
            affairs, now = cast.actor("affairs"), clock.now()
            step(held(1, "cs"), affairs, now, seen_version=None, reason="重新布置")
    again = read(app.test_client(), path)[0]
    assert again["status"] == "CONFIRMED"
    assert again["sequence"] > settled["sequence"]


def test_a_moved_cut_off_moves_its_event(app: Flask, path: str, at: StandingClock) -> None:
    before = read(app.test_client(), path)[0]
    task = first_row(1)
    with transaction():
        cutoffs.move(
            task, datetime(2020, 2, 26, 18), cast.actor("affairs"), at.now(), reason="顺延"
        )
    moved = read(app.test_client(), path)[0]
    assert moved["uid"] == before["uid"]
    assert moved["sequence"] > before["sequence"]
    assert moved["dtend"].dt == datetime(2020, 2, 26, 10, tzinfo=UTC)
    assert moved["summary"].startswith("2月26日18:00截止")


def test_a_withdrawn_link_and_a_disabled_person_s_open_nothing(
    app: Flask, client: FlaskClient, post: Post, path: str, at: StandingClock
) -> None:
    other = make(client, post, "cs")
    assert asks_first(client.get("/account").text, "/account/calendar/1/revoke")
    post(client, "/account/calendar/1/revoke")
    stranger = app.test_client()
    assert stranger.get(path).status_code == 404
    assert stranger.get(other).status_code == 200
    with transaction():
        user, affairs = cast.user("cs"), cast.actor("affairs")
        accounts.set_active(user, affairs, at.now(), clock.real_now(), False)
    assert stranger.get(other).status_code == 404
    assert stranger.get("/calendar/x.ics").status_code == 404


def test_without_the_post_the_feed_is_empty(app: Flask, path: str) -> None:
    """B-62."""
    with transaction():
        db.session.delete(cast.user("cs").memberships[0])
    assert read(app.test_client(), path) == []


def test_nobody_makes_a_link_of_a_foreign_unit_or_withdraws_another_s(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Post, path: str
) -> None:
    """B-62."""
    other = sign_in(app.test_client(), "info")
    assert post(other, "/account/calendar", {"unit": "cs"}).status_code == 404
    assert post(other, "/account/calendar/1/revoke").status_code == 404
    assert app.test_client().get(path).status_code == 200


def test_the_link_is_shown_once(app: Flask, client: FlaskClient, path: str) -> None:
    account = client.get("/account")
    assert path not in account.text
    assert "本人 创建于2月21日08:00" in words(account)


def test_the_number_of_queries_is_fixed(
    app: Flask, path: str, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    with count_queries() as queries:
        app.test_client().get(path)
    assert len(queries) <= 10
