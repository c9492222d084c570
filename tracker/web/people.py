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
from tracker.services import accounts, password_links
from tracker.web import fetch
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
