"""An amended notice is brought over a plan that is half ticked, in a real browser: the difference
is right, and no tick is lost."""

from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.notice_documents import as_docx, table
from tests.serving import enter
from tests.web.duties import held, report, verify
from tracker.db import db
from tracker.domain.vocabulary import State

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
PHONE = {"width": 360, "height": 740}
SPLIT = 9


def amended() -> list[list[str]]:
    """Row 1 later, row 8 in other words, row 15 gone, a row 17 more."""
    rows = table("table1")
    rows[1][1] = "25 日结\n束前"
    rows[8][5] = "确保通知到每一位教师"
    del rows[15]
    return [*rows, ["17", "26日前", "试讲", "检查", "", "做好试讲", "^"]]


def test_an_amended_notice_loses_no_tick(app: Flask, open_context, tmp_path: Path) -> None:
    for number, count in ((3, 137), (8, 62), (15, None)):
        report("cs", number, "cs", count)
    verify("affairs", 3, "cs")
    rows = amended()
    path = tmp_path / "修订通知.docx"
    path.write_bytes(as_docx(rows[:SPLIT], rows[SPLIT:], table("table2")))

    office = enter(open_context(viewport=PHONE).new_page(), "affairs")
    office.goto("/plans/1/import")
    office.locator("input[type=file]").set_input_files(path)
    office.locator("form[data-upload] button").click()
    difference = office.locator("#difference")
    for text in (
        "试讲",
        "25日结束前",
        "确保通知到每一位教师",
        "设计学院督导组加入网络课程听课安排",
    ):
        expect(difference).to_contain_text(text)
    expect(difference.locator(".difference b")).to_have_text(["1", "1", "1", "2", "2", "3"])
    wider = office.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wider <= 0
    difference.locator("form button").click()
    office.wait_for_url("**/plans/1")

    db.session.rollback()
    assert held(3, "cs").state is State.VERIFIED
    assert (held(8, "cs").state, held(8, "cs").count) == (State.DONE, 62)
    assert held(15, "cs").state is State.WAIVED
    assert held(17, "cs").state is State.OPEN

    college = enter(open_context(viewport=PHONE).new_page(), "cs")
    expect(college.locator("main")).to_contain_text("试讲")
    college.goto(f"/assignments/{held(8, 'cs').id}")
    expect(college.locator("main")).to_contain_text("62")

    office.goto("/plans/1/import")
    office.locator("input[type=file]").set_input_files(path)
    office.locator("form[data-upload] button").click()
    expect(office.locator("#difference > p")).to_have_count(1)
    expect(office.locator("#difference li")).to_have_count(0)
    expect(office.locator("#difference form")).to_have_count(0)
