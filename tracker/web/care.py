"""One plan per student: a college writes its own students' records, others see how many."""

from flask import Blueprint, Flask, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker import language
from tracker.care_permissions import can_count_care
from tracker.db import db, transaction
from tracker.domain.errors import InvalidInput, StaleVersion
from tracker.domain.vocabulary import UnitKind
from tracker.models.care import CareRecord
from tracker.models.plan import Contingency, Task
from tracker.models.roster import RosterItem
from tracker.permissions import Actor
from tracker.queries import care as queries
from tracker.services import care
from tracker.services.care import Words
from tracker.web import fetch, fetch_rosters
from tracker.web.choices import existing, page_number
from tracker.web.filters import locale, now
from tracker.web.forms.care import CareForm

blueprint = Blueprint("care", __name__, url_prefix="/care")


@blueprint.get("")
@login_required
def index() -> ResponseReturnValue:
    actor = current_user.actor
    own, counted = _is_college(actor), can_count_care(actor)
    tasks = queries.care_tasks(now())
    plan_id = fetch.number(request.args["plan"]) if "plan" in request.args else None
    task = tasks.get(plan_id) if plan_id is not None else next(iter(tasks.values()), None)
    if not (own or counted) or task is None:
        abort(404)
    search = request.args.get("q", "")[:100]
    page = existing(queries.students(task, actor, search, page_number())) if own else None
    return render_template(
        "care/index.html",
        task=task,
        plans=[each.plan for each in tasks.values()],
        page=page,
        search=search,
        counts=queries.counts(task, actor) if counted else None,
    )


@blueprint.get("/<int:item_id>")
@login_required
def show(item_id: int) -> ResponseReturnValue:
    item = fetch_rosters.get_care_for(current_user.actor, item_id)
    record = queries.record_of(item)
    form = CareForm()
    form.version.data = record.version if record else 0
    if record is not None:
        form.need.data, form.help.data = record.need, record.help
        form.outcome.data = record.outcome
    return _page(item, form, record)


@blueprint.post("/<int:item_id>")
@login_required
def write(item_id: int) -> ResponseReturnValue:
    item = fetch_rosters.get_care_for(current_user.actor, item_id)
    form = CareForm()
    if not form.validate():
        return _page(item, form, queries.record_of(item)), 422
    assert form.version.data is not None  # It is checked before.
    words = Words(form.need.data or "", form.help.data or "", form.outcome.data or "")
    try:
        with transaction():
            care.write(item, current_user.actor, now(), seen_version=form.version.data, words=words)
    except StaleVersion as problem:
        form.version.data = problem.current
        return _page(item, form, queries.record_of(item), lost=True), 409
    except InvalidInput as problem:
        form[problem.field].errors = [language.error(locale(), problem)]
        return _page(item, form, queries.record_of(item)), 422
    flash(_("The record is saved."))
    task = db.session.get_one(Task, item.task_id)
    return redirect(url_for("care.index", plan=task.plan_id), 303)


def care_link(contingency: Contingency) -> str:
    """The records' address, where the case is about their students and the reader sees some of
    them or their counts; else empty. One query a page."""
    actor = current_user.actor
    if not (_is_college(actor) or can_count_care(actor)):
        return ""
    if "care_tasks" not in g:
        g.care_tasks = queries.care_tasks(now())
    task = g.care_tasks.get(contingency.plan_id)
    if task is None or not queries.is_about(contingency, task):
        return ""
    return url_for("care.index", plan=task.plan_id)


def register(app: Flask) -> None:
    app.context_processor(lambda: {"care_link": care_link})


def _is_college(actor: Actor) -> bool:
    return not actor.is_observer and any(kind is UnitKind.COLLEGE for _, kind, _ in actor.posts)


def _page(
    item: RosterItem, form: CareForm, record: CareRecord | None, *, lost: bool = False
) -> str:
    task = db.session.get_one(Task, item.task_id)
    return render_template(
        "care/show.html", item=item, task=task, form=form, record=record, lost=lost
    )
