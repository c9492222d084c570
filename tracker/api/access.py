"""Who calls: the blueprint of every resource, open to bearer tokens only.

The session cookie is never looked at, which is what lets these addresses do without CSRF tokens.
"""

from datetime import datetime

from flask import g, request
from flask_smorest import Blueprint
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from tracker import clock
from tracker.api.fields import LARGEST, Parser
from tracker.permissions import Actor, actor_for
from tracker.services import accounts

ID = f"int(min=1, max={LARGEST})"
"""URL converter for ids: a number that no database could hold is 404, not an error."""


class Resources(Blueprint):
    ARGUMENTS_PARSER = Parser()


blueprint = Resources("api", __name__, url_prefix="/api/v1")


@blueprint.before_request
def _identify() -> None:
    """401 without the valid token of an active person."""
    given = request.authorization
    token = given.token if given is not None and given.type == "bearer" else None
    user = accounts.token_user(token) if token else None
    if user is None:
        raise Unauthorized(www_authenticate=WWWAuthenticate("bearer", {"realm": "tracker"}))
    g.now = clock.now()
    g.actor = actor_for(user, g.now)


def actor() -> Actor:
    """Whose token it is."""
    return g.actor


def now() -> datetime:
    """Campus time, read once per request."""
    return g.now
