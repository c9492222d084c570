"""Pages that follow what happens: a page's tag (ETag), the answer that nothing changed, and polls.

A poll is a request of the page's own script. It is no act of a person: it takes no message meant
for them, and does not keep their session awake, unless a wall asks it to (docs/decisions/0020).
"""

import hashlib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, Response, has_request_context, make_response, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from itsdangerous import URLSafeTimedSerializer

from tracker.permissions import Actor
from tracker.web import fragments
from tracker.web.filters import now, release

POLL = "X-Poll"
STAY = "stay"
"""A poll that says so counts as a sign of life of whoever put the wall up."""


def is_poll() -> bool:
    return POLL in request.headers


def minute(moment: datetime) -> tuple[int, bool]:
    """The same all through a minute, also for what counts down to a full one: its very beginning
    still belongs to the minute before."""
    minutes, rest = divmod(moment.timestamp(), 60)
    return int(minutes), rest == 0


@dataclass(frozen=True)
class Watched:
    """What a page hung on when it got its tag: `key` of the request, the reader, and `facts` of the
    plan (None: the current one)."""

    key: Hashable
    token: str
    locale: str | None
    actor: Actor
    plan_id: int | None
    facts: tuple[object, ...]


def watch(tag: str, plan_id: int | None, facts: tuple[object, ...]) -> None:
    """Remember what the reader's page hangs on, for the polls to come."""
    user = current_user._get_current_object()
    seen = Watched(_key(), user.token, user.locale, user.actor, plan_id, facts)
    fragments.kept(fragments.WATCHED).get(tag, lambda: seen)


def watched() -> tuple[str, Watched] | None:
    """The page that this poll asks after, where this process made it for the same session and
    nothing about the request differs."""
    tags = request.if_none_match.as_set(include_weak=True)
    if request.headers.get(POLL) in (None, STAY) or len(tags) != 1:
        return None
    asked = tags.pop()
    seen: Watched | None = fragments.kept(fragments.WATCHED).find(asked)
    if seen is None or seen.key != _key() or seen.token != session.get("_user_id"):
        return None
    return asked, seen


def _key() -> Hashable:
    spoken = (session.get("locale"), request.headers.get("Accept-Language"))
    return (request.full_path, minute(now()), spoken, session.get("csrf_token"), release())


def tag(facts: Sequence[object], *, timed: bool = True) -> str:
    """Of this reader's page at this address. `facts`: what the page hangs on besides the reader,
    the language, the release and, where it is `timed`, the minute."""
    if "csrf_token" not in session:
        generate_csrf()
    user = current_user._get_current_object()
    actor = user.actor
    reader = (user.token, user.name, user.name_en, actor.is_observer, sorted(actor.posts))
    spoken = (user.locale, session.get("locale"), request.headers.get("Accept-Language"))
    here = (request.path, request.query_string)
    shown = (
        here,
        minute(now()) if timed else None,
        reader,
        spoken,
        session["csrf_token"],
        release(),
    )
    return hashlib.blake2b(repr((*shown, *facts)).encode(), digest_size=16).hexdigest()


def is_unchanged(tag: str) -> bool:
    """Whether the browser has that very page. A message that waits for the person is no part of
    it."""
    has_messages = "_flashes" in session and not is_poll()
    asked = request.if_none_match
    return not has_messages and not asked.star_tag and asked.contains_weak(tag)


def unchanged(tag: str) -> Response:
    return _tagged(Response(status=304), tag)


def changed() -> Response:
    """To a page that is not to be replaced, only to say that it is out of date."""
    return Response(status=204)


def page(body: str, tag: str, *, has_messages: bool) -> Response:
    """A page with messages is shown once and kept by nobody."""
    answer = make_response(body)
    return answer if has_messages else _tagged(answer, tag)


def _tagged(answer: Response, tag: str) -> Response:
    answer.set_etag(tag, weak=True)
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


class PolledSessions(SecureCookieSessionInterface):
    """Sessions that no poll keeps awake, and in which no poll overwrites what another answer of the
    same moment put."""

    signer: URLSafeTimedSerializer | None = None
    """Of the one application that these are of, whose key is the same all its life."""

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        if self.signer is None:
            self.signer = super().get_signing_serializer(app)
        return self.signer

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        if has_request_context() and is_poll() and request.headers[POLL] != STAY:
            return False
        return super().should_set_cookie(app, session)


def register(app: Flask) -> None:
    app.session_interface = PolledSessions()
    app.context_processor(lambda: {"is_poll": is_poll() if request else False})
