"""Numbers for Prometheus: of the sender, read from the database at each request and so right with
any number of processes; of requests, what this process or all of gunicorn's have counted."""

import hmac
from collections.abc import Iterator

from flask import Blueprint, Response, abort, current_app, request
from flask.typing import ResponseReturnValue
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from tracker import clock, instruments
from tracker.queries.metrics import Metrics, metrics

blueprint = Blueprint("metrics", __name__)


@blueprint.get("/metrics")
def show() -> ResponseReturnValue:
    """404 without the token of the settings: whoever may not read them learns nothing."""
    token = current_app.config["TRACKER"].metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not hmac.compare_digest(given.encode(), token.encode()):
        abort(404)
    registry = CollectorRegistry()
    registry.register(_Now(metrics(clock.real_now())))
    text = generate_latest(registry) + instruments.exposition()
    return Response(text, mimetype="text/plain; version=0.0.4")


class _Now(Collector):
    def __init__(self, found: Metrics) -> None:
        self.found = found

    def collect(self) -> Iterator[Metric]:
        states = GaugeMetricFamily(
            "tracker_outbox_messages", "Messages by state.", labels=["state"]
        )
        for state, count in self.found.by_state.items():
            states.add_metric([state.value], count)
        yield states
        leader = GaugeMetricFamily(
            "tracker_leader_info", "The process that keeps the timetable.", labels=["leader"]
        )
        if self.found.leader:
            leader.add_metric([self.found.leader], 1)
        yield leader
        for name, text, value in _gauges(self.found):
            yield GaugeMetricFamily(name, text, value=-1 if value is None else value)


def _gauges(found: Metrics) -> Iterator[tuple[str, str, float | None]]:
    """Name, text and value of what has no label; None is shown as -1."""
    yield (
        "tracker_outbox_oldest_due_seconds",
        "How long the oldest message under way has been due.",
        found.oldest_due,
    )
    yield (
        "tracker_tick_age_seconds",
        "Seconds since the scheduler's last sign of life; -1 where there was none.",
        found.since_tick,
    )
    yield (
        "tracker_clock_doubted",
        "1 while the machine's clock has leapt ahead and nothing goes out.",
        found.clock_doubted,
    )
    yield (
        "tracker_relay_failures",
        "How often in a row the mail relay was out of reach; 0 while it answers.",
        found.relay_failures,
    )
    yield (
        "tracker_notices_waiting",
        "Notices that no mail carries yet.",
        found.notices_waiting,
    )
    yield (
        "tracker_backup_age_seconds",
        "Seconds since the last backup was made and read back; -1 where there was none.",
        found.since_backup,
    )
    yield (
        "tracker_messages_held",
        "Messages that wait for a decision since a backup was restored.",
        found.held,
    )
