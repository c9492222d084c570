"""Who holds which post, and what disabling an account does."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests import cast
from tests.rehearsal import StandingClock
from tests.serving import guarded
from tests.web import mails, walking
from tests.web.duties import words
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.vocabulary import OutboxState, Post
from tracker.models.audit import AuditEvent
from tracker.models.org import Membership, Unit, User
from tracker.models.outbox import OutboxMessage
from tracker.models.session import UserSession
from tracker.permissions import SYSTEM
from tracker.services import accounts, posts

SignIn = Callable[[FlaskClient, str], FlaskClient]
Send = Callable[..., TestResponse]


def id_of(name: str) -> int:
    db.session.rollback()
    return cast.user(name).id


def is_active(name: str) -> bool:
    db.session.rollback()
    return cast.user(name).is_active


def staff(page: TestResponse, name: str) -> str:
    """One unit's card, in words."""
    for card in re.findall(r'<section class="card-plain staff.*?</section>', page.text, re.S):
        said = " ".join(unescape(re.sub(r"<[^>]+>", " ", card)).split())
        if said.startswith(name):
            return said
    raise AssertionError(f"no unit {name}")


def disable(name: str, at: StandingClock) -> None:
    with transaction():
        accounts.set_active(
            cast.user(name), cast.actor("affairs"), at.now(), clock.real_now(), False
        )


class TestTheList:
    def test_every_unit_stands_there_in_order_with_its_posts_and_people(
        self, client: FlaskClient, sign_in: SignIn
    ) -> None:
        page = sign_in(client, "president").get("/people")
        names = re.findall(r'<h2 id="name-\d+"><a [^>]*><bdi>(.*?)</bdi></a></h2>', page.text)
        units = db.session.scalars(select(Unit).order_by(Unit.position)).all()
        assert names == [unit.name for unit in units]
        assert staff(page, "计算机学院") == (
            "计算机学院 负责人 计算机学院院长 cs.dean@campus.example "
            "联系人 计算机学院教学秘书 cs@campus.example"
        )

    def test_the_page_of_a_person_leads_to_the_posts_they_hold(
        self, client: FlaskClient, sign_in: SignIn
    ) -> None:
        page = sign_in(client, "affairs").get(f"/people/{id_of('cs')}")
        assert "计算机学院联系人" in words(page)
        assert 'href="/people/units/cs"' in page.text
        assert "/people/units/" not in client.get(f"/people/{id_of('president')}").text

    def test_who_holds_no_post_stands_apart(self, client: FlaskClient, sign_in: SignIn) -> None:
        said = staff(sign_in(client, "president").get("/people"), "未任职")
        assert said == "未任职 校长 可查看全部，不作修改 president@campus.example"

    def test_a_post_that_nobody_holds_is_red_and_stands_on_top(
        self, client: FlaskClient, sign_in: SignIn
    ) -> None:
        with transaction():
            for membership in cast.user("cs.dean").memberships:
                db.session.delete(membership)
        page = sign_in(client, "affairs").get("/people")
        assert re.search("1个岗位空缺 .* 计算机学院 ：负责人", words(page))
        assert "负责人 空缺 联系人" in staff(page, "计算机学院")

    def test_a_post_whose_only_holder_is_disabled_is_vacant(
        self, client: FlaskClient, sign_in: SignIn, at: StandingClock
    ) -> None:
        disable("cs", at)
        page = sign_in(client, "affairs").get("/people")
        assert "计算机学院 ：联系人" in words(page)
        assert "联系人 空缺 计算机学院教学秘书 已停用" in staff(page, "计算机学院")

    def test_a_deputy_and_a_second_contact_are_listed_and_fill_no_vacancy_by_name(
        self, client: FlaskClient, sign_in: SignIn, at: StandingClock
    ) -> None:
        unit_id = db.session.scalars(select(Unit.id).where(Unit.code == "cs")).one()
        info = id_of("info")
        with transaction():
            for post in (Post.CONTACT, Post.DEPUTY):
                db.session.add(Membership(user_id=info, unit_id=unit_id, post=post))
        disable("cs", at)
        page = sign_in(client, "affairs").get("/people")
        assert "岗位空缺" not in words(page)
        assert "代理人 信息工程学院教学秘书" in staff(page, "计算机学院")

    def test_a_deputy_gets_the_contact_s_reminders_so_nothing_is_lost(
        self, client: FlaskClient, sign_in: SignIn, at: StandingClock
    ) -> None:
        """The post stands there as vacant, but it is no alarm."""
        unit_id = db.session.scalars(select(Unit.id).where(Unit.code == "cs")).one()
        info = id_of("info")
        with transaction():
            db.session.add(Membership(user_id=info, unit_id=unit_id, post=Post.DEPUTY))
        disable("cs", at)
        page = sign_in(client, "affairs").get("/people")
        assert "岗位空缺" not in words(page)
        assert "联系人 空缺 计算机学院教学秘书 已停用" in staff(page, "计算机学院")

    def test_each_unit_leads_to_the_page_of_its_posts(
        self, client: FlaskClient, sign_in: SignIn
    ) -> None:
        page = sign_in(client, "affairs").get("/people")
        assert 'href="/people/units/cs"' in page.text
        assert client.get("/people/units/cs").status_code == 200

    def test_the_queries_do_not_grow_with_the_people(
        self,
        client: FlaskClient,
        sign_in: SignIn,
        count_queries: Callable[[], AbstractContextManager[list[str]]],
    ) -> None:
        sign_in(client, "affairs")
        counted = []
        for extra in (0, 30):
            with transaction():
                for number in range(extra):
                    added = accounts.add_user(
                        SYSTEM,
                        cast.user("cs").created_at,
                        email=f"extra{number}@campus.example",
                        name=f"新人{number}",
                    )
                    posts.give(
                        added, db.session.get_one(Unit, 4), Post.DEPUTY, SYSTEM, added.created_at
                    )
            with count_queries() as queries:
                client.get("/people")
            counted.append(len(queries))
        assert counted[0] == counted[1]


