"""Posts, not persons: what a change of posts does to rights and to mail that waits."""

from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests import cast
from tests.rehearsal import StandingClock
from tests.web import duties, mails
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.errors import IllegalStep, InvalidInput, NotPermitted
from tracker.domain.vocabulary import OutboxState, Post
from tracker.models.org import Membership, Unit, User
from tracker.models.outbox import OutboxMessage
from tracker.models.reminder import Reminder
from tracker.permissions import Actor, actor_for, can_staff
from tracker.queries import holders, people
from tracker.services import accounts, posts

REAL = clock.real_now()


def unit(code: str = "cs") -> Unit:
    return db.session.scalars(select(Unit).where(Unit.code == code)).one()


def membership(name: str, post: Post = Post.CONTACT) -> Membership:
    return db.session.scalars(
        select(Membership).where(Membership.user_id == cast.user(name).id, Membership.post == post)
    ).one()


def newcomer(email: str = "new@campus.example") -> User:
    return accounts.add_user(cast.actor("affairs"), clock.now(), email=email, name="新任秘书")


def hand_over(to: User, who: str = "affairs", of: str = "cs") -> None:
    posts.hand_over(membership(of), to, cast.actor(who), clock.now(), REAL)


def messages(user: User) -> list[OutboxMessage]:
    db.session.rollback()
    return list(db.session.scalars(select(OutboxMessage).where(OutboxMessage.user_id == user.id)))


def test_a_hand_over_moves_the_duties_at_once(both_app: Flask) -> None:
    with transaction():
        successor = newcomer()
        hand_over(successor)
    assert unit().id in actor_for(successor, clock.now()).unit_ids
    assert cast.actor("cs").unit_ids == frozenset()


def test_mail_that_waits_follows_the_post(both_app: Flask, at: StandingClock) -> None:
    """The successor gets what the leaver would have got, under the same number; the leaver gets
    nothing any more."""
    mails.plan(at, "2020-02-21T09:00")
    with transaction():
        successor = newcomer()
        hand_over(successor)
    mails.tick(both_app, at, "2020-02-21T09:05")
    (theirs,) = messages(successor)
    assert theirs.state is OutboxState.SENT
    assert (theirs.subject or "").startswith("【第1次提醒】")
    (leavers,) = messages(cast.user("cs"))
    assert leavers.state is OutboxState.SKIPPED


def test_what_the_leaver_was_to_be_told_the_successor_is_told(
    both_app: Flask, at: StandingClock
) -> None:
    """Sent back at night, handed over before the morning."""
    duties.report("cs", 3, "cs", 12)
    at("2020-02-21T23:00")
    duties.send_back("affairs", 3, "cs", "缺两门课")
    with transaction():
        successor = newcomer()
        hand_over(successor)
        address = successor.email
    mails.tick(both_app, at, "2020-02-22T07:00")
    told = db.session.scalars(
        select(OutboxMessage).where(OutboxMessage.subject.like("%消息%"))
    ).all()
    assert [message.to_address for message in told] == [address]


def test_who_keeps_another_post_keeps_the_mail_for_it(both_app: Flask, at: StandingClock) -> None:
    with transaction():
        posts.give(cast.user("cs"), unit("info"), Post.DEPUTY, cast.actor("affairs"), at.now())
    mails.plan(at, "2020-02-21T09:00")
    with transaction():
        successor = newcomer()
        contact = db.session.scalars(
            select(Membership).where(
                Membership.user_id == cast.user("cs").id, Membership.unit_id == unit().id
            )
        ).one()
        posts.hand_over(contact, successor, cast.actor("affairs"), at.now(), REAL)
    mails.tick(both_app, at, "2020-02-21T09:05")
    (kept,) = messages(cast.user("cs"))
    (moved,) = messages(successor)
    assert kept.state is moved.state is OutboxState.SENT
    assert kept.lines
    assert moved.lines


def test_nobody_is_reminded_twice_by_a_hand_over(both_app: Flask, at: StandingClock) -> None:
    """B-08 for posts: the successor has a mail of their own for the same steps already."""
    mails.plan(at, "2020-02-21T09:00")
    with transaction():
        hand_over(cast.user("info"))
    mails.tick(both_app, at, "2020-02-21T09:05")
    assert len(messages(cast.user("info"))) == 1
    rows = db.session.execute(
        select(Reminder.rule_id, Reminder.cutoff_at, Reminder.occurrence, Reminder.user_id)
    ).all()
    assert len(rows) == len(set(rows))


