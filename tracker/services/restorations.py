"""After a backup was put back: nobody is mailed a second time, and nobody who was signed in then is
so now.

What happened between the backup and now is unknown here: a message that waited then has probably
gone out since. So all of it waits for a person, steps of the ladder that have passed are not
planned again, and the ladder goes on with its next step (docs/decisions/0032).
"""

from datetime import datetime

from sqlalchemy import delete, select, update

from tracker.db import db
from tracker.domain.vocabulary import OutboxState
from tracker.models.calendar_feed import CalendarFeed
from tracker.models.confirm_link import ConfirmLink
from tracker.models.heartbeat import Heartbeat
from tracker.models.outbox import OutboxMessage, Relay
from tracker.models.plan import Plan
from tracker.models.restoration import Backup, Restoration
from tracker.models.session import ApiToken, LoginDelay, UserSession
from tracker.permissions import SYSTEM, Actor, require_administer
from tracker.queries import restorations
from tracker.services import audit, notices, occasions, outbox, reminders, second_factors

_UNDER_WAY = (OutboxState.DUE, OutboxState.RETRY, OutboxState.CLAIMED, OutboxState.HANDING_OVER)


def settle(backed_up_at: datetime, now: datetime, real_now: datetime) -> int:
    """Make a database that was just put back safe to start; how many messages wait for a decision.
    `now`: campus time, `real_now` and `backed_up_at`: the machine's."""
    row = Restoration(at=now, real_at=real_now, backed_up_at=backed_up_at)
    db.session.add(row)
    db.session.flush()
    _end_access(now, real_now)
    _hold_what_waits()
    _look_back(now, real_now)
    db.session.execute(delete(Relay))
    held = restorations.count_held()
    said = {"backed_up_at": backed_up_at.isoformat(), "held": held}
    audit.record(SYSTEM, now, "database.restored", "restoration", row.id, **said)
    db.session.flush()
    return held


def _end_access(now: datetime, real_now: datetime) -> None:
    """A session or link that was ended after the backup must not come to life again."""
    for table in (UserSession, LoginDelay):
        db.session.execute(delete(table))
    second_factors.spend(real_now)
    for links, ended in ((ApiToken, real_now), (CalendarFeed, real_now), (ConfirmLink, now)):
        db.session.execute(update(links).where(links.revoked_at.is_(None)).values(revoked_at=ended))


def _hold_what_waits() -> None:
    """Mails and words to robots alike."""
    held = {"state": OutboxState.UNCERTAIN, "reason": restorations.HELD, "owner": None}
    db.session.execute(
        update(OutboxMessage).where(OutboxMessage.state.in_(_UNDER_WAY)).values(held)
    )


def _look_back(now: datetime, real_now: datetime) -> None:
    """What the first beat would make up for: steps are passed over, and everything else that it
    would tell people is queued here, where it is held."""
    beat = db.session.get(Heartbeat, 1)
    since = beat.campus_at if beat is not None else now
    for plan in db.session.scalars(select(Plan).order_by(Plan.id)):
        reminders.pass_over(plan, now)
    occasions.note(now, since)
    waiting = notices.waiting()
    notices.send(waiting, now, real_now, len(waiting))
    db.session.execute(delete(Heartbeat))


def send_held(actor: Actor, now: datetime, real_now: datetime) -> int:
    """A person decides that all that is held shall go out; how many."""
    require_administer(actor)
    messages = restorations.held()
    for message in messages:
        outbox.resend(message, actor, now, real_now)
    return len(messages)


def discard_held(actor: Actor, now: datetime) -> int:
    """A person decides that nothing of what is held shall go out; how many."""
    require_administer(actor)
    messages = restorations.held()
    for message in messages:
        outbox.discard(message, actor, now)
    return len(messages)


def note_backup(real_now: datetime, size: int) -> None:
    """A backup of `size` bytes was made and read back; the machine's time."""
    db.session.merge(Backup(id=1, real_at=real_now, size=size))
    db.session.flush()
