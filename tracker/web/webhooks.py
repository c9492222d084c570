"""Other programs that are told what happens; academic affairs name them."""

from flask import Blueprint, abort, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker import clock, language
from tracker.config import Settings
from tracker.db import transaction
from tracker.domain.errors import IllegalStep, InvalidInput
from tracker.domain.webhooks import CHOICES, HookEvent
from tracker.models.webhook import Webhook
from tracker.permissions import require_administer
from tracker.queries import webhooks as queries
from tracker.services import webhooks
from tracker.web import fetch
from tracker.web.filters import locale, now
from tracker.web.forms import Form
from tracker.web.forms.webhooks import WebhookForm

blueprint = Blueprint("webhooks", __name__)


@blueprint.get("/webhooks")
@login_required
def index() -> ResponseReturnValue:
    require_administer(current_user.actor)
    return _page(WebhookForm(formdata=None))


@blueprint.post("/webhooks")
@login_required
def add() -> ResponseReturnValue:
    """A new one; its secret is shown on the answer itself and never again."""
    require_administer(current_user.actor)
    form = WebhookForm()
    if not form.validate():
        return _page(form), 422
    settings: Settings = current_app.config["TRACKER"]
    try:
        with transaction():
            hook = webhooks.add(
                current_user.actor,
                now(),
                clock.real_now(),
                url=form.url.data or "",
                events=form.event.data or (),
                rehearsal=settings.rehearsal,
            )
            secret, hook_id, url = (
                webhooks.secret_of(hook, settings.secret_key),
                hook.id,
                hook.url,
            )
    except (InvalidInput, IllegalStep) as problem:
        of_events = isinstance(problem, InvalidInput) and problem.field == "event"
        field = form.event if of_events else form.url
        field.errors = [language.error(locale(), problem)]
        return _page(form), 422
    return render_template("webhooks/made.html", secret=secret, hook_id=hook_id, url=url)


@blueprint.get("/webhooks/<int:hook_id>")
@login_required
def show(hook_id: int) -> ResponseReturnValue:
    hook = _hook(hook_id)
    return render_template(
        "webhooks/show.html",
        hook=hook,
        events=[HookEvent(word) for word in hook.events.split()],
        deliveries=queries.last_deliveries(hook),
        kinds={event.value: event for event in HookEvent},
    )


@blueprint.post("/webhooks/<int:hook_id>/ping")
@login_required
def ping(hook_id: int) -> ResponseReturnValue:
    hook = _sent(hook_id)
    with transaction():
        webhooks.ping(hook, current_user.actor, now(), clock.real_now())
    flash(_("A ping goes out within seconds. What it came to stands under “Last deliveries”."))
    return _back(hook_id)


@blueprint.post("/webhooks/<int:hook_id>/disable")
@login_required
def disable(hook_id: int) -> ResponseReturnValue:
    hook = _sent(hook_id)
    with transaction():
        webhooks.disable(hook, current_user.actor, now())
    flash(_("The webhook is switched off: nothing is sent to it any more."))
    return _back(hook_id)


@blueprint.post("/webhooks/<int:hook_id>/enable")
@login_required
def enable(hook_id: int) -> ResponseReturnValue:
    hook = _sent(hook_id)
    with transaction():
        webhooks.enable(hook, current_user.actor, now(), clock.real_now())
    flash(_("The webhook is on: it is told what happens from now on."))
    return _back(hook_id)


def _hook(hook_id: int) -> Webhook:
    """403 for who may not administer, then 404 for what is not there."""
    require_administer(current_user.actor)
    return fetch.existing(Webhook, hook_id)


def _sent(hook_id: int) -> Webhook:
    hook = _hook(hook_id)
    if not Form().validate():
        abort(400)
    return hook


def _back(hook_id: int) -> ResponseReturnValue:
    return redirect(url_for("webhooks.show", hook_id=hook_id), 303)


def _page(form: WebhookForm) -> str:
    return render_template("webhooks/index.html", form=form, hooks=queries.every(), events=CHOICES)
