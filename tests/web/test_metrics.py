"""Numbers for Prometheus, for who has the token and nobody else."""

from collections.abc import Callable

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from tests.rehearsal import StandingClock
from tests.web import mails
from tracker.config import SettingsError

MakeApp = Callable[..., Flask]
TOKEN = "a token for the metrics only"


def read(app: Flask) -> dict[str, float]:
    answer = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    return {
        sample.name + "".join(sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_they_say_what_the_outbox_holds(
    make_app: MakeApp, sqlite_url: str, at: StandingClock
) -> None:
    app = make_app(sqlite_url, METRICS_TOKEN=TOKEN)
    assert read(app)["tracker_tick_age_seconds"] == -1
    mails.tick(app, at, "2020-02-21T09:00")
    mails.plan(at, "2020-02-22T09:00")
    mails.refuse("info")
    found = read(app)
    assert found["tracker_outbox_messagesSENT"] == 15
    assert found["tracker_outbox_messagesDEAD"] == 1
    assert found["tracker_outbox_messagesUNCERTAIN"] == 0
    assert 0 <= found["tracker_outbox_oldest_due_seconds"] < 60
    assert 0 <= found["tracker_tick_age_seconds"] < 60
    assert found["tracker_relay_failures"] == 0
    assert found["tracker_notices_waiting"] == 0


@pytest.mark.parametrize("header", [None, "Bearer ", "Bearer wrong", f"Basic {TOKEN}x", "Bearer é"])
def test_without_the_token_there_is_nothing(
    make_app: MakeApp, sqlite_url: str, header: str | None
) -> None:
    for settings in ({"METRICS_TOKEN": TOKEN}, {}):
        client = make_app(sqlite_url, **settings).test_client()
        headers = {"Authorization": header} if header else {}
        assert client.get("/metrics", headers=headers).status_code == 404


def test_a_token_that_can_be_guessed_is_refused_at_the_start(
    make_app: MakeApp, sqlite_url: str
) -> None:
    with pytest.raises(SettingsError):
        make_app(sqlite_url, METRICS_TOKEN="short")
