"""What a claimed message says, made from the state of now when it goes out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from tracker import clock
from tracker.config import Settings
from tracker.db import db
from tracker.domain.cutoffs import CAMPUS_ZONE, next_time
from tracker.domain.digests import Line
from tracker.domain.errors import N_
from tracker.domain.reminding import QUIET_UNTIL, is_quiet
from tracker.mail import render
from tracker.mail.group_word import render_group_word
from tracker.mail.message import Mail, compose_mail
from tracker.mail.password_link import render_password_link
from tracker.mail.render import Rendered
from tracker.mail.reports import render_report
from tracker.mail.robots import Word
from tracker.models.org import User
from tracker.permissions import actor_for, can_oversee
from tracker.queries import digests, group_words
from tracker.queries import reports as frozen
from tracker.queries.deliveries import Reading
from tracker.queries.delivery_facts import Delivery
from tracker.services import (
    mail_links,
    password_links,
    preferences,
    reports,
    second_factors,
)

REPORT_IS_LATE = timedelta(hours=1)

Content = TypeVar("Content", covariant=True)


@dataclass(frozen=True)
class Made(Generic[Content]):
    """A message with its words: `content` goes out, the rest is kept for the ledger."""

    to_address: str
    subject: str
    lines: tuple[str, ...]
    content: Content

    @property
    def as_kept(self) -> dict[str, str]:
        """By column of the outbox."""
        return {
            "to_address": self.to_address,
            "subject": self.subject,
            "lines": "\n".join(self.lines),
        }


@dataclass(frozen=True)
class Wait:
    """The message is not to go before `until` (campus time, aware). `reason`: a msgid."""

    until: datetime
    reason: str


def make_mail(
    delivery: Delivery, now: datetime, reading: Reading, settings: Settings
) -> Made[Mail] | str | Wait:
    """The mail; or the msgid of the reason why there is nothing to say; or why it has to wait."""
    if delivery.kind in password_links.GOOD_FOR or delivery.kind == second_factors.RESET:
        made, reason = _about_signing_in(delivery, now, settings), None
    elif delivery.kind == reports.MAIL:
        made, reason = (
            _report(delivery, now, settings),
            _reason_to_wait_with_a_report(delivery, now),
        )
    else:
        made = _digest(delivery, now, reading, settings)
        reason = _reason_to_wait(delivery, now, reading, settings.daily_cap)
    if isinstance(made, str):
        return made
    if reason is not None:
        return Wait(next_time(QUIET_UNTIL, now, CAMPUS_ZONE), reason)
    if not settings.may_mail(made.to_address):
        return N_("The address is not on this test site's list of recipients.")
    mail = compose_mail(
        made, mail_from=settings.mail_from, message_id=delivery.message_id, sent_at=now
    )
    return Made(made.to_address, made.subject, made.lines, mail)


def make_word(
    delivery: Delivery, now: datetime, _reading: Reading, settings: Settings
) -> Made[Word] | str:
    """The word for a group's robot; or the msgid of the reason why there is nothing to say."""
    if now >= delivery.not_after:
        return N_("It could not be sent for too long.")
    robot = delivery.to_address or ""
    digest = group_words.compose(delivery.about_id, robot, delivery.due_at, now)
    if isinstance(digest, str):
        return digest
    word = render_group_word(robot, digest, now, settings.public_url)
    return Made(robot, word.subject, word.lines, word)


def _reason_to_wait(delivery: Delivery, now: datetime, reading: Reading, cap: int) -> str | None:
    """In the quiet hours a digest waits for their end, whenever it was planned; a person who has
    had `cap` digests on this campus day (0: as many as there are) waits for the morning. A last
    call before its cut-off always goes."""
    dues = reading.dues.get(delivery.id, ())
    if any(due.rule.ignores_quiet and now < due.cutoff_at for due in dues):
        return None
    if is_quiet(now, CAMPUS_ZONE):
        return N_("It waits for the end of the quiet hours.")
    if cap and delivery.user_id is not None and reading.mailed.get(delivery.user_id, 0) >= cap:
        return N_("The person has had today's most mails; it waits for tomorrow morning.")
    return None


def _reason_to_wait_with_a_report(delivery: Delivery, now: datetime) -> str | None:
    """It comes at the hour that its readers know, also in quiet hours; late it waits for their
    end."""
    if now < delivery.due_at + REPORT_IS_LATE or not is_quiet(now, CAMPUS_ZONE):
        return None
    return N_("It waits for the end of the quiet hours.")


def _report(delivery: Delivery, now: datetime, settings: Settings) -> Rendered | str:
    user = db.session.get_one(User, delivery.user_id)
    report = frozen.find(delivery.about_id or 0)
    if report is None or now >= delivery.not_after:
        return N_("It could not be sent for too long.")
    if not user.is_active:
        return N_("The account is disabled.")
    if user.information_paused:
        return N_("The person has paused information by mail.")
    url = settings.public_url
    sees = can_oversee(actor_for(user, now))
    link = f"{url}/reports/{report.id}" if sees else ""
    leave = preferences.address(url, settings.secret_key, user.id)
    return render_report(user, frozen.facts_of(report), link, leave)


def _digest(
    delivery: Delivery, now: datetime, reading: Reading, settings: Settings
) -> Rendered | str:
    digest = digests.compose(delivery, now, reading)
    if isinstance(digest, str):
        return digest
    user_id = delivery.user_id
    assert user_id is not None  # A digest goes to a person.
    url, key = settings.public_url, settings.secret_key

    links: dict[int, str] = {}

    def link(line: Line) -> str:
        """Asked for twice, by the text and by the HTML; signed once."""
        if line.assignment_id not in links:
            plain = line.missing_days or not line.role.ticked
            links[line.assignment_id] = (
                f"{url}/assignments/{line.assignment_id}"
                if plain
                else mail_links.address(url, key, line.assignment_id, user_id)
            )
        return links[line.assignment_id]

    return render.render(digest, now, url, link, preferences.address(url, key, user_id))


def _about_signing_in(delivery: Delivery, now: datetime, settings: Settings) -> Rendered | str:
    """Made anew at each try, so that no link rests anywhere but in its mail."""
    user = db.session.get_one(User, delivery.user_id)
    if not user.is_active:
        return N_("The account is disabled.")
    if now >= delivery.not_after:
        return N_("It could not be sent for too long.")
    url, key = settings.public_url, settings.secret_key
    if delivery.kind == second_factors.RESET:
        return render_password_link(user, delivery.kind, f"{url}/login")
    link = password_links.address(url, key, user, delivery.kind, clock.real_now())
    return render_password_link(user, delivery.kind, link)
