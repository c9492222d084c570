"""Living through days in seconds: every mail the ladder would send, without a relay."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, policy

from sqlalchemy import select

from tracker.config import Settings
from tracker.db import db
from tracker.domain.cutoffs import to_instant
from tracker.jobs import ticks
from tracker.mail.message import Mail
from tracker.mail.transport import BeforeData, LeaseLost
from tracker.models.outbox import OutboxMessage


@dataclass(frozen=True)
class RehearsedMail:
    """`at`: campus wall time; `step` and `number` are those of the mail's earliest cut-off."""

    at: datetime
    to: str
    step: str
    number: int
    subject: str
    lines: tuple[str, ...]


class _Taken:
    """A relay that takes everything and keeps it in order."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []

    def send(self, mail: Mail, before_data: BeforeData) -> str:
        if not before_data():
            raise LeaseLost
        self.mails.append(mail)
        return "taken"

    def close(self) -> None:
        pass


def live_through(
    settings: Settings,
    zone: str,
    start: datetime,
    end: datetime,
    step: timedelta,
    act: Callable[[datetime], None] = lambda now: None,
) -> list[RehearsedMail]:
    """Tick from `start` to `end` (naive campus wall time, both included). `act` is called with each
    moment (aware UTC) before its tick: it is where a script ticks duties."""
    taken, mails = _Taken(), []
    wall = start
    while wall <= end:
        now = to_instant(wall, zone)
        act(now)
        before = len(taken.mails)
        ticks.remind(settings, now)
        ticks.deliver(settings, "rehearsal", taken, now)
        mails += [_mail(mail, wall) for mail in taken.mails[before:]]
        wall += step
    return mails


def _mail(sent: Mail, wall: datetime) -> RehearsedMail:
    mail = message_from_bytes(sent.content, policy=policy.default)
    lines = db.session.scalar(
        select(OutboxMessage.lines).where(OutboxMessage.message_id == sent.message_id)
    )
    return RehearsedMail(
        wall,
        mail["To"],
        mail["X-Reminder-Step"],
        int(mail["X-Reminder-Number"]),
        mail["Subject"],
        tuple((lines or "").split("\n")),
    )
