"""A unit's posts: filled, handed over, ended."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker import clock, language
from tracker.db import LARGEST_ID, db, transaction
from tracker.domain.cutoffs import CAMPUS_ZONE, to_instant
from tracker.domain.errors import N_, InvalidInput
from tracker.domain.vocabulary import Post
from tracker.models.org import Membership, Unit, User
from tracker.permissions import can_administer, can_staff, require_administer, require_staff
from tracker.queries.people import staff_of
from tracker.queries.unit_history import has_history
from tracker.services import accounts, posts
from tracker.web import fetch
from tracker.web.filters import in_language, label, locale, now
from tracker.web.forms.posts import PostForm, SuccessorForm

blueprint = Blueprint("posts", __name__, url_prefix="/people")


@blueprint.get("/units/<code>")
@login_required
def show(code: str) -> ResponseReturnValue:
    return _page(fetch.get_unit_of(current_user.actor, code))


@blueprint.post("/units/<code>/posts")
@login_required
def give(code: str) -> ResponseReturnValue:
    unit = fetch.get_unit_of(current_user.actor, code)
    _require_some(unit)
    form = PostForm()

    def act(person: User) -> str:
        post = Post(form.post.data)
        period = _period(form.starts_on.data, form.ends_on.data)
        posts.give(person, unit, post, current_user.actor, now(), **period)
        return _("%(name)s now holds the post %(post)s.", name=_name(person), post=label(post))

    return _take(unit, form, act)


@blueprint.post("/posts/<int:membership_id>/hand-over")
@login_required
def hand_over(membership_id: int) -> ResponseReturnValue:
    membership = _own(membership_id)
    form = SuccessorForm()

    def act(person: User) -> str:
        actor = current_user.actor
        posts.hand_over(membership, person, actor, now(), clock.real_now())
        return _("Handed over to %(name)s; mail that waits goes there too.", name=_name(person))

    return _take(membership.unit, form, act, membership)


@blueprint.post("/posts/<int:membership_id>/end")
@login_required
def end(membership_id: int) -> ResponseReturnValue:
    membership = _own(membership_id)
    with transaction():
        posts.end(membership, current_user.actor, now(), clock.real_now())
    name, post = _name(membership.user), label(membership.post)
    flash(_("%(name)s no longer holds the post %(post)s.", name=name, post=post))
    return redirect(url_for("posts.show", code=membership.unit.code), 303)


@blueprint.post("/<int:user_id>/password")
@login_required
def new_password(user_id: int) -> ResponseReturnValue:
    """A first or forgotten password, shown once on the answer itself."""
    require_administer(current_user.actor)
    user = fetch.get_user(user_id)
    password = accounts.random_password()
    hashed = accounts.hash_password(password)
    with transaction():
        accounts.give_password(user, current_user.actor, now(), clock.real_now(), hashed)
    return render_template("people/password.html", user=user, password=password)


def _own(membership_id: int) -> Membership:
    """404 for a post of a unit that the actor does not see, 403 where they only may look."""
    found = db.session.get(Membership, membership_id) if membership_id <= LARGEST_ID else None
    if found is None:
        abort(404)
    fetch.get_unit_of(current_user.actor, found.unit.code)
    require_staff(current_user.actor, found.unit_id, found.post)
    return found


def _fillable(unit: Unit) -> list[Post]:
    return [post for post in Post if can_staff(current_user.actor, unit.id, post)]


def _require_some(unit: Unit) -> None:
    """403 for who fills no post of this unit at all."""
    if not _fillable(unit):
        require_staff(current_user.actor, unit.id, Post.DEPUTY)


def _take(
    unit: Unit,
    form: SuccessorForm,
    act: Callable[[User], str],
    membership: Membership | None = None,
) -> ResponseReturnValue:
    """Find or add the person and do it, in one transaction; 422 with what was typed otherwise."""
    if not form.validate():
        return _page(unit, form, membership), 422
    try:
        with transaction():
            person = _person(form)
            said = act(person)
    except InvalidInput as problem:
        field = problem.field if problem.field in form.data else "email"
        form[field].errors = [language.error(locale(), problem)]
        return _page(unit, form, membership), 422
    flash(said)
    if person.password_hash is None and can_administer(current_user.actor):
        name = _name(person)
        flash(_("%(name)s has no password yet: invite them by mail under People.", name=name))
    return redirect(url_for("posts.show", code=unit.code), 303)


def _person(form: SuccessorForm) -> User:
    known = accounts.find_by_email(form.email.data)
    if known is not None:
        return known
    actor, email = current_user.actor, form.email.data
    if not can_administer(actor):
        raise InvalidInput(
            "email", N_("%(email)s has no account yet: ask academic affairs."), email=email
        )
    if not form.name.data:
        raise InvalidInput(
            "name", N_("%(email)s has no account yet: enter the name to add it."), email=email
        )
    return accounts.add_user(actor, now(), email=email, name=form.name.data)


def _period(starts_on: date | None, ends_on: date | None) -> dict[str, datetime | None]:
    """Both days count, campus calendar."""
    try:
        after = ends_on + timedelta(days=1) if ends_on else None
    except OverflowError:
        raise InvalidInput("ends_on", N_("Enter a day such as 2020-02-24.")) from None
    return {"starts_at": _midnight(starts_on), "ends_at": _midnight(after)}


def _midnight(day: date | None) -> datetime | None:
    if day is None:
        return None
    if not 2000 <= day.year <= 2200:
        raise InvalidInput("starts_on", N_("Enter a day such as 2020-02-24."))
    return to_instant(datetime.combine(day, time()), CAMPUS_ZONE)


def _name(user: User) -> str:
    return in_language(user, "name")


def _page(unit: Unit, form: SuccessorForm | None = None, about: Membership | None = None) -> str:
    """`form` came back with a problem; `about`: the post it would hand over."""
    return render_template(
        "people/unit.html",
        removable=can_administer(current_user.actor) and not has_history(unit),
        unit=unit,
        staff=staff_of(unit, now()),
        may_fill=_fillable(unit),
        may_add=can_administer(current_user.actor),
        form=form,
        about=about.id if about else None,
    )
