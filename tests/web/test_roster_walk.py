"""The names of a whole university: brought as a list, ticked by pasting, read by college, and a
verified cell that falls back when one more name arrives."""

import re
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.serving import enter
from tests.web.duties import held
from tracker.domain.spreadsheets import csv_bytes

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
PHONE = {"width": 360, "height": 740}
GROUPS, MISSING = 1644, 37
COLLEGES = (
    *("计算机学院", "信息工程学院", "汽车工程学院", "海洋科学学院", "船舶工程学院"),
    *("材料科学学院", "土木工程系", "理学院", "经济管理学院", "外国语学院", "法学院", "体育部"),
)
ROWS = [
    (f"KC{number:04}", f"课程{number}教学群", COLLEGES[number % 12], f"第{number}教学班")
    for number in range(GROUPS)
]
ABSENT = {row[0] for row in [row for row in ROWS if row[2] != "计算机学院"][-MISSING:]}


def bring(page, task_id: int, path: Path) -> None:
    page.goto(f"/rosters/{task_id}/import")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="读取并预览").click()
    page.get_by_role("heading", name="名单差异预览").wait_for()


def written(folder: Path, rows: list[tuple[str, str, str, str]]) -> Path:
    path = folder / "名单.csv"
    path.write_bytes(csv_bytes(["课程号", "课程名称", "开课单位", "教学班"], rows))
    return path


def test_nobody_is_missing_until_a_name_more_arrives(app: Flask, open_context, tmp_path) -> None:
    task_id, cell = held(3, "cs").duty.tasks[0].id, f"/assignments/{held(3, 'cs').id}"
    office = enter(open_context().new_page(), "affairs")
    bring(office, task_id, written(tmp_path, ROWS))
    assert "1644 新增" in office.locator(".difference").inner_text()
    office.get_by_role("button", name="确认导入").click()
    office.get_by_text("名册已更新：新增1644项").wait_for()

    students = enter(open_context().new_page(), "students")
    students.goto(f"/rosters/{task_id}")
    present = "\n".join(row[0] for row in ROWS if row[0] not in ABSENT)
    students.locator("#keys").fill(present, timeout=60_000)  # A busy machine lays it out slowly.
    students.get_by_role("button", name="勾选这些").click()
    students.get_by_text("已勾选1607项。").wait_for()

    office.goto("/board")
    office.get_by_role("link", name="缺漏名单").click()
    row = office.locator("section.card-plain", has_text="课程建群")
    expect(row.locator(".roster-figure")).to_contain_text("1607/1644 还缺37项")
    named = [int(re.findall(r"缺(\d+)", text)[0]) for text in row.locator("li").all_inner_texts()]
    assert sum(named) == MISSING
    expect(row).not_to_contain_text("计算机学院")
    row.locator("li a").first.click()
    expect(office.locator("ul.names li")).to_have_count(named[0])

    college = enter(open_context(viewport=PHONE).new_page(), "cs")
    college.goto(cell)
    college.get_by_role("button", name="报送 137/137").click()
    college.get_by_text("已报送：课程建群").wait_for()
    office.goto(cell)
    office.get_by_role("button", name="核验通过").click()
    office.get_by_text("已核验：课程建群").wait_for()

    more = ("KC9999", "新开课程教学群", "计算机学院", "新教学班")
    bring(office, task_id, written(tmp_path, [*ROWS, more]))
    expect(office.locator(".difference")).to_contain_text("1 新增")
    office.get_by_role("button", name="确认导入").click()
    office.get_by_text("名册已更新：新增1项").wait_for()
    office.goto("/board")
    name = re.compile("^计算机学院第3项“课程建群”：待补，137.138")
    office.get_by_role("link", name=name).first.wait_for(state="attached")
    college.goto(cell)
    expect(college.locator("main")).to_contain_text("转为待补：当时缺1项")
    college.get_by_role("link", name="去勾选").click()
    expect(college.locator("ul.names")).to_contain_text("新开课程教学群")
