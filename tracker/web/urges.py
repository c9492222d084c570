"""Urging: choose, look, send; what came back."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user, login_required
from werkzeug.datastructures import MultiDict

from tracker import language
from tracker.db import LARGEST_ID, db, transaction
from tracker.domain.cutoffs import CAMPUS_ZONE
from tracker.domain.errors import InvalidInput
from tracker.domain.reminding import is_quiet
from tracker.domain.spreadsheets import csv_bytes
from tracker.models.org import Unit, User
from tracker.models.urge import UrgedAssignment
from tracker.permissions import can_see
from tracker.queries import urges as queries
from tracker.services import urges
from tracker.web import choices, fetch
from tracker.web.filters import full_moment, in_language, locale, now
from tracker.web.forms import Form
from tracker.web.forms.urges import AnswerForm, UrgeForm

blueprint = Blueprint("urges", __name__)


@blueprint.get("/plans/<int:plan_id>/urge")
@login_required
def choose(plan_id: int) -> ResponseReturnValue:
    """What is open and may be urged. `?show=overdue`: the red ones; `?pick=all`: all ticked."""
    plan = fetch.get_plan_for(current_user.actor, plan_id)
    overdue = request.args.get("show") == "overdue"
    return render_template(
        "urges/choose.html",
        plan=plan,
        found=queries.urgeable(plan, current_user.actor, now(), overdue=overdue),
        overdue=overdue,
        pick=request.args.get("pick") == "all",
        cooldown=urges.COOLDOWN,
        lately=lambda last: last is not None and now() < last + urges.COOLDOWN,
    )


@blueprint.get("/urges/preview")
@login_required
def preview() -> ResponseReturnValue:
    """Who would get what."""
    return _preview(_picked(request.args), UrgeForm(formdata=None))


@blueprint.post("/urges")
@login_required
def send() -> ResponseReturnValue:
    form, ids = UrgeForm(), _picked(request.form)
    if not ids or not form.validate():
        return _preview(ids, form), 422
    try:
        with transaction():
            made = urges.urge(ids, current_user.actor, now(), words=form.words.data or "")
            count = len(made.urged) if made else 0
    except InvalidInput as problem:
        form.words.errors = [language.error(locale(), problem)]
        return _preview(ids, form), 422
    if count:
        flash(ngettext("%(num)s duty is urged.", "%(num)s duties are urged.", count))
    else:
        flash(_("Nothing was sent: all of it was urged within the last two hours or is settled."))
    return redirect(url_for("urges.show"), 303)


@blueprint.get("/urges")
@login_required
def show() -> ResponseReturnValue:
    page = choices.existing(queries.log(current_user.actor, choices.page_number()))
    return render_template("urges/show.html", page=page)


@blueprint.get("/urges.csv")
@login_required
def export() -> ResponseReturnValue:
    heads = [_("When"), _("By"), _("Unit"), _("Row number"), _("Task"), _("Which one")]
    heads += [_("Their word"), _("Opened"), _("Answered"), _("Answer"), _("State now")]
    headers = {"Content-Disposition": "attachment; filename=urges.csv"}
    rows = [_line(urged) for urged in queries.every(current_user.actor)]
    return Response(csv_bytes(heads, rows), mimetype="text/csv", headers=headers)


@blueprint.post("/assignments/<int:assignment_id>/urges/open")
@login_required
def open(assignment_id: int) -> ResponseReturnValue:
    """Sent by the page itself once somebody of the unit has it on the screen."""
    assignment = fetch.get_assignment_for(current_user.actor, assignment_id)
    if not Form().validate():
        abort(400)
    with transaction():
        urges.open(assignment, current_user.actor, now())
    return redirect(url_for("assignments.show", assignment_id=assignment_id), 303)


@blueprint.post("/urged/<int:urged_id>/answer")
@login_required
def answer(urged_id: int) -> ResponseReturnValue:
    urged = db.session.get(UrgedAssignment, urged_id) if urged_id <= LARGEST_ID else None
    if urged is None or not can_see(current_user.actor, urged.assignment):
        abort(404)
    form = AnswerForm()
    here = url_for("assignments.show", assignment_id=urged.assignment_id, _anchor="urges")
    if not form.validate():
        return _refused(form), 422
    try:
        with transaction():
            urges.answer(urged, current_user.actor, now(), words=form.words.data or "")
    except InvalidInput as problem:
        form.words.errors = [language.error(locale(), problem)]
        return _refused(form), 422
    flash(_("Your answer is with whoever urged."))
    return redirect(here, 303)


def _refused(form: AnswerForm) -> str:
    return render_template("urges/refused.html", form=form)


def _picked(given: MultiDict[str, str]) -> list[int]:
    """400 for what is no number; what nobody may urge is left out later."""
    ids = (fetch.number(typed) for typed in given.getlist("id")[: urges.MOST])
    return [each for each in ids if each <= LARGEST_ID]


def _preview(ids: list[int], form: UrgeForm) -> str:
    choice = urges.choose(ids, current_user.actor, now())
    units = {unit.id: unit for unit in (db.session.get_one(Unit, key) for key in choice.people)}
    people = {
        user.id: user
        for found in choice.people.values()
        for user in (db.session.get_one(User, user_id) for user_id in found)
    }
    return render_template(
        "urges/preview.html",
        choice=choice,
        ids=ids,
        form=form,
        units=units,
        people=people,
        quiet=is_quiet(now(), CAMPUS_ZONE),
        plan=choice.urged[0].duty.plan if choice.urged else None,
    )


def _line(urged: UrgedAssignment) -> tuple[object, ...]:
    duty = urged.assignment.duty
    zone = duty.plan.zone
    return (
        full_moment(urged.urge.at, zone),
        in_language(urged.urge.user, "name"),
        in_language(urged.assignment.unit, "name"),
        duty.tasks[0].number,
        in_language(duty.tasks[0], "title"),
        urged.number,
        urged.urge.words,
        full_moment(urged.opened_at, zone) if urged.opened_at else "",
        full_moment(urged.answered_at, zone) if urged.answered_at else "",
        urged.answer,
        language.label(locale(), urged.assignment.state),
    )
