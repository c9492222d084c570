"""The second factor: asked for after the password, set up, renewed, taken off."""

from flask import Blueprint, abort, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker import clock, language
from tracker.db import transaction
from tracker.domain.errors import InvalidInput
from tracker.domain.signing_in import Step, Way
from tracker.models.org import User
from tracker.models.session import UserSession
from tracker.permissions import actor_for, require_administer
from tracker.services import second_factors
from tracker.web import auth, entering, fetch, people, proofs, qr
from tracker.web.entering import settings
from tracker.web.filters import in_language, locale, now
from tracker.web.forms.second_factors import CodeForm, ProofForm, ResetForm

blueprint = Blueprint("second_factors", __name__)


@blueprint.route("/login/code", methods=["GET", "POST"])
def ask() -> ResponseReturnValue:
    """After the password: a code of the telephone, or one of the paper."""
    waiting = _waiting_for(Step.CODE)
    user, way, still = waiting.user, waiting.way, entering.stands(session[entering.HALF])
    form = CodeForm()
    status = 200
    if form.validate_on_submit():
        problem = proofs.code_problem(user, form.code.data)
        if problem is None:
            return entering.admit(user, way, entering.wanted(), still, has_two_factors=True)
        form.code.errors, status = [problem[0]], problem[1]
    elif form.is_submitted():
        status = 422
    return render_template("second_factors/ask.html", form=form), status


@blueprint.route("/login/enrol", methods=["GET", "POST"])
def enrol() -> ResponseReturnValue:
    """A telephone is set up: whoever wants to, and in their first sign-in whoever has to. The
    recovery codes are on the answer, and nowhere else."""
    waiting = _waiting_for(Step.ENROL)
    user, form, status = waiting.user, CodeForm(), 200
    if form.validate_on_submit():
        try:
            return _enrolled(waiting, form.code.data)
        except InvalidInput as problem:
            form.code.errors, status = [language.error(locale(), problem)], 422
    elif form.is_submitted():
        status = 422
    key, salt = settings().secret_key, waiting.token_hash
    base32 = second_factors.secret(key, user, salt)
    page = render_template(
        "second_factors/enrol.html",
        form=form,
        picture=qr.drawn(second_factors.address(key, user, salt, _("Task tracker"))),
        groups=[base32[at : at + 4] for at in range(0, len(base32), 4)],
        forced=not current_user.is_authenticated,
    )
    return page, status


def _enrolled(waiting: UserSession, typed: str) -> ResponseReturnValue:
    user, way, target, salt = waiting.user, waiting.way, entering.wanted(), waiting.token_hash
    with transaction():
        entering.hold(user, entering.stands(session[entering.HALF]))
        codes = second_factors.enrol(
            user,
            salt,
            typed,
            settings().secret_key,
            actor_for(user, now()),
            clock.now(),
            clock.real_now(),
        )
        entering.enter(user, way)
    return render_template("second_factors/codes.html", codes=codes, target=target)


@blueprint.post("/account/second-factor")
@login_required
def begin() -> ResponseReturnValue:
    """Set up a telephone, or another one."""
    user, form = _own(), ProofForm()
    if status := _problem(user, form):
        return auth.account_page(proof=form), status
    with transaction():
        entering.hold(user, _stands())
        entering.wait_for(user, _way(), Step.ENROL)
    session[entering.NEXT] = url_for("auth.account")
    return redirect(url_for("second_factors.enrol"), 303)


@blueprint.post("/account/second-factor/codes")
@login_required
def renew() -> ResponseReturnValue:
    """Recovery codes, anew."""
    user, form = _own(), ProofForm()
    if status := _problem(user, form):
        return auth.account_page(proof=form), status
    with transaction():
        entering.hold(user, _stands())
        codes = second_factors.renew_codes(user, current_user.actor, now())
    return render_template("second_factors/codes.html", codes=codes, target=url_for("auth.account"))


@blueprint.post("/account/second-factor/off")
@login_required
def switch_off() -> ResponseReturnValue:
    user, form = _own(), ProofForm()
    if status := _problem(user, form):
        return auth.account_page(proof=form), status
    with transaction():
        entering.hold(user, _stands())
        second_factors.switch_off(user, current_user.actor, now(), settings().two_factor)
        entering.enter(user, _way())
    flash(_("Signing in asks for your password only, from now on. Other devices are signed out."))
    return redirect(url_for("auth.account"), 303)


@blueprint.post("/people/<int:user_id>/second-factor/reset")
@login_required
def reset(user_id: int) -> ResponseReturnValue:
    """Somebody's telephone is lost: somebody else takes it off."""
    require_administer(current_user.actor)
    user, form = fetch.get_user(user_id), ResetForm()
    if not form.validate():
        return people.person_page(user, reset_form=form), 422
    try:
        with transaction():
            actor = current_user.actor
            second_factors.reset(user, actor, now(), clock.real_now(), form.reason.data or "")
    except InvalidInput as problem:
        form.reason.errors = [language.error(locale(), problem)]
        return people.person_page(user, reset_form=form), 422
    name = in_language(user, "name")
    flash(
        _("%(name)s sets up a telephone at the next sign-in, and hears of it by mail.", name=name)
    )
    return redirect(url_for("people.person", user_id=user.id), 303)


def _own() -> User:
    """The signed-in person; 404 where no second factor is in use here."""
    if settings().two_factor == "off":
        abort(404)
    return entering.person(current_user.user_id)


def _problem(user: User, form: ProofForm) -> int | None:
    return proofs.problem(user, form) if form.validate() else 422


def _stands() -> entering.Check:
    return entering.stands(current_user.token)


def _way() -> Way:
    user = entering.person(current_user.user_id)
    return Way.CAMPUS if user.password_hash is None else Way.PASSWORD


def _waiting_for(step: Step) -> UserSession:
    """The unfinished session of this browser; else it is sent to where it can go on."""
    waiting = entering.unfinished()
    if waiting is None:
        abort(redirect(url_for("auth.home" if current_user.is_authenticated else "auth.login")))
    if waiting.waits_for is not step:
        abort(redirect(url_for(entering.PAGES[waiting.waits_for or Step.CODE])))
    return waiting
