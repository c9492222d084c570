"""Table 2 come alive: where each case stands, what it asks of whom, and starting one."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker import language
from tracker.db import db, transaction
from tracker.domain.contingencies import StepTime
from tracker.domain.cutoffs import to_instant
from tracker.domain.errors import N_, IllegalStep, InvalidInput
from tracker.domain.reminding import is_quiet
from tracker.domain.vocabulary import Branch, DutyRole, UnitKind
from tracker.models.contingency import ContingencyDuty
from tracker.models.plan import Contingency, Plan
from tracker.permissions import require_administer
from tracker.queries import contingencies as queries
from tracker.queries.plan_units import colleges
from tracker.services import contingencies, contingency_duties
from tracker.services.contingencies import Start
from tracker.services.contingency_duties import Asked
from tracker.web import fetch, fetch_cases
from tracker.web.filters import locale, now
from tracker.web.forms.contingencies import ContingencyDutyForm, NewContingencyDutyForm, StartForm

blueprint = Blueprint("contingencies", __name__)


@blueprint.get("/plans/<int:plan_id>/contingencies")
@login_required
def index(plan_id: int) -> ResponseReturnValue:
    plan = fetch.get_plan_for(current_user.actor, plan_id)
    return render_template("contingencies/index.html", plan=plan, cases=queries.cases(plan))


@blueprint.get("/contingencies/<int:contingency_id>")
@login_required
def show(contingency_id: int) -> ResponseReturnValue:
    return _duties(fetch_cases.get_contingency_for(current_user.actor, contingency_id))


@blueprint.post("/contingency-duties/<int:duty_id>")
@login_required
def change_duty(duty_id: int) -> ResponseReturnValue:
    duty = fetch_cases.get_contingency_duty_for(current_user.actor, duty_id)
    require_administer(current_user.actor)
    contingency = db.session.get_one(Contingency, duty.contingency_id)
    form = ContingencyDutyForm()
    if not form.validate():
        return _duties(contingency, duty, form), 422
    assert form.hours.data is not None  # It is checked before.
    try:
        with transaction():
            contingency_duties.change_duty(
                *(duty, current_user.actor, now()),
                words=form.text.data or "",
                hours=form.hours.data,
            )
    except InvalidInput as problem:
        form[problem.field].errors = [language.error(locale(), problem)]
        return _duties(contingency, duty, form), 422
    flash(_("The duty is changed. What goes on already stays as it is."))
    here = url_for("contingencies.show", contingency_id=contingency.id, _anchor=f"duty-{duty.id}")
    return redirect(here, 303)


@blueprint.post("/contingencies/<int:contingency_id>/duties")
@login_required
def add_duty(contingency_id: int) -> ResponseReturnValue:
    contingency = _startable(contingency_id)
    form = NewContingencyDutyForm()
    if not form.validate():
        return _duties(contingency, adding=form), 422
    assert form.hours.data is not None  # It is checked before.
    kind, role = UnitKind(form.unit_kind.data), DutyRole(form.role.data)
    wanted = Asked(kind, role, form.text.data or "", form.hours.data)
    try:
        with transaction():
            made = contingency_duties.add_duty(
                *(contingency, current_user.actor, now()),
                title=form.title.data or "",
                wanted=wanted,
            )
    except InvalidInput as problem:
        form[problem.field].errors = [language.error(locale(), problem)]
        return _duties(contingency, adding=form), 422
    flash(_("The duty is added."))
    here = url_for("contingencies.show", contingency_id=contingency.id, _anchor=f"duty-{made.id}")
    return redirect(here, 303)


@blueprint.get("/contingencies/<int:contingency_id>/start")
@login_required
def ask(contingency_id: int) -> ResponseReturnValue:
    contingency = _startable(contingency_id)
    wanted = request.args.get("branch", "")
    known = [branch for branch in queries.branches_of(contingency) if branch.value == wanted]
    branch = known[0] if known else queries.proposed_branch(contingency)
    return _page(contingency, branch, drill=request.args.get("drill") == "yes")


@blueprint.post("/contingencies/<int:contingency_id>/start")
@login_required
def start(contingency_id: int) -> ResponseReturnValue:
    contingency = _startable(contingency_id)
    form = StartForm()
    valid = form.validate()
    branch = next((one for one in Branch if one.value == form.branch.data), None)
    drill = form.drill.data == "yes"
    if not valid:
        return _page(contingency, branch, drill=drill, form=form), 422
    try:
        wanted = Start(
            branch,
            form.times(),
            form.reason.data or "",
            is_drill=drill,
            announce=form.announce.data == "yes",
            colleges=form.chosen(len(colleges())),
        )
        if form.go.data == "preview":
            contingencies.check(contingency, wanted, now())
            return _preview(contingency, wanted, form)
        with transaction():
            made = contingencies.start(contingency, current_user.actor, now(), wanted)
    except InvalidInput as problem:
        form[problem.field].errors = [language.error(locale(), problem)]
        return _page(contingency, branch, drill=drill, form=form), 422
    flash(_("The drill has begun.") if made.is_drill else _("The contingency plan is in force."))
    return redirect(url_for("activations.show", activation_id=made.id), 303)


def _startable(contingency_id: int) -> Contingency:
    """404 for a case of a plan that the actor does not see, 403 for who may not start it."""
    contingency = fetch_cases.get_contingency_for(current_user.actor, contingency_id)
    require_administer(current_user.actor)
    return contingency


def _duties(
    contingency: Contingency,
    duty: ContingencyDuty | None = None,
    form: ContingencyDutyForm | None = None,
    adding: NewContingencyDutyForm | None = None,
) -> str:
    branches = queries.branches_of(contingency) or (None,)
    return render_template(
        "contingencies/show.html",
        plan=db.session.get_one(Plan, contingency.plan_id),
        case=queries.case_of(contingency),
        branches={branch: queries.steps_of(contingency, branch) for branch in branches},
        changed=duty,
        form=form,
        adding=adding or NewContingencyDutyForm(formdata=None),
        roles=list(DutyRole),
        kinds=[kind for kind in UnitKind if kind.is_asked],
    )


def _page(
    contingency: Contingency, branch: Branch | None, *, drill: bool, form: StartForm | None = None
) -> str:
    case = queries.case_of(contingency)
    plan = db.session.get_one(Plan, contingency.plan_id)
    steps = queries.steps_of(contingency, branch)
    times = [StepTime(step.hours) for step in steps]
    return render_template(
        "contingencies/start.html",
        plan=plan,
        case=case,
        going=case.drill if drill else case.active,
        branch=branch,
        branches=queries.branches_of(contingency),
        proposed=queries.proposed_branch(contingency),
        steps=steps,
        forecast=queries.forecast(contingency, steps, times, now()),
        drill=drill,
        form=form,
        colleges=colleges(),
        quiet=is_quiet(now(), plan.zone),
    )


def _preview(contingency: Contingency, wanted: Start, form: StartForm) -> str:
    case = queries.case_of(contingency)
    if (case.drill if wanted.is_drill else case.active) is not None:
        raise IllegalStep(N_("This case has been started already and goes on."))
    plan = db.session.get_one(Plan, contingency.plan_id)
    steps = queries.steps_of(contingency, wanted.branch)
    return render_template(
        "contingencies/preview.html",
        plan=plan,
        case=case,
        wanted=wanted,
        steps=steps,
        closes=[to_instant(time.closes(now(), plan.zone), plan.zone) for time in wanted.times],
        forecast=queries.forecast(contingency, steps, wanted.times, now(), wanted.colleges),
        form=form,
        quiet=is_quiet(now(), plan.zone),
    )
