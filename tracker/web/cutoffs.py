"""Moving the cut-off of a row: whom it concerns is shown first."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker import language
from tracker.db import db, transaction
from tracker.domain.cutoffs import to_instant
from tracker.domain.errors import InvalidInput
from tracker.models.plan import Plan, Task
from tracker.permissions import require_administer
from tracker.services import cutoffs
from tracker.web import fetch
from tracker.web.filters import cutoff, in_language, locale, now
from tracker.web.forms.cutoffs import CutoffForm

blueprint = Blueprint("cutoffs", __name__)


@blueprint.get("/tasks/<int:task_id>/cutoff")
@login_required
def show(task_id: int) -> ResponseReturnValue:
    task, plan = _task(task_id)
    return _page(task, plan, CutoffForm())


@blueprint.post("/tasks/<int:task_id>/cutoff")
@login_required
def move(task_id: int) -> ResponseReturnValue:
    task, plan = _task(task_id)
    form = CutoffForm()
    if not form.validate():
        return _page(task, plan, form), 422
    try:
        with transaction():
            cutoffs.move(
                task, form.closes(), current_user.actor, now(), reason=form.reason.data or ""
            )
    except (InvalidInput, OverflowError) as problem:
        if isinstance(problem, OverflowError):
            problem = InvalidInput("day", "Enter a day such as 2020-02-24.")
        form[problem.field].errors = [language.error(locale(), problem)]
        return _page(task, plan, form), 422
    flash(
        _(
            "“%(title)s” is now due %(cutoff)s. The units concerned are told by mail.",
            title=in_language(task, "title"),
            cutoff=cutoff(to_instant(task.closes, plan.zone), plan.zone),
        )
    )
    return redirect(url_for("plans.show", plan_id=plan.id, _anchor=f"row-{task.number}"), 303)


def _task(task_id: int) -> tuple[Task, Plan]:
    """404 for a row of a plan that the actor does not see, 403 for who may not move it."""
    task = fetch.get_task_for(current_user.actor, task_id)
    require_administer(current_user.actor)
    return task, db.session.get_one(Plan, task.plan_id)


def _page(task: Task, plan: Plan, form: CutoffForm) -> str:
    return render_template(
        "cutoffs/move.html",
        task=task,
        plan=plan,
        form=form,
        due_at=to_instant(task.closes, plan.zone),
        people=len(cutoffs.concerned(task, now())),
    )
