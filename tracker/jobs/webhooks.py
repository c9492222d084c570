"""Telling other programs what happened: by the steps of every message, each hook by itself, so that
one that fails rests and holds up no other."""

import json
from datetime import datetime, timedelta

from tracker import clock
from tracker.config import Settings
from tracker.db import db, transaction
from tracker.domain.errors import N_
from tracker.domain.webhooks import HookEvent, target
from tracker.jobs.making import Made, Wait
from tracker.jobs.sender import Sender, campus_now
from tracker.jobs.sending import Allows, always, recovering
from tracker.mail.transport import BeforeData, Refused
from tracker.mail.webhooks import Call, Hooks
from tracker.queries import webhooks as queries
from tracker.queries.deliveries import Reading
from tracker.queries.delivery_facts import Delivery
from tracker.services import handovers, hook_events, webhooks
from tracker.services.outbox import WEBHOOK

BATCH = 8
"""Events claimed at once: however slow their receivers, they are through within the lease."""

FARTHEST = timedelta(minutes=10)
"""No hook rests longer: a try farther ahead was noted before the machine's clock was set back."""


class _Watched:
    """The receivers, and what the last one asked came to: None where none was asked, an empty text
    where it took the event, else why not."""

    def __init__(self, hooks: Hooks) -> None:
        self._hooks = hooks
        self.outcome: str | None = None

    def send(self, call: Call, before_data: BeforeData) -> str:
        try:
            reply = self._hooks.send(call, before_data)
        except Refused as refusal:
            self.outcome = str(refusal)
            raise
        self.outcome = ""
        return reply


def hooks_of(settings: Settings) -> Hooks:
    return Hooks(lambda: clock.real_now().timestamp(), rehearsal=settings.rehearsal)


def tell_hooks(
    settings: Settings,
    owner: str,
    hooks: Hooks,
    now: datetime | None = None,
    allows: Allows = always,
) -> int:
    """Queue what the record has that is new, and hand over what waits; how many were handled.
    `now`: campus time, by default the clock's."""
    while allows() and hook_events.any_news():
        with transaction():
            if not hook_events.queue_news(now or campus_now(settings), clock.real_now()):
                break
    db.session.rollback()
    watched, handled = _Watched(hooks), 0
    while allows() and (claimed := _claim(settings, owner)):
        for message_id in claimed:
            watched.outcome = None
            Sender(settings, owner, watched, make_call, now, in_doubt=False).send([message_id])
            _note(message_id, watched.outcome, now or campus_now(settings))
        handled += len(claimed)
    return handled


def _claim(settings: Settings, owner: str) -> list[int]:
    with recovering(settings):
        return handovers.claim(owner, clock.real_now(), BATCH, WEBHOOK)


def _note(message_id: int, outcome: str | None, now: datetime) -> None:
    """How the receiver stands now; a failure is noted apart from the message's own."""
    if outcome is None:
        return
    with transaction():
        hook = queries.hook_for(message_id)
        if hook is not None and outcome:
            webhooks.failed(hook, now, clock.real_now(), outcome)
        elif hook is not None:
            webhooks.answered(hook)


def make_call(
    delivery: Delivery, now: datetime, _reading: Reading, settings: Settings
) -> Made[Call] | str | Wait:
    """The request; or the msgid of the reason why none is made; or why it has to wait."""
    hook = queries.hook_for(delivery.id)
    wanted = target(hook.url) if hook is not None else None
    if hook is None or wanted is None or hook.disabled_at is not None:
        return N_("The webhook is switched off.")
    if now >= delivery.not_after:
        return N_("It could not be sent for too long.")
    if settings.dry_run:
        return N_("Dry run: nothing leaves this machine.")
    real_now = clock.real_now()
    if hook.next_try_at is not None and real_now < hook.next_try_at <= real_now + FARTHEST:
        rest = hook.next_try_at - real_now
        return Wait(now + rest, N_("The receiver failed just now; it is tried again later."))
    told = json.dumps(queries.payload(delivery), ensure_ascii=False, separators=(",", ":"))
    secret = webhooks.secret_of(hook, settings.secret_key)
    event = HookEvent(delivery.kind).value
    call = Call(wanted, secret, event, delivery.message_id, told.encode())
    return Made(wanted.host[:254], event, (told,), call)
