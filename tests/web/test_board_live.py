"""The board follows what happens: its tag, the answer that nothing changed, and polls."""

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import BrowserContext, expect
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from tests import cast, plans
from tests.rehearsal import StandingClock
from tests.serving import enter
from tests.web.duties import held, held_id
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.rosters import Listed
from tracker.domain.vocabulary import Health, OutboxState, Post
from tracker.models.assignment import Assignment
from tracker.models.heartbeat import Heartbeat
from tracker.models.org import Membership, User
from tracker.models.outbox import OutboxMessage
from tracker.models.urge import UrgedAssignment
from tracker.permissions import SYSTEM
from tracker.services import (
    accounts,
    assignments,
    check_ins,
    comments,
    cutoffs,
    posts,
    relay,
    reviews,
    roster_imports,
    rosters,
    urges,
)
from tracker.web.fragments import Kept

SignIn = Callable[[FlaskClient, str], FlaskClient]
Post_ = Callable[..., TestResponse]
Counter = Callable[[], AbstractContextManager[list[str]]]


def poll(client: FlaskClient, tag: str, address: str = "/board", how: str = "look") -> TestResponse:
    return client.get(address, headers={"X-Poll": how, "If-None-Match": tag})


def shown(page: TestResponse) -> str:
    """The page without what never shows: tokens of forms, and its own tag."""
    text = re.sub(r'name="csrf_token"[^>]*value="[^"]+"', "", page.text)
    return re.sub(r'data-live="[^"]+"', "", text)


def tick(number: int = 1, code: str = "cs", count: int | None = None) -> Assignment:
    assignment = held(number, code)
    assignments.check_off(
        assignment, cast.actor(code), clock.now(), seen_version=None, count=count, note=""
    )
    return assignment


def _checked_off(_at: StandingClock) -> None:
    tick()


def _undone(_at: StandingClock) -> None:
    assignment = tick(11)
    assignments.undo(assignment, cast.actor("cs"), clock.now(), seen_version=None)


def _verified(_at: StandingClock) -> None:
    reviews.verify(tick(12, count=3), cast.actor("affairs"), clock.now(), seen_version=None)


def _sent_back(_at: StandingClock) -> None:
    report = tick(12, count=3)
    affairs = cast.actor("affairs")
    reviews.send_back(report, affairs, clock.now(), seen_version=None, reason="请补充")


def _waived(_at: StandingClock) -> None:
    owner = cast.actor("affairs")
    reviews.waive(held(1, "cs"), owner, clock.now(), seen_version=None, reason="无此班级")


def _checked_in(_at: StandingClock) -> None:
    check_ins.check_in(
        held(1, "network"),
        cast.actor("network"),
        clock.now(),
        day=clock.now().date(),
        health=Health.TROUBLE,
        note="带宽不足",
    )


def _urged(_at: StandingClock) -> None:
    urges.urge([held_id(16, "cs")], cast.actor("affairs"), clock.now(), words="")


def _urge_opened(at: StandingClock) -> None:
    _urged(at)
    urges.open(held(16, "cs"), cast.actor("cs"), clock.now())


def _urge_answered(at: StandingClock) -> None:
    _urged(at)
    urged = db.session.scalars(select(UrgedAssignment)).one()
    urges.answer(urged, cast.actor("cs"), clock.now(), words="今晚完成")


def _cutoff_moved(_at: StandingClock) -> None:
    task = held(1, "cs").duty.tasks[0]
    later = task.closes + timedelta(days=1)
    cutoffs.move(task, later, cast.actor("affairs"), clock.now(), reason="延期")


def _roster_ticked(_at: StandingClock) -> None:
    task, clerk = held(4, "cs").duty.tasks[0], cast.actor("cs")
    names = [Listed("A1", "辅导员一", "cs", "", "2")]
    unit = held(4, "cs").unit
    brought = roster_imports.preview(
        task, unit, clerk, clock.now(), source="名单.csv", listed=names
    )
    roster_imports.confirm(brought, clerk, clock.now(), leave_doubtful=False)
    rosters.tick(task, clerk, clock.now(), ["A1"])


def _commented(_at: StandingClock) -> None:
    """Shows on the board through the record's check code on its printed foot."""
    comments.add(held(3, "cs"), cast.actor("cs"), clock.now(), words="请确认")


def _cutoff_crossed(at: StandingClock) -> None:
    at("2020-02-23T00:00")


def _minute_passed(at: StandingClock) -> None:
    at("2020-02-21T08:01")


def _post_begun(at: StandingClock) -> None:
    """Somebody's post ends in the middle of a minute, which nobody records at that moment."""
    at(at.now() + timedelta(seconds=31))


def _post_ended(at: StandingClock) -> None:
    cs = db.session.scalars(
        select(Membership).join(User).where(User.email == cast.email("cs.dean"))
    ).one()
    posts.end(cs, SYSTEM, clock.now(), clock.real_now())


