"""Changing the ladder: what a rule would do is shown before it is saved."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker import language
from tracker.db import LARGEST_ID, db, transaction
from tracker.domain.errors import InvalidInput
from tracker.domain.reminding import Rule
from tracker.domain.vocabulary import Audience, DutyRole
from tracker.models.plan import Plan
from tracker.models.reminder import ReminderRule
from tracker.permissions import require_administer
from tracker.queries import ladder as queries
from tracker.queries.rules import as_rule
from tracker.services import reminder_rules
from tracker.web import fetch
from tracker.web.filters import locale, now
from tracker.web.forms import Form
from tracker.web.forms.reminder_rules import RuleForm, mark
from tracker.web.ladder import rung

blueprint = Blueprint("reminder_rules", __name__)


@blueprint.route("/plans/<int:plan_id>/rules/new", methods=["GET", "POST"])
@login_required
def new(plan_id: int) -> ResponseReturnValue:
    plan = fetch.get_plan_for(current_user.actor, plan_id)
    require_administer(current_user.actor)
    return _edit(plan, None)


@blueprint.route("/rules/<int:rule_id>", methods=["GET", "POST"])
@login_required
def edit(rule_id: int) -> ResponseReturnValue:
    row = _rule(rule_id)
    return _edit(db.session.get_one(Plan, row.plan_id), row)


@blueprint.post("/rules/<int:rule_id>/end")
@login_required
def end(rule_id: int) -> ResponseReturnValue:
    row = _rule(rule_id)
    if not Form().validate():
        abort(400)
    with transaction():
        reminder_rules.end(row, current_user.actor, now())
    when = rung(as_rule(row)).when
    flash(_("The rule is ended: %(when)s. What went out stays as it is.", when=when))
    return redirect(url_for("reminders.show", _anchor="rules"), 303)


def _rule(rule_id: int) -> ReminderRule:
    """404 for a rule of a plan that the actor does not see, 403 for who may not change it."""
    row = db.session.get(ReminderRule, rule_id) if rule_id <= LARGEST_ID else None
    if row is None or not current_user.actor.sees_all:
        abort(404)
    require_administer(current_user.actor)
    return row


def _edit(plan: Plan, row: ReminderRule | None) -> ResponseReturnValue:
    form, status = RuleForm(), 200
    rule: Rule | None = None
    if form.is_submitted():
        status = 422
        if form.validate():
            rule = form.rule()
            if form.shown.data == mark(rule):
                answer = _save(plan, row, rule, form)
                if answer is not None:
                    return answer
                rule = None
            elif rule.audience:
                status = 200
            else:
                form.audience.errors = [_("Choose at least one group of people.")]
                rule = None
    elif row is not None:
        form.fill(as_rule(row))
    if rule is not None:
        form.shown.data = mark(rule)
    return _page(plan, row, form, rule), status


def _save(
    plan: Plan, row: ReminderRule | None, rule: Rule, form: RuleForm
) -> ResponseReturnValue | None:
    """None where something typed cannot be taken; the form says what."""
    try:
        with transaction():
            if row is None:
                reminder_rules.begin(plan, rule, current_user.actor, now())
            else:
                reminder_rules.change(row, rule, current_user.actor, now())
    except InvalidInput as problem:
        form[problem.field].errors = [language.error(locale(), problem)]
        return None
    flash(_("The ladder is changed from now on: %(when)s.", when=rung(rule).when))
    return redirect(url_for("reminders.show", _anchor="rules"), 303)


def _page(plan: Plan, row: ReminderRule | None, form: RuleForm, rule: Rule | None) -> str:
    return render_template(
        "reminder_rules/edit.html",
        plan=plan,
        row=row,
        form=form,
        draft=rung(rule) if rule else None,
        coming=queries.reach(plan, [rule], now()) if rule else None,
        current=queries.reach(plan, [as_rule(row)], now()) if rule and row else None,
        audiences=list(Audience),
        roles=[role for role in DutyRole if role.binding],
    )
