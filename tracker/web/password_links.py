"""Forgotten passwords and invitations: a link by mail, a new password, signed in."""

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker import clock, language
from tracker.db import transaction
from tracker.domain.errors import InvalidInput
from tracker.domain.signing_in import Way
from tracker.permissions import actor_for, require_administer
from tracker.services import accounts, login_delays, password_links
from tracker.services.password_links import PasswordLink
from tracker.services.password_rules import check_password_rules
from tracker.web import fetch
from tracker.web.entering import begin, go
from tracker.web.filters import in_language, locale, now
from tracker.web.forms import Form
from tracker.web.forms.password_links import ForgotForm, NewPasswordForm

blueprint = Blueprint("password_links", __name__)


@blueprint.get("/password/forgot")
def forgot() -> ResponseReturnValue:
    return render_template("password_links/forgot.html", form=ForgotForm(formdata=None), sent=False)


@blueprint.post("/password/forgot")
def ask() -> ResponseReturnValue:
    """The answer is the same whether there is such an account or not."""
    form, real_now = ForgotForm(), clock.real_now()
    if not form.validate():
        return render_template("password_links/forgot.html", form=form, sent=False), 422
    email = form.email.data or ""
    keys = [
        login_delays.account_key(f"reset {email}"),
        login_delays.address_key(f"reset {request.remote_addr}"),
    ]
    if login_delays.left(keys, real_now):
        abort(429)
    user = accounts.find_by_email(email)
    with transaction():
        login_delays.note_failure(keys, real_now)
        password_links.ask(user, now(), real_now)
    return render_template("password_links/forgot.html", form=form, sent=True)


@blueprint.get("/password/new/<password_token>")
def show(password_token: str) -> ResponseReturnValue:
    return _page(_find(password_token), NewPasswordForm(formdata=None))


@blueprint.post("/password/new/<password_token>")
def choose(password_token: str) -> ResponseReturnValue:
    link, form = _find(password_token), NewPasswordForm()
    if link is None:
        return _page(None, form)
    if not form.validate():
        return _page(link, form, 422)
    try:
        names = (link.user.name, link.user.name_en, link.user.staff_number or "")
        check_password_rules(link.user.email, form.password.data or "", names)
    except InvalidInput as problem:
        form.password.errors = [language.error(locale(), problem)]
        return _page(link, form, 422)
    new_hash = accounts.hash_password(form.password.data or "")
    with transaction():
        accounts.lock(link.user)
        if _find(password_token) is None:  # Somebody else used it meanwhile.
            return _page(None, form)
        actor = actor_for(link.user, now())
        accounts.change_password(link.user, actor, now(), new_hash)
        step = begin(link.user, Way.LINK)
    answer = go(step, url_for("auth.home"))
    flash(_("Your password is set."))
    return answer


@blueprint.post("/people/<int:user_id>/invite")
@login_required
def invite(user_id: int) -> ResponseReturnValue:
    require_administer(current_user.actor)
    user = fetch.get_user(user_id)
    if not Form().validate():
        abort(400)
    with transaction():
        sent = password_links.invite(user, current_user.actor, now(), clock.real_now())
    name = in_language(user, "name")
    if sent:
        flash(_("The invitation to %(name)s is on its way.", name=name))
    else:
        flash(_("%(name)s was invited within the last ten minutes.", name=name))
    return redirect(url_for("people.show"), 303)


def _find(token: str) -> PasswordLink | None:
    """404 for a token that is not ours."""
    key = current_app.config["SECRET_KEY"]
    if not password_links.is_ours(token, key):
        abort(404)
    return password_links.find(token, key, clock.real_now())


def _page(
    link: PasswordLink | None, form: NewPasswordForm, status: int = 200
) -> ResponseReturnValue:
    """410 for a link that is over or was used: which, nobody is told."""
    page = render_template("password_links/new.html", link=link, form=form)
    return page, 410 if link is None else status, {"X-Robots-Tag": "noindex"}
