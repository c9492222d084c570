"""What goes wrong, as JSON, in the language the caller asks for.

    {"code": 404, "status": "Not Found", "message": "...", "field": "count"}

`field` names the parameter at fault where there is one. A lost race also carries `current`, the
assignment as it stands.
"""

import logging
from http import HTTPStatus
from typing import Any

from flask import Response, jsonify, make_response, request
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from tracker import language, logs
from tracker.db import is_lost_race, let_go
from tracker.domain.errors import (
    N_,
    DomainError,
    IllegalStep,
    InvalidInput,
    NotPermitted,
    PlanAtRest,
    StaleVersion,
)

log = logging.getLogger(__name__)

STATUS: dict[type[DomainError], int] = {
    InvalidInput: 422,
    IllegalStep: 409,
    PlanAtRest: 409,
    StaleVersion: 409,
    NotPermitted: 403,
}
_TEXTS = {
    400: N_("The request could not be read. A body must be one valid JSON object."),
    401: N_("Send a valid token in the header: Authorization: Bearer trk_..."),
    403: N_("Your account may not do this."),
    404: N_("There is nothing here, or it is not yours to see."),
    405: N_("This address does not work that way."),
    412: N_("It has changed since you read it (If-Match), so nothing was done."),
    413: N_("What you sent is too large."),
    415: N_("Send JSON, with the header: Content-Type: application/json"),
    429: N_("This token calls too often. Wait as long as Retry-After says."),
}
_REFUSED = N_("The request was refused.")
_CHANGED = N_("Somebody else changed this while you were looking at it.")
_BUSY = N_("The database did not answer, so nothing was saved. Please try again in a moment.")
_BROKEN = N_("Something went wrong on our side. Nothing was saved. Reference: %(reference)s")


def answer(problem: Exception) -> Response:
    """The answer to anything raised under /api/. The factory sends it here by the address, since
    an unknown address belongs to no blueprint."""
    if isinstance(problem, DomainError):
        return refused(problem)
    if isinstance(problem, HTTPException):
        return _http(problem)
    let_go()
    lost = isinstance(problem, IntegrityError) and is_lost_race(problem)
    if lost or isinstance(problem, StaleDataError):
        log.warning("%s %s met another change", request.method, request.path)
        return _body(409, _CHANGED)
    if isinstance(problem, OperationalError):
        log.error("database unavailable: %s", type(problem.orig).__name__, exc_info=problem)
        response = _body(503, _BUSY)
        response.headers["Retry-After"] = "5"
        return response
    log.exception("%s %s failed", request.method, request.path)
    return _body(500, _BROKEN, {"reference": logs.REQUEST.get()})


def refused(problem: DomainError, **more: Any) -> Response:
    """A rule said no; `more` is added to the body."""
    if isinstance(problem, InvalidInput) and problem.field:
        more["field"] = problem.field
    return _body(STATUS[type(problem)], problem.msgid, problem.params, **more)


def _http(problem: HTTPException) -> Response:
    """Headers that belong to the status (Allow, WWW-Authenticate) are kept."""
    if problem.code is None or problem.code < 400:
        return make_response(problem.get_response())
    response = _body(problem.code, _TEXTS.get(problem.code, _REFUSED))
    for name, value in problem.get_headers(request.environ):
        if name.lower() != "content-type":
            response.headers[name] = value
    return response


def _body(code: int, msgid: str, params: Any = None, **more: Any) -> Response:
    message = language.gettext(locale(), msgid, **(params or {}))
    texts = {name: _sayable(said) if isinstance(said, str) else said for name, said in more.items()}
    response = jsonify(
        code=code, status=HTTPStatus(code).phrase, message=_sayable(message), **texts
    )
    response.status_code = code
    return response


def _sayable(text: str) -> str:
    """Half a character that somebody sent comes back as its number."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def locale() -> str:
    return language.known(request.accept_languages.best_match(["zh", "en"]))