class TestDisabling:
    def test_sessions_end_and_no_further_mail_comes(
        self,
        both_app: Flask,
        client: FlaskClient,
        sign_in: SignIn,
        post: Send,
        at: StandingClock,
    ) -> None:
        """B-13. At once, in every browser of the person, and for the mail that waits already."""
        theirs = sign_in(both_app.test_client(), "cs")
        mails.plan(at, "2020-02-21T09:00")
        sign_in(client, "affairs")
        answer = post(client, f"/people/{id_of('cs')}/disable")
        assert answer.status_code == 303
        assert "计算机学院教学秘书的账号已停用" in words(client.get("/people"))
        assert theirs.get("/mine").headers["Location"] == "/login?next=/mine"
        mails.tick(both_app, at, "2020-02-21T09:05", "2020-02-22T09:00", "2020-02-22T18:00")
        found = db.session.scalars(
            select(OutboxMessage).where(OutboxMessage.user_id == id_of("cs"))
        ).all()
        assert [(mail.state, mail.reason) for mail in found] == [
            (OutboxState.SKIPPED, "The account is disabled.")
        ]
        said = words(client.get(f"/outbox/{found[0].id}"))
        assert "状态 已略过 原因 账号已停用。" in said
        refused = post(
            both_app.test_client(),
            "/login",
            {"email": "cs@campus.example", "password": "rehearsal"},
        )
        assert refused.status_code == 422

    def test_one_step_takes_it_back(self, client: FlaskClient, sign_in: SignIn, post: Send) -> None:
        sign_in(client, "affairs")
        user_id = id_of("info")
        answer = post(client, f"/people/{user_id}/disable", follow_redirects=True)
        assert f'action="/people/{user_id}/enable"' in answer.text
        answer = post(client, f"/people/{user_id}/enable", follow_redirects=True)
        assert "信息工程学院教学秘书的账号已启用，可以登录。" in words(answer)
        assert is_active("info")
        assert sign_in(client, "info").get("/mine").status_code == 200

    def test_both_stand_in_the_record(
        self, client: FlaskClient, sign_in: SignIn, post: Send
    ) -> None:
        sign_in(client, "affairs")
        user_id = id_of("info")
        post(client, f"/people/{user_id}/disable")
        post(client, f"/people/{user_id}/enable")
        db.session.rollback()
        events = db.session.scalars(
            select(AuditEvent).where(AuditEvent.subject == "user").order_by(AuditEvent.id)
        ).all()
        assert [(e.action, e.subject_id) for e in events][-2:] == [
            ("user.disabled", user_id),
            ("user.enabled", user_id),
        ]

    def test_it_asks_before_it_does(self, client: FlaskClient, sign_in: SignIn) -> None:
        page = sign_in(client, "affairs").get("/people")
        assert "停用后，计算机学院教学秘书立即退出登录，不再收到任何邮件" in words(page)

    def test_nobody_disables_their_own_account(
        self, client: FlaskClient, sign_in: SignIn, post: Send
    ) -> None:
        sign_in(client, "affairs")
        mine = id_of("affairs")
        assert f"/people/{mine}/disable" not in client.get("/people").text
        answer = post(client, f"/people/{mine}/disable")
        assert answer.status_code == 422
        assert "不能停用自己的账号。" in words(answer)
        assert is_active("affairs")

    def test_twice_is_harmless(self, client: FlaskClient, sign_in: SignIn, post: Send) -> None:
        sign_in(client, "affairs")
        for _ in range(2):
            assert post(client, f"/people/{id_of('info')}/disable").status_code == 303
        assert not is_active("info")


