"""Sign in, sign out, password, language.

The cookie holds nothing but a random token for the `user_session` row and the CSRF secret: a copied
cookie is dead once its row is gone.
"""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import UserMixin, current_user, login_required, login_user, logout_user

from tracker import clock, language
from tracker.db import db, transaction
from tracker.domain.errors import InvalidInput
from tracker.domain.vocabulary import Post
from tracker.extensions import login_manager
from tracker.models.org import Unit, User
from tracker.permissions import actor_for
from tracker.queries import sessions
from tracker.queries.calendar_feeds import feeds_of
from tracker.services import accounts, login_delays
from tracker.web import errors
from tracker.web.filters import locale, now
from tracker.web.forms.auth import LanguageForm, LoginForm, PasswordForm
from tracker.web.forms.preferences import AT_ONCE, PreferencesForm
from tracker.web.paths import HOME, safe_next

blueprint = Blueprint("auth", __name__)


class SignedIn(UserMixin):
    """Flask-Login's user: the person of a session row. Its id is the session token, never a user
    id, so that deleting the row ends the session wherever the cookie was copied to."""

    def __init__(self, token: str, holder: sessions.Holder) -> None:
        self.token = token
        self.ends_at = holder.ends_at
        self.user_id = holder.actor.user_id
        self.email = holder.email
        self.name = holder.name
        self.name_en = holder.name_en
        self.locale = holder.locale
        self.actor = holder.actor

    def get_id(self) -> str:
        return self.token


@login_manager.user_loader
def _load(token: str) -> SignedIn | None:
    holder = sessions.holder(accounts.digest(token), now(), clock.real_now())
    return SignedIn(token, holder) if holder else None


@login_manager.unauthorized_handler
def _to_login() -> ResponseReturnValue:
    here = request.full_path.rstrip("?") if request.method == "GET" else HOME
    return redirect(url_for("auth.login", next=here))


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """Academic affairs and observers land on the board, who only heads a unit on its page,
    everybody else on their own duties."""
    if not current_user.is_authenticated:
        return redirect(url_for("auth.login"))
    actor = current_user.actor
    if actor.sees_all:
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
        problem, status = _sign_in(form.email.data, form.password.data)
        if not problem:
            return redirect(target, 303)
        form.password.errors = [problem]
    elif request.method == "POST":
        status = 422
    return render_template("auth/login.html", form=form, next=target), status


def _sign_in(email: str, password: str) -> tuple[str | None, int]:
    """Check and open a session; the refusal is the same for an unknown, disabled or wrong one."""
    real_now = clock.real_now()
    account = login_delays.account_key(email)
    keys = [account, login_delays.address_key(request.remote_addr)]
    wait = login_delays.left(keys, real_now)
    if wait:
        seconds = max(1, round(wait.total_seconds()))
        return _("Too many tries. Please wait %(n)s seconds.", n=seconds), 429
    user = accounts.find_by_email(email)
    if not accounts.password_matches(user, password):
        with transaction():
            login_delays.note_failure(keys, real_now)
        return _("The e-mail address or the password is not right."), 422
    assert user is not None
    chosen = session.get("locale")
    with transaction():
        login_delays.forget([account])
        token = accounts.open_session(user, real_now)
        if chosen and not user.locale:
            accounts.set_locale(user, chosen)
    enter(token, user)
    return None, 200


def enter(token: str, user: User) -> None:
    """This browser belongs to the session from now on; nothing of before is kept."""
    session.clear()
    session.permanent = True
    said = (user.email, user.name, user.name_en, user.locale)
    ends_at = clock.real_now() + accounts.SESSION_LENGTH
    holder = sessions.Holder(*said, actor_for(user, now()), ends_at)
    login_user(SignedIn(token, holder))


@blueprint.post("/logout")
@login_required
def logout() -> ResponseReturnValue:
    with transaction():
        accounts.close_session(current_user.token)
    logout_user()
    session.clear()
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
        user = accounts.find_by_email(current_user.email)
        assert user is not None
        if not accounts.password_matches(user, form.current.data):
            form.current.errors = [_("This is not your current password.")]
            status = 422
        else:
            try:
                accounts.check_password_rules(user.email, form.password.data)
            except InvalidInput as problem:
                form.password.errors = [language.error(locale(), problem)]
                status = 422
            else:
                _change_password(user, form.password.data)
                flash(_("Your password is changed. Other devices are signed out."))
                return redirect(url_for("auth.account"), 303)
    elif request.method == "POST":
        status = 422
    return render_template("auth/account.html", form=form, mails=_mails(), **_feeds()), status


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


def _change_password(user: User, password: str) -> None:
    new_hash = accounts.hash_password(password)
    with transaction():
        accounts.change_password(user, current_user.actor, clock.now(), new_hash)
        token = accounts.open_session(user, clock.real_now())
    enter(token, user)


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
