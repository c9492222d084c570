"""Trouble is told to everybody at once and clears itself; silence alarms from its hour on."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import cast
from tests.rehearsal import StandingClock
from tests.web.duties import held, words
from tracker.db import transaction
from tracker.domain.vocabulary import Health
from tracker.services import check_ins

SignIn = Callable[[FlaskClient, str], FlaskClient]


def say(at: StandingClock, day: int, health: Health, note: str = "") -> None:
    with transaction():
        check_ins.check_in(
            held(1, "network"),
            cast.actor("network"),
            at.now(),
            day=date(2020, 2, day),
            health=health,
            note=note,
        )


@pytest.mark.parametrize("who", ["cs", "students", "affairs", "president", "network"])
def test_trouble_is_told_to_everybody_at_once(
    both_app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock, who: str
) -> None:
    say(at, 21, Health.TROUBLE, "教学平台登录缓慢")
    sign_in(client, who)
    for page in ("/mine", "/board"):
        assert "网络中心：有障碍 教学平台登录缓慢 2月21日08:00" in words(client.get(page))


def test_it_clears_itself(client: FlaskClient, sign_in: SignIn, at: StandingClock) -> None:
    say(at, 21, Health.TROUBLE, "教学平台登录缓慢")
    say(at, 21, Health.RECOVERED, "已扩容")
    sign_in(client, "cs")
    assert "网络中心：已恢复 已扩容" in words(client.get("/mine"))
    at("2020-02-22T00:00")
    assert "已扩容" not in words(client.get("/mine"))


def test_trouble_of_yesterday_stands_until_somebody_says_otherwise(
    client: FlaskClient, sign_in: SignIn, at: StandingClock
) -> None:
    say(at, 21, Health.TROUBLE, "教学平台登录缓慢")
    at("2020-02-22T08:00")
    sign_in(client, "cs")
    assert "教学平台登录缓慢" in words(client.get("/board"))
    say(at, 22, Health.NORMAL)
    assert "教学平台登录缓慢" not in words(client.get("/board"))


@pytest.mark.parametrize(
    ("who", "told"), [("affairs", True), ("network", True), ("president", True), ("cs", False)]
)
def test_silence_alarms_its_unit_and_who_oversees_from_its_hour_on(
    client: FlaskClient, sign_in: SignIn, at: StandingClock, who: str, told: bool
) -> None:
    sign_in(client, who)
    at("2020-02-21T16:59")
    assert "网络中心今日尚未报送" not in words(client.get("/board"))
    at("2020-02-21T17:00")
    assert ("网络中心今日尚未报送。" in words(client.get("/board"))) is told
    say(at, 21, Health.NORMAL)
    assert "网络中心今日尚未报送" not in words(client.get("/board"))
