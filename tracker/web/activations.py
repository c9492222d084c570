"""A contingency that was started: its log, and standing it down."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker import language
from tracker.db import transaction
from tracker.domain.errors import InvalidInput
from tracker.models.activation import Activation
from tracker.permissions import require_administer
from tracker.queries import activations as queries
from tracker.services import activations
from tracker.web import fetch_cases
from tracker.web.filters import locale, now
from tracker.web.forms.contingencies import EntryForm, StandDownForm

blueprint = Blueprint("activations", __name__, url_prefix="/activations")


@blueprint.get("/<int:activation_id>")
@login_required
def show(activation_id: int) -> ResponseReturnValue:
    return _page(fetch_cases.get_activation_for(current_user.actor, activation_id))


@blueprint.post("/<int:activation_id>/note")
@login_required
def note(activation_id: int) -> ResponseReturnValue:
    activation = _own(activation_id)
    form = EntryForm()
    if not form.validate():
        return _page(activation, form), 422
    try:
        with transaction():
            activations.note(activation, current_user.actor, now(), words=form.text.data or "")
    except InvalidInput as problem:
        form.text.errors = [language.error(locale(), problem)]
        return _page(activation, form), 422
    return redirect(url_for("activations.show", activation_id=activation.id, _anchor="log"), 303)


@blueprint.post("/<int:activation_id>/stand-down")
@login_required
def stand_down(activation_id: int) -> ResponseReturnValue:
    activation = _own(activation_id)
    form = StandDownForm()
    if not form.validate():
        return _page(activation, form), 422
    try:
        with transaction():
            activations.stand_down(
                activation, current_user.actor, now(), outcome=form.outcome.data or ""
            )
    except InvalidInput as problem:
        form.outcome.errors = [language.error(locale(), problem)]
        return _page(activation, form), 422
    flash(_("It is stood down: nobody is reminded of its duties any more."))
    return redirect(url_for("activations.show", activation_id=activation.id), 303)


def _own(activation_id: int) -> Activation:
    """404 for who does not see it, 403 for who may only read it."""
    activation = fetch_cases.get_activation_for(current_user.actor, activation_id)
    require_administer(current_user.actor)
    return activation


def _page(activation: Activation, form: EntryForm | StandDownForm | None = None) -> str:
    actor = current_user.actor
    return render_template(
        "activations/show.html",
        activation=activation,
        plan=activation.plan,
        case=activation.contingency,
        events=queries.log_of(activation, actor),
        paces=queries.paces(activation, actor),
        form=form,
    )
