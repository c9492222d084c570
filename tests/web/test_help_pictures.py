"""The guides as they are printed, and where their pictures come from: `SCREENSHOTS=write` takes
them anew from the pages themselves, in both languages."""

import io
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page

from tests import cast
from tests.databases import ROOT
from tests.rehearsal import StandingClock
from tests.serving import Server, enter, guarded
from tests.web.duties import held, held_id, report, send_back, verify
from tests.web.test_second_factors_walk import shown_code
from tracker.db import transaction
from tracker.domain.rosters import Listed
from tracker.domain.vocabulary import Health
from tracker.services import check_ins, confirm_links, roster_imports, rosters
from tracker.web.help import GUIDES

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PICTURES = ROOT / "tracker" / "static" / "help"
WRITE = os.environ.get("SCREENSHOTS") == "write"
BROWSERS = {"zh_Hans": "zh-CN", "en": "en-GB"}
PHONE = {"width": 360, "height": 640}
DESK = {"width": 800, "height": 900}
TEACHERS = ("高翔", "李敏", "刘洋", "孙悦", "王磊", "赵静", "周涛")


@dataclass(frozen=True)
class Evening:
    """22 February, shortly before 22:00. Addresses of what the pictures show."""

    returned: str
    names: str
    link: str
    urge: str


@pytest.fixture
def evening(app: Flask, at: StandingClock, request: pytest.FixtureRequest) -> Evening:
    """Some is reported, some verified, some sent back; row 12 of the college has names."""
    at("2020-02-22T21:30")
    with transaction():
        for name in ("cs", "affairs"):
            cast.user(name).locale = request.node.callspec.params["language"]
    link = with_names(at)
    for college, numbers in {"cs": (7, 8, 15), "info": (3, 7, 8, 9), "auto": (1, 3, 15)}.items():
        for number in numbers:
            counted = held(number, college).duty.counted
            report(college, number, college, 128 + number if counted else None)
    verify("affairs", 8, "info")
    send_back("affairs", 9, "info", "两门课的材料打不开，请重新上传。")
    report("cs", 3, "cs", 135)
    send_back("affairs", 3, "cs", "还差2门课没有建群，请建好后再报。")
    with transaction():
        centre, today = cast.actor("network"), date(2020, 2, 22)
        check_ins.check_in(held(1, "network"), centre, at.now(), day=today, health=Health.NORMAL)
    urged = "&".join(f"id={held_id(number, 'info')}" for number in (1, 5))
    return Evening(
        returned=f"/assignments/{held_id(3, 'cs')}",
        names=f"/rosters/{held(12, 'cs').duty.tasks[0].id}?show=all",
        link=link,
        urge=f"/urges/preview?{urged}",
    )


def with_names(at: StandingClock) -> str:
    """The college brings its teachers' names and ticks three. Gives the teachers' link."""
    clerk, duty = cast.actor("cs"), held(12, "cs")
    task = duty.duty.tasks[0]
    listed = [Listed(f"T{n:03}", name, "cs", "", str(n)) for n, name in enumerate(TEACHERS, 1)]
    with transaction():
        brought = roster_imports.preview(
            task, duty.unit, clerk, at.now(), source="教师名单.xlsx", listed=listed
        )
        roster_imports.confirm(brought, clerk, at.now(), leave_doubtful=False)
        rosters.tick(task, clerk, at.now(), ["T001", "T003", "T004"])
        return f"/c/{confirm_links.issue(held(12, 'cs'), clerk, at.now()).token}"


def taken(top: Locator, height: int) -> bytes:
    """What a window of this height shows from `top` on, in few colours and so in few bytes."""
    page = top.page
    assert page.viewport_size is not None
    page.set_viewport_size({"width": page.viewport_size["width"], "height": height})
    top.evaluate("each => window.scrollTo(0, each.getBoundingClientRect().top + scrollY - 12)")
    picture = page.screenshot(animations="disabled", caret="hide")
    whole = Image.open(io.BytesIO(picture)).convert("RGB")
    few = io.BytesIO()
    whole.quantize(128, dither=Image.Dither.NONE).save(few, "PNG", optimize=True)
    return few.getvalue()


def whole(card: Locator) -> bytes:
    """All of it, and nothing of what comes after."""
    box = card.bounding_box()
    assert box is not None
    return taken(card, int(box["height"]) + 24)


def a_picture() -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (64, 64), "#8fb3cc").save(drawn, "PNG")
    return drawn.getvalue()


