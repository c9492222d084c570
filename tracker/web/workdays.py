"""The working-day calendar: what differs from Monday to Friday, a year a page."""

from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker import language
from tracker.db import transaction
from tracker.domain.cutoffs import CAMPUS_ZONE, to_wall
from tracker.domain.errors import N_, InvalidInput, NotPermitted
from tracker.permissions import can_administer, can_oversee, require_administer
from tracker.queries import workdays as queries
from tracker.services import workdays
from tracker.web import choices
from tracker.web.filters import locale, now
from tracker.web.forms.workdays import ForgetDayForm, WorkdayForm

blueprint = Blueprint("workdays", __name__)


@blueprint.get("/workdays")
@login_required
def show() -> ResponseReturnValue:
    if not can_oversee(current_user.actor):
        raise NotPermitted(N_("Only those who see every unit may read the working-day calendar."))
    return _page(_year(), WorkdayForm())


@blueprint.post("/workdays")
@login_required
def note() -> ResponseReturnValue:
    require_administer(current_user.actor)
    form = WorkdayForm()
    if not form.validate():
        return _page(_this_year(), form), 422
    day = form.day.data
    assert day is not None  # A valid form has one.
    try:
        with transaction():
            row = workdays.note(day, current_user.actor, now(), why=form.why.data or "")
            working = row.working
    except InvalidInput as problem:
        form[problem.field].errors = [language.error(locale(), problem)]
        return _page(_this_year(), form), 422
    said = language.day(locale(), day, date.min)
    if working:
        flash(_("%(day)s counts as a working day.", day=said))
    else:
        flash(_("%(day)s counts as a day off.", day=said))
    return redirect(url_for("workdays.show", year=day.year), 303)


@blueprint.post("/workdays/forget")
@login_required
def forget() -> ResponseReturnValue:
    require_administer(current_user.actor)
    form = ForgetDayForm()
    if not form.validate():
        abort(400)
    day = form.day.data
    assert day is not None  # A valid form has one.
    with transaction():
        workdays.forget(day, current_user.actor, now())
    said = language.day(locale(), day, date.min)
    flash(_("%(day)s is an ordinary day of the week again.", day=said))
    return redirect(url_for("workdays.show", year=day.year), 303)


def _year() -> int:
    typed = request.args.get("year")
    if typed is None:
        return _this_year()
    if not (typed.isascii() and typed.isdecimal() and 2000 <= int(typed[:5]) <= 2200):
        choices.refuse(_("“%(value)s” is not a year such as 2020.", value=typed[:40]))
    return int(typed)


def _this_year() -> int:
    return to_wall(now(), CAMPUS_ZONE).year


def _page(year: int, form: WorkdayForm) -> str:
    days = queries.days_of(year)
    return render_template(
        "workdays/show.html",
        year=year,
        form=form,
        groups=[
            (_("Days off"), [day for day in days if not day.working]),
            (_("Worked weekend days"), [day for day in days if day.working]),
        ],
        known=bool(days),
        may=can_administer(current_user.actor),
        full_day=lambda day: language.day(locale(), day, date.min),
    )
