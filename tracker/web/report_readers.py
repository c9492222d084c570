"""The list that a plan's daily report is mailed to."""

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker import language
from tracker.db import transaction
from tracker.domain.errors import InvalidInput
from tracker.permissions import actor_for, can_oversee, require_administer
from tracker.services import report_readers
from tracker.web import fetch
from tracker.web.filters import in_language, locale, now
from tracker.web.forms import Form
from tracker.web.forms.reports import HourForm, ReaderForm
from tracker.web.reports import listing

blueprint = Blueprint("report_readers", __name__)


@blueprint.post("/plans/<int:plan_id>/reports/readers")
@login_required
def add(plan_id: int) -> ResponseReturnValue:
    plan = fetch.get_whole_plan_for(current_user.actor, plan_id)
    require_administer(current_user.actor)
    form, hour = ReaderForm(), HourForm(formdata=None, at=plan.report_at)
    if not form.validate():
        return listing(plan, form, hour), 422
    try:
        with transaction():
            user = report_readers.add(plan, current_user.actor, now(), email=form.email.data or "")
            name, partial = in_language(user, "name"), not can_oversee(actor_for(user, now()))
    except InvalidInput as problem:
        form.email.errors = [language.error(locale(), problem)]
        return listing(plan, form, hour), 422
    flash(_("%(name)s gets the daily report by mail.", name=name))
    if partial:
        flash(
            _(
                "Note: %(name)s does not see every unit, but will read the text "
                "of the whole campus.",
                name=name,
            )
        )
    return _back(plan_id)


@blueprint.post("/plans/<int:plan_id>/reports/readers/<int:user_id>/remove")
@login_required
def remove(plan_id: int, user_id: int) -> ResponseReturnValue:
    plan = fetch.get_whole_plan_for(current_user.actor, plan_id)
    require_administer(current_user.actor)
    user = fetch.get_user(user_id)
    if not Form().validate():
        abort(400)
    with transaction():
        report_readers.remove(plan, user, current_user.actor, now())
    flash(_("%(name)s gets it no more.", name=in_language(fetch.get_user(user_id), "name")))
    return _back(plan_id)


def _back(plan_id: int) -> ResponseReturnValue:
    return redirect(url_for("reports.index", plan_id=plan_id, _anchor="readers"), 303)
