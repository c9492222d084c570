"""Fan-in without an account: one link, one duty, one confirmation a name, nothing else."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import cast
from tests.rehearsal import StandingClock
from tests.web.duties import held, words
from tests.web.test_routes import checksum
from tracker.db import db, transaction
from tracker.domain.errors import IllegalStep, NotPermitted
from tracker.domain.progress import Progress
from tracker.domain.rosters import Listed
from tracker.models.roster import RosterItem
from tracker.queries.rosters import tally_of
from tracker.services import confirm_links, login_delays, roster_imports, rosters

SignIn = Callable[[FlaskClient, str], FlaskClient]
Send = Callable[..., TestResponse]
NAMES = [("A1", "高等数学", "cs"), ("A2", "线性代数", "cs"), ("X1", "高等数学", "info")]


@pytest.fixture
def token(both_app: Flask, at: StandingClock) -> str:
    task = held(3, "cs").duty.tasks[0]
    listed = [Listed(key, label, code, "", "") for key, label, code in NAMES]
    with transaction():
        affairs = cast.actor("affairs")
        brought = roster_imports.preview(
            task, None, affairs, at.now(), source="名单.csv", listed=listed
        )
        roster_imports.confirm(brought, affairs, at.now(), leave_doubtful=False)
        return confirm_links.issue(held(3, "cs"), cast.actor("cs"), at.now()).token


@pytest.fixture
def ask(client: FlaskClient, token: str) -> Callable[..., TestResponse]:
    """`ask(q="gdsx")`, `ask(key="A1")`, by somebody without an account."""

    def ask(**typed: str) -> TestResponse:
        form = cast.csrf_token(client.get(f"/c/{token}"))
        return client.post(f"/c/{token}", data={"csrf_token": form, **typed})

    return ask


Ask = Callable[..., TestResponse]


def ticked() -> set[str]:
    db.session.rollback()
    return {item.key for item in db.session.query(RosterItem) if item.done_at is not None}


def test_a_teacher_finds_a_course_by_pinyin_and_confirms_it_once(ask: Ask) -> None:
    """B-17; and the course of another college with the same name is not there (B-62)."""
    found = ask(q="gdsx")
    assert "高等数学" in words(found)
    assert "A1" in words(found)
    assert "X1" not in words(found)
    assert "已确认" in words(ask(key="A1"))
    assert "已确认" in words(ask(key="A1"))
    assert ticked() == {"A1"}
    tally = tally_of(held(3, "cs").duty.tasks[0].id)
    assert tally is not None
    own = tally.units[held(3, "cs").unit_id]
    assert own == Progress(1, 2)


def test_looking_never_changes_anything(client: FlaskClient, token: str) -> None:
    """B-35: GET and HEAD, five times each."""
    before = checksum()
    for _ in range(5):
        assert client.get(f"/c/{token}").status_code == 200
        assert client.head(f"/c/{token}?key=A1").status_code == 200
    assert checksum() == before


@pytest.mark.parametrize("typed", [{"key": "X1"}, {"key": "nothing"}, {"q": "高"}, {"q": ""}, {}])
def test_what_is_not_among_its_names_is_refused(ask: Ask, typed: dict[str, str]) -> None:
    assert ask(**typed).status_code == 422
    assert ticked() == set()


def test_it_is_over_exactly_at_the_cut_off(
    ask: Ask, client: FlaskClient, token: str, at: StandingClock
) -> None:
    at("2020-02-23T23:59:59")
    assert client.get(f"/c/{token}").status_code == 200
    form = cast.csrf_token(client.get(f"/c/{token}"))
    at("2020-02-24T00:00")
    over = client.get(f"/c/{token}")
    assert over.status_code == 410
    assert "截止时间已过" in words(over)
    late = client.post(f"/c/{token}", data={"csrf_token": form, "key": "A1"})
    assert late.status_code == 410
    assert ticked() == set()


def test_withdrawn_it_opens_nothing(
    client: FlaskClient, token: str, sign_in: SignIn, post: Send
) -> None:
    assert post(sign_in(client, "cs"), "/links/1/revoke").status_code == 303
    assert client.get(f"/c/{token}").status_code == 410
    link = confirm_links.find(token)
    assert link is not None
    with pytest.raises(IllegalStep), transaction():
        confirm_links.confirm(link, held(3, "cs").duty.opens_at, "A1")


def test_an_unknown_link_is_not_found(client: FlaskClient, token: str) -> None:
    for other in ("x", token[:-1], token + "x", "长" * 30):
        assert client.get(f"/c/{other}").status_code == 404


def test_a_class_in_one_room_has_enough_and_a_machine_has_not(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixty students need three requests each; whoever goes on past the limit waits. The count
    stands in the database, so that every worker sees it."""
    assert login_delays.FREE_OVER_LINK >= 180
    monkeypatch.setattr(login_delays, "FREE_OVER_LINK", 3)
    answers = [ask(q="数学").status_code for _ in range(6)]
    assert answers[:3] == [200, 200, 200]
    assert 429 in answers


def test_the_page_tells_who_issued_it_and_goes_to_no_cache(client: FlaskClient, token: str) -> None:
    page = client.get(f"/c/{token}")
    assert "由计算机学院（计算机学院教学秘书）发出" in words(page)
    assert "no-store" in page.headers["Cache-Control"]
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Robots-Tag"] == "noindex"


def test_issued_twice_it_is_one_link_with_a_code_to_print(
    client: FlaskClient, token: str, sign_in: SignIn, post: Send
) -> None:
    sign_in(client, "cs")
    url = f"/assignments/{held(3, 'cs').id}/links"
    sheets = [post(client, url, follow_redirects=True) for _ in range(2)]
    assert all(f"/c/{token}" in sheet.text for sheet in sheets)
    assert re.search(r'<img class="qr" src="data:image/svg\+xml', sheets[0].text)


def test_the_unit_sees_what_came_over_the_link_and_can_take_it_back(
    ask: Ask, client: FlaskClient, sign_in: SignIn, at: StandingClock
) -> None:
    ask(key="A1")
    task = held(3, "cs").duty.tasks[0]
    page = sign_in(client, "cs").get(f"/rosters/{task.id}?show=done")
    assert "经链接确认，2月21日08:00" in words(page)
    with transaction():
        rosters.untick(task, cast.actor("cs"), at.now(), ["A1"])
    assert ticked() == set()


@pytest.mark.parametrize("who", ["affairs", "info", "president"])
def test_nobody_else_issues_links_for_a_unit(token: str, who: str, at: StandingClock) -> None:
    with pytest.raises(NotPermitted), transaction():
        confirm_links.issue(held(3, "cs"), cast.actor(who), at.now())


def test_without_names_there_is_no_link(app: Flask, at: StandingClock) -> None:
    with pytest.raises(IllegalStep), transaction():
        confirm_links.issue(held(8, "cs"), cast.actor("cs"), at.now())
