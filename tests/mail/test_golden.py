"""Every kind of mail, word for word, in both languages: compared with what was read by eye, and
read by a parser that forgives nothing.

`GOLDEN=write pytest tests/mail/test_golden.py` writes them anew: read the difference before it is
committed.
"""

import os
import re
from collections.abc import Callable
from datetime import date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext
from sqlalchemy import select

from tests import cast
from tests.databases import ROOT
from tests.notice_documents import as_csv, table
from tests.plans import first as first_plan
from tests.plans import first_row
from tests.rehearsal import StandingClock
from tests.web import mails
from tests.web.duties import held, held_id, report, send_back
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.term import TermItem
from tracker.domain.vocabulary import Health
from tracker.models.org import User
from tracker.models.plan import Plan
from tracker.models.second_factor import SecondFactor
from tracker.models.term import TermDate
from tracker.services import (
    check_ins,
    comments,
    cutoffs,
    notice_imports,
    password_links,
    plans,
    report_readers,
    second_factors,
    terms,
    urges,
)
from tracker.services.notice_files import read_notice

ARTIFACTS = ROOT / "test-artifacts" / "mails"
GOLDEN = Path(__file__).parent / "golden"
LANGUAGES = {"zh_Hans": "zh", "en": "en"}
STRICT = policy.default.clone(raise_on_defect=True)
VOID = {"meta", "br", "img", "hr"}


