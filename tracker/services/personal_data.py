"""Erasing a person: an account, or a student on the lists. There is no way back."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.policy import default as modern
from pathlib import Path

from sqlalchemy import delete, or_, select, update

from tracker.db import db
from tracker.domain.audit import Entry
from tracker.domain.errors import N_, IllegalStep, InvalidInput
from tracker.domain.personal_data import Eraser, pseudonym, swaps_of, swaps_of_student
from tracker.models.calendar_feed import CalendarFeed
from tracker.models.care import CareRecord
from tracker.models.idempotency import FirstAnswer
from tracker.models.org import Membership, User
from tracker.models.report import Report, ReportReader
from tracker.models.roster import RosterItem
from tracker.models.second_factor import RecoveryCode, SecondFactor
from tracker.models.session import ApiToken, ApiUsage, LoginDelay, UserSession
from tracker.permissions import SYSTEM, Actor, require_administer
from tracker.queries import personal_data as queries
from tracker.services import accounts, audit, erasure


@dataclass(frozen=True)
class Erased:
    """How many `rows`, `events` of the record and frozen `reports` were changed. `email`: whose
    mails in a rehearsal's mailbox are to go as well."""

    rows: int
    events: int
    reports: int
    email: str = ""


def erase(user: User, actor: Actor, now: datetime, real_now: datetime, *, typed: str) -> Erased:
    """The account's data give way to a pseudonym everywhere; what was done stays. `typed`: the
    address, as whoever decides it typed it. Said again, it changes nothing (B-17). Raises
    NotPermitted, InvalidInput, IllegalStep."""
    if actor != SYSTEM:
        require_administer(actor)
    db.session.refresh(user, with_for_update={"of": User})
    if user.erased_at is not None:
        return Erased(0, 0, 0)
    if user.id == actor.user_id:
        raise InvalidInput("email", N_("You cannot erase yourself."))
    if typed.strip().lower() != user.email:
        raise InvalidInput("email", N_("This is not the address of this person."))
    if queries.is_under_way(user):
        raise IllegalStep(
            N_("A mail to this person is being sent just now. Try again in a minute.")
        )
    email = user.email
    _end(user, actor, now, real_now)
    done = _swap(user, actor, now)
    alias = pseudonym(user.id)
    user.email, user.name, user.name_en = alias.email, alias.name, alias.name_en
    user.password_hash = user.locale = user.digest_hour = user.staff_number = None
    user.is_observer = user.named_in_group = False
    user.erased_at = now
    audit.record(actor, now, "user.erased", "user", user.id, rows=done.rows, events=done.events)
    db.session.flush()
    return Erased(done.rows, done.events, done.reports, email)


def erase_student(key: str, actor: Actor, now: datetime) -> Erased:
    """Of every list that has the key: name and key give way to a pseudonym, records of one plan
    per student are deleted; ticks and counts stay. Raises NotPermitted, InvalidInput."""
    if actor != SYSTEM:
        require_administer(actor)
    items = db.session.scalars(select(RosterItem).where(RosterItem.key == key)).all()
    if not items:
        raise InvalidInput("key", N_("No list has this key."))
    ids = [item.id for item in items]
    labels = {item.label for item in items if item.label}
    others = select(RosterItem.label).where(RosterItem.label.in_(labels), RosterItem.key != key)
    swaps = swaps_of_student(key, labels - set(db.session.scalars(others)), min(ids))
    db.session.execute(delete(CareRecord).where(CareRecord.roster_item_id.in_(ids)))
    own = {swap.old: swap.new for swap in swaps}
    for item in items:
        alias = f"原学生{min(ids)}"
        item.key, item.label, item.detail = own[key], own.get(item.label, alias), ""
        item.search = ""
    db.session.flush()
    done = _everywhere(Eraser(swaps, queries.other_names(None)), None, None, actor, now)
    audit.record(actor, now, "student.erased", "roster", min(ids), lists=len(ids))
    return done


def forget_mailbox(folder: Path, email: str) -> int:
    """Delete the mails to an address that a rehearsal or a dry run keeps as files."""
    gone = 0
    for path in folder.glob("*.eml"):
        headers = message_from_bytes(path.read_bytes(), policy=modern)
        if email in str(headers["To"]).lower():
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _end(user: User, actor: Actor, now: datetime, real_now: datetime) -> None:
    """Whatever lets the person in or reaches them; mail that waits goes to who stands in."""
    if actor == SYSTEM:
        accounts.end(user, now, real_now)
    else:
        accounts.set_active(user, actor, now, real_now, False)
    tokens = select(ApiToken.id).where(ApiToken.user_id == user.id)
    db.session.execute(delete(ApiUsage).where(ApiUsage.token_id.in_(tokens)))
    ways_in = (UserSession, ApiToken, CalendarFeed, SecondFactor, RecoveryCode)
    for model in (*ways_in, ReportReader, FirstAnswer):
        db.session.execute(delete(model).where(model.user_id == user.id))
    keys = LoginDelay.key.icontains(user.email, autoescape=True)
    db.session.execute(delete(LoginDelay).where(keys))
    lasting = or_(Membership.ends_at.is_(None), Membership.ends_at > now)
    held = update(Membership).where(Membership.user_id == user.id, lasting)
    db.session.execute(held.values(ends_at=now))


def _swap(user: User, actor: Actor, now: datetime) -> Erased:
    """A name that somebody else has too gives way only where the person is meant for certain."""
    swaps = swaps_of(queries.identity(user), pseudonym(user.id))
    shared, others = queries.shared_names(user), queries.other_names(user.id)
    certain = Eraser(swaps, others)
    anywhere = Eraser([swap for swap in swaps if swap.old not in shared], others)
    return _everywhere(anywhere, certain, user, actor, now)


def _everywhere(
    anywhere: Eraser, certain: Eraser | None, user: User | None, actor: Actor, now: datetime
) -> Erased:
    certain = certain or anywhere
    user_id = user.id if user is not None else None

    def rewrite(entry: Entry) -> Entry:
        mine = user_id is not None and entry.user_id == user_id
        eraser = certain if mine else anywhere
        detail = eraser.value(entry.detail)
        assert isinstance(detail, dict)
        name = pseudonym(user_id).name if mine and user_id is not None else eraser.text(entry.actor)
        return Entry(
            entry.at, entry.user_id, name, entry.action, entry.subject, entry.subject_id, detail
        )

    rows = erasure.everywhere(anywhere, certain, user_id)
    words = anywhere.looked_for
    events = erasure.events(rewrite, actor, now, erasure.said_of(user_id, words))
    named = or_(*(Report.content.icontains(word, autoescape=True) for word in words))
    return Erased(rows, events, erasure.reports(anywhere.value, actor, now, named))
