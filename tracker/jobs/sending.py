"""Delivering what is queued: claim, make from the state of then, mark, hand over, note the end.

Any number of processes may do it at once.
"""

import logging
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
from tracker.mail.message import Mail, compose_mail
from tracker.mail.password_link import render_password_link
from tracker.mail.render import Rendered
from tracker.mail.transport import Doubtful, LeaseLost, Refused, Transport, Unavailable
from tracker.models.org import User
from tracker.queries import allowance, deliveries, digests
from tracker.queries.deliveries import Delivery, Reading
from tracker.services import handovers, mail_links, password_links, preferences, rehearsal, relay

log = logging.getLogger(__name__)
BATCH = 100
"""Messages claimed at once. What a slow relay leaves when the lease is over is anybody's."""

Allows = Callable[[], bool]


def always() -> bool:
    """A clock that needs no guard."""
    return True


def campus_now(settings: Settings) -> datetime:
    """Campus time; in rehearsal the one that all processes share."""
    if settings.rehearsal:
        rehearsal.follow()
    return clock.now()


def deliver(
    settings: Settings,
    owner: str,
    transport: Transport,
    now: datetime | None = None,
    allows: Allows = always,
) -> int:
    """Hand over what is queued until nothing is, or until the relay is out of reach: then nobody's
    message is blamed, and no process tries again before the relay's next time. A message that
    cannot be made waits too, and holds up no other. How many were handled."""
    with transaction():
        trial = relay.trial(clock.real_now())
    if trial is False:
        return 0
    sender = _Sender(settings, owner, transport, now, in_doubt=trial is True)
    while allows() and (claimed := _claim(settings, owner)):
        if not sender.send(claimed):
            break
    return sender.handled


def deliver_one(settings: Settings, owner: str, transport: Transport, message_id: int) -> None:
    """`deliver` for one message, if it is still anybody's to send."""
    with transaction():
        if relay.trial(clock.real_now()) is False:
            return
        handovers.recover(clock.real_now(), settings.uncertain)
        claimed = handovers.claim(owner, clock.real_now(), 1, only=message_id)
    _Sender(settings, owner, transport, None, in_doubt=True).send(claimed)


def _claim(settings: Settings, owner: str) -> list[int]:
    with transaction():
        handovers.recover(clock.real_now(), settings.uncertain)
        return handovers.claim(owner, clock.real_now(), BATCH)