def test_handed_over_and_back_the_first_holds_it_again(both_app: Flask) -> None:
    with transaction():
        successor = newcomer()
        hand_over(successor)
    with transaction():
        back = db.session.scalars(
            select(Membership).where(Membership.user_id == successor.id)
        ).one()
        posts.hand_over(back, cast.user("cs"), cast.actor("affairs"), clock.now(), REAL)
    assert cast.actor("cs").unit_ids == {unit().id}
    assert actor_for(successor, clock.now()).unit_ids == frozenset()


def test_a_post_is_handed_over_once(both_app: Flask) -> None:
    """A double click: the second finds that the post has gone."""
    with transaction():
        hand_over(newcomer())
    with pytest.raises(IllegalStep), transaction():
        hand_over(cast.user("info"))


def test_a_deputy_holds_the_post_for_exactly_the_period(both_app: Flask, at: StandingClock) -> None:
    start, end = at.now() + timedelta(hours=2), at.now() + timedelta(hours=5)
    with transaction():
        posts.give(
            cast.user("info"),
            unit(),
            Post.DEPUTY,
            cast.actor("cs"),
            at.now(),
            starts_at=start,
            ends_at=end,
        )
    instant = timedelta(microseconds=1)
    for moment, holds in (
        (start - instant, False),
        (start, True),
        (end - instant, True),
        (end, False),
    ):
        actor = actor_for(cast.user("info"), moment)
        assert (unit().id in actor.unit_ids) is holds
        heard = holders.holder_of(cast.user("info"), moment).posts
        assert ((unit().id, Post.DEPUTY) in heard) is holds


def test_a_vacant_contact_s_mail_goes_to_the_head(both_app: Flask, at: StandingClock) -> None:
    """B-64: and the vacancy is counted."""
    assert people.vacancies(at.now()) == 0
    with transaction():
        posts.end(membership("cs"), cast.actor("affairs"), at.now(), REAL)
    assert people.vacancies(at.now()) == 1
    mails.plan(at, "2020-02-21T09:00")
    mails.tick(both_app, at, "2020-02-21T09:05")
    (sent,) = messages(cast.user("cs.dean"))
    assert sent.state is OutboxState.SENT


def test_mail_that_waits_goes_to_the_head_when_the_contact_is_disabled(
    both_app: Flask, at: StandingClock
) -> None:
    """B-64: nothing that was due is lost with the account."""
    mails.plan(at, "2020-02-21T09:00")
    with transaction():
        accounts.set_active(cast.user("cs"), cast.actor("affairs"), at.now(), REAL, False)
    mails.tick(both_app, at, "2020-02-21T09:05")
    (sent,) = messages(cast.user("cs.dean"))
    assert sent.state is OutboxState.SENT


def test_everybody_and_one_person_are_read_alike(both_app: Flask, at: StandingClock) -> None:
    with transaction():
        posts.end(membership("cs"), cast.actor("affairs"), at.now(), REAL)
        posts.give(cast.user("law"), unit("info"), Post.DEPUTY, cast.actor("affairs"), at.now())
    every = {each.user_id: each for each in holders.holders(at.now())}
    for user in db.session.scalars(select(User)):
        nothing = holders.Holder(user.id, frozenset(), False)
        assert holders.holder_of(user, at.now()) == every.get(user.id, nothing)


def test_what_nobody_may_give_is_refused(both_app: Flask, at: StandingClock) -> None:
    affairs = cast.actor("affairs")
    with pytest.raises(InvalidInput) as refusal, transaction():
        posts.give(cast.user("info"), unit(), Post.DEPUTY, affairs, at.now(), ends_at=at.now())
    assert refusal.value.field == "ends_on"
    with pytest.raises(InvalidInput), transaction():
        hand_over(cast.user("cs"))


CASES = st.tuples(
    st.sampled_from(cast.CAST), st.sampled_from(["cs", "info"]), st.sampled_from(Post)
)


@given(CASES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_nobody_fills_a_post_beyond_their_own(app: Flask, case: tuple[str, str, Post]) -> None:
    name, code, post = case
    actor: Actor = cast.actor(name)
    wanted = (
        name == "affairs"
        or (
            code == "cs"
            and (
                (name == "cs.dean" and post is not Post.LEAD)
                or (name == "cs" and post is Post.DEPUTY)
            )
        )
        or (code == "info" and name == "info" and post is Post.DEPUTY)
    )
    assert can_staff(actor, unit(code).id, post) is wanted
    if not wanted:
        with pytest.raises(NotPermitted), transaction():
            posts.give(cast.user("law"), unit(code), post, actor, clock.now())
