"""The board as a page: what is seen of each cell, the filters, and bulk verification."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests import plans
from tests.cast import PASSWORD, email
from tests.rehearsal import StandingClock
from tests.serving import Server, guarded
from tests.web.duties import words
from tracker import clock, language
from tracker.db import db, transaction
from tracker.domain.vocabulary import DutyRole, Health, Light, State
from tracker.models.assignment import Assignment, Review
from tracker.models.org import Unit
from tracker.models.plan import DutyTask, Plan, Task
from tracker.permissions import Actor
from tracker.services import assignments, check_ins, reviews
from tracker.web.matrix import time_left

Actors = Callable[[str], Actor]
SignIn = Callable[[FlaskClient, str], FlaskClient]
Post = Callable[..., TestResponse]


def held(number: int, code: str) -> Assignment:
    return db.session.scalars(
        select(Assignment)
        .join(Unit)
        .join(DutyTask, DutyTask.duty_id == Assignment.duty_id)
        .join(Task, Task.id == DutyTask.task_id)
        .where(Task.number == number, Unit.code == code)
    ).one()


def report(
    actor: Actor, number: int, code: str, count: int | None = None, note: str = ""
) -> tuple[int, int]:
    """Report the duty; gives its id and version."""
    assignment = held(number, code)
    with transaction():
        assignments.check_off(
            assignment, actor, clock.now(), seen_version=None, count=count, note=note
        )
    return assignment.id, assignment.version


def picked(*reports: tuple[int, int]) -> dict[str, Any]:
    """The form fields of ticked reports."""
    return {
        "id": [str(each) for each, _ in reports],
        **{f"version-{each}": str(version) for each, version in reports},
    }


def states(*reports: tuple[int, int]) -> list[State]:
    db.session.rollback()
    return [db.session.get_one(Assignment, each).state for each, _ in reports]


def cell(page: TestResponse, assignment_id: int) -> tuple[str, str]:
    """The classes and the accessible name of a cell of the matrix."""
    found = re.search(
        rf'<td class="([^"]+)"[^>]*><a href="/assignments/{assignment_id}"[^>]*?'
        r'(?: aria-label="([^"]*)">|>.*?<span class="visually-hidden">([^<]*)<)',
        page.text,
    )
    assert found, f"no cell {assignment_id}"
    return found[1], unescape(found[2] or found[3])


def test_nothing_is_ticked_on_the_morning_of_the_21st(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    page = sign_in(client, "affairs").get("/board")
    assert page.status_code == 200
    assert page.text.count('<th scope="row"') == 16
    assert len(re.findall(r'<td class="fill-', page.text)) == 16 + 15 + 12 * 16 + 1
    assert page.text.count('<td class="none">') == 1
    assert 'rowspan="16"' in page.text
    assert "0/217项" in page.text
    assert "下一截止时间：22日24:00（明天）" in page.text
    assert "还有1天16小时" in page.text
    assert "14项未办结" in page.text


def test_a_cell_says_unit_row_state_and_count_in_words(
    app: Flask, client: FlaskClient, sign_in: SignIn, actor: Actors, at: StandingClock
) -> None:
    """B-66: what a screen reader hears is whole without the colour and without the letter."""
    silent = held(3, "info").id
    waits, _ = report(actor("cs"), 3, "cs", count=12)
    done, _ = report(actor("cs"), 1, "cs")
    standing = held(1, "network").id
    page = sign_in(client, "affairs").get("/board")
    assert cell(page, waits) == (
        "fill-REPORTED",
        "计算机学院第3项“课程建群”：待核验，12",
    )
    assert cell(page, silent) == (
        "fill-OPEN",
        "信息工程学院第3项“课程建群”：未完成，未报",
    )
    assert cell(page, done)[0] == "fill-SETTLED"
    assert cell(page, standing)[1] == "网络中心第1—16项：未完成，0/4"
    check = held(3, "affairs").id
    assert cell(page, check)[1] == "教务处第3项“课程建群”：有报送待核验，0/13"


def test_a_cell_takes_few_bytes_because_it_is_written_five_hundred_times(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    """Of 150 kB for a board of 32 units, the cells may have 125."""
    page = sign_in(client, "affairs").get("/board")
    cells = re.findall(r'<td class="fill-.*?</td>', page.text, re.DOTALL)
    assert sum(len(cell.encode()) for cell in cells) < 125_000 / 530 * len(cells)


def test_roles_and_days_stand_in_words(
    app: Flask, client: FlaskClient, sign_in: SignIn, actor: Actors
) -> None:
    with transaction():
        check_ins.check_in(
            held(1, "network"),
            actor("network"),
            clock.now(),
            day=clock.now().date(),
            health=Health.TROUBLE,
            note="出口带宽不足",
        )
    page = sign_in(client, "affairs").get("/board").text
    for word in ("牵头", "检查", "协调", "督促", "配合", "掌握", "听候配合"):
        assert f"<small>{word}</small>" in page
    days = re.findall(r'<li class="day-(\w+)">(\d+日) <b>([^<]+)</b>', page)
    assert days[:4] == [
        ("missed", "20日", "未报"),
        ("trouble", "21日", "有障碍"),
        ("ahead", "22日", "未到"),
        ("ahead", "23日", "未到"),
    ]


@pytest.mark.parametrize("spoken", ["zh_Hans", "en"])
def test_every_state_has_a_letter_of_its_own_and_a_word(spoken: str) -> None:
    """B-66."""
    letters = [language.letter(spoken, light) for light in Light]
    words = [language.label(spoken, light) for light in Light]
    assert all(len(letter) == 1 for letter in letters)
    assert len(set(letters)) == len(set(words)) == len(Light)


def test_the_legend_shows_every_letter(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    page = sign_in(client, "affairs").get("/board").text
    for light in Light:
        letter, word = language.letter("zh_Hans", light), language.label("zh_Hans", light)
        assert (
            f'<span class="mark fill-{light.value}" aria-hidden="true">{letter}</span> {word}'
            in (page)
        )


def test_overdue_cells_are_filtered_and_stand_by_is_never_among_them(
    app: Flask, client: FlaskClient, sign_in: SignIn, actor: Actors, at: StandingClock
) -> None:
    """B-70. After the first cut-off row 1 alone, after the second all rows, but no stand-by."""
    report(actor("cs"), 1, "cs")
    sign_in(client, "affairs")
    at("2020-02-22T23:59")
    assert "没有已逾期的职责" in client.get("/board?show=overdue").text
    at("2020-02-23T00:30")
    page = client.get("/board?show=overdue")
    assert page.text.count('<th scope="row"') == 1
    assert page.text.count('<td class="fill-OVERDUE') == 13
    assert cell(page, held(1, "cs").id)[0] == "fill-SETTLED dimmed"
    at("2020-02-24T00:00")
    page = client.get("/board?show=overdue")
    assert "均已截止" in page.text
    standby = db.session.scalars(select(Assignment)).all()
    for assignment in standby:
        if assignment.duty.role in (DutyRole.STANDBY, DutyRole.MONITOR):
            assert not re.search(
                rf'fill-OVERDUE[^>]*><a href="/assignments/{assignment.id}"', page.text
            )


def test_a_college_sees_its_own_column_only(
    app: Flask, client: FlaskClient, sign_in: SignIn, actor: Actors
) -> None:
    """B-11, B-62: no name, no count and no address of another unit, in no filter."""
    report(actor("info"), 3, "info", count=4321)
    foreign = held(3, "info").id
    sign_in(client, "cs")
    for address in ("/board", "/board?show=overdue", "/board?show=waiting", "/board?unit=cs"):
        page = client.get(address)
        assert "信息工程学院" not in page.text
        assert "4321" not in words(page)
        assert f'"/assignments/{foreign}"' not in page.text
    own = client.get("/board").text
    assert own.count('href="/assignments/') == 16
    assert "确保全部建立，并检查" in own
    assert client.get("/board?unit=info").status_code == 404
    assert client.get("/board?unit=nosuch").status_code == 404


def test_one_unit_is_shown_with_the_words_of_its_duties(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    page = sign_in(client, "affairs").get("/board?unit=network").text
    assert "第1—16项任务" in page
    assert "以“稳定安全”为目标要求" in page
    assert "0/1项" in page


def test_the_president_sees_all_and_verifies_nothing(
    app: Flask, client: FlaskClient, sign_in: SignIn, actor: Actors, post: Post
) -> None:
    done = report(actor("cs"), 3, "cs", count=12)
    sign_in(client, "president")
    assert "计算机学院第3项“课程建群”：待核验，12" in client.get("/board").text
    assert "没有待您核验的报送" in client.get("/board?show=waiting").text
    assert post(client, "/board/verify", picked(done)).status_code == 403
    assert states(done) == [State.DONE]


def test_english_readers_get_english_words(
    app: Flask, client: FlaskClient, sign_in: SignIn, actor: Actors, post: Post
) -> None:
    waits, _ = report(actor("cs"), 3, "cs", count=12)
    sign_in(client, "affairs")
    post(client, "/language", {"locale": "en"})
    page = client.get("/board")
    assert cell(page, waits)[1] == (
        "School of Computer Science, row 3, Create course groups: Waiting for verification, 12"
    )
    assert "1 day 16 hours left" in page.text
    assert '<span lang="zh-Hans">22日结束前</span>' in page.text


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/board?show=late", 400),
        ("/board?show=waiting&pick=some", 400),
        ("/board?plan=abc", 400),
        ("/board?plan=-1", 400),
        ("/board?plan=2", 404),
        ("/board?plan=99999999999999999999999999", 404),
        ("/board?plan=9999999999999999999", 404),
        ("/board?unit=%00", 404),
        ("/board?unit=%F0%9F%99%82", 404),
    ],
)
def test_a_wrong_address_is_answered_with_words(
    both_app: Flask, client: FlaskClient, sign_in: SignIn, address: str, status: int
) -> None:
    page = sign_in(client, "affairs").get(address)
    assert page.status_code == status
    assert "无法完成操作" in page.text


def test_several_reports_are_verified_at_once(
    both_app: Flask, client: FlaskClient, sign_in: SignIn, actor: Actors, post: Post
) -> None:
    done = [report(actor(code), 3, code, count=12, note="已全部落实") for code in ("cs", "info")]
    sign_in(client, "affairs")
    page = client.get("/board?show=waiting").text
    for each, version in done:
        assert f'name="id" value="{each}"' in page
        assert f'name="version-{each}" value="{version}"' in page
    assert "已全部落实" in page
    assert page.count(" checked") == 0
    assert client.get("/board?show=waiting&pick=all").text.count(" checked") == 2
    answer = post(client, "/board/verify", picked(*done))
    assert answer.status_code == 303
    assert answer.location == "/board?show=waiting"
    assert states(*done) == [State.VERIFIED, State.VERIFIED]
    assert "已核验2项报送" in client.get(answer.location).text


def test_several_reports_are_sent_back_with_one_reason(
    both_app: Flask, client: FlaskClient, sign_in: SignIn, actor: Actors, post: Post
) -> None:
    done = [report(actor(code), 3, code, count=12) for code in ("cs", "info")]
    sign_in(client, "affairs")
    refused = post(client, "/board/send-back", {**picked(*done), "reason": " "})
    assert refused.status_code == 422
    assert "请写明退回原因" in refused.text
    assert refused.text.count(" checked") == 2
    assert states(*done) == [State.DONE, State.DONE]
    long = post(client, "/board/send-back", {**picked(*done), "reason": "长" * 2001})
    assert long.status_code == 422
    sent = post(client, "/board/send-back", {**picked(*done), "reason": "请补充名单", "unit": "cs"})
    assert sent.location == "/board?unit=cs&show=waiting"
    assert states(*done) == [State.RETURNED, State.RETURNED]
    assert [review.reason for review in db.session.scalars(select(Review))] == ["请补充名单"] * 2


def test_a_bulk_verification_is_all_or_nothing(
    both_app: Flask, client: FlaskClient, sign_in: SignIn, actor: Actors, post: Post
) -> None:
    """One of three changed meanwhile, one is verified already: nothing is saved, both are named
    with the reason, and what can still be verified stays ticked with its new version."""
    cs, info, auto = (report(actor(code), 3, code, count=12) for code in ("cs", "info", "auto"))
    sign_in(client, "affairs")
    changes = db.session.scalar(select(Plan.changes).order_by(Plan.id))
    with transaction():
        stale = db.session.get_one(Assignment, info[0])
        assignments.undo(stale, actor("info"), clock.now(), seen_version=info[1])
        assignments.check_off(stale, actor("info"), clock.now(), seen_version=None, count=13)
        settled = db.session.get_one(Assignment, auto[0])
        reviews.verify(settled, actor("affairs"), clock.now(), seen_version=None)
    now_verified = (auto[0], auto[1] + 1)
    page = post(client, "/board/verify", picked(cs, info, now_verified))
    assert page.status_code == 409
    assert states(cs, info, auto) == [State.DONE, State.DONE, State.VERIFIED]
    assert "本次操作全部未保存" in page.text
    assert "信息工程学院第3项“课程建群”：您查看期间，他人已更新此项。" in page.text
    assert "汽车工程学院第3项“课程建群”：单位报送后方可核验。" in page.text
    assert "计算机学院第3项“课程建群”：" not in page.text
    assert page.text.count(" checked") == 2
    assert f'name="version-{info[0]}" value="{info[1] + 2}"' in page.text
    assert db.session.scalar(select(Plan.changes).order_by(Plan.id)) == (changes or 0) + 3


def test_nothing_picked_is_said_so(
    app: Flask, client: FlaskClient, sign_in: SignIn, actor: Actors, post: Post
) -> None:
    report(actor("cs"), 3, "cs", count=12)
    page = post(sign_in(client, "affairs"), "/board/verify")
    assert page.status_code == 422
    assert "请先勾选报送" in page.text


@pytest.mark.parametrize("verb", ["verify", "send-back"])
@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"id": ["x"], "version-x": "1"}, 400),
        ({"id": ["1"]}, 400),
        ({"id": ["1"], "version-1": "one"}, 400),
        ({"id": [str(2**70)], f"version-{2**70}": "1"}, 404),
        ({"id": [str(2**63)], f"version-{2**63}": "1"}, 404),
        ({"id": ["100000"], "version-100000": "1"}, 404),
        ({"id": [str(each) for each in range(501)]}, 400),
        ({"id": ["1"], "version-1": "1", "plan": "abc"}, 400),
        ({"id": ["1"], "version-1": "1", "unit": "nosuch"}, 404),
    ],
)
def test_a_forged_bulk_form_is_refused(
    both_app: Flask,
    client: FlaskClient,
    sign_in: SignIn,
    post: Post,
    verb: str,
    form: dict[str, Any],
    status: int,
) -> None:
    page = post(sign_in(client, "affairs"), f"/board/{verb}", {"reason": "理由", **form})
    assert page.status_code == status
    assert "无法完成操作" in page.text


def test_nobody_verifies_what_is_not_theirs_to_verify(
    app: Flask, client: FlaskClient, sign_in: SignIn, actor: Actors, post: Post
) -> None:
    """B-60, B-62: own work is 403, a foreign unit's is 404, an anonymous visitor must sign in."""
    done = report(actor("cs"), 3, "cs", count=12)
    own = report(actor("students"), 3, "students", count=12)
    assert client.post("/board/verify", data=picked(done)).status_code == 400
    for name, target, status in (
        ("cs", done, 403),
        ("info", done, 404),
        ("students", own, 403),
        ("students", done, 404),
    ):
        sign_in(client, name)
        assert post(client, "/board/verify", picked(target)).status_code == status
    assert states(done, own) == [State.DONE, State.DONE]