def _mail_in_trouble(_at: StandingClock) -> None:
    message = db.session.scalars(select(OutboxMessage).limit(1)).one()
    db.session.execute(
        update(OutboxMessage).where(OutboxMessage.id == message.id).values(state=OutboxState.DEAD)
    )


def _relay_lost(_at: StandingClock) -> None:
    relay.fail(clock.real_now(), "no route to host")


def _heart_beats(_at: StandingClock) -> None:
    now = clock.real_now()
    db.session.add(Heartbeat(id=1, campus_at=clock.now(), real_at=now))


KINDS = [
    _checked_off,
    _undone,
    _verified,
    _sent_back,
    _waived,
    _checked_in,
    _urged,
    _urge_opened,
    _urge_answered,
    _cutoff_moved,
    _roster_ticked,
    _commented,
    _cutoff_crossed,
    _minute_passed,
    _post_begun,
    _post_ended,
    _mail_in_trouble,
    _relay_lost,
    _heart_beats,
]


@pytest.fixture
def eventful(app: Flask) -> Flask:
    """There is a mail, and a head's post that ends within the minute."""
    with transaction():
        db.session.add(
            OutboxMessage(
                dedupe_key="one",
                kind="digest",
                user_id=cast.user("cs").id,
                to_address=cast.email("cs"),
                state=OutboxState.DUE,
                message_id="<one@tracker.example>",
                due_at=clock.now(),
                not_after=clock.now() + timedelta(days=1),
                next_try_at=clock.now(),
            )
        )
        head = db.session.scalars(
            select(Membership)
            .join(User)
            .where(User.email == cast.email("info.dean"), Membership.post == Post.LEAD)
        ).one()
        head.ends_at = clock.now() + timedelta(seconds=30)
    return app


class TestTheTag:
    @pytest.mark.parametrize("change", KINDS, ids=lambda change: change.__name__.strip("_"))
    def test_every_kind_of_change_gives_the_board_another_one(
        self,
        eventful: Flask,
        client: FlaskClient,
        sign_in: SignIn,
        at: StandingClock,
        change: Callable[[StandingClock], None],
    ) -> None:
        """And two pages that show different things never share one."""
        sign_in(client, "affairs")
        before = client.get("/board")
        tag = before.headers["ETag"]
        assert poll(client, tag).status_code == 304
        with transaction():
            change(at)
        after = poll(client, tag)
        assert after.status_code == 200
        assert after.headers["ETag"] != tag
        assert shown(after) != shown(before)

    @pytest.mark.parametrize("address", ["/board?unit=cs", "/board?show=overdue", "/board?wall=1"])
    def test_every_choice_of_the_address_has_its_own(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, address: str
    ) -> None:
        sign_in(client, "affairs")
        tag = client.get("/board").headers["ETag"]
        assert client.get(address, headers={"If-None-Match": tag}).status_code == 200

    def test_it_is_the_reader_s_and_their_language_s_and_their_session_s(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, post: Post_
    ) -> None:
        """What a 304 leaves on the screen holds a form's token of this very session."""
        tags = set()
        for name in ("affairs", "affairs", "president", "cs"):
            tags.add(sign_in(client, name).get("/board").headers["ETag"])
        post(client, "/language", {"locale": "en"})
        tags.add(client.get("/board").headers["ETag"])
        assert len(tags) == 5

    def test_a_form_on_a_page_that_was_kept_still_counts(
        self, app: Flask, client: FlaskClient, sign_in: SignIn
    ) -> None:
        page = sign_in(client, "affairs").get("/board")
        for _round in range(3):
            assert poll(client, page.headers["ETag"]).status_code == 304
        answer = client.post(
            "/language", data={"locale": "en", "csrf_token": cast.csrf_token(page)}
        )
        assert answer.status_code == 303

    def test_the_page_is_the_browser_s_own_and_asked_about_each_time(
        self, app: Flask, client: FlaskClient, sign_in: SignIn
    ) -> None:
        page = sign_in(client, "affairs").get("/board")
        assert page.headers["Cache-Control"] == "private, no-cache"
        assert f'data-live="{page.headers["ETag"][3:-1]}"' in page.text
        assert client.get("/board", headers={"If-None-Match": "*"}).status_code == 200

    def test_another_college_s_tick_is_no_news_for_the_page_of_one(
        self, app: Flask, client: FlaskClient, sign_in: SignIn
    ) -> None:
        """The check code on the printed foot is of the whole record, so the page is sent anew; what
        a college reads of others in it is nothing."""
        page = sign_in(client, "cs").get("/board")
        with transaction():
            tick(1, "info")
        after = poll(client, page.headers["ETag"])
        assert after.status_code == 200
        assert "信息工程学院" not in after.text


