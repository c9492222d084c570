"""The devices on which a person is signed in."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext
from flask_login import current_user, login_required

from tracker import clock
from tracker.db import transaction
from tracker.queries.sessions import sessions_of
from tracker.services import sessions
from tracker.web import auth, fetch, proofs
from tracker.web.entering import person
from tracker.web.filters import now
from tracker.web.forms.sessions import DevicesForm

blueprint = Blueprint("sessions", __name__)


@blueprint.post("/account/devices")
@login_required
def end() -> ResponseReturnValue:
    """Sign out the chosen devices but this one, after the password."""
    form, user = DevicesForm(), person(current_user.user_id)
    problem = proofs.password_problem(user, form.current.data or "") if form.validate() else None
    if problem is not None:
        form.current.errors = [problem[0]]
    if problem is not None or form.errors:
        return auth.account_page(leaving=form), problem[1] if problem else 422
    here = sessions.digest(current_user.token)
    others = {each.id for each in sessions_of(user.id, clock.real_now()) if each.token_hash != here}
    chosen = {fetch.number(typed) for typed in request.form.getlist("device")[:200]}
    with transaction():
        ended = sessions.close_some(user, others & chosen, current_user.actor, now())
    flash(ngettext("%(num)s device is signed out.", "%(num)s devices are signed out.", ended))
    return redirect(url_for("auth.account", _anchor="devices"), 303)
