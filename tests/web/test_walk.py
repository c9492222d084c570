"""The walk by which this product is judged, in a real browser on a real server: a college ticks,
academic affairs verify and send back, the clock moves, the right mails lie in the mailbox."""

import re

import pytest
from playwright.sync_api import expect

from tests.serving import enter

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1440, "height": 900}

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


def tick(page, row: int, count: str | None = None) -> None:
    card = page.locator("article.duty", has=page.get_by_text(f"第{row}项", exact=True).first)
    if count is not None:
        card.get_by_role("textbox").first.fill(count)
    card.get_by_role("button", name="完成").click()
    page.locator("article.duty", has_text=f"第{row}项").get_by_role(
        "button", name="撤回"
    ).wait_for()


def open_cell(page, unit: str, row: int) -> None:
    page.goto("/board")
    page.get_by_role("link", name=re.compile(f"^{unit}第{row}项")).first.click()


def test_the_launch_checklist_runs_end_to_end(open_context):
    college = enter(open_context(viewport=PHONE).new_page(), "cs")
    tick(college, 3, "137")
    tick(college, 8, "62")
    tick(college, 15)

    office = enter(open_context(viewport=DESK).new_page(), "affairs")
    office.goto("/board?show=waiting")
    expect(office.get_by_text("137").first).to_be_visible()

    open_cell(office, "计算机学院", 3)
    office.get_by_role("button", name="核验通过").click()
    office.get_by_text("已核验：课程建群").wait_for()

    open_cell(office, "计算机学院", 8)
    office.get_by_label("退回原因").fill("尚缺两位教师")
    office.get_by_role("button", name="退回", exact=True).click()
    office.get_by_text("已退回：").first.wait_for()

    office.locator(".rehearsal-clock summary").click()
    office.locator("#rehearsal-to").fill("2020-02-22T22:00")
    office.locator(".rehearsal-clock form").nth(1).get_by_role("button").click()
    office.get_by_text("演练时间已调至").wait_for()

    office.goto("/mailbox?to=cs@campus.example")
    letters = office.locator("ul.letters li")
    expect(letters).to_have_count(1)
    assert "最后提醒" in letters.first.inner_text()
    letters.first.get_by_role("link").click()
    text = office.locator("main")
    expect(text).to_contain_text("成立校区与学院层面工作组")
    expect(text).not_to_contain_text("课程建群")

    office.goto("/mailbox?to=network@campus.example")
    expect(letters).to_have_count(1)

    college.goto("/mine")
    returned = college.locator("article.is-returned")
    assert "尚缺两位教师" in returned.first.inner_text()


def test_without_javascript_a_phone_still_ticks_and_takes_back(open_context):
    page = enter(open_context(viewport=PHONE, java_script_enabled=False).new_page(), "cs")
    card = page.locator("article.duty", has_text="第15项")
    card.get_by_role("button", name="完成").click()
    page.locator("article.duty", has_text="第15项").get_by_role("button", name="撤回").click()
    page.locator("article.duty", has_text="第15项").get_by_role("button", name="完成").wait_for()


def test_several_duties_are_ticked_with_one_note(open_context):
    page = enter(open_context(viewport=PHONE).new_page(), "cs")
    for row in (4, 5, 6):
        page.locator("article.duty", has_text=f"第{row}项").get_by_role("checkbox").check()
    page.get_by_role("button", name="报送所选").click()
    page.get_by_role("textbox").last.fill("已在学院群中督促")
    page.get_by_role("button", name=re.compile("报送")).last.click()
    page.get_by_text("已报送3项").wait_for()
