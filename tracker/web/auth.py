"""Sign in, sign out, password, language.

The cookie holds nothing but a random token for the `user_session` row and the CSRF secret: a copied
cookie is dead once its row is gone.
"""

from datetime import datetime, timedelta

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required, logout_user
from itsdangerous import BadData

from tracker import clock, language
from tracker.db import db, transaction
from tracker.domain.errors import InvalidInput
from tracker.domain.signing_in import Way
from tracker.domain.vocabulary import Post
from tracker.extensions import login_manager
from tracker.models.org import Unit, User
from tracker.permissions import Actor
from tracker.queries import sessions as session_queries
from tracker.queries.calendar_feeds import feeds_of
from tracker.services import accounts, login_delays, second_factors, sessions
from tracker.services.password_rules import check_password_rules
from tracker.web import errors, proofs
from tracker.web.entering import SignedIn, admit_by_password, enter, hold, person, settings, stands
from tracker.web.filters import locale, now
from tracker.web.forms.auth import LanguageForm, LoginForm, PasswordForm
from tracker.web.forms.preferences import AT_ONCE, PreferencesForm
from tracker.web.paths import HOME, safe_next
from tracker.web.proofs import too_many

blueprint = Blueprint("auth", __name__)


@login_manager.user_loader
def _load(token: str) -> SignedIn | None:
    """Nobody whose session is over, nor whose browser was idle for too long."""
    real_now = clock.real_now()
    holder = session_queries.holder(sessions.digest(token), now(), real_now)
    if holder is None or _idle(real_now) > _idle_limit(holder.actor):
        return None
    return SignedIn(token, holder)


def _idle(real_now: datetime) -> timedelta:
    """Since this browser's last page: every answer but a poll's signs the cookie anew."""
    name = current_app.config["SESSION_COOKIE_NAME"]
    signer = current_app.session_interface.get_signing_serializer(current_app)  # type: ignore[attr-defined]
    try:
        _content, signed_at = signer.loads(request.cookies.get(name, ""), return_timestamp=True)
    except BadData:
        return timedelta.max
    return real_now - signed_at


def _idle_limit(actor: Actor) -> timedelta:
    of_an_office = actor.is_of_an_office
    given = settings()
    return timedelta(minutes=given.office_idle_minutes if of_an_office else given.idle_minutes)


@login_manager.unauthorized_handler
def _to_login() -> ResponseReturnValue:
    if request.method == "POST" and request.endpoint != "auth.logout":
        return errors.signed_out()
    here = request.full_path.rstrip("?") if request.method == "GET" else HOME
    return redirect(url_for("auth.login", next=here))


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """Academic affairs, observers and whoever is over a university, which is asked nothing itself,
    land on the board, who only heads a unit on its page, everybody else on their own duties."""
    if not current_user.is_authenticated:
        return redirect(url_for("auth.login"))
    actor = current_user.actor
    if actor.sees_all or (actor.posts and not any(kind.is_asked for _unit, kind, _ in actor.posts)):
        return redirect(url_for("board.show"))
    heads = {post for _unit, _kind, post in actor.posts} == {Post.LEAD}
    return redirect(url_for("units.own" if heads else "mine.show"))


@blueprint.route("/login", methods=["GET", "POST"])
def login() -> ResponseReturnValue:
    target = safe_next(request.values.get("next"))
    if current_user.is_authenticated:
        return redirect(target)
    form = LoginForm()
    status = 200
    if form.validate_on_submit():
        user = accounts.find_by_email(form.email.data)
        seen = user.password_hash if user is not None else None
        refused = _refusal(user, form.email.data, form.password.data)
        if refused is None:
            assert user is not None  # Nobody has no password.
            return admit_by_password(user, target, lambda: user.password_hash == seen)
        form.password.errors, status = [refused[0]], refused[1]
    elif request.method == "POST":
        status = 422
    campus = settings().sign_on
    return render_template("auth/login.html", form=form, next=target, campus=campus), status


