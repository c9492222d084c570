"""Posts, not persons: who holds which post in a unit, and the mail that follows the post."""

from datetime import datetime

from sqlalchemy import select

from tracker.db import db
from tracker.domain.errors import N_, IllegalStep, InvalidInput
from tracker.domain.vocabulary import Post
from tracker.models.org import Membership, Unit, User, holding
from tracker.models.outbox import OutboxMessage
from tracker.models.reminder import Reminder
from tracker.permissions import Actor, require_staff
from tracker.services import audit, notices, outbox
from tracker.services.outbox import Order


def give(
    user: User,
    unit: Unit,
    post: Post,
    actor: Actor,
    now: datetime,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Membership:
    """The person holds the post from `starts_at` (by default at once) until `ends_at` (exclusive;
    None: for good). Given again, the period is the new one; the very same changes nothing.

    Raises NotPermitted, InvalidInput.
    """
    require_staff(actor, unit.id, post)
    if not user.is_active:
        raise InvalidInput("email", N_("This account is disabled: enable it first."))
    if ends_at is not None and ends_at <= max(starts_at or now, now):
        raise InvalidInput("ends_on", N_("The last day lies before the first, or is over."))
    held = _membership(user, unit, post)
    if held is None:
        held = Membership(user_id=user.id, unit_id=unit.id, post=post)
        db.session.add(held)
    elif (held.starts_at, held.ends_at) == (starts_at, ends_at):
        return held
    held.starts_at, held.ends_at = starts_at, ends_at
    audit.record(
        actor,
        now,
        "post.given",
        "user",
        user.id,
        unit=unit.code,
        post=post,
        starts_at=starts_at.isoformat() if starts_at else None,
        ends_at=ends_at.isoformat() if ends_at else None,
    )
    db.session.flush()
    return held


def end(membership: Membership, actor: Actor, now: datetime, real_now: datetime) -> None:
    """The person holds the post no longer; mail that waits goes to whoever stands in. Ended again,
    nothing changes. Raises NotPermitted."""
    require_staff(actor, membership.unit_id, membership.post)
    db.session.refresh(membership, with_for_update={"of": Membership})
    if membership.ends_at is not None and membership.ends_at <= now:
        return
    membership.ends_at = now
    unit, user = membership.unit, membership.user
    audit.record(actor, now, "post.ended", "user", user.id, unit=unit.code, post=membership.post)
    db.session.flush()
    for successor in stand_ins(unit, user, now):
        _follow(user, successor, now, real_now)


def hand_over(
    membership: Membership, successor: User, actor: Actor, now: datetime, real_now: datetime
) -> None:
    """One step: the successor holds the post, the holder does not, and the holder's mail that
    waits goes to the successor. Raises NotPermitted, InvalidInput, IllegalStep."""
    db.session.refresh(membership, with_for_update={"of": Membership})
    if not membership.holds(now):
        raise IllegalStep(N_("This post is no longer held by that person."))
    if successor.id == membership.user_id:
        raise InvalidInput("email", N_("This person holds the post already."))
    give(successor, membership.unit, membership.post, actor, now, ends_at=membership.ends_at)
    membership.ends_at = now
    audit.record(
        actor,
        now,
        "post.handed_over",
        "user",
        membership.user_id,
        unit=membership.unit.code,
        post=membership.post,
        to=successor.email,
    )
    db.session.flush()
    _follow(membership.user, successor, now, real_now)


def pass_on_mail(user: User, now: datetime, real_now: datetime) -> None:
    """What waits for a person who is leaving (a disabled account) goes to whoever stands in, in
    every unit where they hold a post."""
    for membership in user.memberships:
        if membership.holds(now):
            for successor in stand_ins(membership.unit, user, now):
                _follow(user, successor, now, real_now)


def stand_ins(unit: Unit, leaver: User, now: datetime) -> list[User]:
    """Whom a unit's mail reaches without `leaver`: its contact and deputy, else its head."""
    holders = db.session.execute(
        select(User, Membership.post)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.unit_id == unit.id, User.is_active, User.id != leaver.id)
        .where(holding(now))
        .order_by(User.id)
    ).all()
    for posts in ((Post.CONTACT, Post.DEPUTY), (Post.LEAD,)):
        found = dict.fromkeys(user for user, post in holders if post in posts)
        if found:
            return list(found)
    return []


def _membership(user: User, unit: Unit, post: Post) -> Membership | None:
    return db.session.scalar(
        select(Membership).where(
            Membership.user_id == user.id, Membership.unit_id == unit.id, Membership.post == post
        )
    )


def _follow(leaver: User, successor: User, now: datetime, real_now: datetime) -> None:
    """Every digest that waits for the leaver goes to the successor as well, who then has the same
    reminders under the same numbers. What each of the two still has to be told is decided when it
    is made: the leaver's is skipped where nothing is left. A mail that is being handed over stays
    as it is; one that a sender has only claimed may still come to nothing."""
    waiting = db.session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.user_id == leaver.id, OutboxMessage.kind == "digest")
        .where(OutboxMessage.state.in_(notices.ON_ITS_WAY))
        .order_by(OutboxMessage.id)
    ).all()
    notices.hand_on(leaver.id, successor.id, now)
    for message in waiting:
        reminders = _not_yet_reminded(message, successor)
        copy = reminders and outbox.enqueue(
            Order(
                kind="digest",
                key=f"{message.message_id}/{successor.id}",
                user_id=successor.id,
                due_at=message.due_at,
                not_after=message.not_after,
            ),
            real_now,
        )
        if copy:
            db.session.add_all(
                Reminder(
                    rule_id=reminder.rule_id,
                    cutoff_at=reminder.cutoff_at,
                    occurrence=reminder.occurrence,
                    user_id=successor.id,
                    number=reminder.number,
                    message_id=copy.id,
                )
                for reminder in reminders
            )
    db.session.flush()


def _not_yet_reminded(message: OutboxMessage, person: User) -> list[Reminder]:
    """The message's reminders that the person has not got by a mail of their own."""
    known = set(
        db.session.execute(
            select(Reminder.rule_id, Reminder.cutoff_at, Reminder.occurrence).where(
                Reminder.user_id == person.id
            )
        )
    )
    reminders = db.session.scalars(select(Reminder).where(Reminder.message_id == message.id))
    return [
        reminder
        for reminder in reminders
        if (reminder.rule_id, reminder.cutoff_at, reminder.occurrence) not in known
    ]
