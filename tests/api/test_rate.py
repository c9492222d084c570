"""How often a token may call, over every process together."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from tests.api.conftest import Caller
from tests.rehearsal import settings_for
from tracker import clock
from tracker.api import rate
from tracker.db import db
from tracker.factory import create_app
from tracker.services import api_usage
from tracker.services.api_usage import BUDGET, PORTION

Api = Callable[[str], Caller]


@pytest.fixture
def standing(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = clock.real_now().replace(second=20, microsecond=0)
    monkeypatch.setattr(clock, "real_now", lambda: moment)


def small(monkeypatch: pytest.MonkeyPatch, budget: int, portion: int) -> None:
    for name, value in (("BUDGET", budget), ("PORTION", portion)):
        monkeypatch.setattr(api_usage, name, value)
        monkeypatch.setattr(rate, name, value)


def test_a_budget_is_whole_portions() -> None:
    assert BUDGET % PORTION == 0


@pytest.mark.usefixtures("standing")
def test_beyond_the_budget_a_call_is_429_until_the_next_minute(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(monkeypatch, 6, 2)
    cs, info = api("cs"), api("info")
    left = [int(cs.get("/term").headers["RateLimit-Remaining"]) for _ in range(6)]
    assert left == [5, 4, 3, 2, 1, 0]
    refused = cs.post("/assignments/1/check-off")
    assert refused.status_code == 429
    assert refused.get_json()["code"] == 429
    assert refused.headers["Retry-After"] == refused.headers["RateLimit-Reset"] == "40"
    assert refused.headers["RateLimit-Remaining"] == "0"
    assert refused.headers["RateLimit-Limit"] == "6"
    assert info.get("/term").status_code == 200
    later = clock.real_now() + timedelta(seconds=40)
    monkeypatch.setattr(clock, "real_now", lambda: later)
    assert cs.get("/term").status_code == 200


@pytest.mark.usefixtures("standing")
def test_several_processes_share_one_budget(
    both_app: Flask, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another application on the same database knows nothing of this one's memory."""
    small(monkeypatch, 12, 2)
    cs = api("cs")
    settings = both_app.config["TRACKER"]
    other = create_app(settings_for(settings.instance.parent, settings.database_url))
    callers = [cs, Caller(other.test_client(use_cookies=False), cs.token)]
    said = [caller.get("/term").status_code for _ in range(10) for caller in callers]
    with other.app_context():
        db.engine.dispose()
    assert said.count(200) == 12
    assert said.count(429) == 8


def test_no_foreign_page_may_read_or_call(api: Api) -> None:
    """CORS stays closed: no answer lets a browser hand it to another origin's script."""
    cs = api("cs")
    origin = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for answer in (
        cs.client.get("/api/v1/plans", headers={**cs.headers, **origin}),
        cs.client.options("/api/v1/assignments/1/check-off", headers=origin),
        cs.client.get("/api/v1/openapi.json", headers=origin),
    ):
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]
