"""Asking for one of the platform's services: the form, the log, and academic affairs' answer."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker import language
from tracker.db import transaction
from tracker.domain.errors import InvalidInput
from tracker.domain.service_requests import STEPS, RequestState
from tracker.models.service_entry import ServiceEntry
from tracker.permissions import can_administer, require_administer
from tracker.queries.service_requests import own_units, requests_of
from tracker.services import service_requests
from tracker.web import fetch
from tracker.web.filters import in_language, label, locale, now
from tracker.web.forms.service_requests import ServiceAnswerForm, ServiceRequestForm

blueprint = Blueprint("service_requests", __name__, url_prefix="/services")


@blueprint.get("/requests")
@login_required
def show() -> ResponseReturnValue:
    return _log()


@blueprint.get("/<int:service_id>/request")
@login_required
def new(service_id: int) -> ResponseReturnValue:
    service_requests.require_ask(current_user.actor)
    form = ServiceRequestForm()
    form.purpose.data = request.args.get("for", "")[: service_requests.PURPOSE_MAX]
    return _page(fetch.get_service(service_id), form)


@blueprint.post("/<int:service_id>/request")
@login_required
def ask(service_id: int) -> ResponseReturnValue:
    service_requests.require_ask(current_user.actor)
    service = fetch.get_service(service_id)
    form = ServiceRequestForm()
    if not form.validate():
        return _page(service, form), 422
    code = form.unit.data or own_units(current_user.actor)[0].code
    unit = fetch.get_unit_of(current_user.actor, code)
    try:
        with transaction():
            service_requests.ask(
                service,
                unit,
                current_user.actor,
                now(),
                purpose=form.purpose.data or "",
                course=form.course.data or "",
                teacher=form.teacher.data or "",
                words=form.words.data or "",
            )
    except InvalidInput as problem:
        form[problem.field].errors = [language.error(locale(), problem)]
        return _page(service, form), 422
    flash(
        _("Asked for “%(title)s”. The answer will stand here.", title=in_language(service, "title"))
    )
    return redirect(url_for("service_requests.show"), 303)


@blueprint.post("/requests/<int:request_id>/answer")
@login_required
def answer(request_id: int) -> ResponseReturnValue:
    asked = fetch.get_request_for(current_user.actor, request_id)
    require_administer(current_user.actor)
    form = ServiceAnswerForm()
    if not form.validate():
        return _log(request_id, form), 422
    to = form.to()
    try:
        with transaction():
            service_requests.answer(
                asked, to, current_user.actor, now(), words=form.answer.data or ""
            )
    except InvalidInput as problem:
        form[problem.field].errors = [language.error(locale(), problem)]
        return _log(request_id, form), 422
    flash(label(to))
    here = url_for("service_requests.show", _anchor=f"request-{request_id}")
    return redirect(here, 303)


def _page(service: ServiceEntry, form: ServiceRequestForm) -> str:
    units = own_units(current_user.actor)
    return render_template("service_requests/new.html", service=service, form=form, units=units)


def _log(request_id: int | None = None, form: ServiceAnswerForm | None = None) -> str:
    """`form` is what was typed for one of them."""
    return render_template(
        "service_requests/show.html",
        requests=requests_of(current_user.actor),
        may=can_administer(current_user.actor),
        steps=STEPS,
        passed_on=RequestState.PASSED_ON,
        wrong=request_id,
        form=form,
    )
