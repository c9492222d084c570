"""The site over https, in a real browser: what it says of a form there, and what it keeps."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.serving import enter, guarded, server

pytestmark = pytest.mark.browser


@pytest.fixture
def page(sqlite_url: str, tmp_path: Path, browser: Browser) -> Iterator[Page]:
    with (
        server(sqlite_url, tmp_path, https=True, NOW="2020-02-21T08:00+08:00") as running,
        guarded(browser, running.url, ignore_https_errors=True) as context,
    ):
        yield context.new_page()


def test_somebody_signs_in_ticks_a_duty_and_signs_out(page: Page) -> None:
    """Our pages send no referrer, which many a library asks of a form over https."""
    enter(page, "cs")
    expect(page).to_have_url("/mine")
    (cookie,) = [each for each in page.context.cookies() if "tracker" in each["name"]]
    assert cookie["name"].startswith("__Host-")
    assert cookie["secure"]
    ticks = page.locator("form.tick-form").filter(has_not=page.locator("[name=count]"))
    name = ticks.first.get_attribute("id")
    page.locator(f"#{name} .tick-button").click()
    expect(page.locator(f"#{name}")).to_have_count(0)
    page.locator("form[action='/logout'] button").click()
    expect(page).to_have_url("/login")
