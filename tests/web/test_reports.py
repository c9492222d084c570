"""The pages of frozen reports: what a president, a dean's colleague and academic affairs see."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect
from sqlalchemy import func, select

from tests import cast
from tests.rehearsal import StandingClock
from tests.services.test_reports import freeze, plan
from tests.serving import Server, enter, guarded
from tests.web import duties
from tests.web.duties import held_id, words
from tracker.db import db, transaction
from tracker.documents import report_pdf
from tracker.jobs import ticks
from tracker.models.report import Report
from tracker.services import urges


def test_before_the_first_one_the_list_says_what_happens_at_its_hour(
    app: Flask, client, sign_in
) -> None:
    page = sign_in(client, "president").get(f"/plans/{plan().id}/reports")
    assert "尚无简报" in page.text
    assert "2月21日22:00" in page.text


def test_a_report_is_frozen_with_one_button_and_the_list_tells_what_changed(
    app: Flask, client, sign_in, post, at: StandingClock
) -> None:
    sign_in(client, "president")
    answer = post(client, f"/plans/{plan().id}/reports")
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"])
    assert "简报第1期" in page.text
    assert "操作记录完整保留" in page.text
    duties.report("cs", 15, "cs")
    duties.verify("affairs", 15, "cs")
    freeze(at, moment="2020-02-23T08:00")
    listed = words(client.get(f"/plans/{plan().id}/reports"))
    assert "1/217 +1" in listed
    shown = words(client.get(f"/reports/{db.session.scalar(select(func.max(Report.id)))}"))
    assert "新增办结 第15项" in shown
    assert "新增逾期" in shown


def test_every_file_comes_with_its_name_and_its_kind(
    app: Flask, client, sign_in, at: StandingClock
) -> None:
    report_id = freeze(at)
    sign_in(client, "affairs")
    for extension, begins in (("txt", "【简报".encode()), ("xlsx", b"PK"), ("docx", b"PK")):
        answer = client.get(f"/reports/{report_id}.{extension}")
        assert answer.data.startswith(begins)
        name = f"report-{plan().id}-1.{extension}"
        assert answer.headers["Content-Disposition"] == f"attachment; filename={name}"


def test_a_pdf_is_made_or_the_way_to_paper_is_shown(
    app: Flask, client, sign_in, at: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B-53."""
    report_id = freeze(at)
    sign_in(client, "affairs")
    for problem, said in ((report_pdf.NoPdf, "未启用PDF"), (report_pdf.NoFont, "中文字体")):

        def fail(_html: str, problem: type[Exception] = problem) -> bytes:
            raise problem

        monkeypatch.setattr(report_pdf, "pdf", fail)
        answer = client.get(f"/reports/{report_id}.pdf")
        assert (answer.status_code, said in answer.text) == (404, True)
    monkeypatch.undo()
    if report_pdf.available():
        made = client.get(f"/reports/{report_id}.pdf")
        assert made.data.startswith(b"%PDF")


def test_the_hour_is_set_and_taken_away(app: Flask, client, sign_in, post) -> None:
    sign_in(client, "affairs")
    where = f"/plans/{plan().id}/reports"
    assert post(client, f"{where}/hour", {"at": "25:00"}).status_code == 422
    assert post(client, f"{where}/hour", {"at": "21:30"}).status_code == 303
    assert "2月21日21:30" in client.get(where).text
    post(client, f"{where}/hour", {"at": ""})
    assert "目前不自动生成" in client.get(where).text
    assert post(client, f"{where}/readers", {"email": "x@y.example"}).status_code == 422


@pytest.mark.browser
def test_the_text_is_copied_with_one_button(open_context) -> None:
    context = open_context()
    page = enter(context.new_page(), "affairs")
    page.goto("/plans/1/reports")
    page.get_by_role("button", name="立即生成简报").click()
    page.get_by_role("button", name="复制文本").click()
    expect(page.get_by_role("status").last).to_have_text(re.compile("已复制|已选中"))


def test_soon_after_a_daily_one_a_new_one_is_made_and_the_same_one_says_so(
    app: Flask, client, sign_in, post, at: StandingClock
) -> None:
    at("2020-02-21T22:00")
    assert ticks.freeze_reports(app.config["TRACKER"]) == 1
    sign_in(client, "president")
    where = f"/plans/{plan().id}/reports"
    for number, said in ((2, "简报第2期已生成"), (2, "与第2期相同，未另行生成")):
        answer = post(client, where)
        assert said in client.get(answer.headers["Location"]).text
        assert db.session.scalar(select(func.count(Report.id))) == number


def test_who_reads_of_units_that_are_not_theirs_is_named_on_the_list(
    app: Flask, client, sign_in, post
) -> None:
    sign_in(client, "affairs")
    where = f"/plans/{plan().id}/reports"
    for name, warned in (("president", False), ("cs.dean", True)):
        post(client, f"{where}/readers", {"email": cast.email(name)})
        page = client.get(where).text
        assert ("将读到全校区的简报文本。" in page) == warned
        assert ("不能查看全部单位，将读到" in page) == warned


@pytest.mark.browser
def test_a_full_report_in_english_is_no_wider_than_a_phone(
    app: Flask, at: StandingClock, serve: Callable[..., Server], browser: Browser
) -> None:
    freeze(at)
    duties.report("cs", 15, "cs")
    duties.verify("affairs", 15, "cs")
    at("2020-02-24T09:30")
    with transaction():
        urges.urge([held_id(7, "cs")], cast.actor("affairs"), at.now(), words="")
    report_id = freeze(at)
    url = serve(app, NOW="2020-02-24T10:00+08:00").url
    for locale in ("en-GB", "zh-CN"):
        with guarded(
            browser, url, viewport={"width": 360, "height": 740}, locale=locale
        ) as context:
            page = enter(context.new_page(), "affairs")
            for path in (f"/reports/{report_id}", f"/plans/{plan().id}/reports"):
                page.goto(path)
                assert page.evaluate("document.documentElement.scrollWidth") == 360, path
            page.goto(f"/reports/{report_id}")
            for label in page.locator(".report-label").all():
                assert label.evaluate("e => getComputedStyle(e).wordBreak") == "keep-all"