class Strict(HTMLParser):
    """Raises at a tag that is not closed, or closed without being open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        assert len(facts) == len(attrs), f"{tag} has an attribute twice"
        assert tag not in ("script", "form", "img", "link", "iframe"), f"{tag} in a mail"
        if tag == "a":
            self.links.append(facts["href"] or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"{tag} is closed without being open"
        assert self.open.pop() == tag


def read(path: Path) -> EmailMessage:
    return message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=STRICT)


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def as_text(mail: EmailMessage) -> str:
    """What is kept: the headers a reader sees, the text, and the HTML. Tokens are not words."""
    headers = "\n".join(f"{name}: {mail[name]}" for name in ("From", "To", "Date", "Subject"))
    whole = f"{headers}\n\n{body(mail, 'plain')}\n----\n{body(mail, 'html')}"
    return re.sub(r"/(a|u|password/new)/[\w.%~-]+", r"/\1/TOKEN", whole).replace("\r\n", "\n")


def happen(app: Flask, at: StandingClock) -> list[tuple[str, EmailMessage]]:
    """A story in which every kind of mail is sent; (name, mail) in order."""
    box: Path = app.config["TRACKER"].mailbox
    seen: set[Path] = set()
    told: list[tuple[str, EmailMessage]] = []

    def post(name: str, to: str, moment: str) -> None:
        mails.tick(app, at, moment)
        new = set(box.glob("*.eml")) - seen
        seen.update(new)
        (mine,) = [mail for path in new if (mail := read(path))["To"] == cast.email(to)]
        told.append((name, mine))

    affairs = cast.actor("affairs")
    plan = first_plan()
    with transaction():
        plans.announce(plan, affairs, at("2020-02-21T08:30"))
    post("opening", "cs", "2020-02-21T08:30")
    post("reminder", "cs", "2020-02-21T09:00")
    report("cs", 15, "cs", note="两次听课")
    send_back("affairs", 15, "cs", "请补充听课时间")
    post("returned", "cs", "2020-02-21T10:00")
    with transaction():
        name = cast.user("affairs").name
        comments.add(held(3, "cs"), cast.actor("cs"), at.now(), words=f"@{name} 名册何时下发？")
    post("mention", "affairs", "2020-02-21T10:30")
    report("cs", 8, "cs", 62)
    post("waiting", "affairs", "2020-02-21T12:40")
    with transaction():
        check_ins.check_in(
            held(1, "network"),
            cast.actor("network"),
            at("2020-02-21T13:00"),
            day=date(2020, 2, 21),
            health=Health.TROUBLE,
            note="出口带宽不足",
        )
    post("trouble", "cs", "2020-02-21T13:00")
    with transaction():
        task = first_row(2)
        cutoffs.move(
            task, datetime(2020, 2, 25), affairs, at("2020-02-21T14:00"), reason="材料尚未到齐"
        )
    post("moved", "cs", "2020-02-21T14:00")
    with transaction():
        plans.summarise(db.session.get_one(Plan, plan.id), affairs, at.now(), daily=True)
    post("summary", "affairs", "2020-02-21T21:30")
    with transaction():
        report_readers.add(plan, affairs, at.now(), email=cast.email("affairs"))
    post("report", "affairs", "2020-02-21T22:00")
    with transaction():
        exams = db.session.scalars(select(TermDate).where(TermDate.item == TermItem.EXAMS)).one()
        terms.set_own(exams, date(2020, 2, 25), date(2020, 3, 6), affairs, at.now())
    post("term-date", "affairs", "2020-02-22T08:30")
    mails.tick(app, at, "2020-02-22T09:00", "2020-02-22T18:00")
    seen.update(box.glob("*.eml"))
    post("last-call", "cs.dean", "2020-02-22T22:00")
    post("overdue", "affairs", "2020-02-23T09:00")
    with transaction():
        urges.urge([held_id(1, "cs"), held_id(4, "cs")], affairs, at.now(), words="请于今日办结")
    post("urge", "cs", "2020-02-23T10:00")
    with transaction():
        password_links.ask(cast.user("cs"), at.now(), clock.real_now())
    post("reset", "cs", "2020-02-23T10:05")
    with transaction():
        user, since = cast.user("cs"), clock.real_now()
        db.session.add(SecondFactor(user_id=user.id, salt="x", last_step=0, since=since))
        db.session.flush()
        second_factors.reset(user, affairs, at.now(), clock.real_now(), "当面核实")
    post("second-factor-reset", "cs", "2020-02-23T10:07")
    with transaction():
        rows = table("table1")
        rows[4][4] = "做好进群组织工作"
        file = read_notice("通知.csv", as_csv(rows))
        brought = notice_imports.stage(file, plan, affairs, at.now(), source="通知.csv")
        notice_imports.amend(brought, affairs, at.now(), reason="通知修订")
    post("amended", "students", "2020-02-23T10:10")
    post("late-units", "affairs", "2020-02-23T14:00")
    return told


@pytest.mark.parametrize("locale", list(LANGUAGES))
def test_every_kind_of_mail_is_what_was_read_by_eye(
    app: Flask, at: StandingClock, locale: str
) -> None:
    with transaction():
        for user in db.session.scalars(select(User)):
            user.locale = locale
    different = []
    for name, mail in happen(app, at):
        path = GOLDEN / f"{name}.{LANGUAGES[locale]}.txt"
        if os.environ.get("GOLDEN") == "write":
            path.parent.mkdir(exist_ok=True)
            path.write_text(as_text(mail), encoding="utf-8")
        elif path.read_text(encoding="utf-8") != as_text(mail):
            different.append(path.name)
        page = Strict()
        page.feed(body(mail, "html"))
        page.close()
        assert page.open == []
        assert all(link.startswith("http://tracker.example/") for link in page.links)
        assert all(ord(character) < 128 for character in mail.as_bytes().decode("ascii"))
        assert max(len(line) for line in mail.as_bytes().splitlines()) <= 998
        if locale == "en":
            assert not re.search("，|。|；|：|（", body(mail, "plain")), name
        else:
            assert not re.search("[，。；：（）] | [，。；：（）]| \\(", body(mail, "plain")), name
    assert different == []


@pytest.mark.browser
def test_every_mail_fits_a_phone(open_context: Callable[..., BrowserContext]) -> None:
    """What a reader sees at 360 px; kept as test-artifacts/mails/ to be looked at."""
    page = open_context(viewport={"width": 360, "height": 740}).new_page()
    for path in sorted(GOLDEN.glob("*.txt")):
        page.set_content(path.read_text(encoding="utf-8").partition("\n----\n")[2])
        wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wider <= 0, path.name
        page.screenshot(path=ARTIFACTS / f"{path.stem}.png", full_page=True)
