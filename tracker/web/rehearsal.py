"""The rehearsal clock's button."""

from datetime import datetime, timedelta

from flask import Blueprint, Flask, abort, current_app, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required
from sqlalchemy.exc import SQLAlchemyError

from tracker import clock, language
from tracker.db import db, transaction
from tracker.domain.cutoffs import CAMPUS_ZONE, to_instant
from tracker.domain.errors import N_, InvalidInput
from tracker.permissions import require_administer
from tracker.queries import ladder
from tracker.queries.audit import head
from tracker.services import rehearsal
from tracker.web.filters import locale, now
from tracker.web.fragments import MOMENTS, kept
from tracker.web.live import minute
from tracker.web.paths import safe_next

blueprint = Blueprint("rehearsal", __name__)


def follow_clock() -> None:
    """Before each request of a rehearsal: live in the hour that the database says."""
    if request.endpoint != "static":
        rehearsal.follow()


def next_reminder() -> datetime | None:
    """When the next step comes, for the clock's button; None too while the database is silent: the
    page that says so has this bar as well."""
    try:
        key = (head(), minute(now()))
        found: datetime | None = kept(MOMENTS).get(key, lambda: ladder.next_moment(now()))
        return found
    except SQLAlchemyError:
        db.session.rollback()
        return None


def register(app: Flask) -> None:
    if app.config["TRACKER"].rehearsal:
        app.before_request(follow_clock)
        app.context_processor(lambda: {"next_reminder": next_reminder})


@blueprint.post("/rehearsal/clock")
@login_required
def move() -> ResponseReturnValue:
    """Move campus time forward: `to` is "next" (reminder step), "hour", or a campus wall time such
    as 2020-02-22T22:00. The heartbeat is run at once, so that the mails are there on return."""
    settings = current_app.config["TRACKER"]
    if not settings.rehearsal:
        abort(404)
    require_administer(current_user.actor)
    target = _target(request.form.get("to", ""))
    with transaction():
        rehearsal.move(target, current_user.actor, now(), clock.real_now())
    current_app.extensions["tracker_tick"]()
    said = language.moment(locale(), target, CAMPUS_ZONE)
    flash(_("Campus time is now %(moment)s.", moment=said))
    return redirect(safe_next(request.form.get("next")), 303)


def _target(to: str) -> datetime:
    if to == "hour":
        return now() + timedelta(hours=1)
    if to == "next":
        upcoming = ladder.next_moment(now())
        if upcoming is None:
            raise InvalidInput("to", N_("There is no further reminder step."))
        return upcoming
    try:
        return to_instant(datetime.strptime(to[:16], "%Y-%m-%dT%H:%M"), CAMPUS_ZONE)  # noqa: DTZ007 - wall time
    except (ValueError, OverflowError):
        raise InvalidInput("to", N_("Enter a date and time such as 2020-02-22T22:00.")) from None
