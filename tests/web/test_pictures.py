"""The charts: each with its table and its sentence, in both languages, for whoever may see what."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from itertools import pairwise

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect

from tests.plans import first_id
from tests.rehearsal import StandingClock
from tests.serving import Server, enter, guarded
from tests.web.duties import report, send_back, verify, words
from tracker import clock
from tracker.web.axes import Axes

SignIn = Callable[[FlaskClient, str], FlaskClient]


def path() -> str:
    return f"/plans/{first_id()}/pictures"


def some_days(at: StandingClock) -> None:
    """Reports, verifications and a return from the 21st to the 23rd."""
    colleges = ("cs", "info", "auto", "marine", "naval", "law")
    for hour, code in enumerate(colleges, 9):
        at(f"2020-02-21T{hour:02}:10")
        report(code, 1, code)
        report(code, 3, code, 7)
    for hour, code in enumerate(colleges, 18):
        at(f"2020-02-22T{hour}:20")
        report(code, 16, code)
        verify("affairs", 3, code)
    at("2020-02-23T10:00")
    report("science", 1, "science")
    report("science", 3, "science", 4)
    send_back("affairs", 3, "science", "名单有误")
    report("law", 8, "law", 4)


def test_the_page_says_in_words_what_it_draws(
    both_app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
) -> None:
    some_days(at)
    text = words(sign_in(client, "affairs").get(path())).replace("。 ", "。")
    assert "应办217项，已办结19项（8%）。其中7项已逾期。" in text
    assert (
        "总表应办217项，本节统计其中一次性报送的206项。其中未报送186项，待核验1项，已办结19项。"
        in text
    )
    assert "23日24:00（今天）前应完成206项。现已报送20项，届时：" in text
    assert "已到截止时间的职责14项，按时报送6项（42%）。" in text
    assert "累计报送21次，集中在10:00—11:00（5次）" in text


def test_reports_spread_over_the_hours_are_not_said_to_gather_in_one(
    app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
) -> None:
    for hour, code in enumerate(("cs", "info", "auto", "marine", "naval", "law"), 9):
        at(f"2020-02-21T{hour:02}:10")
        report(code, 1, code)
    text = words(sign_in(client, "affairs").get(path()))
    assert "累计报送6次，各时段分布较均匀" in text
    assert "集中在" not in text


def test_a_college_reads_of_itself_only(
    app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
) -> None:
    some_days(at)
    page = sign_in(client, "cs").get(path())
    text = words(page).replace("。 ", "。")
    assert (
        "总表应办16项，本节统计其中一次性报送的16项。其中未报送13项，待核验0项，已办结3项。" in text
    )
    assert "计算机学院" in text
    assert "信息工程学院" not in unescape(page.text)
    assert "已到截止时间的职责1项，按时报送1项（100%）。" in text


@pytest.mark.parametrize("name", ["affairs", "cs", "network", "president"])
def test_before_the_first_report_every_picture_says_so(
    app: Flask, client: FlaskClient, sign_in: SignIn, name: str
) -> None:
    page = sign_in(client, name).get(path())
    text = words(page)
    assert page.status_code == 200
    if name == "network":
        assert "本单位没有一次性报送的职责。" in text
        assert "报送时段分布" not in text
    else:
        assert "尚无报送。" in text
        assert "尚无截止时间到期。" in text
        assert "数据不足，不作预测" in text


def test_after_the_last_cut_off_there_is_nothing_to_forecast(
    app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
) -> None:
    some_days(at)
    at("2020-03-20T08:00")
    text = words(sign_in(client, "affairs").get(path()))
    assert "各项截止时间均已过，无需预测。" in text
    assert "现在" not in text


def test_every_drawing_has_a_name_and_no_style_of_its_own(
    app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
) -> None:
    some_days(at)
    page = sign_in(client, "affairs").get(f"{path()}").text
    main = page[page.index("<main") : page.index("</main>")]
    for drawing in re.findall(r"<svg[^>]*>", main):
        assert 'aria-hidden="true"' in drawing or 'role="img" aria-label' in drawing
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for named in re.findall(r'aria-(?:labelledby|describedby)="([^"]+)"', page):
        assert named in ids
    assert " style=" not in page


def test_the_lines_never_leave_the_drawing(
    app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
) -> None:
    some_days(at)
    page = sign_in(client, "affairs").get(path()).text
    drawn = re.findall(r'viewBox="0 0 (760|340) (\d+)"(.*?)</svg>', page, re.DOTALL)
    assert [width for width, _height, _body in drawn] == ["760", "340"]
    for width, height, body in drawn:
        lines = re.findall(r' points="([^"]+)"', body)
        assert len(lines) >= 4
        for x, y in (point.split(",") for line in lines for point in line.split()):
            assert 0 <= float(x) <= int(width)
            assert 0 <= float(y) <= int(height)


def test_the_charts_hold_the_numbers_of_the_tables(
    app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
) -> None:
    some_days(at)
    page = sign_in(client, "affairs").get(path()).text
    held = re.search(r"data-charts='([^']+)'", page)
    assert held
    charts = json.loads(unescape(held[1]))
    assert charts["burndown"]["lines"][0][1][-1][1] == 186
    assert sum(charts["hours"]["values"]) == 21
    assert charts["hours"]["nights"][:2] == [[0, 6], [22, 30]]
    in_time, late = (values for _name, values in charts["punctuality"]["bars"])
    assert sum(in_time) + sum(late) == 14


def test_the_board_and_the_notice_lead_there(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    sign_in(client, "cs")
    assert f'href="{path()}"' in client.get("/board").text
    assert f'href="{path()}"' in client.get(path().removesuffix("/pictures")).text


@pytest.mark.parametrize("days", [1, 4, 40, 400])
def test_the_labels_of_days_never_run_into_one_another(app: Flask, days: int) -> None:
    since = clock.now()
    with app.test_request_context("/"):
        axes = Axes(340, 310, since, since + timedelta(days), 206, "Asia/Shanghai")
        labelled = [middle for _begin, middle, text in axes.days() if text]
    assert labelled
    assert all(two - one >= 44 for one, two in pairwise(labelled))
    assert 3 <= len(axes.grid()) <= 7


@pytest.mark.browser
def test_a_picture_opens_large_without_breaking_the_policy(
    app: Flask, at: StandingClock, serve: Callable[..., Server], browser: Browser
) -> None:
    """The guarded browser fails on a console error, a report of the policy, a foreign request."""
    some_days(at)
    url = serve(app, NOW="2020-02-23T10:00+08:00").url
    with guarded(browser, url, viewport={"width": 360, "height": 740}) as context:
        page = enter(context.new_page(), "affairs")
        page.goto(path())
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        assert page.evaluate("typeof window.echarts") == "undefined"
        for name in ("burndown", "punctuality"):
            page.locator(f"[data-zoom={name}]").click()
            expect(page.locator(f".zoom-chart[data-drawn={name}] canvas").first).to_be_visible()
            page.mouse.move(180, 400)
            page.get_by_role("button", name="关闭").click()
            expect(page.locator("#zoom")).to_be_hidden()
