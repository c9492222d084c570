"""Idempotency-Key: a request that is sent again, because its answer was lost, acts once and gets
the first answer."""

import hashlib
from collections.abc import Callable
from typing import Any

from flask import Response, request

from tracker import clock
from tracker.api.access import actor
from tracker.db import transaction
from tracker.domain.errors import N_, DomainError, InvalidInput
from tracker.services import idempotency
from tracker.services.idempotency import FIELD, LONGEST, Ask

REPLAYED = "Idempotent-Replayed"
PARAMETER: dict[str, Any] = {
    "in": "header",
    "name": FIELD,
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": r"^[!-~]+$"},
    "description": "one of your own making (a UUID) for this request: sent again with it, the "
    f"request acts once and gets its first answer, marked {REPLAYED}, for 24 hours",
}
"""As the document has it."""


def once(act: Callable[[], Response], refuse: Callable[[DomainError], Response]) -> Response:
    """What `act` answers, done in one transaction with the note of it. `refuse` makes the answer to
    what it raises. With a key that was sent before: the first answer, whichever it was."""
    ask = _ask()
    try:
        with transaction():
            if ask is not None and (first := idempotency.claim(ask, clock.real_now())):
                return _again(first.status, first.body)
            response = act()
            if ask is not None:
                idempotency.keep(ask, response.status_code, response.get_data(as_text=True))
            return response
    except InvalidInput as problem:
        if problem.field == FIELD:
            raise
        return _refused(ask, problem, refuse)
    except DomainError as problem:
        return _refused(ask, problem, refuse)


def _refused(
    ask: Ask | None, problem: DomainError, refuse: Callable[[DomainError], Response]
) -> Response:
    """Nothing was done. That too is the first answer, unless another request with the key was
    answered meanwhile: then its is."""
    response = refuse(problem)
    if ask is None:
        return response
    with transaction():
        if first := idempotency.claim(ask, clock.real_now()):
            return _again(first.status, first.body)
        idempotency.keep(ask, response.status_code, response.get_data(as_text=True))
    return response


def _again(status: int, body: str) -> Response:
    response = Response(body, status, mimetype="application/json")
    response.headers[REPLAYED] = "true"
    return response


def _ask() -> Ask | None:
    """Raises InvalidInput for a key that is none."""
    key = request.headers.get(FIELD)
    if key is None:
        return None
    if not 1 <= len(key) <= LONGEST or not all("!" <= each <= "~" for each in key):
        raise InvalidInput(
            FIELD, N_("A key has 1 to %(most)s printable ASCII characters."), most=LONGEST
        )
    user_id = actor().user_id
    assert user_id is not None  # A token is a person's.
    asked = f"{request.method} {request.full_path}\n".encode() + request.get_data()
    return Ask(user_id, key, hashlib.sha256(asked).hexdigest())
