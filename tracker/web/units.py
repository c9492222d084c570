"""A unit's page: one number, what is red, what changed since the reader's last visit."""

from datetime import timedelta

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user, login_required
from sqlalchemy import select

from tracker import language
from tracker.db import db, transaction
from tracker.domain.errors import InvalidInput
from tracker.domain.visits import visit_of
from tracker.domain.vocabulary import Post, UnitKind
from tracker.models.org import Unit
from tracker.permissions import require_administer
from tracker.queries import units
from tracker.queries.people import staff_of
from tracker.queries.standing import notices
from tracker.services import units as services
from tracker.services import work_groups
from tracker.web import fetch
from tracker.web.filters import in_language, locale, now
from tracker.web.forms import Form
from tracker.web.forms.units import UnitForm
from tracker.web.matrix import time_left

blueprint = Blueprint("units", __name__)


def _seen() -> str:
    """Name of the cookie that notes, for one unit's page, when this reader looked at it here."""
    return f"seen-{current_user.user_id}"


REMEMBERED = timedelta(days=90)


@blueprint.get("/unit")
@login_required
def own() -> ResponseReturnValue:
    """The page of the unit that the reader heads, else of one where they hold a post; the board for
    who holds none, or only of a university, of which nothing is asked itself."""
    posts = [each for each in current_user.actor.posts if each[1].is_asked]
    headed = [unit_id for unit_id, _kind, post in posts if post is Post.LEAD]
    held = headed or [unit_id for unit_id, _kind, _post in posts]
    if not held:
        return redirect(url_for("board.show"))
    unit = db.session.get_one(Unit, min(held))
    return redirect(url_for("units.show", code=unit.code))


@blueprint.get("/units/new")
@login_required
def new() -> ResponseReturnValue:
    require_administer(current_user.actor)
    form = UnitForm(formdata=None, kind=UnitKind.COLLEGE.value)
    return _new(form)


@blueprint.post("/units/new")
@login_required
def add() -> ResponseReturnValue:
    """The unit, and at once what every notice in force asks of its kind."""
    require_administer(current_user.actor)
    form = UnitForm()
    if not form.validate():
        return _new(form), 422
    try:
        with transaction():
            unit, laid = services.add(current_user.actor, now(), form.unit())
            code = unit.code
    except InvalidInput as problem:
        form[problem.field].errors = [language.error(locale(), problem)]
        return _new(form), 422
    flash(
        ngettext(
            "The unit is there, with %(num)s duty. Now give it its people.",
            "The unit is there, with %(num)s duties. Now give it its people.",
            laid,
        )
    )
    return redirect(url_for("posts.show", code=code), 303)


def _new(form: UnitForm) -> str:
    return render_template(
        "units/new.html", form=form, kinds=list(UnitKind), universities=units.universities()
    )


@blueprint.post("/units/<code>/remove")
@login_required
def remove(code: str) -> ResponseReturnValue:
    """One that is gone already stays so (B-17)."""
    require_administer(current_user.actor)
    if not Form().validate():
        abort(400)
    unit = db.session.scalar(select(Unit).where(Unit.code == code))
    if unit is not None:
        flash(_("%(unit)s is taken back.", unit=in_language(unit, "name")))
        with transaction():
            services.remove(unit, current_user.actor, now())
    return redirect(url_for("people.show"), 303)


@blueprint.get("/units/<code>")
@login_required
def show(code: str) -> ResponseReturnValue:
    unit = fetch.get_unit_of(current_user.actor, code)
    g.menu = "units" if unit.id in current_user.actor.unit_ids else "board"
    page = units.unit_page(unit, now())
    visit = visit_of(request.cookies.get(_seen()), now())
    news = units.news(unit, visit.before, current_user.user_id) if visit.before else []
    body = render_template(
        "units/show.html",
        page=page,
        unit=unit,
        left=time_left(page.next_at - now()) if page.next_at else "",
        since=visit.before,
        news=news[: units.MOST_NEWS],
        more=len(news) > units.MOST_NEWS,
        step=units.next_step(page.cards, now()),
        staff=staff_of(unit, now()),
        group=_group(unit),
        notices=notices(current_user.actor, now()),
    )
    answer = make_response(body)
    answer.set_cookie(
        _seen(),
        str(visit),
        max_age=REMEMBERED,
        path=url_for("units.show", code=unit.code),
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return answer


def _group(unit: Unit) -> dict[str, object] | None:
    """The working group of row 1; None where the unit is asked for none."""
    assignment = units.group_assignment(unit, now())
    if assignment is None:
        return None
    members = work_groups.members(assignment)
    filled = {member.part for member in members}
    parts = work_groups.parts_of(assignment)
    return {
        "assignment_id": assignment.id,
        "parts": parts,
        "members": members,
        "unfilled": [part for part in parts if part not in filled],
    }
