"""Showing once more who one is, before what concerns signing in changes."""

from datetime import timedelta

from flask import request
from flask_babel import gettext as _
from flask_login import current_user

from tracker import clock
from tracker.db import transaction
from tracker.models.org import User
from tracker.services import accounts, login_delays, second_factors
from tracker.web.entering import settings
from tracker.web.forms.second_factors import ProofForm

RECENT = timedelta(minutes=10)
"""How long ago whoever has no password may have come from the campus's sign-on."""
Problem = tuple[str, int]


def too_many(wait: timedelta) -> str:
    seconds = max(1, round(wait.total_seconds()))
    return _("Too many tries. Please wait %(n)s seconds.", n=seconds)


def password_problem(user: User, password: str) -> Problem | None:
    """What to say, and the status, where this is not the person's password, or too many were tried;
    none at all is no try. Who has none must have signed in just now."""
    real_now = clock.real_now()
    if user.password_hash is None:
        if real_now - current_user.began_at <= RECENT:
            return None
        return _("Sign out, sign in again with the campus account, and do this at once."), 422
    if not password:
        return _("This is not your current password."), 422
    keys = [
        login_delays.account_key(user.email),
        login_delays.address_key(request.remote_addr),
    ]
    if wait := login_delays.left(keys, real_now):
        return too_many(wait), 429
    if accounts.password_matches(user, password):
        return None
    with transaction():
        login_delays.note_failure(keys, real_now)
    return _("This is not your current password."), 422


def code_problem(user: User, typed: str) -> Problem | None:
    """What to say, and the status, where this code of the second factor does not count. One that
    counts is used by that."""
    real_now = clock.real_now()
    if not typed.strip():
        return _("Enter the code that the telephone shows."), 422
    account = login_delays.account_key(f"code {user.email}")
    keys = [account, login_delays.address_key(request.remote_addr)]
    if wait := login_delays.left(keys, real_now):
        return too_many(wait), 429
    with transaction():
        if second_factors.is_right(user, typed, settings().secret_key, real_now):
            login_delays.forget([account])
            return None
        login_delays.note_failure(keys, real_now)
    return _("This code is not right, or it was used before. Wait for the next one."), 422


def problem(user: User, form: ProofForm) -> int | None:
    """The status where the person has not shown again who they are; the form says why. Who has a
    second factor shows both."""
    found = password_problem(user, form.current.data or "")
    if found is not None:
        form.current.errors = [found[0]]
        return found[1]
    if settings().two_factor != "off" and second_factors.of(user) is not None:
        found = code_problem(user, form.code.data or "")
        if found is not None:
            form.code.errors = [found[0]]
            return found[1]
    return None
