"""The board as a working place: choices of the address, cards, chosen cells, the wall."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import BrowserContext, expect
from werkzeug.test import TestResponse

from tests import cast
from tests.rehearsal import StandingClock
from tests.serving import enter
from tests.web.duties import held, held_id
from tracker import clock
from tracker.db import transaction
from tracker.domain.vocabulary import State
from tracker.queries.urges import of_assignment
from tracker.services import assignments

Post = Callable[..., TestResponse]
SignIn = Callable[[FlaskClient, str], FlaskClient]


def report(number: int, code: str, count: int | None = None) -> int:
    assignment = held(number, code)
    with transaction():
        assignments.check_off(
            assignment, cast.actor(code), clock.now(), seen_version=None, count=count
        )
    return assignment.id


class TestTheAddress:
    @pytest.mark.parametrize(
        ("address", "status"),
        [
            ("/board?role=leader", 400),
            ("/board?group=kind", 400),
            ("/board?density=tiny", 400),
            ("/board?wall=2", 400),
            ("/board?since=tonight", 400),
            ("/board?since=25:00", 400),
            ("/board?since=2020-02-30T08:00", 400),
            ("/board?since=18:00", 400),
            ("/board?cluster=nosuch", 404),
        ],
    )
    def test_what_is_no_choice_is_told_so(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, address: str, status: int
    ) -> None:
        page = sign_in(client, "affairs").get(address)
        assert page.status_code == status
        assert "无法完成操作" in page.text

    def test_cells_of_one_state_or_one_role_are_picked_out(
        self, app: Flask, client: FlaskClient, sign_in: SignIn
    ) -> None:
        report(3, "cs", 12)
        page = sign_in(client, "affairs").get("/board?show=reported").text
        assert page.count('<th scope="row"') == 1
        assert page.count('<td class="fill-REPORTED"') == 1
        page = client.get("/board?role=standby").text
        assert page.count('<th scope="row"') == 4
        assert "没有符合条件的项" in client.get("/board?show=waived").text

    def test_the_whole_choice_stays_in_every_link(
        self, app: Flask, client: FlaskClient, sign_in: SignIn
    ) -> None:
        page = sign_in(client, "affairs").get("/board?density=compact&group=cluster").text
        assert 'href="/board?show=overdue&amp;group=cluster&amp;density=compact"' in page

    def test_colleges_stand_in_their_clusters_with_a_sum_each(
        self, app: Flask, client: FlaskClient, sign_in: SignIn
    ) -> None:
        report(1, "cs")
        page = sign_in(client, "affairs").get("/board?group=cluster").text
        heads = re.findall(r'colspan="(\d+)".*?<bdi>([^<]+)</bdi></a> <span[^>]*>([^<]+)<', page)
        assert heads == [
            ("2", "信息学科群", "1/32"),
            ("5", "工程学科群", "0/80"),
            ("5", "文理学科群", "0/80"),
        ]
        assert client.get("/board?cluster=信息学科群").text.count('<th scope="col"') == 3

    def test_two_moments_are_compared(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
    ) -> None:
        at("2020-02-21T19:00")
        report(1, "cs")
        page = sign_in(client, "affairs").get("/board?since=18:00").text
        assert "自2月21日18:00起：1项有变化：新增已办结1项。" in re.sub(r"<[^>]+>", "", page)
        assert "计算机学院第1项“成立校区与学院层面工作组”：已办结，此前未完成" in page


class TestWhatIsChosen:
    def test_stays_in_sight_and_is_removed_with_one_click_while_the_panel_stays_closed(
        self, app: Flask, client: FlaskClient, sign_in: SignIn
    ) -> None:
        page = sign_in(client, "affairs").get("/board?density=compact&role=perform").text
        assert '<details class="board-tools" id="board-tools">' in page
        chips = re.findall(r'<li><a href="([^"]+)"><span class="visually-hidden">移除', page)
        assert chips == ["/board?density=compact", "/board?role=perform"]
        assert "board-chips" not in client.get("/board?show=overdue").text

    def test_any_moment_may_be_typed_and_is_marked_as_chosen(
        self, app: Flask, client: FlaskClient, sign_in: SignIn
    ) -> None:
        page = sign_in(client, "affairs").get("/board?since=2020-02-21T07:10&role=perform").text
        assert 'type="datetime-local"' in page
        assert 'name="since" max="2020-02-21T08:00" value="2020-02-21T07:10"' in page
        assert '<input type="hidden" name="role" value="perform">' in page
        assert re.search(r'aria-current="true">2月21日07:10</a>', page)

    def test_the_matrix_is_reached_past_the_filters_and_its_ticks_are_counted(
        self, app: Flask, client: FlaskClient, sign_in: SignIn
    ) -> None:
        page = sign_in(client, "affairs").get("/board?select=1").text
        assert page.index('href="#board-matrix"') < page.index('class="board-filters"')
        assert 'id="board-matrix"' in page
        assert re.search(r'id="board-pick" data-bulk.*?data-count="已选#项"', page, re.DOTALL)


class TestTheListOfWhatWaits:
    def test_answers_its_poll_by_whether_the_same_reports_wait(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
    ) -> None:
        report(3, "cs", 12)
        page = sign_in(client, "affairs").get("/board?show=waiting").text
        tag = re.search(r'data-live="([^"]+)"', page)
        assert tag
        asked = {"X-Poll": "look", "If-None-Match": f'W/"{tag[1]}"'}
        at("2020-02-21T08:05")
        report(1, "cs")
        assert client.get("/board?show=waiting", headers=asked).status_code == 304
        report(3, "info", 9)
        assert client.get("/board?show=waiting", headers=asked).status_code == 204
        assert client.get("/board?show=waiting").status_code == 200


def test_who_only_looks_on_sees_all_that_waits(
    app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
) -> None:
    report(3, "cs", 12)
    at("2020-02-23T08:00")
    for address in ("/board", "/board?wall=1"):
        page = sign_in(client, "president").get(address).text
        assert "待核验 <b>1</b>" in page
        assert "待我核验" not in page
    assert '<b class="row-late">逾期' in page


class TestCells:
    def test_a_card_tells_of_an_urge_and_its_answer(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, post: Post, at: StandingClock
    ) -> None:
        at("2020-02-23T09:30")
        cell = held_id(1, "cs")
        post(sign_in(client, "affairs"), "/urges", {"id": [cell], "words": ""})
        assert "催办1次，尚未答复" in client.get(f"/assignments/{cell}/card").text
        urged_id = of_assignment(held(1, "cs"))[0].id
        clerk = sign_in(app.test_client(), "cs")
        post(clerk, f"/urged/{urged_id}/answer", {"words": "今晚办结"})
        assert "催办1次，已答复：今晚办结" in client.get(f"/assignments/{cell}/card").text
        at("2020-02-23T10:30")
        report(1, "cs")
        assert "催办1次" not in client.get(f"/assignments/{cell}/card").text

    def test_a_card_tells_of_the_duty_its_last_event_and_the_next_reminder(
        self, app: Flask, client: FlaskClient, sign_in: SignIn
    ) -> None:
        chosen = report(3, "cs", 12)
        page = sign_in(client, "affairs").get(f"/assignments/{chosen}/card").text
        for words in (
            "待核验",
            "确保全部建立",
            "报送完成",
            "计算机学院教学秘书",
            "下次提醒",
            "2月22日09:00",
        ):
            assert words in page
        assert "<html" not in page

    def test_chosen_ones_are_ticked_on_the_pages_that_verify_and_urge(
        self, app: Flask, client: FlaskClient, sign_in: SignIn
    ) -> None:
        waits, other, open_ = report(3, "cs", 12), report(3, "info", 9), held_id(16, "cs")
        page = sign_in(client, "affairs").get("/board?select=1").text
        assert f'name="id" value="{waits}" form="board-pick"' in page
        page = client.get(f"/board?show=waiting&id={waits}&id={open_}").text
        assert re.findall(r'id="report-(\d+)" checked', page) == [str(waits)]
        assert f'id="report-{other}"' in page
        assert "所选2项中有1项待您核验" in page
        preview = client.get(f"/urges/preview?show=waiting&id={waits}&id={open_}").text
        assert f'name="id" value="{open_}"' in preview
        assert held(3, "cs").state is State.DONE


def test_a_wall_has_the_whole_matrix_and_no_menu(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    page = sign_in(client, "president").get("/board?wall=1").text
    assert page.count('<th scope="row"') == 16
    assert '<nav class="site-nav"' not in page
    assert "还有1天16小时" in page
    assert 'href="/board"' in page
    assert client.get("/board?wall=1", headers={"Cookie": ""}).status_code in (200, 302)


@pytest.mark.browser
def test_keys_walk_the_cells_a_card_comes_and_goes_and_a_lost_server_is_told(
    app: Flask, open_context: Callable[..., BrowserContext]
) -> None:
    context = open_context(reduced_motion="reduce", viewport={"width": 1440, "height": 900})
    page = enter(context.new_page(), "affairs")
    first = page.locator(f".board td > a[href='/assignments/{held_id(1, 'affairs')}']")
    first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    here = page.locator(f".board td > a[href='/assignments/{held_id(2, 'students')}']")
    expect(here).to_be_focused()
    expect(page.locator(".board td > a[tabindex='0']")).to_have_count(1)
    expect(page.locator(".cell-card")).to_contain_text("下次提醒")
    page.keyboard.press("Escape")
    expect(page.locator(".cell-card")).to_have_count(0)
    page.keyboard.press("Control+End")
    last = page.locator(f".board td > a[href='/assignments/{held_id(1, 'network')}']")
    expect(last).to_be_focused()


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1920, 1080)])
@pytest.mark.parametrize("spoken", ["zh-CN", "en"])
def test_the_wall_fits_its_screen(
    app: Flask, open_context: Callable[..., BrowserContext], spoken: str, width: int, height: int
) -> None:
    context = open_context(locale=spoken, viewport={"width": width, "height": height})
    page = enter(context.new_page(), "president")
    page.goto("/board?wall=1")
    box = page.locator(".board tbody tr").last.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= height
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    size = page.locator(".board tbody .title").first.evaluate("e => getComputedStyle(e).fontSize")
    assert float(size.removesuffix("px")) >= 12
