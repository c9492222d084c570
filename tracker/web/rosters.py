"""Names to be accounted for: finding them, ticking them."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user, login_required

from tracker import language
from tracker.db import transaction
from tracker.domain.cutoffs import to_instant
from tracker.domain.errors import InvalidInput, NotPermitted
from tracker.models.plan import Task
from tracker.permissions import Reach
from tracker.queries import rosters as queries
from tracker.queries.rosters import Wanted
from tracker.services import roster_imports, rosters
from tracker.web import fetch_rosters
from tracker.web.choices import existing, page_number
from tracker.web.filters import locale, now
from tracker.web.forms.rosters import TickForm, UntickForm

blueprint = Blueprint("rosters", __name__, url_prefix="/rosters")
SHOWS = {"missing": False, "done": True, "all": None}


@blueprint.get("/<int:task_id>")
@login_required
def show(task_id: int) -> ResponseReturnValue:
    task, reach = fetch_rosters.get_roster_for(current_user.actor, task_id)
    return _page(task, reach)


@blueprint.post("/<int:task_id>/tick")
@login_required
def tick(task_id: int) -> ResponseReturnValue:
    task, reach = fetch_rosters.get_roster_for(current_user.actor, task_id)
    rosters.require_tick(task, current_user.actor)
    form = TickForm()

    def act() -> str:
        keys = [*(form.key.data or []), *form.keys.keys]
        if form.every.data is not None:
            keys += queries.keys(task, reach, wanted_of(reach))
        if not keys:
            raise InvalidInput("keys", _("Choose names, or paste their keys."))
        wall = form.done_at.data
        done_at = to_instant(wall, task.plan.zone) if wall else None
        done = rosters.tick(task, current_user.actor, now(), keys, done_at=done_at)
        _tell_unknown(done.unknown)
        return ngettext("%(num)s name is ticked.", "%(num)s names are ticked.", done.done)

    return _take(task, reach, form, act)


@blueprint.post("/<int:task_id>/untick")
@login_required
def untick(task_id: int) -> ResponseReturnValue:
    task, reach = fetch_rosters.get_roster_for(current_user.actor, task_id)
    rosters.require_tick(task, current_user.actor)
    form = UntickForm()

    def act() -> str:
        keys = [key for key in (form.one.data, *form.keys.keys) if key]
        if not keys:
            raise InvalidInput("keys", _("Choose names, or paste their keys."))
        done = rosters.untick(task, current_user.actor, now(), keys)
        _tell_unknown(done.unknown)
        return ngettext(
            "The tick of %(num)s name is taken back.",
            "The ticks of %(num)s names are taken back.",
            done.done,
        )

    return _take(task, reach, form, act)


def wanted_of(reach: Reach) -> Wanted:
    """What the address asks for; 400 for a filter that is none, 404 for a unit out of reach."""
    shown = request.values.get("show", "missing")
    if shown not in SHOWS:
        abort(400)
    code = request.values.get("unit", "")
    unit = fetch_rosters.get_unit_within(reach, code) if code else None
    return Wanted(unit.id if unit else None, SHOWS[shown], request.values.get("q", "")[:100])


def _tell_unknown(unknown: tuple[str, ...]) -> None:
    if unknown:
        named = _(", ").join(unknown[:20]) + ("…" if len(unknown) > 20 else "")
        flash(
            ngettext(
                "%(num)s key names nobody here: %(keys)s",
                "%(num)s keys name nobody here: %(keys)s",
                len(unknown),
                keys=named,
            )
        )


def _take(
    task: Task, reach: Reach, form: TickForm | UntickForm, act: Callable[[], str]
) -> ResponseReturnValue:
    if not form.validate():
        return _page(task, reach, form), 422
    try:
        with transaction():
            said = act()
    except InvalidInput as problem:
        field = problem.field if problem.field in form.data else "keys"
        form[field].errors = [language.error(locale(), problem)]
        return _page(task, reach, form), 422
    flash(said)
    kept: dict[str, Any] = {
        name: request.values.get(name) or None for name in ("unit", "show", "q")
    }
    return redirect(url_for("rosters.show", task_id=task.id, **kept), 303)


def _page(task: Task, reach: Reach, form: TickForm | UntickForm | None = None) -> str:
    wanted = wanted_of(reach)
    unit = fetch_rosters.get_own_unit(current_user.actor, reach)
    try:
        roster_imports.require_import(task, unit, current_user.actor)
        may_import = True
    except NotPermitted:
        may_import = False
    return render_template(
        "rosters/show.html",
        task=task,
        reach=reach,
        wanted=wanted,
        shown=request.values.get("show", "missing"),
        code=request.values.get("unit", ""),
        page=existing(queries.items(task, reach, wanted, page_number())),
        standing=[unit for unit in queries.by_unit([task.id]) if unit.unit_id in reach],
        may_import=may_import,
        form=form,
    )
