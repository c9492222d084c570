"""Who calls: the blueprint of every resource, open to bearer tokens only.

The session cookie is never looked at, which is what lets these addresses do without CSRF tokens.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from flask import g, request
from flask_smorest import Blueprint
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from tracker import clock
from tracker.api import caching, rate
from tracker.api.fields import LARGEST, Parser
from tracker.domain import scopes
from tracker.domain.errors import N_, NotPermitted
from tracker.domain.scopes import Scope
from tracker.permissions import Actor
from tracker.queries import api_tokens
from tracker.queries.api_tokens import TokenHolder
from tracker.services.sessions import digest

ID = f"int(min=1, max={LARGEST})"
"""URL converter for ids: a number that no database could hold is 404, not an error."""

LOOKS = (Scope.READ, Scope.OUTBOX)
"""Scopes of what changes nothing."""

View = Callable[..., Any]


class Resources(Blueprint):
    ARGUMENTS_PARSER = Parser()


blueprint = Resources("api", __name__, url_prefix="/api/v1")
blueprint.after_request(caching.condition)
blueprint.after_request(rate.tell)


@blueprint.before_request
def _identify() -> None:
    """401 without a working token of an active person, 429 where it calls too often."""
    g.now = clock.now()
    holder = _holder(g.now)
    if rate.count(holder.token_id):  # What was read before that transaction is not what is.
        holder = _holder(g.now)
    g.actor = holder.actor
    g.may = scopes.of(holder.scopes)


def _holder(now: datetime) -> TokenHolder:
    given = request.authorization
    typed = given.token if given is not None and given.type == "bearer" else None
    found = api_tokens.holder(digest(typed), now, clock.real_now()) if typed else None
    if found is None:
        raise Unauthorized(www_authenticate=WWWAuthenticate("bearer", {"realm": "tracker"}))
    return found


def needs(scope: Scope) -> Callable[[View], View]:
    """The view is for tokens of that scope; the document says so. Beyond it, what the person may do
    is decided as everywhere."""

    def wrap(view: View) -> View:
        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> Any:
            if scope not in g.may:
                raise NotPermitted(N_("This token lacks the scope “%(scope)s”."), scope=scope.value)
            return view(*args, **kwargs)

        told: dict[str, Any] = {"x-scopes": [scope.value]}
        if scope in LOOKS:
            told["responses"] = {"304": {"description": "It is what If-None-Match says."}}
        documented: View = blueprint.doc(**told)(checked)
        return documented

    return wrap


def actor() -> Actor:
    """Whose token it is."""
    return g.actor


def now() -> datetime:
    """Campus time, read once per request."""
    return g.now
