"""From a password, a link or the campus's sign-on to a session: what stands in between, and what of
it the cookie holds."""

from collections.abc import Callable
from datetime import timedelta

from flask import current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import UserMixin, login_user

from tracker import clock
from tracker.config import Settings
from tracker.db import db, transaction
from tracker.domain.errors import N_, IllegalStep
from tracker.domain.signing_in import Step, Way, device_name
from tracker.models.org import User
from tracker.models.session import UserSession
from tracker.permissions import actor_for
from tracker.queries.sessions import Holder
from tracker.services import accounts, password_links, second_factors, sessions
from tracker.web.filters import now
from tracker.web.paths import safe_next

HALF, NEXT = "half", "next"
"""What the cookie keeps of somebody who is not in yet: the token of their unfinished session, and
where they wanted to go."""
Check = Callable[[], bool]
PAGES = {Step.CODE: "second_factors.ask", Step.ENROL: "second_factors.enrol"}


class SignedIn(UserMixin):
    """Flask-Login's user: the person of a session row. Its id is the session token, never a user
    id, so that deleting the row ends the session wherever the cookie was copied to."""

    def __init__(self, token: str, holder: Holder) -> None:
        self.token = token
        self.began_at = holder.began_at
        self.ends_at = holder.ends_at
        self.user_id = holder.actor.user_id
        self.email = holder.email
        self.name = holder.name
        self.name_en = holder.name_en
        self.locale = holder.locale
        self.actor = holder.actor

    def get_id(self) -> str:
        return self.token


def settings() -> Settings:
    found: Settings = current_app.config["TRACKER"]
    return found


def hold(user: User, still: Check) -> None:
    """First of all in a transaction that lets somebody in: nobody else changes the account until
    the commit. Raises IllegalStep where it was disabled since, or what the person showed does not
    hold any more: `still` looks once again."""
    accounts.lock(user)
    if not (user.is_active and still()):
        raise IllegalStep(N_("Your account was changed at this very moment. Sign in again."))


def stands(token: str) -> Check:
    """Whether the session of `token`, which this request came with, is there."""
    return lambda: sessions.stands(token, clock.real_now())


def admit(
    user: User, way: Way, target: str, still: Check, *, has_two_factors: bool = False
) -> ResponseReturnValue:
    """In, or to the page on which the second factor is shown or set up. `still`: as for `hold`."""
    with transaction():
        hold(user, still)
        step = begin(user, way, has_two_factors=has_two_factors)
    return go(step, target)


def begin(user: User, way: Way, *, has_two_factors: bool = False) -> Step | None:
    """A session, unfinished where a step is missing; that step. Inside a transaction that holds the
    account."""
    step = None if has_two_factors else _step(user)
    if step is None:
        enter(user, way)
    else:
        wait_for(user, way, step)
    return step


def go(step: Step | None, target: str) -> ResponseReturnValue:
    """Where the session that was begun leads: there, or first to the step that is missing."""
    if step is None:
        return redirect(target, 303)
    chosen = session.get("locale")
    half = session[HALF]
    session.clear()
    session[HALF], session[NEXT] = half, target
    if chosen:
        session["locale"] = chosen
    return redirect(url_for(PAGES[step]), 303)


def _step(user: User) -> Step | None:
    return second_factors.step_for(user, actor_for(user, now()), settings().two_factor)


def admit_by_password(user: User, target: str, still: Check) -> ResponseReturnValue:
    """As `admit`; with a password that was given to them nobody gets further than the page on which
    to choose another."""
    if user.password_until is None:
        return admit(user, Way.PASSWORD, target, still)
    with transaction():
        hold(user, still)
        key, kind = settings().secret_key, password_links.FIRST
        return redirect(password_links.address("", key, user, kind, clock.real_now()), 303)


def wait_for(user: User, way: Way, step: Step) -> None:
    """An unfinished session, in place of whichever this browser had. Inside a transaction."""
    if HALF in session:
        sessions.close_session(session[HALF])
    session[HALF] = _open(user, way, step)


def enter(user: User, way: Way) -> None:
    """This browser belongs to a new session of the person; nothing of before is kept. Inside a
    transaction."""
    chosen = session.get("locale")
    if chosen and not user.locale:
        accounts.set_locale(user, chosen)
    for token in (session.get(HALF), session.get("_user_id")):
        if token:
            sessions.close_session(token)
    token = _open(user, way, None)
    session.clear()
    session.permanent = True
    real_now = clock.real_now()
    said = (user.email, user.name, user.name_en, user.locale)
    actor = actor_for(user, now())
    login_user(SignedIn(token, Holder(*said, actor, real_now, real_now + _length())))


def _open(user: User, way: Way, step: Step | None) -> str:
    device = device_name(request.headers.get("User-Agent", ""))
    return sessions.open_session(user, clock.real_now(), _length(), way, device, step)


def _length() -> timedelta:
    return timedelta(hours=settings().session_hours)


def unfinished() -> UserSession | None:
    """The session of this browser that waits for something."""
    token = session.get(HALF)
    return sessions.unfinished(token, clock.real_now()) if token else None


def wanted() -> str:
    """Where whoever is not in yet wanted to go."""
    return safe_next(session.get(NEXT))


def person(user_id: int) -> User:
    return db.session.get_one(User, user_id)
