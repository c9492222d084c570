"""Every request has an id, a line in the log and a place in the counts. None of them holds an
address as it was asked for: only its route."""

import logging
import re
import secrets
import time

from flask import Flask, Response, current_app, g, request

from tracker import logs
from tracker.instruments import REQUESTS, SECONDS

log = logging.getLogger("tracker.requests")
HEADER = "X-Request-ID"
_ID = re.compile(r"[0-9a-f-]{16,36}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})


def _begin() -> None:
    g.began = time.perf_counter()
    given = request.headers.get(HEADER, "") if current_app.config["TRACKER"].proxies else ""
    logs.REQUEST.set(given if _ID.fullmatch(given) else secrets.token_hex(8))


def _note(response: Response) -> Response:
    seconds = time.perf_counter() - g.get("began", time.perf_counter())
    method = request.method if request.method in _METHODS else "other"
    rule = request.url_rule
    REQUESTS.labels(method, request.endpoint or "none", response.status_code).inc()
    SECONDS.labels(_kind()).observe(seconds)
    response.headers[HEADER] = logs.REQUEST.get()
    if log.isEnabledFor(logging.INFO):
        route = rule.rule if rule is not None else "none"
        milliseconds = round(seconds * 1000, 1)
        facts = (method, route, response.status_code, milliseconds, _user())
        extra = dict(zip(logs.FACTS, facts, strict=True))
        log.info("%s %s %s in %s ms by %s", *facts, extra=extra)
    return response


def _user() -> int | None:
    """Of whoever is known already; nobody is looked up for the log."""
    known: int | None = getattr(g.get("_login_user"), "user_id", None)
    return known


def _kind() -> str:
    if request.endpoint == "static":
        return "static"
    return "api" if request.path.startswith("/api/") else "page"


def _end(_problem: BaseException | None) -> None:
    logs.REQUEST.set("")


def register(app: Flask) -> None:
    """Before all others, so that the id is there for whatever they refuse."""
    app.before_request(_begin)
    app.after_request(_note)
    app.teardown_request(_end)
