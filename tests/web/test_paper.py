"""On paper: boxes, a code that leads back, the record's check code; ticks entered afterwards."""

import re
from collections.abc import Callable

import pytest
import segno
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import expect
from werkzeug.test import TestResponse

from tests import cast
from tests.rehearsal import StandingClock
from tests.web.duties import held, held_id, words
from tracker import clock
from tracker.db import db, transaction
from tracker.models.assignment import CheckOff
from tracker.permissions import SYSTEM
from tracker.queries import audit
from tracker.services import api_tokens

SignIn = Callable[[FlaskClient, str], FlaskClient]
Send = Callable[..., TestResponse]


@pytest.mark.parametrize(("who", "path"), [("affairs", "/board"), ("cs", "/mine")])
def test_the_page_carries_its_address_as_a_code_and_the_record_s_head(
    app: Flask, client: FlaskClient, sign_in: SignIn, who: str, path: str
) -> None:
    page = sign_in(client, who).get(path)
    address = app.config["TRACKER"].public_url + path
    drawn = segno.make(address, error="m").svg_data_uri(scale=4, border=2)
    shown = re.search(r'<footer class="paper".*?<img src="([^"]+)"', page.text, re.S)
    assert shown
    assert shown[1].replace("&#39;", "'") == drawn
    assert audit.head()[:16] in page.text


@pytest.mark.browser
def test_what_is_open_has_a_box_and_what_is_settled_a_ticked_one(open_context) -> None:
    page = open_context().new_page()
    page.goto("/login")
    page.fill("[name=email]", "affairs@campus.example")
    page.fill("[name=password]", cast.PASSWORD)
    page.click("main form button")
    page.goto("/board")
    page.emulate_media(media="print")
    boxes = page.locator(".board tbody td[class*=fill-] > a > span").evaluate_all(
        "all => all.map(each => getComputedStyle(each, '::before').content)"
    )
    assert boxes.count('"☐ "') == 16 + 11 + 192 + 1
    expect(page.locator("footer.paper img")).to_be_visible()


def test_a_tick_entered_later_carries_when_it_was_really_done(
    client: FlaskClient, sign_in: SignIn, post: Send, at: StandingClock
) -> None:
    at("2020-02-23T08:00")
    url = f"/assignments/{held_id(11, 'cs')}"
    typed = {"version": 1, "done_at": "2020-02-22T17:00"}
    assert post(sign_in(client, "cs"), f"{url}/check-off", typed).status_code == 303
    assert "2月23日08:00 · 实际完成于2月22日17:00" in words(client.get(url))
    report = db.session.query(CheckOff).one()
    assert (report.at, report.done_at) == (clock.now(), at("2020-02-22T17:00"))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("2020-02-21T08:01", "完成时间不能晚于现在。"),
        ("2019-12-01T00:00", "完成时间早于通知过多，请核对。"),
        ("昨天", "请输入日期和时间"),
        ("9999-99-99T00:00", "请输入日期和时间"),
    ],
)
def test_a_moment_that_cannot_be_is_refused_beside_its_field(
    client: FlaskClient, sign_in: SignIn, post: Send, typed: str, said: str
) -> None:
    sign_in(client, "cs")
    for url, more in (
        (f"/assignments/{held_id(11, 'cs')}/check-off", {"version": 1}),
        ("/mine/check-off", {"id": held_id(11, "cs"), f"{held_id(11, 'cs')}-version": 1}),
    ):
        answer = post(client, url, {**more, "done_at": typed})
        assert answer.status_code == 422
        assert said in words(answer)
    assert held(11, "cs").version == 1


def test_the_api_takes_the_moment_with_its_offset(client: FlaskClient, at: StandingClock) -> None:
    with transaction():
        token = api_tokens.create(cast.user("cs"), SYSTEM, at.now(), at.now())
    bearer = {"Authorization": f"Bearer {token}"}
    url = f"/api/v1/assignments/{held_id(11, 'cs')}/check-off"
    said = {"done_at": "2020-02-20T10:00:00+08:00"}
    assert client.post(url, json={"done_at": "2020-02-20T10:00"}, headers=bearer).status_code == 422
    assert client.post(url, json=said, headers=bearer).status_code == 200
    assert db.session.query(CheckOff).one().done_at.isoformat() == "2020-02-20T02:00:00+00:00"