class TestWhoMay:
    @pytest.mark.parametrize("who", ["cs", "cs.dean", "students", "network"])
    def test_units_do_not_read_the_list(
        self, client: FlaskClient, sign_in: SignIn, who: str
    ) -> None:
        answer = sign_in(client, who).get("/people")
        assert answer.status_code == 403
        assert "人员名单仅供可查看全部单位的人员查阅。" in words(answer)
        assert "info@campus.example" not in answer.text

    @pytest.mark.parametrize("step", ["disable", "enable"])
    @pytest.mark.parametrize("who", ["president", "cs", "students"])
    def test_nobody_but_academic_affairs_changes_an_account(
        self, client: FlaskClient, sign_in: SignIn, post: Send, who: str, step: str
    ) -> None:
        sign_in(client, who)
        before = mails.everything()
        answer = post(client, f"/people/{id_of('info')}/{step}")
        assert answer.status_code == 403
        assert "仅教务处可以操作。" in words(answer)
        assert mails.everything() == before
        assert is_active("info")

    def test_an_observer_sees_no_button(self, client: FlaskClient, sign_in: SignIn) -> None:
        page = sign_in(client, "president").get("/people")
        assert page.status_code == 200
        assert "/disable" not in page.text

    @pytest.mark.parametrize("name", ["0", "99999", str(2**63), "9" * 40])
    def test_a_number_that_is_nobody_s_is_not_found(
        self, client: FlaskClient, sign_in: SignIn, post: Send, name: str
    ) -> None:
        sign_in(client, "affairs")
        for step in ("disable", "enable"):
            assert post(client, f"/people/{name}/{step}").status_code == 404

    def test_changing_is_no_link_and_needs_the_form_s_token(
        self, client: FlaskClient, sign_in: SignIn
    ) -> None:
        sign_in(client, "affairs")
        user_id = id_of("info")
        sessions = len(db.session.scalars(select(UserSession)).all())
        assert client.get(f"/people/{user_id}/disable").status_code == 405
        assert client.post(f"/people/{user_id}/disable").status_code == 400
        client.get("/people")
        assert is_active("info")
        assert len(db.session.scalars(select(UserSession)).all()) == sessions
        assert all(db.session.scalars(select(User.is_active)))


@pytest.mark.browser
@pytest.mark.parametrize("width", [1440, 360])
def test_inviting_and_disabling_stand_side_by_side(
    app: Flask, browser: Browser, width: int
) -> None:
    """They lay on one another: in real use nobody could be invited."""
    with transaction():
        cast.user("cs").password_hash = None
    options = {"viewport": {"width": width, "height": 740}}
    with walking.in_thread(app) as origin, guarded(browser, origin, **options) as context:
        walking.admit(context, app, origin, "affairs")
        page = context.new_page()
        page.goto("/people")
        acts = page.locator(".person-acts", has=page.get_by_role("button", name="邮件邀请"))
        acts.locator("summary").click()
        acts.get_by_role("button", name="确认停用").click(trial=True, timeout=3000)
        acts.locator("summary").click()
        acts.get_by_role("button", name="邮件邀请").click(timeout=3000)
        page.get_by_text("邀请邮件将发送给").wait_for()
