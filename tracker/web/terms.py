"""The key dates of the term: what holds, what the school set of its own, and setting it."""

from collections.abc import Callable
from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker import language
from tracker.db import transaction
from tracker.domain.cutoffs import CAMPUS_ZONE
from tracker.domain.errors import InvalidInput
from tracker.domain.term import COUNTED, Span, TermItem, counted_bound
from tracker.domain.term_order import Disorder
from tracker.models.term import Term, TermDate
from tracker.permissions import can_administer, require_administer
from tracker.queries import terms as queries
from tracker.services import terms
from tracker.web import fetch
from tracker.web.filters import in_language, locale, now, today
from tracker.web.forms import Form
from tracker.web.forms.terms import AllowedForm, ResultsForm, WindowForm

blueprint = Blueprint("terms", __name__, url_prefix="/term")


@blueprint.get("")
@login_required
def show() -> ResponseReturnValue:
    term = queries.current(today(CAMPUS_ZONE))
    return render_template(
        "terms/show.html",
        view=queries.view(term) if term else None,
        outer=outer(term) if term else "",
        may=can_administer(current_user.actor),
        span=span,
        one_day=one_day,
        in_words=in_words,
    )


@blueprint.get("/results")
@login_required
def results() -> ResponseReturnValue:
    term = _term()
    form = ResultsForm()
    form.day.data = term.results_on
    return _results_page(term, form)


@blueprint.post("/results")
@login_required
def set_results() -> ResponseReturnValue:
    term = _term()
    form = ResultsForm()

    def act() -> str:
        terms.set_results(term, form.day.data, current_user.actor, now())
        if form.day.data is None:
            return _("The day of the results is not known: what counts from it waits.")
        return _("The day of the results is set.")

    return _take(form, act, lambda: _results_page(term, form))


@blueprint.get("/<term_item>")
@login_required
def edit(term_item: str) -> ResponseReturnValue:
    each = _date(term_item)
    return _page(each, _filled(each))


@blueprint.post("/<term_item>")
@login_required
def set_own(term_item: str) -> ResponseReturnValue:
    each = _date(term_item)
    title = in_language(each, "title")
    form = AllowedForm() if each.item is TermItem.MAKEUP_ALLOWED else WindowForm()

    def act() -> str:
        if isinstance(form, AllowedForm):
            allowed = form.allowed.data == "yes"
            terms.set_allowed(each, allowed, current_user.actor, now())
        else:
            terms.set_own(each, *form.days(), current_user.actor, now())
        return _("“%(title)s” is set for this school.", title=title)

    return _take(form, act, lambda: _page(each, form))


@blueprint.post("/<term_item>/standard")
@login_required
def clear(term_item: str) -> ResponseReturnValue:
    each = _date(term_item)
    title = in_language(each, "title")
    if not Form().validate():
        abort(400)
    with transaction():
        terms.clear_own(each, current_user.actor, now())
    flash(_("“%(title)s” is back to the standard.", title=title))
    return redirect(url_for("terms.show"), 303)


def span(value: Span | None) -> str:
    """「2月15日至6月15日」; empty for none."""
    return language.days(locale(), value.first, value.last) if value else ""


def one_day(value: date) -> str:
    """「7月20日」: never without its month, the page looks months ahead."""
    return language.day(locale(), value)


def in_words(disorder: Disorder) -> str:
    days = {name: one_day(day) for name, day in disorder.days.items()}
    return language.gettext(locale(), disorder.msgid, **days)


def outer(term: Term) -> str:
    return span(Span(term.opens, term.closes))


def _term() -> Term:
    """403 for who may not change it."""
    require_administer(current_user.actor)
    term = queries.current(today(CAMPUS_ZONE))
    return term if term is not None else abort(404)


def _date(name: str) -> TermDate:
    """403 for who may not change it, 404 where the term has no such row."""
    require_administer(current_user.actor)
    return fetch.get_term_date(queries.current(today(CAMPUS_ZONE)), name)


def _take(form: Form, act: Callable[[], str], page: Callable[[], str]) -> ResponseReturnValue:
    if not form.validate():
        return page(), 422
    try:
        with transaction():
            said = act()
    except InvalidInput as problem:
        form[problem.field].errors = [language.error(locale(), problem)]
        return page(), 422
    flash(said)
    for disorder in queries.view(_term()).disorders:
        flash(in_words(disorder))
    return redirect(url_for("terms.show"), 303)


def _filled(each: TermDate) -> WindowForm | AllowedForm:
    if each.item is TermItem.MAKEUP_ALLOWED:
        choice = AllowedForm()
        choice.allowed.data = "no" if each.allowed is False else "yes"
        return choice
    form = WindowForm()
    form.opens.data, form.closes.data = each.own_opens, each.own_closes
    return form


def _page(each: TermDate, form: WindowForm | AllowedForm) -> str:
    view = queries.view(each.term)
    row = next(row for row in view.rows if row.date.item is each.item)
    counted = each.item in COUNTED
    bound = row.resolved.bound
    if counted:
        bound = counted_bound(queries.rules_of(each.term), each.item)
    return render_template(
        "terms/edit.html", view=view, row=row, form=form, span=span, counted=counted, bound=bound
    )


def _results_page(term: Term, form: ResultsForm) -> str:
    return render_template("terms/results.html", term=term, form=form, outer=outer(term))
