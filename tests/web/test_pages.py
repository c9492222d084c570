"""Every page of the site in a real browser, from the URL map: at three widths, in both languages
and both colour schemes it fits, says nothing to the console, asks no other host and is whole to
whoever cannot see it. With SCREENSHOTS=keep pictures are left in test-artifacts/pages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Response
from werkzeug.routing import Rule

from tests import cast
from tests.notice_documents import brought_notice
from tests.rehearsal import StandingClock
from tests.serving import guarded
from tests.web import walking
from tests.web.duties import held_id
from tests.web.test_route_fields import RULE_FIELDS
from tests.web.test_routes import POLICY, address, rules

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

NO_PAGE: Mapping[str, str] = {
    "static": "a file",
    "status.healthz": "JSON",
    "metrics.show": "text, for a machine",
    "auth.home": "leads on",
    "plan_edits.new": "of a draft only",
    "calendar_feeds.show": "a calendar",
    "evidence.download": "a file",
    "evidence.thumbnail": "a picture",
    "mailbox.raw": "a file",
    "missing.overview_csv": "a file",
    "missing.row_csv": "a file",
    "missing.row_xlsx": "a file",
    "exports.workbook": "a file",
    "exports.table": "a file",
    "units.own": "leads on",
    "cards.show": "a part of the board",
    "reports.as_text": "a file",
    "reports.as_workbook": "a file",
    "reports.as_document": "a file",
    "reports.as_pdf": "a file",
    "notice_imports.example": "a file",
    "roster_imports.example": "a file",
    "urges.export": "a file",
    "personal_data.export": "a file",
    "second_factors.ask": "in the middle of signing in: see test_second_factors",
    "second_factors.enrol": "in the middle of signing in: see test_second_factors",
    "sign_on.leave": "leads on",
    "sign_on.come_back": "leads on; its refusals: see test_second_factors",
}
"""The addresses that answer a look with no page of their own."""

BY = {"mine.choose": "cs", "mail_links.show": "cs"}
"""Whose pages these are, where it is not academic affairs' or anybody's."""

ALSO: Mapping[str, tuple[str, ...]] = {
    "api_tokens.show": ("cs",),
    "auth.account": ("cs",),
    "assignments.show": ("cs", "president"),
    "board.show": ("cs", "network"),
    "mail_links.show": ("info",),
    "mailbox.show": ("cs",),
    "mine.show": ("cs", "students", "network", "president"),
    "missing.overview": ("network",),
    "people.show": ("president",),
    "pictures.show": ("cs",),
    "plans.show": ("cs",),
    "posts.show": ("cs.dean", "president"),
    "reminders.show": ("cs",),
    "rosters.show": ("cs",),
    "urges.choose": ("cs",),
    "urges.show": ("cs",),
    "units.show": ("cs",),
    "workdays.show": ("president",),
}
"""Who else sees so different a page that it is walked once more, in one of the languages."""


@dataclass(frozen=True)
class Visit:
    """A page as one person comes to it (nobody: ""): by a link or, with `fields`, by a form."""

    who: str
    name: str
    url: str
    fields: Mapping[str, Any] | None = None

    @property
    def picture(self) -> str:
        return f"{self.name}-{self.who or 'nobody'}{'' if self.fields is None else '-sent'}"

    def is_answered_by(self, answer: Response, origin: str) -> bool:
        """A page, and where a link leads, that of its own address."""
        there = self.fields is not None or unquote(answer.url) == origin + self.url
        return there and answer.headers["content-type"].startswith("text/html")


def first_of(rule: Rule) -> str:
    """Whose page is the richest."""
    policy = POLICY[rule.endpoint]
    return "" if policy.public else next(who for who in ("affairs", "cs") if who in policy.may)


def looks(app: Flask, samples: Mapping[str, Any]) -> Iterator[Visit]:
    """Every address that answers a look with a page."""
    some = f"?id={held_id(4, 'cs')}&id={held_id(11, 'cs')}"
    asked = {"mine.choose": some, "urges.preview": some, "search.show": "?q=课程"}
    for rule in rules(app, "GET"):
        if rule.endpoint not in NO_PAGE:
            url = address(app, rule, samples) + asked.get(rule.endpoint, "")
            yield Visit(BY.get(rule.endpoint) or first_of(rule), rule.endpoint, url)
    yield Visit("", "404", "/nowhere")


def others(app: Flask, samples: Mapping[str, Any]) -> Iterator[Visit]:
    """The same address for somebody else, and what stands behind a query."""
    for rule in rules(app, "GET"):
        for who in ALSO.get(rule.endpoint, ()):
            yield Visit(who, rule.endpoint, address(app, rule, samples))
    yield Visit("affairs", "plans.show-draft", "/plans/2")
    yield Visit("affairs", "plan_edits.show-draft", "/plans/2/edit")
    yield Visit("affairs", "plan_edits.new-draft", "/plans/2/rows/new")
    yield Visit("affairs", "plan_edits.row-draft", "/plans/2/rows/5")
    yield Visit("affairs", "plan_copies.show-asked", "/plans/1/copy?launches_on=2020-09-07&title=1")
    yield Visit("affairs", "board.show-waiting", "/board?show=waiting")
    yield Visit("affairs", "board.show-unit", "/board?unit=cs")
    yield Visit("affairs", "board.show-wall", "/board?wall=1")
    yield Visit("affairs", "board.show-chosen", "/board?select=1&density=compact&group=cluster")
    yield Visit("affairs", "board.show-since", "/board?since=2020-02-22T18:00")
    yield Visit("affairs", "outbox.show-dead", "/outbox?state=DEAD")
    yield Visit("affairs", "urges.choose-overdue", "/plans/1/urge?show=overdue&pick=all")
    amendment = brought_notice(amends=True)
    yield Visit("affairs", "notice_imports.preview-amends", f"/plans/import/{amendment}")
    yield Visit("affairs", "help.show-affairs", "/help/affairs")
    yield Visit("cs", "403", "/people")


def forms(app: Flask, samples: Mapping[str, Any]) -> Iterator[Visit]:
    """What forms answer with that are not yet right, or that show something once."""
    standing = {"assignment_id": held_id(1, "network")}
    group = {"assignment_id": held_id(1, "cs")}
    stale = {"assignment_id": held_id(9, "cs")}
    day = {"day": "2020-02-23", "health": "TROUBLE"}
    token = {"name": "x", "scope": "read", "days": "30"}
    for who, endpoint, fields, about in (
        ("", "auth.login", {"email": "x@campus.example", "password": "x"}, {}),
        ("", "confirm_links.answer", {"q": "教师"}, {}),
        ("", "password_links.ask", {"email": "x"}, {}),
        ("", "password_links.choose", {"password": "x"}, {}),
        ("affairs", "waiting.verify", {}, {}),
        ("affairs", "cutoffs.move", {}, {}),
        ("affairs", "notice_imports.create", {"launches_on": ""}, {}),
        ("affairs", "notice_imports.read", {}, {}),
        ("affairs", "posts.give", {}, {}),
        ("affairs", "posts.new_password", {}, {"user_id": cast.user("info").id}),
        ("affairs", "reminder_rules.new", {**RULE_FIELDS, "shown": ""}, {}),
        ("affairs", "reviews.send_back", {"version": 2}, stale),
        ("affairs", "reviews.waive", {"version": 1}, {"assignment_id": held_id(11, "cs")}),
        ("affairs", "workdays.note", {}, {}),
        ("affairs", "webhooks.add", {"url": "https://office.example/walk"}, {}),
        ("cs", "api_tokens.make", {**token, "current": cast.PASSWORD}, {}),
        ("cs", "auth.account", {}, {}),
        ("cs", "assignments.check_off", {"version": 1, "count": 3}, stale),
        ("cs", "calendar_feeds.make", {}, {}),
        ("cs", "comments.add", {}, {}),
        ("cs", "evidence.add", {}, {}),
        ("cs", "mine.check_off", {"offered": held_id(4, "cs")}, {}),
        ("cs", "roster_imports.read", {"text": "x"}, {}),
        ("cs", "rosters.tick", {"keys": "x"}, {}),
        ("cs", "work_groups.add", {"part": "head"}, group),
        ("network", "assignments.check_in", day, standing),
    ):
        rule = next(rule for rule in rules(app, "POST") if rule.endpoint == endpoint)
        yield Visit(who, endpoint, address(app, rule, {**samples, **about}), fields)


def come(page: Page, visit: Visit) -> Response:
    """Open it; the answer that is shown."""
    if visit.fields is None:
        answer = page.goto(visit.url)
        assert answer is not None
        return answer
    page.goto("/account")
    return walking.send(page, visit.url, visit.fields)


@pytest.mark.parametrize(("language", "scheme"), [("zh-CN", "light"), ("en", "dark")])
def test_every_page_is_whole_on_every_screen_for_everybody(
    app: Flask,
    at: StandingClock,
    samples: Mapping[str, Any],
    browser: Browser,
    language: str,
    scheme: str,
) -> None:
    """Axe looks at the Chinese pages as a phone shows them, at the English ones as a desk does. A
    page as others see it, and what a form answers, is walked in one language each."""
    walking.live(app, at, samples)
    visits = [*looks(app, samples), *list(others(app, samples))[language == "en" :: 2]]
    visits.sort(key=lambda visit: visit.who)
    visits += list(forms(app, samples))[language == "en" :: 2]
    widths = walking.WIDTHS if language == "en" else walking.WIDTHS[::-1]
    options = {"locale": language, "color_scheme": scheme, "reduced_motion": "reduce"}
    who, wrong = None, []
    with walking.in_thread(app) as origin, guarded(browser, origin, **options) as context:
        page = context.new_page()
        for visit in visits:
            if visit.who != who:
                who = visit.who
                walking.admit(context, app, origin, who)
            answer = come(page, visit)
            if not visit.is_answered_by(answer, origin):
                wrong.append(f"{visit.name}: no page of its own but {answer.url}")
                continue
            found = walking.problems(
                page,
                walking.ARTIFACTS / language / visit.picture,
                widths if visit.fields is None else widths[-1:],
                mail=_unseal(page, answer),
                narrow=language == "en",
            )
            wrong += [f"{visit.picture}: {each}" for each in found]
    assert wrong == []


def _unseal(page: Page, answer: Response) -> bool:
    """Whether it is a mail: where no script runs, none of a test does, so it is shown by itself."""
    if "sandbox" not in answer.headers["content-security-policy"]:
        return False
    text = answer.text()
    page.goto("about:blank")
    page.set_content(text)
    return True


_STOP = """() => {
  const at = document.activeElement, box = at.getBoundingClientRect(), style = getComputedStyle(at);
  const [x, y] = [box.left + box.width / 2, box.top + Math.min(box.height, innerHeight) / 2];
  const top = document.elementFromPoint(x, y);
  const seen = top && (at.contains(top) || top.contains(at) || top.control === at);
  const marked = style.outlineStyle !== "none" || style.boxShadow !== "none";
  const name = `${at.tagName} ${(at.innerText || at.id).trim().slice(0, 30)}`;
  return [name, seen ? "" : "is covered", marked ? "" : "has no ring"].filter(Boolean).join(" ");
}"""


@pytest.mark.parametrize(
    ("who", "path", "width", "stops"), [("cs", "/mine", 360, 40), ("affairs", "/board", 1440, 60)]
)
def test_the_keyboard_skips_what_repeats_and_every_stop_is_seen(
    app: Flask, browser: Browser, who: str, path: str, width: int, stops: int
) -> None:
    """WCAG 2.2, 2.4.1, 2.4.7 and 2.4.11."""
    options = {"viewport": {"width": width, "height": 740}, "reduced_motion": "reduce"}
    with walking.in_thread(app) as origin, guarded(browser, origin, **options) as context:
        walking.admit(context, app, origin, who)
        page = context.new_page()
        page.goto(path)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"
        said = []
        for _stop in range(stops):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement === document.body"):
                break  # Past the last one, in the browser's own bars.
            said.append(page.evaluate(_STOP))
    assert len(said) > 20
    assert [each for each in said if " is covered" in each or " has no ring" in each] == []
