"""Webhooks: academic affairs name an address, what happens is queued for it in the outbox, and one
that fails rests, and after days is switched off.

`real_now` is the machine's time, `now` campus time.
"""

import base64
import hashlib
import hmac
import random
import secrets
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select

from tracker.db import db
from tracker.domain import backoff, text, webhooks
from tracker.domain.errors import N_, IllegalStep, InvalidInput
from tracker.domain.vocabulary import NoticeKind
from tracker.domain.webhooks import AT_LEAST, GIVES_UP_AFTER, HookEvent, require_target
from tracker.models.audit import AuditEvent
from tracker.models.webhook import HookDelivery, Webhook
from tracker.permissions import SYSTEM, Actor, require_administer
from tracker.queries.holders import holders
from tracker.services import audit, notices, outbox
from tracker.services.outbox import WEBHOOK, Order

MOST = 20
"""Webhooks that are on."""

REASON_MAX = 500
_chance = random.SystemRandom()


def secret_of(hook: Webhook, secret_key: str) -> str:
    """What the receiver checks signatures with. It is kept nowhere: it follows from the
    installation's own key."""
    made = hmac.new(secret_key.encode(), f"webhook/{hook.nonce}".encode(), hashlib.sha256)
    return "whsec_" + base64.urlsafe_b64encode(made.digest()).decode().rstrip("=")


def add(
    actor: Actor,
    now: datetime,
    real_now: datetime,
    *,
    url: str,
    events: Iterable[str],
    rehearsal: bool,
) -> Webhook:
    """A new one; it hears what happens from now on. Raises NotPermitted, InvalidInput,
    IllegalStep."""
    require_administer(actor)
    url = url.strip()
    require_target(url, rehearsal=rehearsal)
    wanted = webhooks.chosen(events)
    assert actor.user_id is not None  # Whoever administers is a person.
    hook = Webhook(
        url=url,
        nonce=secrets.token_hex(16),
        events=" ".join(wanted),
        user_id=actor.user_id,
        created_at=now,
    )
    _require_place(hook)
    _begin(hook, real_now)
    db.session.add(hook)
    db.session.flush()
    audit.record(actor, now, "webhook.added", "webhook", hook.id, events=hook.events)
    return hook


def disable(hook: Webhook, actor: Actor, now: datetime) -> None:
    """Nothing is sent to it any more, also what waits. Again, nothing changes (B-17)."""
    require_administer(actor)
    lock(hook)
    if hook.disabled_at is None:
        hook.disabled_at = now
        audit.record(actor, now, "webhook.disabled", "webhook", hook.id)
        db.session.flush()


def enable(hook: Webhook, actor: Actor, now: datetime, real_now: datetime) -> None:
    """It hears what happens from now on, with the secret it had. Again, nothing changes (B-17).
    Raises NotPermitted, InvalidInput, IllegalStep."""
    require_administer(actor)
    lock(hook)
    if hook.disabled_at is not None:
        _require_place(hook)
        _begin(hook, real_now)
        audit.record(actor, now, "webhook.enabled", "webhook", hook.id)
        db.session.flush()


def ping(hook: Webhook, actor: Actor, now: datetime, real_now: datetime) -> None:
    """Queue a test; one a minute. A hook that rests is tried at once. Raises NotPermitted,
    IllegalStep."""
    require_administer(actor)
    lock(hook)
    if hook.disabled_at is not None:
        raise IllegalStep(N_("The webhook is switched off."))
    hook.next_try_at = None
    minute = f"{hook.id}/{now:%Y-%m-%dT%H:%M}"
    if queue(hook, [(HookEvent.PING, minute, None)], now, real_now):
        audit.record(actor, now, "webhook.pinged", "webhook", hook.id)
    db.session.flush()


def lock(hook: Webhook) -> None:
    """Queue behind whoever else changes it, then read afresh."""
    db.session.refresh(hook, with_for_update={"of": Webhook})


def queue(
    hook: Webhook,
    told: Iterable[tuple[HookEvent, str, int | None]],
    now: datetime,
    real_now: datetime,
) -> int:
    """Messages to the hook: (what, a key once for ever, the id of what it is about). How many are
    new."""
    wanted = webhooks.target(hook.url)
    host = wanted.host if wanted is not None else ""
    orders = [
        Order(
            kind=event,
            key=f"hook/{hook.id}/{key}",
            user_id=None,
            due_at=now,
            not_after=now + GIVES_UP_AFTER,
            channel=WEBHOOK,
            to_address=host[:254],
            about_id=about_id,
        )
        for event, key, about_id in told
    ]
    queued = outbox.enqueue_all(orders, real_now)
    for order, message in queued.items():
        is_recorded = order.kind in webhooks.RECORDED
        event_id = order.about_id if is_recorded else None
        db.session.add(HookDelivery(message_id=message.id, webhook_id=hook.id, event_id=event_id))
    db.session.flush()
    return len(queued)


def answered(hook: Webhook) -> None:
    """It took an event: whatever was wrong is over."""
    if hook.failures:
        lock(hook)
        hook.failures, hook.failing_since, hook.next_try_at, hook.reason = 0, None, None, None
        db.session.flush()


def failed(hook: Webhook, now: datetime, real_now: datetime, reason: str) -> None:
    """It did not take an event: nobody calls it for a while, longer each time; after days it is
    switched off and academic affairs are told."""
    lock(hook)
    if hook.disabled_at is not None:
        return
    hook.failures += 1
    hook.failing_since = min(hook.failing_since or real_now, real_now)
    hook.next_try_at = real_now + backoff.relay_pause(hook.failures, _chance)
    hook.reason = text.line(reason, REASON_MAX)
    if real_now - hook.failing_since >= GIVES_UP_AFTER and hook.failures >= AT_LEAST:
        hook.disabled_at = now
        hook.outages += 1
        affairs = [holder.user_id for holder in holders(now) if holder.is_affairs]
        about = webhooks.about_outage(hook.id, hook.outages)
        notices.tell(NoticeKind.HOOK_OFF, about, affairs, now)
        audit.record(SYSTEM, now, "webhook.switched_off", "webhook", hook.id, reason=hook.reason)
    db.session.flush()


def _begin(hook: Webhook, real_now: datetime) -> None:
    hook.enabled_at, hook.disabled_at = real_now, None
    hook.seen_event_id = db.session.scalar(select(func.max(AuditEvent.id))) or 0
    hook.failures, hook.failing_since, hook.next_try_at, hook.reason = 0, None, None, None


def _require_place(hook: Webhook) -> None:
    on = list(db.session.scalars(select(Webhook.url).where(Webhook.disabled_at.is_(None))))
    if hook.url in on:
        raise InvalidInput("url", N_("There is a webhook to this address already."))
    if len(on) >= MOST:
        raise IllegalStep(N_("There are %(most)s webhooks: switch one off first."), most=MOST)
