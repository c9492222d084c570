"""Correcting a notice, one row at a time."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker import language
from tracker.db import transaction
from tracker.domain.cutoffs import to_instant
from tracker.domain.deadlines import Reading
from tracker.domain.errors import InvalidInput, StaleRow
from tracker.domain.vocabulary import DutyRole, UnitKind
from tracker.models.plan import Plan, Task
from tracker.permissions import require_administer
from tracker.queries.plan_edits import cells_of, duties_of, is_reported, mark_of
from tracker.queries.plans import notice
from tracker.services import plan_edits
from tracker.web import fetch
from tracker.web.filters import cutoff, locale, now
from tracker.web.forms import Form
from tracker.web.forms.plan_edits import RowForm, as_it_is

blueprint = Blueprint("plan_edits", __name__)

_NOT_OF_THE_ROW = ("seen", "ask_again", "csrf_token")


@blueprint.get("/plans/<int:plan_id>/edit")
@login_required
def show(plan_id: int) -> ResponseReturnValue:
    """The rows of the plan, each with its own page."""
    plan = fetch.get_plan_or_draft_for(current_user.actor, plan_id)
    require_administer(current_user.actor)
    return render_template("plans/edit.html", plan=plan, notice=notice(plan, now()))


@blueprint.get("/plans/<int:plan_id>/rows/new")
@login_required
def new(plan_id: int) -> ResponseReturnValue:
    plan = _plan(plan_id)
    plan_edits.require_draft(plan)
    return _page(plan, None, RowForm(formdata=None))


@blueprint.post("/plans/<int:plan_id>/rows/new")
@login_required
def add(plan_id: int) -> ResponseReturnValue:
    plan = _plan(plan_id)
    plan_edits.require_draft(plan)
    form = RowForm()
    actor = current_user.actor
    return _save(plan, None, form, lambda: plan_edits.add(plan, actor, now(), form.wording())[1])


@blueprint.get("/plans/<int:plan_id>/rows/<int:number>")
@login_required
def row(plan_id: int, number: int) -> ResponseReturnValue:
    plan, task = _row(plan_id, number)
    return _page(plan, task, as_it_is(task, dict(cells_of(task))))


@blueprint.post("/plans/<int:plan_id>/rows/<int:number>")
@login_required
def change(plan_id: int, number: int) -> ResponseReturnValue:
    plan, task = _row(plan_id, number)
    form = RowForm()
    actor = current_user.actor
    return _save(
        plan,
        task,
        form,
        lambda: plan_edits.change(
            task,
            actor,
            now(),
            form.wording(),
            seen=form.seen.data,
            ask_again=form.ask_again.data,
        ),
    )


@blueprint.post("/plans/<int:plan_id>/rows/<int:number>/remove")
@login_required
def remove(plan_id: int, number: int) -> ResponseReturnValue:
    """A row that is gone already stays so (B-17)."""
    plan = _plan(plan_id)
    if not Form().validate():
        abort(400)
    with transaction():
        plan_edits.remove(plan, number, current_user.actor, now())
    flash(_("Row %(number)s is removed.", number=number))
    return redirect(url_for("plan_edits.show", plan_id=plan.id), 303)


def _plan(plan_id: int) -> Plan:
    plan = fetch.get_plan_or_draft_for(current_user.actor, plan_id)
    require_administer(current_user.actor)
    return plan


def _row(plan_id: int, number: int) -> tuple[Plan, Task]:
    found = fetch.get_draft_row_for(current_user.actor, plan_id, number)
    require_administer(current_user.actor)
    return found


def _save(
    plan: Plan, task: Task | None, form: RowForm, act: Callable[[], Reading | None]
) -> ResponseReturnValue:
    if not form.validate():
        return _page(plan, task, form), 422
    try:
        with transaction():
            reading = act()
    except StaleRow:
        assert task is not None  # A new row was read by nobody.
        form.seen.data = mark_of(task)
        return _page(plan, task, form, dict(_standing(task, form))), 409
    except InvalidInput as problem:
        form[problem.field].errors = [language.error(locale(), problem)]
        return _page(plan, task, form), 422
    flash(_("Saved."))
    _tell(plan, reading)
    return redirect(url_for("plan_edits.show", plan_id=plan.id), 303)


def _tell(plan: Plan, reading: Reading | None) -> None:
    """What a deadline in doubt was read as."""
    if reading is None or reading.doubt is None or reading.window is None:
        return
    due = cutoff(to_instant(reading.window.closes, plan.zone), plan.zone)
    doubt = language.gettext(locale(), reading.doubt)
    flash(_("The deadline is read as %(cutoff)s. %(doubt)s", cutoff=due, doubt=doubt))


def _standing(task: Task, form: RowForm) -> Iterator[tuple[str, str]]:
    """By field how the row reads now, where that is not what was typed."""
    now_is = as_it_is(task, dict(cells_of(task)))
    for field in now_is:
        if field.name in form and field.name not in _NOT_OF_THE_ROW:
            stands, typed = field.data or "", form[field.name].data or ""
            if stands != " ".join(typed.split()) and stands != typed.strip():
                yield field.name, stands


def _page(
    plan: Plan, task: Task | None, form: RowForm, stands: Mapping[str, str] | None = None
) -> str:
    begins = cells_of(task) if task else {}
    covered = {duty.unit_kind for duty in duties_of(task)} if task else set()
    draft = plan.published_at is None
    shown: dict[UnitKind, Any] = {
        kind: form.cell(kind)
        for kind in UnitKind
        if kind.is_asked
        if kind in begins or (draft and kind not in covered)
    }
    return render_template(
        "plans/row.html",
        plan=plan,
        task=task,
        form=form,
        cells=shown,
        merged=[kind for kind in UnitKind if kind in covered and kind not in begins],
        roles=list(DutyRole),
        draft=draft,
        examples=plan_edits.EXAMPLES,
        stands=stands,
        reported=task is not None and is_reported(task),
        due_at=to_instant(task.closes, plan.zone) if task else None,
    )
