"""What a process counts about itself. Under gunicorn the counts of all workers are added up from
the folder that PROMETHEUS_MULTIPROC_DIR names (gunicorn.conf.py sets it)."""

import os

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import Engine, ExceptionContext, event
from sqlalchemy.exc import OperationalError

_REGISTRY = CollectorRegistry()
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"

REQUESTS = Counter(
    "tracker_http_requests",
    "Requests answered, by method, route and status.",
    ["method", "route", "status"],
    registry=_REGISTRY,
)
SECONDS = Histogram(
    "tracker_http_request_seconds",
    "How long an answer took, by kind of address: page, api or static.",
    ["kind"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=_REGISTRY,
)
DATABASE_ERRORS = Counter(
    "tracker_database_errors",
    "Statements that the database did not carry out, by kind: locked, full, gone or other.",
    ["kind"],
    registry=_REGISTRY,
)
for _kind in ("locked", "full", "gone", "other"):
    DATABASE_ERRORS.labels(_kind)


def exposition() -> bytes:
    """The counts in Prometheus' text format."""
    if not os.environ.get(_FOLDER):
        return generate_latest(_REGISTRY)
    together = CollectorRegistry()
    MultiProcessCollector(together)
    return generate_latest(together)


@event.listens_for(Engine, "handle_error")
def _count_error(context: ExceptionContext) -> None:
    problem = context.sqlalchemy_exception
    if isinstance(problem, OperationalError):
        DATABASE_ERRORS.labels(_kind_of(problem, context.is_disconnect)).inc()


def _kind_of(problem: OperationalError, is_disconnect: bool) -> str:
    said = str(problem.orig)
    state = getattr(problem.orig, "sqlstate", None)
    if "is locked" in said or state in ("55P03", "40P01"):
        return "locked"
    if "is full" in said or state == "53100":
        return "full"
    return "gone" if is_disconnect or state is None else "other"