def test_an_anonymous_visitor_is_sent_to_the_login_page(app: Flask, client: FlaskClient) -> None:
    answer = client.get("/board?show=overdue")
    assert answer.status_code == 302
    assert answer.location.startswith("/login?next=")


def test_without_a_plan_the_page_says_what_to_do(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    with transaction():
        plans.first().archived_at = clock.now()
    assert "/plans/import" in sign_in(client, "affairs").get("/board").text
    assert "本单位在现行方案中没有职责" in sign_in(client, "cs").get("/board").text
    assert sign_in(client, "affairs").get("/board?plan=1").status_code == 200


@pytest.mark.parametrize("who", ["affairs", "president"])
def test_a_moved_cut_off_stands_beside_the_words_it_replaces(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Post, who: str
) -> None:
    """The Chinese board had the notice's words alone, by which nobody may go any more."""
    assert "已调整至" not in words(sign_in(client, who).get("/board"))
    task = held(15, "cs").duty.tasks[0]
    moved = {"day": "2020-02-25", "at": "18:00", "reason": "顺延"}
    assert post(sign_in(client, "affairs"), f"/tasks/{task.id}/cutoff", moved).status_code == 303
    said = words(sign_in(client, who).get("/board"))
    assert said.count("已调整至") == 1
    assert f"{task.deadline_text} 已调整至25日18:00" in said


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "不足1分钟"),
        (1, "1分钟"),
        (60, "1小时"),
        (200, "3小时20分钟"),
        (1439, "23小时59分钟"),
        (1440, "1天"),
        (2405, "1天16小时"),
    ],
)
def test_the_time_left_is_said_in_its_two_largest_parts(
    app: Flask, minutes: int, words: str
) -> None:
    with app.test_request_context("/"):
        assert time_left(timedelta(minutes=minutes)) == words


