"""What goes wrong, said in the reader's language with a status that is true."""

import logging
from collections.abc import Callable
from typing import Any

from flask import current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import CSRFError
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
    StaleDifference,
    StaleRow,
    StaleVersion,
    StorageFull,
)
from tracker.extensions import login_manager
from tracker.web.filters import locale
from tracker.web.paths import HOME, loggable

log = logging.getLogger(__name__)

_WORDS = frozenset({"note", "count", "reason", "words", "text", "people", "link", "why"})
_WORDS |= {"need", "help", "outcome", "answer", "keys", "title", "task"}
"""Fields whose words a page of ours gives back when it could not take their form."""

STATUS: dict[type[DomainError], int] = {
    InvalidInput: 422,
    IllegalStep: 409,
    PlanAtRest: 409,
    StaleVersion: 409,
    StaleDifference: 409,
    StaleRow: 409,
    StorageFull: 507,
    NotPermitted: 403,
}


NEXT: dict[int, str] = {
    400: N_("Open the page anew from the menu, fill in the form and send it once more."),
    403: N_(
        "If you should be able to: ask academic affairs for the post, or sign in with the account "
        "that has it."
    ),
    404: N_("Check the address. A link from a colleague may lead to a duty of another unit."),
    405: N_("Open the page from the menu and use the button there."),
    409: N_("Go back and reload the page: it shows how things stand now. Then decide again."),
    413: N_("Send less at once: proof up to 10 MB a file, a list up to 8 MB."),
    422: N_("Go back, correct what is said above, and send it again."),
    429: N_("Wait a minute, then try once more."),
    500: N_(
        "Try again in a minute. If it happens again, tell whoever looks after the server, and "
        "report what is urgent by telephone."
    ),
    503: N_("If it goes on, tell whoever looks after the server."),
}
"""By status: what the reader can do about it."""


def page(status: int, title: str, text: str, **more: object) -> ResponseReturnValue:
    """Gives back what the reader typed; a failure of ours carries the request's id."""
    advice = _(NEXT[status]) if status in NEXT else None
    if status >= 500:
        more["reference"] = logs.REQUEST.get()
    shown = render_template(
        "error.html", status=status, title=title, text=text, advice=advice, typed=_typed(), **more
    )
    return shown, status


def refused(problem: DomainError) -> ResponseReturnValue:
    """A rule said no."""
    text = language.error(locale(), problem)
    return page(STATUS[type(problem)], _("This cannot be done"), text)


def _http(problem: HTTPException) -> ResponseReturnValue:
    if problem.code is None or problem.code < 400:
        return problem.get_response()
    texts = {
        400: _("The request is not complete. Go back, reload the page and try again."),
        403: _("Your account may not do this."),
        404: _("There is nothing here, or it is not yours to see."),
        405: _("This address does not work that way."),
        413: _("What you sent is too large."),
        429: _("Too many tries. Please wait a little."),
    }
    return page(problem.code, _("This cannot be done"), texts.get(problem.code, texts[400]))


def _csrf(_problem: CSRFError) -> ResponseReturnValue:
    if not current_user.is_authenticated and request.blueprint != "auth":
        return signed_out()
    return _again(_("This form is too old or was not ours. Reload the page and try again."))


def signed_out() -> ResponseReturnValue:
    """A form of somebody who is in no longer: what they typed, and the way back to its page."""
    return _again(_("You are signed out, so nothing was saved. Sign in and try again."))


def _again(text: str) -> ResponseReturnValue:
    return page(400, _("Please try again"), text, back=_page_before(request.path))


def _typed() -> list[str]:
    """The words that a person typed into the form that was refused: nothing hidden, no secret."""
    try:
        sent = list(request.form.lists())
    except HTTPException:  # Too large to be read: that may be what is told.
        return []
    return [
        value.strip()
        for name, values in sent
        if name in _WORDS or name.startswith("text_")
        for value in values
        if value.strip()
    ]


def _page_before(path: str) -> str:
    """The nearest page above the address that a form was sent to."""
    routes = current_app.url_map.bind("")
    parts = path.strip("/").split("/")
    for length in range(len(parts), 0, -1):
        above = "/" + "/".join(parts[:length])
        if routes.test(above, "GET"):
            return above
    return HOME


def _settle() -> None:
    """Before a page about a failure: end the transaction, and show the page as to nobody in
    particular, so that it asks the database nothing. It might be what failed."""
    let_go()
    g._login_user = login_manager.anonymous_user()


def _busy(problem: OperationalError) -> ResponseReturnValue:
    """The database is busy, full or restarting: nothing was saved."""
    _settle()
    log.error("database unavailable: %s", type(problem.orig).__name__, exc_info=problem)
    text = _("The database did not answer, so nothing was saved. Please try again in a moment.")
    response = current_app.make_response(page(503, _("Please try again"), text))
    response.headers["Retry-After"] = "5"
    return response


def _stale(problem: StaleDataError | IntegrityError) -> ResponseReturnValue:
    """Two did the same at the same moment, and the database let only one of them."""
    if isinstance(problem, IntegrityError) and not is_lost_race(problem):
        return _broken(problem)
    let_go()
    log.warning("%s %s met another change", request.method, loggable(request.path))
    text = _("Somebody else changed this while you were looking at it.")
    return page(409, _("This cannot be done"), text)


def _broken(problem: Exception) -> ResponseReturnValue:
    """A fault of ours: a reference to quote, the details only in the log."""
    _settle()
    log.exception("%s %s failed", request.method, loggable(request.path))
    text = _("Something went wrong on our side. Nothing was saved.")
    return page(500, _("We are sorry"), text)


HANDLERS: dict[type[Exception], Callable[[Any], ResponseReturnValue]] = {
    CSRFError: _csrf,
    DomainError: refused,
    HTTPException: _http,
    OperationalError: _busy,
    IntegrityError: _stale,
    StaleDataError: _stale,
    Exception: _broken,
}
"""Registered by the factory, which sends what happens under /api/ to the API's own answer."""
