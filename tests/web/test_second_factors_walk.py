"""The pages between the password and the first page, as a browser shows them: narrow and wide, with
axe, in the language that fills them most."""

from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page

from tests import cast
from tests.serving import guarded
from tests.web import walking
from tests.web.campus_servers import Cas, served
from tests.web.walking import ARTIFACTS, in_thread, problems
from tracker import clock
from tracker.db import transaction

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
WIDTHS = (360, 1440)


@pytest.fixture
def campus() -> Iterator[Cas]:
    cas = Cas()
    with served(cas):
        yield cas


@pytest.fixture
def app(make_app, sqlite_url: str, campus: Cas) -> Flask:
    return make_app(sqlite_url, TWO_FACTOR="required", CAS_URL=f"{campus.origin}/cas")


@pytest.fixture
def context(browser: Browser, app: Flask) -> Iterator[BrowserContext]:
    with in_thread(app) as origin, guarded(browser, origin) as found:
        yield found


def look(page: Page, name: str) -> list[str]:
    kept: Path = ARTIFACTS / "signing-in" / name
    return [f"{name}: {each}" for each in problems(page, kept, WIDTHS, mail=False, narrow=True)]


def shown_code(page: Page) -> str:
    base32 = page.locator(".totp-secret").inner_text().replace(" ", "").strip()
    return pyotp.TOTP(base32).at(clock.real_now())


def test_academic_affairs_set_up_a_telephone_at_their_first_sign_in(
    context: BrowserContext,
) -> None:
    page = context.new_page()
    page.goto("/login")
    found = look(page, "login")
    page.locator("main [name=email]").fill(cast.email("affairs"))
    page.locator("main [name=password]").fill(cast.PASSWORD)
    page.locator("main [name=password]").press("Enter")
    page.wait_for_url("**/login/enrol")
    found += look(page, "enrol")
    page.locator("#code").fill(shown_code(page))
    page.locator("main form button").click()
    page.locator(".recovery-codes").wait_for()
    recovery = page.locator(".recovery-codes code").first.inner_text()
    found += look(page, "codes")
    page.locator("main a.btn").click()
    page.wait_for_url("**/board")
    page.goto("/account")
    found += look(page, "account")
    with transaction():
        user_id = cast.user("cs").id
    page.goto(f"/people/{user_id}")
    found += look(page, "person")
    page.goto("/people")
    found += look(page, "people")
    page.goto("/people/staff-numbers")
    found += look(page, "staff-numbers")
    page.goto("/account")
    page.locator("header form button", has_text="退出").first.click()
    page.wait_for_url("**/login")
    page.locator("main [name=email]").fill(cast.email("affairs"))
    page.locator("main [name=password]").fill(cast.PASSWORD)
    page.locator("main [name=password]").press("Enter")
    page.wait_for_url("**/login/code")
    found += look(page, "code")
    page.locator("#code").fill(recovery)
    page.locator("main form button").click()
    page.wait_for_url("**/board")
    assert found == []


def test_a_refusal_of_the_campus_says_what_to_do(
    context: BrowserContext, app: Flask, campus: Cas
) -> None:
    page = context.new_page()
    page.goto("/sign-on/back?state=x&ticket=ST-1")
    found = look(page, "refused")
    campus.wrong["/cas/serviceValidate"] = lambda: (200, b"", {})
    walking.admit(context, app, page.url.partition("/sign-on")[0], "")
    assert "未能登录" in page.locator("h1").inner_text()
    assert found == []
