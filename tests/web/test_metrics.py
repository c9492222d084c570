"""Numbers for Prometheus, for who has the token and nobody else."""

import json
import re
from collections.abc import Callable

import pytest
import yaml
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests.databases import ROOT
from tests.rehearsal import StandingClock
from tests.web import mails
from tracker.config import SettingsError
from tracker.db import db
from tracker.jobs import backups

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


def test_they_count_requests_failures_of_the_database_and_the_age_of_the_backup(
    make_app: MakeApp, sqlite_url: str, at: StandingClock
) -> None:
    app = make_app(sqlite_url, METRICS_TOKEN=TOKEN)
    before = read(app)
    assert before["tracker_backup_age_seconds"] == -1
    backups.make(app.config["TRACKER"])
    client = app.test_client()
    client.get("/healthz")
    client.get("/assignments/1234567")
    with pytest.raises(OperationalError), db.engine.begin() as connection:
        connection.execute(text("SELECT * FROM there_is_no_such_table"))
    found = read(app)

    def grown(name: str) -> float:
        return found.get(name, 0) - before.get(name, 0)

    assert grown("tracker_http_requests_totalGETstatus.healthz200") == 1
    assert grown("tracker_http_requests_totalGETassignments.show302") == 1
    assert grown("tracker_http_request_seconds_countpage") >= 3
    assert grown("tracker_database_errors_totalgone") == 1
    assert 0 <= found["tracker_backup_age_seconds"] < 60


def test_every_number_of_the_dashboard_and_of_the_alarms_exists(
    make_app: MakeApp, sqlite_url: str
) -> None:
    app = make_app(sqlite_url, METRICS_TOKEN=TOKEN)
    app.test_client().get("/healthz")
    answer = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    known = {
        sample.name
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    } | {"tracker_leader_info"}
    dashboard = (ROOT / "docs" / "grafana.json").read_text(encoding="utf-8")
    alarms = (ROOT / "docs" / "prometheus-alerts.yml").read_text(encoding="utf-8")
    assert json.loads(dashboard)["panels"]
    rules = [rule for group in yaml.safe_load(alarms)["groups"] for rule in group["rules"]]
    assert all({"alert", "expr", "annotations"} <= set(rule) for rule in rules)
    named = set(re.findall(r"\btracker_\w+", dashboard + alarms))
    assert len(named) >= 10
    assert named <= known
    told_by_each_machine = r"sum( by \(\w+\))? *\(tracker_(?!http_|database_errors_)"
    assert re.search(told_by_each_machine, dashboard + alarms) is None
