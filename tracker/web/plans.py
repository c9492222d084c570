"""The notice as it was issued: both tables in its own words, and the ladder in plain ones."""

from datetime import date

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from tracker import language
from tracker.queries.plans import current_plan, notice
from tracker.web import fetch
from tracker.web.filters import locale, now
from tracker.web.ladder import rung

blueprint = Blueprint("plans", __name__)


@blueprint.get("/plans")
@login_required
def index() -> ResponseReturnValue:
    plan = current_plan(current_user.actor)
    if plan is None:
        return render_template("board/empty.html")
    return redirect(url_for("plans.show", plan_id=plan.id))


@blueprint.get("/plans/<int:plan_id>")
@login_required
def show(plan_id: int) -> ResponseReturnValue:
    plan = fetch.get_plan_for(current_user.actor, plan_id)
    seen = notice(plan, now())
    return render_template(
        "plans/show.html",
        notice=seen,
        plan=plan,
        issued=_full_day(plan.issued_on),
        launches=_full_day(plan.launches_on),
        rungs=[rung(rule) for rule in seen.rules],
    )


def _full_day(day: date) -> str:
    """With its year, whatever year the reader lives in."""
    return language.day(locale(), day, date.min)
