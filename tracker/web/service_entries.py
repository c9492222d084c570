"""The directory of the platform's services."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from tracker.queries.service_entries import entries
from tracker.queries.service_requests import requests_of
from tracker.services.service_requests import can_ask

blueprint = Blueprint("service_entries", __name__)


@blueprint.get("/services")
@login_required
def show() -> ResponseReturnValue:
    actor = current_user.actor
    waiting = [one for one in requests_of(actor) if not one.state.is_settled]
    return render_template(
        "service_entries/show.html",
        entries=entries(),
        may_ask=can_ask(actor),
        waiting=len(waiting),
    )
