"""The notice as it was issued: both tables in its own words, and the ladder in plain ones."""

from datetime import date

from flask import Blueprint, abort, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user, login_required

from tracker import language
from tracker.db import transaction
from tracker.domain.vocabulary import Stage
from tracker.models.plan import Plan
from tracker.permissions import can_administer, require_administer
from tracker.queries import second_looks
from tracker.queries.activations import activation_of
from tracker.queries.plan_life import by_stage, entry, phases_of, units_missing
from tracker.queries.plans import notice
from tracker.queries.retention import standing
from tracker.services import plans
from tracker.web import fetch
from tracker.web.filters import locale, now
from tracker.web.forms import Form
from tracker.web.forms.plans import SwitchForm
from tracker.web.ladder import rung

blueprint = Blueprint("plans", __name__)


@blueprint.get("/plans")
@login_required
def index() -> ResponseReturnValue:
    stages = by_stage(current_user.actor, now())
    notices = [each for entries in stages.values() for each in entries if not each.plan.parent_id]
    return render_template(
        "plans/index.html",
        stages=stages,
        templates=[each for each in notices if each.stage is Stage.TEMPLATE],
        sources=[each for each in notices if each.stage is not Stage.TEMPLATE],
    )


@blueprint.get("/plans/<int:plan_id>")
@login_required
def show(plan_id: int) -> ResponseReturnValue:
    plan = fetch.get_plan_or_draft_for(current_user.actor, plan_id)
    seen = notice(plan, now())
    return render_template(
        "plans/show.html",
        notice=seen,
        plan=plan,
        issued=_full_day(plan.issued_on),
        launches=_full_day(plan.launches_on),
        rungs=[rung(rule) for rule in seen.rules],
        activation=activation_of(plan),
        retention=standing(plan, current_app.config["TRACKER"].retention_months),
        entry=entry(plan, current_user.actor, now()),
        phases=phases_of(plan, current_user.actor, now()),
        missing=units_missing(plan) if _may_lay_again(plan) else 0,
        looking=second_looks.waiting(plan, current_user.actor) if _may_lay_again(plan) else (),
        announcees=len(plans.announcees(plan, now())) if _may_announce(plan) else 0,
    )


@blueprint.post("/plans/<int:plan_id>/announce")
@login_required
def announce(plan_id: int) -> ResponseReturnValue:
    plan = fetch.get_plan_for(current_user.actor, plan_id)
    if not Form().validate():
        abort(400)
    with transaction():
        people = plans.announce(plan, current_user.actor, now())
    if people:
        flash(
            ngettext(
                "The opening notice goes to %(num)s person.",
                "The opening notice goes to %(num)s people.",
                people,
            )
        )
    return redirect(url_for("plans.show", plan_id=plan.id), 303)


@blueprint.post("/plans/<int:plan_id>/summary")
@login_required
def summary(plan_id: int) -> ResponseReturnValue:
    plan = fetch.get_plan_for(current_user.actor, plan_id)
    require_administer(current_user.actor)
    form = SwitchForm()
    if not form.validate():
        abort(400)
    with transaction():
        plans.summarise(plan, current_user.actor, now(), daily=form.wanted)
    if form.wanted:
        flash(_("Academic affairs and the heads get a summary every evening at 21:30."))
    else:
        flash(_("No evening summary goes out any more."))
    return redirect(url_for("plans.show", plan_id=plan.id), 303)


@blueprint.post("/plans/<int:plan_id>/acts-by-mail")
@login_required
def let_act_by_mail(plan_id: int) -> ResponseReturnValue:
    plan = fetch.get_plan_for(current_user.actor, plan_id)
    require_administer(current_user.actor)
    form = SwitchForm()
    if not form.validate():
        abort(400)
    with transaction():
        plans.let_act_by_mail(plan, current_user.actor, now(), allowed=form.wanted)
    if form.wanted:
        flash(_("A plain tick may be made with the link of a mail, without signing in."))
    else:
        flash(_("Whoever follows a link of a mail has to sign in."))
    return redirect(url_for("plans.show", plan_id=plan.id), 303)


def _may_announce(plan: Plan) -> bool:
    return plan.announced_at is None and _may_lay_again(plan)


def _may_lay_again(plan: Plan) -> bool:
    asks = plan.published_at is not None and not plan.is_over
    return asks and can_administer(current_user.actor)


def _full_day(day: date) -> str:
    """With its year, whatever year the reader lives in."""
    return language.day(locale(), day, date.min)
