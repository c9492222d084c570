"""How long a session lasts, and the devices that a person sees and signs out."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests import cast
from tests.web.duties import words
from tests.web.test_auth import NEW_PASSWORD, attempt, is_signed_in
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.signing_in import Way, device_name
from tracker.models.session import UserSession
from tracker.services import sessions

SignIn = Callable[[FlaskClient, str], FlaskClient]
Post = Callable[..., TestResponse]
HOUR = timedelta(hours=1)


def pass_by(monkeypatch: pytest.MonkeyPatch, time: timedelta) -> None:
    moment = clock.real_now() + time
    monkeypatch.setattr(clock, "real_now", lambda: moment)


class TestHowLong:
    @pytest.mark.parametrize(
        ("who", "minutes", "still"),
        [
            ("affairs", 29, True),
            ("affairs", 31, False),
            ("president", 31, False),
            ("network", 31, False),
            ("cs", 119, True),
            ("cs", 121, False),
        ],
    )
    def test_an_office_s_browser_may_rest_for_half_an_hour_a_college_s_for_two(
        self,
        client: FlaskClient,
        sign_in: SignIn,
        monkeypatch: pytest.MonkeyPatch,
        who: str,
        minutes: int,
        still: bool,
    ) -> None:
        sign_in(client, who)
        pass_by(monkeypatch, timedelta(minutes=minutes))
        assert is_signed_in(client) is still

    @pytest.mark.parametrize(("given", "hours"), [({}, 8), ({"SESSION_HOURS": "2"}, 2)])
    def test_after_eight_hours_it_is_over_whatever_happens(
        self,
        make_app: Callable[..., Flask],
        sqlite_url: str,
        monkeypatch: pytest.MonkeyPatch,
        given: dict[str, str],
        hours: int,
    ) -> None:
        more = {"IDLE_MINUTES": "1440", **given}
        client = cast.sign_in(make_app(sqlite_url, **more).test_client(), "cs")
        pass_by(monkeypatch, hours * HOUR - timedelta(minutes=1))
        assert is_signed_in(client)
        pass_by(monkeypatch, timedelta(minutes=2))
        assert not is_signed_in(client)


class TestDevices:
    @pytest.fixture
    def phone(self, app: Flask) -> FlaskClient:
        return cast.sign_in(app.test_client(), "cs")

    def boxes(self, client: FlaskClient) -> list[str]:
        return re.findall(r'name="device"[^>]*value="(\d+)"', client.get("/account").text)

    def test_all_are_listed_and_the_others_signed_out_after_the_password(
        self, app: Flask, client: FlaskClient, post: Post, phone: FlaskClient
    ) -> None:
        tablet = cast.sign_in(app.test_client(), "cs")
        stranger = cast.sign_in(app.test_client(), "info")
        cast.sign_in(client, "cs")
        boxes = self.boxes(client)
        assert len(boxes) == 2
        for current in ("", "wrong"):
            said = post(client, "/account/devices", {"device": boxes, "current": current})
            assert said.status_code == 422
        assert is_signed_in(phone)
        data = {"device": boxes[:1], "current": cast.PASSWORD}
        said = post(client, "/account/devices", data)
        assert "1台设备已退出登录" in words(client.get(said.location))
        assert (is_signed_in(phone), is_signed_in(tablet)) == (True, False)
        post(client, "/account/devices", {"device": boxes, "current": cast.PASSWORD})
        assert not is_signed_in(phone)
        assert is_signed_in(client)
        assert is_signed_in(stranger)

    def test_nobody_signs_out_somebody_else_or_themselves_here(
        self, app: Flask, client: FlaskClient, post: Post
    ) -> None:
        stranger = cast.sign_in(app.test_client(), "info")
        cast.sign_in(client, "cs")
        every = [str(number) for number in db.session.scalars(select(UserSession.id))]
        post(client, "/account/devices", {"device": every, "current": cast.PASSWORD})
        assert is_signed_in(stranger)
        assert is_signed_in(client)

    def test_without_a_password_only_who_came_just_now_may(
        self,
        app: Flask,
        client: FlaskClient,
        post: Post,
        phone: FlaskClient,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        cast.sign_in(client, "cs")
        boxes = self.boxes(client)
        with transaction():
            cast.user("cs").password_hash = None
        pass_by(monkeypatch, timedelta(minutes=11))
        assert post(client, "/account/devices", {"device": boxes}).status_code == 422
        assert is_signed_in(phone)
        pass_by(monkeypatch, -timedelta(minutes=2))
        assert post(client, "/account/devices", {"device": boxes}).status_code == 303
        assert not is_signed_in(phone)

    def test_guesses_at_the_password_wait_here_too(
        self, client: FlaskClient, post: Post, phone: FlaskClient
    ) -> None:
        """A browser that was left open is no place to try them out."""
        said = [
            post(phone, "/account", {"current": f"guess {n}", "password": "x", "repeat": "x"})
            for n in range(7)
        ]
        assert [each.status_code for each in said] == [422] * 5 + [429] * 2

    def test_academic_affairs_and_the_command_line_sign_somebody_out(
        self, app: Flask, client: FlaskClient, post: Post, phone: FlaskClient
    ) -> None:
        stranger = cast.sign_in(app.test_client(), "info")
        cast.sign_in(client, "affairs")
        assert post(client, f"/people/{cast.user('cs').id}/sign-out").status_code == 303
        assert not is_signed_in(phone)
        assert is_signed_in(stranger)
        run = app.test_cli_runner().invoke
        assert run(args=["tracker", "user", "sign-out", cast.email("info")]).exit_code == 0
        assert not is_signed_in(stranger)
        assert is_signed_in(client)
        assert run(args=["tracker", "user", "sign-out"]).exit_code != 0
        assert run(args=["tracker", "user", "sign-out", "--all"]).exit_code == 0
        assert not is_signed_in(client)


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/5 Chrome/140 Safari/5 Edg/140",
            "Edge · Windows",
        ),
        ("Mozilla/5.0 (iPhone; CPU like Mac OS X) Safari/6", "Safari · iPhone"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/1 MicroMessenger/8", "WeChat · Android"),
        ("Mozilla/5.0 (Phone; OpenHarmony 5.0) Chrome/114", "Chrome · HarmonyOS"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:1) Firefox/140", "Firefox · Linux"),
        ("<script>alert(1)</script>", ""),
        ("", ""),
    ],
)
def test_a_device_is_named_and_nothing_that_it_says_is_kept(user_agent: str, name: str) -> None:
    assert device_name(user_agent) == name


def test_a_given_password_only_leads_to_choosing_one(
    app: Flask, client: FlaskClient, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = cast.sign_in(app.test_client(), "affairs")
    page = post(office, f"/people/{cast.user('cs').id}/password")
    given = page.text.split("<code>")[1].split("</code>")[0]
    said = attempt(client, cast.email("cs"), given)
    assert not is_signed_in(client)
    data = {"password": NEW_PASSWORD, "repeat": NEW_PASSWORD}
    form = client.get(said.location)
    client.post(said.location, data={**data, "csrf_token": cast.csrf_token(form)})
    assert is_signed_in(client)
    assert attempt(app.test_client(), cast.email("cs"), NEW_PASSWORD).location == "/"
    assert attempt(app.test_client(), cast.email("cs"), given).status_code == 422


def test_a_given_password_is_over_after_three_days(
    app: Flask, client: FlaskClient, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = cast.sign_in(app.test_client(), "affairs")
    page = post(office, f"/people/{cast.user('cs').id}/password")
    given = page.text.split("<code>")[1].split("</code>")[0]
    pass_by(monkeypatch, timedelta(days=3, minutes=1))
    said = attempt(client, cast.email("cs"), given)
    assert said.status_code == 422
    assert "三天内有效" in words(said)


def test_every_page_has_the_way_out(client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, "affairs")
    for path in (
        "/mine",
        "/board",
        "/plans",
        "/reminders",
        "/people",
        "/account",
        "/help",
        "/nowhere",
    ):
        assert 'action="/logout"' in client.get(path).text, path


def test_tokens_are_long_random_and_never_the_same(app: Flask) -> None:
    with transaction():
        user, at = cast.user("cs"), clock.real_now()
        made = {sessions.open_session(user, at, HOUR, Way.PASSWORD, "") for _ in range(50)}
    assert len(made) == 50
    assert {len(token) for token in made} == {43}
