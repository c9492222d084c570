"""What is kept about a person: to see, to take along, and for academic affairs to erase."""

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker import clock, language
from tracker.db import transaction
from tracker.domain.errors import InvalidInput
from tracker.models.org import User
from tracker.permissions import can_administer, require_administer
from tracker.queries import personal_data as queries
from tracker.services import personal_data
from tracker.web import fetch
from tracker.web.filters import locale, now
from tracker.web.forms.personal_data import ErasureForm

blueprint = Blueprint("personal_data", __name__)


@blueprint.get("/people/<int:user_id>/data")
@login_required
def show(user_id: int) -> ResponseReturnValue:
    user = _readable(user_id)
    return _page(user, ErasureForm() if _may_erase(user) else None)


@blueprint.get("/people/<int:user_id>/data.json")
@login_required
def export(user_id: int) -> ResponseReturnValue:
    user = _readable(user_id)
    data = queries.as_json(queries.document(user, now()))
    name = f"attachment; filename=person-{user.id}.json"
    return Response(data, mimetype="application/json", headers={"Content-Disposition": name})


@blueprint.post("/people/<int:user_id>/erase")
@login_required
def erase(user_id: int) -> ResponseReturnValue:
    require_administer(current_user.actor)
    user = fetch.get_user(user_id)
    form = ErasureForm()
    if not form.validate():
        return _page(user, form), 422
    try:
        with transaction():
            done = personal_data.erase(
                user, current_user.actor, now(), clock.real_now(), typed=form.email.data or ""
            )
    except InvalidInput as problem:
        form.email.errors = [language.error(locale(), problem)]
        return _page(user, form), 422
    if done.email:
        personal_data.forget_mailbox(current_app.config["TRACKER"].mailbox, done.email)
    flash(_("The person is erased. What was done stays, under a pseudonym."))
    return redirect(url_for("people.show"), 303)


def _readable(user_id: int) -> User:
    """One's own, or anybody's for academic affairs; else, and once erased, it is not there."""
    actor = current_user.actor
    if user_id != actor.user_id and not can_administer(actor):
        abort(404)
    return fetch.get_person(user_id)


def _may_erase(user: User) -> bool:
    return can_administer(current_user.actor) and user.id != current_user.user_id


def _page(user: User, form: ErasureForm | None) -> str:
    total = sum(queries.counts(user).values())
    return render_template("personal_data/show.html", user=user, form=form, total=total)
