"""The conversation on a duty: who may speak, and who is mailed for it."""

from email import message_from_bytes, policy
from email.message import Message
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests import cast, plans
from tests.rehearsal import StandingClock
from tests.web import mails
from tests.web.duties import held
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.errors import InvalidInput, NotPermitted
from tracker.domain.vocabulary import OutboxState
from tracker.models.comment import Comment
from tracker.models.notice import Notice
from tracker.models.outbox import OutboxMessage
from tracker.queries.comments import addressees
from tracker.services import accounts, comments, posts


def say(words: str, who: str = "affairs", number: int = 3, code: str = "cs") -> list[str]:
    with transaction():
        return comments.add(held(number, code), cast.actor(who), clock.now(), words=words)


def counts() -> tuple[int, int]:
    """Comments, and people who are to be told."""
    db.session.rollback()
    found = [db.session.scalar(select(func.count()).select_from(t)) for t in (Comment, Notice)]
    return found[0] or 0, found[1] or 0


def letters(app: Flask, to: str) -> list[Message]:
    folder: Path = app.config["TRACKER"].mailbox
    every = [
        message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in sorted(folder.glob("*.eml"))
    ]
    return [mail for mail in every if mail["To"] == cast.email(to)]


def test_whoever_is_named_is_mailed_exactly_once(both_app: Flask, at: StandingClock) -> None:
    assert say("@计算机学院教学秘书 还差哪些课程？@cs 请今天答复") == []
    mails.tick(both_app, at, "2020-02-21T08:05", "2020-02-21T08:06")
    (mail,) = letters(both_app, "cs")
    assert mail["Subject"] == "【留言】教务处负责人：第3项 课程建群"
    body = mail.get_body(("plain",)).get_content()  # type: ignore[attr-defined]
    assert "还差哪些课程？@cs 请今天答复" in body
    assert f"/assignments/{held(3, 'cs').id}" in body
    assert letters(both_app, "affairs") == []


def test_the_mail_is_in_its_reader_s_language(both_app: Flask, at: StandingClock) -> None:
    """B-39."""
    with transaction():
        cast.user("cs").locale = "en"
    say("@cs 请看")
    mails.tick(both_app, at, "2020-02-21T08:05")
    (mail,) = letters(both_app, "cs")
    assert mail["Subject"].startswith("[Question] Head of Academic Affairs: row 3, ")


def test_said_twice_by_a_double_click_it_stands_once(both_app: Flask) -> None:
    """B-17."""
    say("@cs 请看")
    once = counts()
    say("@cs 请看")
    assert counts() == once == (1, 1)
    say("好的", who="cs")
    say("@cs 请看")
    assert counts() == (3, 2)


def test_nobody_is_mailed_for_naming_themselves(both_app: Flask) -> None:
    say("@cs 记一下", who="cs")
    assert counts() == (1, 0)


@pytest.mark.parametrize("name", ["信息工程学院教学秘书", "info", "校长", "没有这个人"])
def test_who_does_not_see_the_duty_is_not_named(both_app: Flask, name: str) -> None:
    """B-62: the words reach nobody else, and whoever wrote them is told."""
    assert say(f"@{name} 请看") == [name]
    assert counts() == (1, 0)


def test_of_two_with_one_name_the_address_decides(both_app: Flask, at: StandingClock) -> None:
    with transaction():
        twin = accounts.add_user(
            cast.actor("affairs"), at.now(), email="twin@campus.example", name=cast.user("cs").name
        )
        posts.give(twin, held(3, "cs").unit, posts.Post.DEPUTY, cast.actor("affairs"), at.now())
    assert say("@计算机学院教学秘书 请看") == ["计算机学院教学秘书"]
    assert say("@twin 请看") == []
    assert counts() == (2, 1)


@pytest.mark.parametrize("who", ["info", "students", "network", "president"])
def test_strangers_and_observers_say_nothing(app: Flask, who: str) -> None:
    with pytest.raises(NotPermitted):
        say("请看", who=who)
    assert counts() == (0, 0)


@pytest.mark.parametrize("words", ["", "  \n ", "\u200b", "长" * 2001])
def test_empty_or_endless_words_are_refused(app: Flask, words: str) -> None:
    with pytest.raises(InvalidInput):
        say(words)
    assert counts() == (0, 0)


def test_no_words_add_a_header(both_app: Flask, at: StandingClock) -> None:
    """B-32."""
    say("@cs\r\nBcc: x@y\r\n\r\n<script>alert(1)</script>")
    mails.tick(both_app, at, "2020-02-21T08:05")
    (mail,) = letters(both_app, "cs")
    assert mail["Bcc"] is None
    html = mail.get_body(("html",)).get_content()  # type: ignore[attr-defined]
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize(
    ("why", "reason"),
    [
        ("disabled", "The account is disabled."),
        ("archived", "The plan is over."),
        ("moved", "The person no longer sees this duty."),
    ],
)
def test_what_concerns_the_person_no_longer_is_not_mailed(
    both_app: Flask, at: StandingClock, why: str, reason: str
) -> None:
    """B-13: looked at when it is sent, and the outbox says why not."""
    say("@cs 请看")
    with transaction():
        user, affairs = cast.user("cs"), cast.actor("affairs")
        if why == "disabled":
            accounts.set_active(user, affairs, at.now(), clock.real_now(), False)
        elif why == "moved":
            posts.end(user.memberships[0], affairs, at.now(), clock.real_now())
        else:
            plans.first().archived_at = at.now()
    mails.tick(both_app, at, "2020-02-21T08:05")
    found = db.session.scalars(select(OutboxMessage)).one()
    assert (found.state, found.reason) == (OutboxState.SKIPPED, reason)


def test_the_unit_and_academic_affairs_can_be_named(app: Flask, at: StandingClock) -> None:
    named = {user.email for user in addressees(held(3, "cs"), at.now())}
    assert named == {cast.email(name) for name in ("affairs", "cs", "cs.dean")}
