"""The campus's own sign-on (CAS or OpenID Connect): away to its server, and back with what only
that server can explain."""

import hmac
import logging
import secrets
from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from tracker import clock
from tracker.config import SignOn
from tracker.db import transaction
from tracker.domain.signing_in import Way
from tracker.services import cas, login_delays, oidc, sign_on
from tracker.services.campus_server import NotBelieved, Unreachable
from tracker.web.entering import admit, settings
from tracker.web.paths import safe_next

blueprint = Blueprint("sign_on", __name__)
log = logging.getLogger(__name__)

AWAY = "away"
"""What the cookie keeps while the person is away: a random state, when they left, where they wanted
to go."""
AWAY_FOR = 600
"""Seconds."""


@dataclass(frozen=True)
class Named:
    """Whom the campus's server names, and whether it asked them for two factors."""

    name: str
    two_factors: bool


@blueprint.get("/sign-on")
def leave() -> ResponseReturnValue:
    """To the campus's server."""
    campus = _campus()
    target = safe_next(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(target)
    state = secrets.token_urlsafe(32)
    try:
        if campus.kind == "cas":
            url = cas.login_url(campus, _service(state))
        else:
            url = oidc.login_url(campus, _back(), settings().secret_key, state)
    except Unreachable as problem:
        return _down(problem)
    session[AWAY] = [state, int(clock.real_now().timestamp()), target]
    return redirect(url)


@blueprint.get("/sign-on/back")
def come_back() -> ResponseReturnValue:
    """From the campus's server. Each way out has one way back, in the same browser, in time."""
    campus, left = _campus(), session.pop(AWAY, None)
    state, target = _expected(left)
    if current_user.is_authenticated:
        return redirect(target)
    keys = [login_delays.address_key(f"campus {request.remote_addr}")]
    if login_delays.left(keys, clock.real_now()):
        abort(429)
    try:
        named = _named(campus, state)
    except Unreachable as problem:
        return _down(problem)
    except NotBelieved as problem:
        with transaction():
            login_delays.note_failure(keys, clock.real_now())
        log.warning("campus sign-on refused: %s", problem)
        return render_template("sign_on/refused.html", named=None), 403
    user = sign_on.person(campus, named.name)
    if user is None:
        log.warning("campus sign-on names somebody who has no account here")
        return render_template("sign_on/refused.html", named=named.name[:80]), 403

    def still() -> bool:
        return sign_on.person(campus, named.name) is user

    return admit(user, Way.CAMPUS, target, still, has_two_factors=named.two_factors)


def _campus() -> SignOn:
    """404 where there is none."""
    campus = settings().sign_on
    return campus if campus is not None else abort(404)


def _expected(left: object) -> tuple[str, str]:
    """The state that has to come back, "" for none, and where the person wanted to go."""
    if not isinstance(left, list) or len(left) != 3:
        return "", safe_next(None)
    state, at, target = left
    fresh = 0 <= clock.real_now().timestamp() - at <= AWAY_FOR
    return state if fresh else "", safe_next(target)


def _named(campus: SignOn, state: str) -> Named:
    given = request.args
    if not state or not hmac.compare_digest(state.encode(), given.get("state", "").encode()):
        raise NotBelieved("the state is not the one that this browser left with")
    if campus.kind == "cas":
        name = cas.whose(campus, _service(state), given.get("ticket", ""))
        return Named(name, campus.is_two_factor)
    if "error" in given or not given.get("code"):
        raise NotBelieved(f"the server came back with {given.get('error', 'no code')!r:.60}")
    if given.get("iss", campus.server) != campus.server:
        raise NotBelieved("another server answers")
    name, two_factors = oidc.whose(
        campus, _back(), settings().secret_key, state, given["code"], clock.real_now()
    )
    return Named(name, two_factors and campus.is_two_factor)


def _back() -> str:
    return settings().public_url + url_for("sign_on.come_back")


def _service(state: str) -> str:
    """Our address as CAS gets it; the ticket is good for exactly this."""
    return f"{_back()}?state={state}"


def _down(problem: Unreachable) -> ResponseReturnValue:
    log.error("campus sign-on unreachable: %s", problem)
    return render_template("sign_on/down.html"), 503