def _refusal(user: User | None, email: str, password: str) -> proofs.Problem | None:
    """What to say, and the status, where this is not the password of who has that address: the same
    for an unknown, disabled or wrong one."""
    real_now = clock.real_now()
    account = login_delays.account_key(email)
    keys = [account, login_delays.address_key(request.remote_addr)]
    if wait := login_delays.left(keys, real_now):
        return too_many(wait), 429
    if not accounts.password_matches(user, password):
        with transaction():
            login_delays.note_failure(keys, real_now)
        return _("The e-mail address or the password is not right."), 422
    assert user is not None
    if user.password_until is not None and user.password_until < real_now:
        return _("This password was good for three days. Ask for a link or a new one."), 422
    with transaction():
        login_delays.forget([account])
    return None


@blueprint.post("/logout")
@login_required
def logout() -> ResponseReturnValue:
    with transaction():
        sessions.close_session(current_user.token)
    logout_user()
    session.clear()
    if settings().sign_on:
        flash(_("You are signed out here. The campus sign-on may go on: close the browser."))
    answer = redirect(url_for("auth.login"), 303)
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


@blueprint.route("/account", methods=["GET", "POST"])
@login_required
def account() -> ResponseReturnValue:
    """Change the password. Every session of the person ends; this browser gets a new one."""
    form = PasswordForm()
    status = 200
    if form.validate_on_submit():
        user = person(current_user.user_id)
        status = _take_password(user, form)
        if status == 200:
            flash(_("Your password is changed. Other devices are signed out."))
            return redirect(url_for("auth.account"), 303)
    elif request.method == "POST":
        status = 422
    return account_page(form=form), status


def account_page(**forms: object) -> str:
    """`forms`: those that came back with a problem."""
    user = person(current_user.user_id)
    shown = {"form": PasswordForm(formdata=None), "proof": None, "leaving": None, **forms}
    devices = session_queries.sessions_of(user.id, clock.real_now())
    return render_template(
        "auth/account.html",
        **shown,
        mails=_mails(),
        **_feeds(),
        devices=devices,
        this_device=sessions.digest(current_user.token),
        has_password=user.password_hash is not None,
        second_factor=second_factors.of(user),
        codes_left=second_factors.codes_left(user),
        two_factor=settings().two_factor,
        factor_needed=second_factors.needed(current_user.actor, settings().two_factor),
        ways=_ways(),
    )


def _ways() -> dict[str, str]:
    return {
        Way.PASSWORD: _("with a password"),
        Way.LINK: _("over a link by mail"),
        Way.CAMPUS: _("by the campus sign-on"),
    }


def _take_password(user: User, form: PasswordForm) -> int:
    """200 where it is changed; else the form says why not."""
    problem = proofs.password_problem(user, form.current.data)
    if problem is not None:
        form.current.errors = [problem[0]]
        return problem[1]
    try:
        names = (user.name, user.name_en, user.staff_number or "")
        check_password_rules(user.email, form.password.data, names)
    except InvalidInput as refused:
        form.password.errors = [language.error(locale(), refused)]
        return 422
    new_hash = accounts.hash_password(form.password.data)
    with transaction():
        hold(user, stands(current_user.token))
        accounts.change_password(user, current_user.actor, clock.now(), new_hash)
        enter(user, Way.PASSWORD)
    return 200


def _feeds() -> dict[str, object]:
    user = db.session.get_one(User, current_user.user_id)
    units = [db.session.get_one(Unit, unit) for unit in sorted(current_user.actor.unit_ids)]
    return {"feeds": feeds_of(user), "feed_units": units}


def _mails() -> PreferencesForm:
    """What stands, for the form that goes elsewhere."""
    user = db.session.get_one(User, current_user.user_id)
    hour = AT_ONCE if user.digest_hour is None else str(user.digest_hour)
    return PreferencesForm(
        formdata=None,
        digest_hour=hour,
        paused=user.information_paused,
        named_in_group=user.named_in_group,
    )


@blueprint.post("/language")
def set_language() -> ResponseReturnValue:
    """Switch the language of pages and, for a signed-in person, of their mails."""
    form = LanguageForm()
    if not form.validate():
        return errors.page(422, _("This cannot be done"), _("Choose one of the languages."))
    session["locale"] = form.locale.data
    if current_user.is_authenticated:
        user = accounts.find_by_email(current_user.email)
        if user is not None:
            with transaction():
                accounts.set_locale(user, form.locale.data)
    return redirect(safe_next(request.form.get("next")), 303)
