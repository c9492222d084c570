"""Asking again only for what has changed: a look carries an ETag of what it answers, and 304 saves
sending it again. What it costs to find out is the same."""

from typing import Any

from flask import Response, jsonify, request

_ASKS = ("GET", "HEAD")
IF_MATCH: dict[str, Any] = {
    "in": "header",
    "name": "If-Match",
    "required": False,
    "schema": {"type": "string"},
    "description": "the `ETag` with which the assignment was read: 412 where it has changed",
}
"""As the document has it."""


def condition(response: Response) -> Response:
    """Every caller sees something else, and an answer changes with the clock: so it is asked about
    each time and kept by nobody on the way."""
    if request.method in _ASKS and response.status_code == 200:
        response.add_etag()
        response.headers["Cache-Control"] = "private, no-cache"
        response.vary.update(["Authorization", "Accept-Language"])
        response.make_conditional(request)
    return response


def etag_of(body: Any) -> str:
    """That of an answer which is this object."""
    response = jsonify(body)
    response.add_etag()
    etag, _weak = response.get_etag()
    assert etag is not None
    return etag