class TestAPoll:
    def test_of_an_unchanged_board_asks_one_query_and_writes_nothing(
        self, both_app: Flask, client: FlaskClient, sign_in: SignIn, count_queries: Counter
    ) -> None:
        """The rehearsal's own clock is asked too."""
        tag = sign_in(client, "affairs").get("/board").headers["ETag"]
        with count_queries() as queries:
            assert poll(client, tag).status_code == 304
        clocks = [each for each in queries if "rehearsal_clock" in each]
        assert len(clocks) == 1
        assert len(queries) - len(clocks) == 1
        assert all(each.lstrip().startswith("SELECT") for each in queries)

    def test_leaves_a_message_to_the_page_it_is_meant_for(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, post: Post_
    ) -> None:
        sign_in(client, "affairs")
        tag = client.get("/board").headers["ETag"]
        post(client, "/rehearsal/clock", {"to": "hour"})
        polled = poll(client, tag)
        assert polled.status_code == 200
        assert 'class="notice-line"' not in polled.text
        page = client.get("/board", headers={"If-None-Match": polled.headers["ETag"]})
        assert page.status_code == 200
        assert 'class="notice-line"' in page.text
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers.get("ETag") is None
        assert 'class="notice-line"' not in client.get("/board").text

    def test_keeps_no_session_awake_but_a_wall_s(
        self, app: Flask, client: FlaskClient, sign_in: SignIn
    ) -> None:
        tag = sign_in(client, "president").get("/board?wall=1").headers["ETag"]
        assert "Set-Cookie" not in poll(client, tag, "/board?wall=1").headers
        assert "Set-Cookie" in poll(client, tag, "/board?wall=1", "stay").headers
        assert "Set-Cookie" in client.get("/board", headers={"If-None-Match": tag}).headers

    def test_of_somebody_signed_out_is_led_to_the_login_page(
        self, app: Flask, client: FlaskClient
    ) -> None:
        assert poll(client, 'W/"x"').location.startswith("/login?next=")


def test_a_plan_that_is_archived_is_gone_from_the_board(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    tag = sign_in(client, "affairs").get("/board").headers["ETag"]
    with transaction():
        plans.first().archived_at = clock.now()
    assert poll(client, tag).status_code == 200


@pytest.mark.browser
def test_a_tick_elsewhere_shows_within_five_seconds_and_disturbs_nothing(
    app: Flask, open_context: Callable[..., BrowserContext]
) -> None:
    page = enter(open_context(reduced_motion="reduce").new_page(), "affairs")
    page.goto("/board?select=1")
    focused = f'a[href="/assignments/{held_id(16, "info")}"]'
    page.locator(f"input[value='{held_id(2, 'cs')}']").check()
    page.locator(focused).focus()
    scrolled = page.evaluate("scrollY")
    with transaction():
        tick()
    cell = page.locator(f"td:has(a[href='/assignments/{held_id(1, 'cs')}'])")
    expect(cell).to_have_class(re.compile("fill-SETTLED.*is-changed"), timeout=5000)
    expect(page.locator("[data-live-said]")).to_have_text("1项有变化。")
    expect(page.locator(focused)).to_be_focused()
    expect(page.locator(f"input[value='{held_id(2, 'cs')}']")).to_be_checked()
    assert page.evaluate("scrollY") == scrolled


class TestAPollOfSomebodyElse:
    def test_never_gets_word_of_a_page_that_was_made_for_another_session(
        self, app: Flask, sign_in: SignIn
    ) -> None:
        mine, theirs = app.test_client(), app.test_client()
        tag = sign_in(mine, "affairs").get("/board").headers["ETag"]
        assert poll(mine, tag).status_code == 304
        assert poll(sign_in(theirs, "president"), tag).status_code == 200
        assert poll(app.test_client(), tag).status_code == 302

    def test_is_not_answered_once_the_session_is_over(
        self, app: Flask, client: FlaskClient, sign_in: SignIn
    ) -> None:
        tag = sign_in(client, "affairs").get("/board").headers["ETag"]
        with transaction():
            accounts.close_sessions(cast.user("affairs"))
        assert poll(client, tag).status_code == 302

    def test_of_who_chose_another_language_elsewhere_gets_a_new_page(
        self, app: Flask, client: FlaskClient, sign_in: SignIn
    ) -> None:
        tag = sign_in(client, "affairs").get("/board").headers["ETag"]
        with transaction():
            cast.user("affairs").locale = "en"
        assert poll(client, tag).status_code == 200


def test_a_piece_that_many_ask_for_at_once_is_made_once() -> None:
    kept, made = Kept[int](4), []

    def make() -> int:
        time.sleep(0.05)
        made.append(1)
        return len(made)

    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _n: kept.get("key", make), range(8)))
    assert (got, len(made)) == ([1] * 8, 1)
