"""What a walk over the pages of the site needs: a campus in the middle of its days, served to a
browser, and what is wrong with the page that it shows."""

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import waitress
from flask import Flask
from playwright.sync_api import BrowserContext, Page, Response

from tests import cast
from tests.databases import ROOT
from tests.rehearsal import CAMPUS, StandingClock
from tests.web import duties, mails
from tests.web.duties import held, held_id
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.vocabulary import Health, OutboxState
from tracker.models.outbox import OutboxMessage
from tracker.models.urge import UrgedAssignment
from tracker.services import check_ins, comments, heartbeat, relay, reviews, urges

ARTIFACTS = ROOT / "test-artifacts/pages"
_KEEPS_PICTURES = os.environ.get("SCREENSHOTS") == "keep"
"""For the eye; they take a third of the walk's time."""
WIDTHS = (360, 768, 1440)
_HIGH = 1600
"""Enough for an eye to judge a page by."""
_AXE = (ROOT / "tests/vendor/axe.min.js").read_text(encoding="utf-8")
_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_RULES = {
    "resultTypes": ["violations"],
    "iframes": False,  # The frame of a mail has an address of its own, and is walked by that.
}
_SAID = """(rules) => axe.run(document, rules).then((found) => found.violations.map((one) =>
  `${one.id} (${one.impact}): ` + one.nodes.map((node) =>
    node.target.join(" ") + " " + node.html.slice(0, 120)
    + (one.id === "color-contrast" ? " " + node.any[0].message : "")).slice(0, 4).join(" | ")))"""
_SEND = """([url, fields]) => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = url;
  const token = document.querySelector("[name=csrf_token]").value;
  for (const [name, value] of Object.entries({...fields, csrf_token: token})) {
    for (const one of [value].flat()) {
      const box = document.createElement("input");
      [box.type, box.name, box.value] = ["hidden", name, one];
      form.append(box);
    }
  }
  document.body.append(form);
  form.submit();
}"""
_SPACED = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
    word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }`);
  document.adoptedStyleSheets = [sheet];
}"""
"""WCAG 2.2, 1.4.12. A sheet that is made, not written, is no matter of the content policy."""


def live(app: Flask, at: StandingClock, samples: Mapping[str, Any]) -> None:
    """On from the morning of the 21st to the morning after the last cut-off: reports of every
    state, urges with and without an answer, a network in trouble, mails that went and did not."""
    for number, count in ((3, 137), (8, 62), (9, 30), (10, 30), (13, None), (15, None)):
        duties.report("cs", number, "cs", count, note="已核对两遍，名单见附件。")
    duties.verify("affairs", 3, "cs")
    duties.verify("affairs", 15, "cs")
    duties.send_back("affairs", 8, "cs", "尚缺两位教师，请于今日补报。")
    for number, count in ((3, 88), (4, None), (8, 51)):
        duties.report("info", number, "info", count)
    _say(at, samples)
    mails.tick(app, at, "2020-02-21T20:00")
    _check_in(at, Health.NORMAL)
    mails.tick(app, at, "2020-02-22T18:00", "2020-02-22T20:00")
    _check_in(at, Health.TROUBLE, "出口带宽不足，正在扩容。")
    mails.tick(app, at, "2020-02-23T09:00")
    with transaction():
        db.session.get_one(OutboxMessage, samples["message_id"]).state = OutboxState.DEAD
        cast.user("info.dean").is_active = False
        cast.user("sports").password_hash = None
        relay.fail(clock.real_now(), "connection refused")
        heartbeat.doubt(clock.now(), clock.real_now())


def _say(at: StandingClock, samples: Mapping[str, Any]) -> None:
    clerk, office = cast.actor("cs"), cast.actor("affairs")
    with transaction():
        reviews.waive(
            held(13, "info"), office, at.now(), seen_version=None, reason="本单位没有相关任务"
        )
        comments.add(held(3, "cs"), clerk, at.now(), words="请问截止到几点？")
        urged = db.session.get_one(UrgedAssignment, samples["urged_id"])
        urges.answer(urged, clerk, at.now(), words="今晚办结")
        urges.urge([held_id(4, "info")], office, at.now(), words="请尽快")


def _check_in(at: StandingClock, health: Health, note: str = "") -> None:
    day = at.now().astimezone(CAMPUS).date()
    with transaction():
        standing = held(1, "network")
        check_ins.check_in(
            standing, cast.actor("network"), at.now(), day=day, health=health, note=note
        )


@contextmanager
def in_thread(app: Flask) -> Iterator[str]:
    """The test's own application, with its clock and its folders, on an address."""
    db.session.rollback()
    web = waitress.create_server(app, host="127.0.0.1", port=0, threads=4, ident=None)
    thread = threading.Thread(target=web.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{web.effective_port}"
    finally:
        web.close()
        thread.join(5)


def admit(context: BrowserContext, app: Flask, origin: str, who: str) -> None:
    """Sign in without a browser; nobody: out again."""
    context.clear_cookies()
    name = app.config["SESSION_COOKIE_NAME"]
    if who:
        cookie = cast.sign_in(app.test_client(), who).get_cookie(name)
        assert cookie is not None
        context.add_cookies([{"name": name, "value": cookie.value, "url": origin}])


def send(page: Page, url: str, fields: Mapping[str, Any]) -> Response:
    """A form, as the page that is open would send it."""
    with page.expect_navigation() as gone:
        page.evaluate(_SEND, [url, dict(fields)])
    assert gone.value is not None
    return gone.value


def problems(
    page: Page, kept: Path, widths: Sequence[int], *, mail: bool, narrow: bool
) -> list[str]:
    """Of the page that is open: at each width, of which a picture is left if any are kept; what
    axe finds at the last; if `narrow`, at 320 px, a desk's at 400 % (1.4.10), and there with wider
    letters."""
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": _HIGH})
        found += _too_wide(page, f"at {width} px")
        if _KEEPS_PICTURES:
            picture = kept.with_name(f"{kept.name}-{width}.jpg")
            page.screenshot(path=picture, type="jpeg", quality=50)
    page.evaluate(_AXE)
    found += page.evaluate(_SAID, {**_RULES, "runOnly": _TAGS[:-1] if mail else _TAGS})
    if narrow:
        page.set_viewport_size({"width": 320, "height": 640})
        found += _too_wide(page, "at four times the size")
        page.evaluate(_SPACED)
        found += _too_wide(page, "with wider letters")
    return found


_WIDER = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() =>
  done(document.documentElement.scrollWidth - window.innerWidth))))"""
"""Once the page has taken its new size, and its script what it does then."""


def _too_wide(page: Page, when: str) -> list[str]:
    wider = page.evaluate(_WIDER)
    return [f"{wider} px wider than the screen {when}"] if wider > 0 else []
