"""A new notice from one that is there: what becomes of its cut-offs is shown first."""

from collections.abc import Sequence

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker import language
from tracker.db import transaction
from tracker.domain.cutoffs import to_instant
from tracker.domain.errors import InvalidInput
from tracker.models.plan import Plan
from tracker.permissions import require_administer
from tracker.queries.dated_texts import DatedText, dated_texts
from tracker.services import plan_copies
from tracker.services.plan_copies import Wish
from tracker.web import fetch
from tracker.web.filters import locale, now
from tracker.web.forms import Form
from tracker.web.forms.plan_copies import CopyForm

blueprint = Blueprint("plan_copies", __name__)


@blueprint.get("/plans/<int:plan_id>/copy")
@login_required
def show(plan_id: int) -> ResponseReturnValue:
    """The questions; with `launches_on` in the address also what the copy would be."""
    plan = _plan(plan_id)
    asked = request.args.get("launches_on")
    form = CopyForm(request.args) if asked else CopyForm(formdata=None, title=plan.title)
    if asked and not form.validate_asked():
        return _page(plan, form), 422
    return _shown(plan, form, asked=bool(asked))


@blueprint.post("/plans/<int:plan_id>/copy")
@login_required
def make(plan_id: int) -> ResponseReturnValue:
    plan = _plan(plan_id)
    form = CopyForm()
    if not form.validate():
        return _page(plan, form), 422
    try:
        with transaction():
            made = plan_copies.copy(plan, current_user.actor, now(), form.wish())
            made_id = made.id
    except InvalidInput as problem:
        form[problem.field].errors = [language.error(locale(), problem)]
        return _page(plan, form), 422
    flash(_("The draft is made. Read it through, correct it, and publish it when it is right."))
    return redirect(url_for("plans.show", plan_id=made_id), 303)


@blueprint.post("/plans/<int:plan_id>/template")
@login_required
def make_template(plan_id: int) -> ResponseReturnValue:
    plan = _plan(plan_id)
    if not Form().validate():
        abort(400)
    wish = Wish(plan.title, plan.launches_on, is_template=True)
    with transaction():
        made_id = plan_copies.copy(plan, current_user.actor, now(), wish).id
    flash(_("The template is made: new notices can be begun from it."))
    return redirect(url_for("plans.show", plan_id=made_id), 303)


def _plan(plan_id: int) -> Plan:
    """404 for a plan that the actor does not see, 403 for who may not copy it."""
    plan = fetch.get_plan_or_draft_for(current_user.actor, plan_id)
    require_administer(current_user.actor)
    return plan


def _shown(plan: Plan, form: CopyForm, *, asked: bool) -> ResponseReturnValue:
    if not asked:
        return _page(plan, form)
    try:
        rows = plan_copies.rows_of(plan, form.wish())
    except InvalidInput as problem:
        form[problem.field].errors = [language.error(locale(), problem)]
        return _page(plan, form), 422
    shown = [
        (task, row, to_instant(task.closes, plan.zone), to_instant(row.window.closes, plan.zone))
        for task, row in rows
    ]
    moves = form.wish().launches_on != plan.launches_on
    return _page(plan, form, shown, dated_texts(plan) if moves else ())


def _page(plan: Plan, form: CopyForm, rows: object = (), dated: Sequence[DatedText] = ()) -> str:
    return render_template("plans/copy.html", plan=plan, form=form, rows=rows, dated=dated)
