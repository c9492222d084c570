"""Who holds which post; academic affairs disable and enable accounts."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker import clock
from tracker.db import transaction
from tracker.domain.errors import N_, NotPermitted
from tracker.models.org import User
from tracker.permissions import can_oversee, require_administer
from tracker.queries.people import people
from tracker.queries.sessions import sessions_of
from tracker.services import accounts, password_links, second_factors, sessions
from tracker.web import fetch
from tracker.web.entering import settings
from tracker.web.filters import in_language, now

blueprint = Blueprint("people", __name__)


@blueprint.get("/people")
@login_required
def show() -> ResponseReturnValue:
    if not can_oversee(current_user.actor):
        raise NotPermitted(N_("Only those who see every unit may read the list of people."))
    found = people(now())
    posts = (post for staff in found.staffs for post in staff.posts)
    holding = (each.user for post in posts for each in post.holdings)
    waiting = [user.id for user in (*holding, *found.others) if user.password_hash is None]
    return render_template(
        "people/show.html", people=found, invited=password_links.invited(waiting)
    )


@blueprint.post("/people/<int:user_id>/disable")
@login_required
def disable(user_id: int) -> ResponseReturnValue:
    user = _set_active(user_id, False)
    name = in_language(user, "name")
    flash(_("%(name)s is disabled. “Enable” beside the name takes it back.", name=name))
    return _back(user)


@blueprint.post("/people/<int:user_id>/enable")
@login_required
def enable(user_id: int) -> ResponseReturnValue:
    user = _set_active(user_id, True)
    flash(_("%(name)s is enabled again and can sign in.", name=in_language(user, "name")))
    return _back(user)


@blueprint.get("/people/<int:user_id>")
@login_required
def person(user_id: int) -> ResponseReturnValue:
    """How a person signs in."""
    require_administer(current_user.actor)
    return person_page(fetch.get_person(user_id))


@blueprint.post("/people/<int:user_id>/sign-out")
@login_required
def sign_out(user_id: int) -> ResponseReturnValue:
    """On every device."""
    require_administer(current_user.actor)
    user = fetch.get_user(user_id)
    with transaction():
        sessions.close_for(user, current_user.actor, now())
    flash(_("%(name)s is signed out everywhere.", name=in_language(user, "name")))
    return redirect(url_for("people.person", user_id=user.id), 303)


def person_page(user: User, **forms: object) -> str:
    """`forms`: those that came back with a problem."""
    return render_template(
        "people/person.html",
        user=user,
        posts=[each for each in user.memberships if each.holds(now())],
        devices=sessions_of(user.id, clock.real_now()),
        second_factor=second_factors.of(user),
        two_factor=settings().two_factor,
        campus=settings().sign_on,
        **{"number_form": None, "reset_form": None, **forms},
    )


def _set_active(user_id: int, active: bool) -> User:
    require_administer(current_user.actor)
    user = fetch.get_user(user_id)
    with transaction():
        accounts.set_active(user, current_user.actor, now(), clock.real_now(), active)
    return user


def _back(user: User) -> ResponseReturnValue:
    """To the person's place on the page."""
    posts = user.memberships
    place = f"unit-{posts[0].unit_id}" if posts else "without-post"
    return redirect(url_for("people.show", _anchor=place), 303)
