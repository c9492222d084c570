"""Publishing, closing and archiving a plan."""

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user, login_required

from tracker.db import transaction
from tracker.domain.vocabulary import LifeStep
from tracker.permissions import require_administer
from tracker.services import plan_life
from tracker.web import fetch
from tracker.web.filters import in_language, now
from tracker.web.forms import Form
from tracker.web.forms.plans import LifeForm

blueprint = Blueprint("plan_life", __name__)


@blueprint.post("/plans/<int:plan_id>/life")
@login_required
def take(plan_id: int) -> ResponseReturnValue:
    plan = fetch.get_plan_or_draft_for(current_user.actor, plan_id)
    require_administer(current_user.actor)
    form = LifeForm()
    if not form.validate():
        abort(400)
    step, title = LifeStep(form.step.data), in_language(plan, "title")
    with transaction():
        plan_life.take(plan, step, current_user.actor, now())
    flash(_said(step, title))
    if step is LifeStep.DISCARD:
        return redirect(url_for("plans.index"), 303)
    return redirect(url_for("plans.show", plan_id=plan_id), 303)


@blueprint.post("/plans/<int:plan_id>/lay-again")
@login_required
def lay_again(plan_id: int) -> ResponseReturnValue:
    plan = fetch.get_plan_for(current_user.actor, plan_id)
    require_administer(current_user.actor)
    if not Form().validate():
        abort(400)
    with transaction():
        laid = plan_life.lay_again(plan, current_user.actor, now())
    flash(ngettext("%(num)s duty is laid on its unit.", "%(num)s duties are laid on units.", laid))
    return redirect(url_for("plans.show", plan_id=plan_id), 303)


def _said(step: LifeStep, title: str) -> str:
    if step is LifeStep.PUBLISH:
        return _(
            "“%(title)s” is in force: its duties are laid on the units. Nobody was mailed; the "
            "opening notice has a button of its own.",
            title=title,
        )
    if step is LifeStep.CLOSE:
        return _("“%(title)s” is closed: reminders stop, everything stays readable.", title=title)
    if step is LifeStep.REOPEN:
        return _("“%(title)s” is taken up again: reminders follow its cut-offs.", title=title)
    if step is LifeStep.ARCHIVE:
        return _("“%(title)s” is archived.", title=title)
    if step is LifeStep.UNARCHIVE:
        return _("“%(title)s” is back from the archive, closed.", title=title)
    return _("The draft “%(title)s” is discarded.", title=title)
