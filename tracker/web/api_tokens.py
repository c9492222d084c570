"""Tokens under which a person's own programs call the API."""

from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker import clock, language
from tracker.db import db, transaction
from tracker.domain import scopes
from tracker.domain.errors import IllegalStep, InvalidInput
from tracker.domain.scopes import Scope
from tracker.models.org import User
from tracker.models.session import ApiToken
from tracker.queries import api_tokens as queries
from tracker.services import api_tokens, second_factors
from tracker.web import fetch, proofs
from tracker.web.entering import hold, settings, stands
from tracker.web.filters import locale, now
from tracker.web.forms import Form
from tracker.web.forms.api_tokens import DAYS, ApiTokenForm

blueprint = Blueprint("api_tokens", __name__)


@blueprint.get("/account/tokens")
@login_required
def show() -> ResponseReturnValue:
    return _page(ApiTokenForm(formdata=None, scope=[Scope.READ.value], days="90"))


@blueprint.post("/account/tokens")
@login_required
def make() -> ResponseReturnValue:
    """A new token, shown on the answer itself and never again. It outlives the session and asks for
    no second factor, so whoever wants one shows once more who they are."""
    form, user = ApiTokenForm(), _own()
    if not form.validate():
        return _page(form), 422
    if status := proofs.problem(user, form):
        return _page(form), status
    real_now = clock.real_now()
    name = form.name.data or ""
    try:
        with transaction():
            hold(user, stands(current_user.token))
            token = api_tokens.create(
                user,
                current_user.actor,
                now(),
                real_now,
                name=name,
                may=scopes.chosen(form.scope.data or ()),
                expires_at=real_now + timedelta(days=int(form.days.data)),
            )
    except (InvalidInput, IllegalStep) as problem:
        of_scope = isinstance(problem, InvalidInput) and problem.field == "scope"
        field = form.scope if of_scope else form.name
        field.errors = [language.error(locale(), problem)]
        return _page(form), 422
    return render_template("api_tokens/made.html", token=token, name=name)


@blueprint.post("/account/tokens/<int:token_id>/revoke")
@login_required
def revoke(token_id: int) -> ResponseReturnValue:
    token = fetch.existing(ApiToken, token_id)
    if token.user_id != current_user.user_id:
        abort(404)
    if not Form().validate():
        abort(400)
    with transaction():
        api_tokens.revoke(token, current_user.actor, now(), clock.real_now())
    flash(_("The token is withdrawn: programs that use it get nothing more."))
    return redirect(url_for("api_tokens.show"), 303)


def _own() -> User:
    return db.session.get_one(User, current_user.user_id)


def _page(form: ApiTokenForm) -> str:
    user = _own()
    has_factor = settings().two_factor != "off" and second_factors.of(user) is not None
    return render_template(
        "api_tokens/show.html",
        has_password=user.password_hash is not None,
        has_factor=has_factor,
        form=form,
        days=DAYS,
        scopes=list(Scope),
        tokens=[
            (token, sorted(scopes.of(token.scopes), key=list(Scope).index))
            for token in queries.working(current_user.user_id, clock.real_now())
        ],
    )