def _sign_in(page: Page, name: str) -> None:
    page.goto("/login")
    page.fill("[name=email]", email(name))
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/board")


@pytest.mark.browser
@pytest.mark.parametrize("moment", ["2020-02-21T08:00+08:00", "2020-03-01T08:00+08:00"])
@pytest.mark.parametrize("spoken", ["zh-CN", "en"])
def test_the_board_prints_on_one_a4_landscape_page(
    app: Flask, serve: Callable[..., Server], browser: Browser, moment: str, spoken: str
) -> None:
    """With nothing ticked and with everything overdue, in both languages."""
    url = serve(app, NOW=moment).url
    with guarded(browser, url, locale=spoken) as context:
        page = context.new_page()
        _sign_in(page, "affairs")
        pdf = page.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    (box,) = re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert [round(float(side)) for side in box] == [842, 595]


@pytest.mark.browser
def test_a_phone_without_javascript_gets_cards_and_the_whole_table(
    app: Flask, open_context: Callable[..., BrowserContext]
) -> None:
    """360 px: a card a row, its units unfolded by keyboard; the whole table scrolls by itself."""
    phone = open_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    page = phone.new_page()
    _sign_in(page, "affairs")
    cell = page.get_by_role("link", name="计算机学院第3项“课程建群”：未完成，未报")
    expect(cell).to_be_hidden()
    page.locator("#row-3").focus()
    page.keyboard.press("Space")
    expect(cell).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.locator("#board-switch").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("columnheader", name="教务处")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.evaluate("document.querySelector('.board-region').scrollWidth") > 1000