def of_the_college(page: Page, evening: Evening) -> Iterator[tuple[str, bytes]]:
    enter(page, "cs")
    for box in page.locator("[name=id]").all()[:2]:
        box.check()
    yield "mine", taken(page.locator(".pile-DO"), 600)
    page.goto(evening.returned)
    page.locator("[type=file]").set_input_files(
        {"name": "建群截图.png", "mimeType": "image/png", "buffer": a_picture()}
    )
    page.locator("#evidence [data-upload] button").click()
    page.locator(".pieces").wait_for()
    page.locator("[name=count]").fill("137")
    yield "report", taken(page.locator("section:has(.tick-form)"), 500)
    page.goto(evening.names)
    for key in ("T002", "T005"):
        page.locator(f"[name=key][value={key}]").check()
    yield "names", taken(page.locator(".roster-sum"), 600)
    page.goto("/mailbox")
    page.goto(f"{page.locator('ul.letters a').first.get_attribute('href')}/html")
    yield "letter", taken(page.locator("body"), 540)


def of_a_teacher(page: Page, evening: Evening) -> Iterator[tuple[str, bytes]]:
    page.goto(evening.link)
    page.locator("[name=q]").fill("王磊")
    page.locator("[name=q]").press("Enter")
    page.get_by_text("T005").wait_for()
    yield "confirm", taken(page.locator("main h1"), 600)


def of_an_account(page: Page) -> Iterator[tuple[str, bytes]]:
    """The second step is switched on, and then asked for."""
    enter(page, "auto")
    page.goto("/account")
    page.locator("#calendar form button").last.click()
    page.goto("/account")
    yield "calendar", whole(page.locator("#calendar"))
    page.locator("#proof-current").fill(cast.PASSWORD)
    page.locator("#second-factor form button").click()
    page.locator("main [name=code]").fill(shown_code(page))
    page.locator("main form button").click()
    page.locator(".recovery-codes").wait_for()
    page.goto("/account")
    yield "factor", whole(page.locator("#second-factor"))
    page.locator("header form button").last.click()
    page.wait_for_url("**/login")
    page.locator("main [name=email]").fill(cast.email("auto"))
    page.locator("main [name=password]").fill(cast.PASSWORD)
    page.locator("main [name=password]").press("Enter")
    page.wait_for_url("**/login/code")
    yield "asked", whole(page.locator("main .card-plain"))


def of_the_office(page: Page, evening: Evening) -> Iterator[tuple[str, bytes]]:
    page.goto("/board")
    yield "board", taken(page.locator(".board-filters"), 520)
    page.goto("/board?show=waiting")
    for box in page.locator("[name=id]").all()[:2]:
        box.check()
    yield "waiting", taken(page.locator(".board-filters"), 520)
    page.goto(evening.urge)
    yield "urge", taken(page.locator("main h1"), 520)


def move_to_ten(page: Page) -> None:
    """The last call goes out."""
    enter(page, "affairs")
    page.locator(".rehearsal-clock summary").click()
    page.locator("#rehearsal-to").fill("2020-02-22T22:00")
    page.locator(".rehearsal-clock form").nth(1).get_by_role("button").click()
    page.locator(".notices").wait_for()


@pytest.mark.skipif(not WRITE, reason="takes the pictures anew: SCREENSHOTS=write")
@pytest.mark.parametrize("language", BROWSERS)
def test_the_pictures_can_be_taken(
    app: Flask,
    evening: Evening,
    browser: Browser,
    serve: Callable[..., Server],
    language: str,
) -> None:
    url = serve(app, NOW="2020-02-22T21:58+08:00", TWO_FACTOR="optional").url
    asked = {"locale": BROWSERS[language], "device_scale_factor": 1.5}
    with (
        guarded(browser, url, viewport=DESK, **asked) as desk,
        guarded(browser, url, viewport=PHONE, **asked) as phone,
        guarded(browser, url, viewport=PHONE, **asked) as teacher,
        guarded(browser, url, viewport=PHONE, **asked) as own,
    ):
        office = desk.new_page()
        move_to_ten(office)
        shots = {
            **dict(of_the_college(phone.new_page(), evening)),
            **dict(of_a_teacher(teacher.new_page(), evening)),
            **dict(of_an_account(own.new_page())),
            **dict(of_the_office(office, evening)),
        }
    for name, picture in shots.items():
        (PICTURES / f"{name}.{language}.png").write_bytes(picture)
    there = {path.name.split(".")[0] for path in PICTURES.glob(f"*.{language}.png")}
    assert set(shots) == there


def test_each_guide_is_printed_on_the_pages_it_promises(
    open_context: Callable[..., BrowserContext],
) -> None:
    for spoken in BROWSERS.values():
        page = open_context(locale=spoken).new_page()
        for guide, sheets in GUIDES.items():
            page.goto(f"/help/{guide}")
            printed = page.pdf(prefer_css_page_size=True)
            taken_up = len(re.findall(rb"/Type\s*/Page\b", printed))
            assert (guide, spoken, taken_up) == (guide, spoken, sheets)
            assert b"MediaBox [0 0 594" in printed or b"MediaBox [0 0 595" in printed
