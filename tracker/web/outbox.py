"""Every mail and what became of it; academic affairs decide what goes out once more."""

from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user, login_required

from tracker import clock
from tracker.db import transaction
from tracker.domain.errors import N_, NotPermitted
from tracker.domain.vocabulary import OutboxState
from tracker.models.outbox import OutboxMessage
from tracker.models.restoration import Restoration
from tracker.permissions import can_administer, can_oversee, require_administer
from tracker.queries import outbox as messages
from tracker.queries import restorations, webhooks
from tracker.services import outbox, relay
from tracker.services import restorations as decisions
from tracker.web import choices, fetch
from tracker.web.filters import addressee, now
from tracker.web.forms import Form
from tracker.web.forms.outbox import HeldForm
from tracker.web.ladder import when

blueprint = Blueprint("outbox", __name__)
NEWS = timedelta(days=7)
"""So long after a restore the page says that there was one, whatever was decided."""

LISTED = 10
"""How many messages in trouble the red box names; the rest are a link away."""


@blueprint.get("/outbox")
@login_required
def show() -> ResponseReturnValue:
    if not can_oversee(current_user.actor):
        raise NotPermitted(N_("Only those who see every unit may read the outbox."))
    state = _state()
    counts, held = messages.counts(), restorations.count_held()
    page = choices.existing(messages.messages(state, choices.page_number()))
    return render_template(
        "outbox/show.html",
        state=state,
        states=[(each, counts[each]) for each in OutboxState if each in counts],
        total=sum(counts.values()),
        page=page,
        relay=messages.relay(),
        restoration=_restoration(held),
        held=held,
        trouble=messages.count_in_trouble(),
        in_trouble=messages.in_trouble(LISTED),
        hooks_failing=webhooks.failing() if can_administer(current_user.actor) else 0,
    )


def _restoration(held: int) -> Restoration | None:
    """The last one, while it is news or something waits for a decision because of it."""
    last = restorations.latest()
    if last is None:
        return None
    is_news = clock.real_now() - last.real_at < NEWS
    return last if is_news or held else None


@blueprint.post("/outbox/held")
@login_required
def decide_held() -> ResponseReturnValue:
    """All that waits since a backup was restored, in one go."""
    require_administer(current_user.actor)
    form = HeldForm()
    if not form.validate():
        abort(400)
    with transaction():
        if form.decision.data == "send":
            count = decisions.send_held(current_user.actor, now(), clock.real_now())
            said = ngettext("%(num)s mail goes out.", "%(num)s mails go out.", count)
        else:
            count = decisions.discard_held(current_user.actor, now())
            said = ngettext("%(num)s mail is discarded.", "%(num)s mails are discarded.", count)
    flash(said)
    return redirect(url_for("outbox.show"), 303)


@blueprint.post("/outbox/relay")
@login_required
def try_relay() -> ResponseReturnValue:
    """Whoever has mended the mail server does not wait for the next try."""
    require_administer(current_user.actor)
    if not Form().validate():
        abort(400)
    with transaction():
        relay.try_now(current_user.actor, now(), clock.real_now())
    flash(_("The mail server is tried again within seconds."))
    return redirect(url_for("outbox.show"), 303)


@blueprint.get("/outbox/<int:message_id>")
@login_required
def one(message_id: int) -> ResponseReturnValue:
    message = fetch.get_message_for(current_user.actor, message_id)
    return render_template(
        "outbox/one.html",
        message=message,
        attempts=messages.attempts_of(message),
        reminders=messages.reminders_of(message),
        may_resend=message.state in outbox.RESENDABLE,
        may_discard=message.state in outbox.DISCARDABLE,
        when=when,
    )


@blueprint.post("/outbox/<int:message_id>/resend")
@login_required
def resend(message_id: int) -> ResponseReturnValue:
    message = _own_to_decide(message_id)
    with transaction():
        outbox.resend(message, current_user.actor, now(), clock.real_now())
    flash(_("The mail to %(name)s goes out again.", name=addressee(message)))
    return redirect(url_for("outbox.one", message_id=message_id), 303)


@blueprint.post("/outbox/<int:message_id>/discard")
@login_required
def discard(message_id: int) -> ResponseReturnValue:
    message = _own_to_decide(message_id)
    with transaction():
        outbox.discard(message, current_user.actor, now())
    flash(_("The mail to %(name)s is discarded.", name=addressee(message)))
    return redirect(url_for("outbox.one", message_id=message_id), 303)


def _own_to_decide(message_id: int) -> OutboxMessage:
    """404 for who may not read it, 403 for who may only read it."""
    message = fetch.get_message_for(current_user.actor, message_id)
    require_administer(current_user.actor)
    return message


def _state() -> OutboxState | None:
    typed = request.args.get("state")
    if typed is None:
        return None
    return OutboxState(typed) if typed in list(OutboxState) else choices.unknown(typed)
