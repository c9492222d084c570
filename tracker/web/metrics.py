"""Numbers for Prometheus, read from the database at each request: right with any number of
processes."""

import hmac
from collections.abc import Iterator

from flask import Blueprint, Response, abort, current_app, request
from flask.typing import ResponseReturnValue
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from tracker import clock
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
    return Response(generate_latest(registry), mimetype="text/plain; version=0.0.4")


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
        yield _gauge(
            "tracker_outbox_oldest_due_seconds",
            "How long the oldest message under way has been due.",
            self.found.oldest_due,
        )
        since = self.found.since_tick
        yield _gauge(
            "tracker_tick_age_seconds",
            "Seconds since the scheduler's last sign of life; -1 where there was none.",
            -1 if since is None else since,
        )
        leader = GaugeMetricFamily(
            "tracker_leader_info", "The process that keeps the timetable.", labels=["leader"]
        )
        if self.found.leader:
            leader.add_metric([self.found.leader], 1)
        yield leader
        yield _gauge(
            "tracker_clock_doubted",
            "1 while the machine's clock has leapt ahead and nothing goes out.",
            self.found.clock_doubted,
        )
        yield _gauge(
            "tracker_relay_failures",
            "How often in a row the mail relay was out of reach; 0 while it answers.",
            self.found.relay_failures,
        )
        yield _gauge(
            "tracker_notices_waiting",
            "Notices that no mail carries yet.",
            self.found.notices_waiting,
        )


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)
