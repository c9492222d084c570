"""What the heartbeat does: plan what is due, deliver what is queued. Each returns how much it did;
both may run in any number of processes at once."""

import logging
import os
import secrets
import socket
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from tracker import clock
from tracker.config import Settings
from tracker.db import db, transaction
from tracker.domain import backoff
from tracker.domain.digests import Line
from tracker.domain.errors import N_
from tracker.mail import render
from tracker.mail.message import compose_mail
from tracker.mail.password_link import render_password_link
from tracker.mail.render import Rendered
from tracker.mail.transport import (
    Doubtful,
    LeaseLost,
    Mailbox,
    Refused,
    Smtp,
    Transport,
    Unavailable,
)
from tracker.models.outbox import OutboxMessage
from tracker.queries import allowance, digests
from tracker.queries.digests import Reading
from tracker.services import (
    mail_links,
    outbox,
    password_links,
    preferences,
    rehearsal,
    relay,
    reminders,
)

log = logging.getLogger(__name__)
BATCH = 20
Allows = Callable[[], bool]


def worker_name() -> str:
    """Unique for one run of one process: a restarted sender never owns its past's leases."""
    return f"{socket.gethostname()[:30]}-{os.getpid()}-{secrets.token_hex(3)}"


def transport_for(settings: Settings) -> Transport:
    """The relay, or the mailbox folder: in a dry run, and in rehearsal unless a relay is set on
    purpose."""
    if settings.dry_run:
        return Mailbox(settings.mailbox, "dry run: written to")
    if settings.smtp_url:
        return Smtp(settings.smtp_url)
    return Mailbox(settings.mailbox)


def always() -> bool:
    """A clock that needs no guard."""
    return True


def tick(settings: Settings, owner: str, allows: Allows = always) -> tuple[int, int]:
    """One round: chunks planned, messages handled."""
    planned = remind(settings, allows=allows)
    transport = transport_for(settings)
    try:
        return planned, deliver(settings, owner, transport, allows=allows)
    finally:
        transport.close()


def remind(settings: Settings, now: datetime | None = None, allows: Allows = always) -> int:
    """Plan every due step, a chunk a transaction. `now`: campus time, by default the clock's, as
    long as its guard `allows` it."""
    chunks = 0
    while allows():
        now = now or _campus_now(settings)
        with transaction():
            worked = reminders.plan_chunk(now, clock.real_now())
        if not worked:
            return chunks
        chunks += 1
    return chunks


def deliver(
    settings: Settings,
    owner: str,
    transport: Transport,
    now: datetime | None = None,
    allows: Allows = always,
) -> int:
    """Hand over what is queued until nothing is, or until the relay is out of reach: then nobody's
    message is blamed, and no process tries again before the relay's next time. A message that
    cannot be made waits too, and holds up no other."""
    handled = 0
    with transaction():
        trial = relay.trial(clock.real_now())
    if trial is False:
        return handled
    answered = relay.recover if trial else _nothing
    while allows() and (claimed := _claim(settings, owner)):
        reading = Reading()
        for position, message_id in enumerate(claimed):
            moment = now or _campus_now(settings)
            try:
                _deliver_one(settings, owner, transport, message_id, moment, reading, answered)
            except Unavailable as problem:
                log.warning("the relay is out of reach: %s", problem)
                _postpone(claimed[position:], owner, str(problem))
                with transaction():
                    relay.fail(clock.real_now(), str(problem))
                return handled
            except SQLAlchemyError:
                raise
            except Exception as problem:
                log.exception("message %s could not be made", message_id)
                _postpone([message_id], owner, f"{type(problem).__name__}: {problem}")
            handled += 1
    return handled


def _claim(settings: Settings, owner: str) -> list[int]:
    with transaction():
        outbox.recover(clock.real_now(), settings.uncertain)
        return outbox.claim(owner, clock.real_now(), BATCH)


def _postpone(
    message_ids: list[int], owner: str, reason: str, wait: timedelta | None = None
) -> None:
    with transaction():
        outbox.postpone(message_ids, owner, clock.real_now(), reason, wait)


def _campus_now(settings: Settings) -> datetime:
    if settings.rehearsal:
        rehearsal.follow()
    return clock.now()


def _deliver_one(
    settings: Settings,
    owner: str,
    transport: Transport,
    message_id: int,
    now: datetime,
    reading: Reading,
    answered: Callable[[], None],
) -> None:
    """Render from the state of now, hand over, note how it ended."""
    message = db.session.get_one(OutboxMessage, message_id)
    if tomorrow := allowance.spent(message, settings.daily_cap, now):
        wait = min(tomorrow - now, backoff.LONGEST)  # Looked at again and again until then.
        _postpone([message_id], owner, allowance.REASON, wait)
        return
    rendered = _render(message, now, reading, settings)
    if not isinstance(rendered, str) and not settings.may_mail(rendered.to_address):
        rendered = N_("The address is not on this test site's list of recipients.")
    if isinstance(rendered, str):
        with transaction():
            outbox.skip(message_id, owner, rendered)
        return
    mail = compose_mail(
        rendered, mail_from=settings.mail_from, message_id=message.message_id, sent_at=now
    )

    def mark() -> bool:
        with transaction():
            return outbox.hand_over(
                message_id,
                owner,
                clock.real_now(),
                to_address=rendered.to_address,
                subject=rendered.subject,
                lines="\n".join(rendered.lines),
            )

    _hand_over(settings, owner, message_id, lambda: transport.send(mail, mark), answered)


def _render(
    message: OutboxMessage, now: datetime, reading: Reading, settings: Settings
) -> Rendered | str:
    """What the message says now, or the msgid of the reason why it says nothing."""
    if message.kind in password_links.GOOD_FOR:
        return _password_link(message, now, settings)
    digest = digests.compose(message, now, reading)
    if isinstance(digest, str):
        return digest
    user_id = message.user_id
    assert user_id is not None  # A digest goes to a person.
    url, key = settings.public_url, settings.secret_key

    def link(line: Line) -> str:
        if line.missing_days or not line.role.ticked:
            return f"{url}/assignments/{line.assignment_id}"
        return mail_links.address(url, key, line.assignment_id, user_id)

    return render.render(digest, now, url, link, preferences.address(url, key, user_id))


def _password_link(message: OutboxMessage, now: datetime, settings: Settings) -> Rendered | str:
    """Made anew at each try, so that the link never rests anywhere but in its mail."""
    user = message.user
    assert user is not None  # A password is a person's.
    if not user.is_active:
        return N_("The account is disabled.")
    if now >= message.not_after:
        return N_("It could not be sent for too long.")
    url, key = settings.public_url, settings.secret_key
    link = password_links.address(url, key, user, message.kind, clock.real_now())
    return render_password_link(user, message.kind, link)


def _nothing() -> None:
    """The relay was never in doubt."""


def _hand_over(
    settings: Settings,
    owner: str,
    message_id: int,
    send: Callable[[], str],
    answered: Callable[[], None],
) -> None:
    """Send and note how it ended, whatever the relay did. `answered`: it did."""
    try:
        reply = send()
    except LeaseLost:
        log.warning("message %s: the lease was lost before hand-over", message_id)
    except Refused as refusal:
        with transaction():
            answered()
            outbox.refused(message_id, owner, clock.real_now(), str(refusal), final=refusal.final)
    except Doubtful as doubt:
        with transaction():
            outbox.doubted(message_id, owner, clock.real_now(), settings.uncertain, str(doubt))
    else:
        with transaction():
            answered()
            outbox.sent(message_id, owner, clock.real_now(), reply)