class _Sender:
    """One run of one process over the queue. `in_doubt`: the relay was out of reach, and every
    answer of it is good news."""

    def __init__(
        self,
        settings: Settings,
        owner: str,
        transport: Transport,
        now: datetime | None,
        in_doubt: bool,
    ) -> None:
        self.settings, self.owner, self.transport = settings, owner, transport
        self.now, self.in_doubt = now, in_doubt
        self.handled = 0
        self.reading: Reading | None = None

    def send(self, claimed: list[int]) -> bool:
        """Every claimed message in turn. False: the relay is out of reach."""
        self.reading = reading = self._read(claimed)
        for position, message_id in enumerate(claimed):
            if not reading.stands():
                self.reading = reading = self._read(claimed[position:])
            try:
                self._send_one(reading.deliveries[message_id], reading)
            except Unavailable as problem:
                log.warning("the relay is out of reach: %s", problem)
                self._postpone(claimed[position:], str(problem))
                with transaction():
                    relay.fail(clock.real_now(), str(problem))
                return False
            except SQLAlchemyError:
                raise
            except Exception as problem:
                log.exception("message %s could not be made", message_id)
                self._postpone([message_id], f"{type(problem).__name__}: {problem}")
            self.handled += 1
        return True

    def _read(self, message_ids: list[int]) -> Reading:
        db.session.rollback()  # What was read before is not what is.
        return deliveries.read(message_ids, self._moment(), self.reading)

    def _moment(self) -> datetime:
        return self.now or campus_now(self.settings)

    def _send_one(self, delivery: Delivery, reading: Reading) -> None:
        now = self._moment()
        made = _make(delivery, now, reading, self.settings)
        if isinstance(made, datetime):
            wait = min(made - now, backoff.LONGEST)  # Looked at again and again until then.
            self._postpone([delivery.id], allowance.REASON, wait)
        elif isinstance(made, str):
            with transaction():
                handovers.skip(delivery.id, self.owner, made)
        else:
            mail = compose_mail(
                made,
                mail_from=self.settings.mail_from,
                message_id=delivery.message_id,
                sent_at=now,
            )
            self._hand_over(delivery, reading, made, mail)

    def _hand_over(self, delivery: Delivery, reading: Reading, made: Rendered, mail: Mail) -> None:
        """Send and note how it ended, whatever the relay did."""

        def mark() -> bool:
            with transaction():
                return handovers.hand_over(
                    delivery.id,
                    self.owner,
                    clock.real_now(),
                    to_address=made.to_address,
                    subject=made.subject,
                    lines="\n".join(made.lines),
                )

        about = (delivery.id, self.owner)
        try:
            reply = self.transport.send(mail, mark)
        except LeaseLost:
            log.warning("message %s: the lease was lost before hand-over", delivery.id)
        except Refused as refusal:
            with transaction():
                self._answered()
                handovers.refused(*about, clock.real_now(), str(refusal), final=refusal.final)
        except Doubtful as doubt:
            with transaction():
                handovers.doubted(*about, clock.real_now(), self.settings.uncertain, str(doubt))
        else:
            with transaction():
                self._answered()
                handovers.sent(*about, clock.real_now(), reply)
            if delivery.user_id is not None:
                reading.mailed[delivery.user_id] = reading.mailed.get(delivery.user_id, 0) + 1

    def _answered(self) -> None:
        if self.in_doubt:
            relay.recover()
            self.in_doubt = False

    def _postpone(self, message_ids: list[int], reason: str, wait: timedelta | None = None) -> None:
        with transaction():
            handovers.postpone(message_ids, self.owner, clock.real_now(), reason, wait)


def _make(
    delivery: Delivery, now: datetime, reading: Reading, settings: Settings
) -> Rendered | str | datetime:
    """What the message says now; or the msgid of the reason why it says nothing; or until when it
    has to wait."""
    if delivery.kind in password_links.GOOD_FOR:
        made = _password_link(delivery, now, settings)
    elif _has_had_enough(delivery, reading, settings.daily_cap):
        return allowance.morning_after(now)
    else:
        made = _digest(delivery, now, reading, settings)
    if not isinstance(made, str) and not settings.may_mail(made.to_address):
        return N_("The address is not on this test site's list of recipients.")
    return made


def _has_had_enough(delivery: Delivery, reading: Reading, cap: int) -> bool:
    """Whether the person has had `cap` digests on this campus day (0: as many as there are). A
    last call always goes."""
    if not cap or delivery.user_id is None or reading.mailed.get(delivery.user_id, 0) < cap:
        return False
    return not any(due.rule.ignores_quiet for due in reading.dues.get(delivery.id, ()))


def _digest(
    delivery: Delivery, now: datetime, reading: Reading, settings: Settings
) -> Rendered | str:
    digest = digests.compose(delivery, now, reading)
    if isinstance(digest, str):
        return digest
    user_id = delivery.user_id
    assert user_id is not None  # A digest goes to a person.
    url, key = settings.public_url, settings.secret_key

    def link(line: Line) -> str:
        if line.missing_days or not line.role.ticked:
            return f"{url}/assignments/{line.assignment_id}"
        return mail_links.address(url, key, line.assignment_id, user_id)

    return render.render(digest, now, url, link, preferences.address(url, key, user_id))


def _password_link(delivery: Delivery, now: datetime, settings: Settings) -> Rendered | str:
    """Made anew at each try, so that the link never rests anywhere but in its mail."""
    user = db.session.get_one(User, delivery.user_id)
    if not user.is_active:
        return N_("The account is disabled.")
    if now >= delivery.not_after:
        return N_("It could not be sent for too long.")
    url, key = settings.public_url, settings.secret_key
    link = password_links.address(url, key, user, delivery.kind, clock.real_now())
    return render_password_link(user, delivery.kind, link)
