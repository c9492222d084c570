"""The page of key dates, its forms, and the same dates in calendars and over the API."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.rehearsal import StandingClock
from tests.services.test_terms import actions, days, put, results, row
from tests.web.duties import words
from tests.web.test_calendar_feeds import make, read
from tracker.domain.term import TermItem

SignIn = Callable[[FlaskClient, str], FlaskClient]
Post = Callable[..., TestResponse]


@pytest.fixture
def office(app: Flask, client: FlaskClient, sign_in: SignIn) -> FlaskClient:
    return sign_in(client, "affairs")


def test_everybody_sees_what_holds_and_only_academic_affairs_may_change_it(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    put(TermItem.STUDY, None, date(2020, 7, 10))
    page = sign_in(client, "cs").get("/term")
    assert "2月15日至7月10日" in words(page)
    assert "2020.6.28-7.4（主观题批阅的成绩发布后7日内）" in words(page)
    assert "/term/exams" not in page.text
    assert "/term/exams" in sign_in(client, "affairs").get("/term").text
    assert page.text.count("is-own") == 1


def test_a_window_is_set_and_put_back(app: Flask, office: FlaskClient, post: Post) -> None:
    answer = post(office, "/term/exams", {"opens": "2020-07-13", "closes": "2020-07-17"})
    assert answer.status_code == 303
    assert days(TermItem.EXAMS) == (date(2020, 7, 13), date(2020, 7, 17))
    assert post(office, "/term/exams/standard").status_code == 303
    assert days(TermItem.EXAMS) == (date(2020, 6, 16), date(2020, 6, 25))


@pytest.mark.parametrize(
    ("path", "typed", "field"),
    [
        ("/term/exams", {"opens": "2020-07-13", "closes": "2020-07-01"}, "closes"),
        ("/term/exams", {"opens": "2020-07-13", "closes": "2020-08-21"}, "closes"),
        ("/term/exams", {"opens": "13. Juli"}, "opens"),
        ("/term/exams", {}, "opens"),
        ("/term/scores", {"opens": "2020-06-26"}, "opens"),
        ("/term/results", {"day": "2020-09-01"}, "day"),
    ],
)
def test_what_does_not_fit_is_told_at_its_field_and_stays_typed(
    app: Flask, office: FlaskClient, post: Post, path: str, typed: dict[str, str], field: str
) -> None:
    """B-30."""
    answer = post(office, path, typed)
    assert answer.status_code == 422
    assert f'id="{field}-problem"' in answer.text
    if "Juli" not in "".join(typed.values()):
        assert all(value in answer.text for value in typed.values())
    assert actions() == []


def test_what_is_out_of_order_is_said_at_once_and_stays_on_the_page(
    app: Flask, office: FlaskClient, post: Post
) -> None:
    answer = post(office, "/term/exams", {"opens": "2020-06-10", "closes": ""})
    assert answer.status_code == 303
    assert office.get("/term").text.count("6月10日") >= 3  # the window, the flash, the row
    assert 'class="problem mb-0"' in office.get("/term").text


def test_without_make_up_exams_their_window_is_marked(
    app: Flask, office: FlaskClient, post: Post
) -> None:
    assert post(office, "/term/makeup_allowed", {"allowed": "x"}).status_code == 422
    assert post(office, "/term/makeup_allowed", {"allowed": "no"}).status_code == 303
    assert row(TermItem.MAKEUP_ALLOWED).allowed is False
    assert days(TermItem.MAKEUP) is None
    assert office.get("/term").text.count("is-quiet") == 1


@pytest.mark.parametrize("name", ["appeals", "nothing", "EXAMS"])
def test_a_row_that_the_school_cannot_set_is_not_there(
    app: Flask, office: FlaskClient, post: Post, name: str
) -> None:
    assert office.get(f"/term/{name}").status_code == 404
    assert post(office, f"/term/{name}", {"opens": "2020-07-13"}).status_code == 404


def test_calendars_of_academic_affairs_show_whole_days_that_move_in_place(
    app: Flask, office: FlaskClient, post: Post, at: StandingClock
) -> None:
    def dates() -> dict[str, tuple[date, date, int]]:
        found = [one for one in read(app.test_client(), path) if one["uid"].startswith("term-")]
        return {
            str(one["uid"]): (one["dtstart"].dt, one["dtend"].dt, one["sequence"]) for one in found
        }

    path = make(office, post)
    before = dates()
    uid = next(uid for uid in before if uid.startswith(f"term-{row(TermItem.EXAMS).id}-"))
    assert before[uid] == (date(2020, 6, 16), date(2020, 6, 26), 0)
    assert len(before) == 5
    put(TermItem.EXAMS, date(2020, 7, 1), date(2020, 7, 9))
    put(TermItem.SCORES, None, None)
    after = dates()
    assert after[uid] == (date(2020, 7, 1), date(2020, 7, 10), 1)
    assert after.keys() < before.keys()
    results(date(2020, 7, 20))
    assert len(dates()) == 6


def test_a_college_s_calendar_has_its_cut_offs_only(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Post
) -> None:
    path = make(sign_in(client, "cs"), post)
    assert not [one for one in read(app.test_client(), path) if one["uid"].startswith("term-")]
