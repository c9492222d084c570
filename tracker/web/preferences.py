"""What a person chooses about mails, on the account page and from a mail's own "unsubscribe"."""

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker.db import db, transaction
from tracker.extensions import csrf
from tracker.models.org import User
from tracker.permissions import actor_for
from tracker.services import preferences
from tracker.web.filters import now
from tracker.web.forms import Form
from tracker.web.forms.preferences import PreferencesForm

blueprint = Blueprint("preferences", __name__)
ONE_CLICK = ("List-Unsubscribe", "One-Click")


@blueprint.post("/account/mails")
@login_required
def choose() -> ResponseReturnValue:
    form = PreferencesForm()
    if not form.validate():
        abort(400)
    user = db.session.get_one(User, current_user.user_id)
    with transaction():
        preferences.choose(
            user,
            current_user.actor,
            now(),
            digest_hour=form.hour,
            paused=form.paused.data,
            named_in_group=form.named_in_group.data,
        )
    flash(_("Your choice is saved. Reminders of duties are not affected."))
    return redirect(url_for("auth.account", _anchor="mails"), 303)


@blueprint.get("/u/<person_token>")
def show(person_token: str) -> ResponseReturnValue:
    return _page(person_token, _find(person_token))


@blueprint.post("/u/<person_token>")
@csrf.exempt
def unsubscribe(person_token: str) -> ResponseReturnValue:
    """One click of a mail program, which knows no cookie and no form of ours and follows no
    redirect (RFC 8058)."""
    user = _find(person_token)
    if request.form.get(ONE_CLICK[0]) != ONE_CLICK[1]:
        abort(400)
    _pause(user, True)
    return _page(person_token, user)


@blueprint.post("/u/<person_token>/again")
def subscribe(person_token: str) -> ResponseReturnValue:
    user = _find(person_token)
    if not Form().validate():
        abort(400)
    _pause(user, False)
    return redirect(url_for("preferences.show", person_token=person_token), 303)


def _find(token: str) -> User:
    user = preferences.find(token, current_app.config["SECRET_KEY"])
    return user if user is not None else abort(404)


def _pause(user: User, paused: bool) -> None:
    with transaction():
        preferences.choose(
            user,
            actor_for(user, now()),
            now(),
            digest_hour=user.digest_hour,
            paused=paused,
            named_in_group=user.named_in_group,
        )


def _page(token: str, user: User) -> ResponseReturnValue:
    page = render_template(
        "preferences/unsubscribe.html", token=token, paused=user.information_paused
    )
    return page, 200, {"X-Robots-Tag": "noindex"}
