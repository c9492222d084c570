"""Every field of every form of the site, from the URL map: whatever it holds, the answer is below
500, a refusal is in the reader's language and leaves nothing behind, and no more is taken than the
form has. A form without a line in `sent` fails the first test.
"""

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask_wtf import FlaskForm
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests import cast, plans
from tests.notice_documents import brought_notice
from tests.rehearsal import StandingClock
from tests.web import duties
from tests.web.duties import held_id
from tests.web.test_routes import POLICY, address, content, rules
from tracker import clock, signing
from tracker.db import db, transaction
from tracker.domain.reminding import Rule
from tracker.domain.signing_in import Step, Way
from tracker.domain.term import TermItem
from tracker.domain.vocabulary import Audience, OutboxState, Phase, UnitKind
from tracker.models.assignment import Assignment
from tracker.models.audit import AuditEvent
from tracker.models.duty_change import DutyChange
from tracker.models.outbox import OutboxMessage
from tracker.models.second_factor import RecoveryCode, SecondFactor
from tracker.models.session import UserSession
from tracker.models.term import TermDate
from tracker.queries import restorations
from tracker.services import (
    accounts,
    heartbeat,
    relay,
    second_factors,
    sessions,
    terms,
    units,
    webhooks,
)
from tracker.web.forms import Form
from tracker.web.forms.reminder_rules import mark

pytestmark = pytest.mark.slow

RECOVERY = "abcd-efgh-ijkm-npqr-stuv-wxyz"
NEW_PASSWORD = "这是一句足够长的新密码"
_RULE = Rule("", -2, time(17, 30), frozenset({Audience.CONTACTS}), repeats=True)
RULE_FIELDS = {
    **{"days": 2, "side": "before", "at": "17:30", "audience": "contacts"},
    **{"repeats": "y", "shown": mark(_RULE)},
}


@dataclass(frozen=True)
class Sent:
    """A form as a page of ours sends it: by whom (nobody: ""), with which fields, about what.
    `varies`: it makes a random secret, or may not redirect, so its answers are not compared."""

    who: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)
    varies: bool = False


@pytest.fixture
def sent(request: pytest.FixtureRequest, samples: Mapping[str, Any]) -> Mapping[str, Sent]:
    """By endpoint; each about something of its own that waits for just this form."""
    for number, count in ((8, 12), (9, 12), (10, 12), (15, None)):
        duties.report("cs", number, "cs", count)
    duties.verify("affairs", 15, "cs")
    with transaction():
        db.session.get_one(OutboxMessage, samples["message_id"]).state = OutboxState.DEAD
        others = select(OutboxMessage).where(OutboxMessage.id != samples["message_id"]).limit(1)
        held = db.session.scalars(others).one()
        held.state, held.reason = OutboxState.UNCERTAIN, restorations.HELD
        cast.user("auto.dean").is_active = False
        cast.user("info").information_paused = True
        cast.user("sports").password_hash = None
        study = db.session.scalars(select(TermDate).where(TermDate.item == TermItem.STUDY)).one()
        terms.set_own(study, None, date(2020, 7, 10), cast.actor("affairs"), clock.now())
        relay.fail(clock.real_now(), "connection refused")
        heartbeat.doubt(clock.now(), clock.real_now())
        mistaken = units.NewUnit("mistaken", UnitKind.COLLEGE, "误设学院", "", "", "")
        units.add(cast.actor("affairs"), clock.now(), mistaken)
    for number in (13, 14):
        duties.report("cs", number, "cs")
    looks = [_amended(held_id(number, "cs")) for number in (13, 14)]
    name = "both_app" if "both_app" in request.fixturenames else "app"
    key = request.getfixturevalue(name).config["SECRET_KEY"]
    back = {"next": "/mine"}
    return {
        **_own_forms(back, looks),
        **_review_forms(back, samples["plan_id"]),
        "auth.login": Sent(
            "", {"email": "cs@campus.example", "password": cast.PASSWORD, **back}, varies=True
        ),
        "auth.logout": Sent("cs"),
        "auth.account": Sent(
            "cs",
            {"current": cast.PASSWORD, "password": NEW_PASSWORD, "repeat": NEW_PASSWORD},
            varies=True,
        ),
        "auth.set_language": Sent("cs", {"locale": "en", **back}),
        "rosters.tick": Sent(
            "cs", {"keys": "A1", "show": "missing", "done_at": "2020-02-20T10:00", "unit": "cs"}
        ),
        "rosters.untick": Sent("cs", {"one": "A0", "show": "all"}),
        "roster_imports.read": Sent("cs", {"text": "编号,名称,单位\nB1,课程二,cs"}, varies=True),
        "roster_imports.confirm": Sent("cs"),
        **_notice_forms(),
        "outbox.try_relay": Sent("affairs"),
        "outbox.decide_held": Sent("affairs", {"decision": "discard"}),
        "reminders.confirm_clock": Sent("affairs"),
        "outbox.resend": Sent("affairs"),
        "reminder_rules.new": Sent("affairs", RULE_FIELDS),
        "reminder_rules.edit": Sent("affairs", RULE_FIELDS),
        "reminder_rules.end": Sent("affairs"),
        "plans.announce": Sent("affairs"),
        "plans.summary": Sent("affairs", {"on": "yes"}),
        "reports.freeze": Sent("affairs"),
        "reports.set_hour": Sent("affairs", {"at": "21:00"}),
        "report_readers.add": Sent("affairs", {"email": "cs.dean@campus.example"}),
        "report_readers.remove": Sent("affairs"),
        "contingencies.start": Sent(
            "affairs",
            {
                **{"drill": "no", "branch": "", "hours": ["24", ""], "announce": "no"},
                **{"moment": ["", "2020-02-25T18:00"], "reason": "学生返校", "go": "start"},
            },
        ),
        "contingencies.change_duty": Sent("affairs", {"text": "继续实施网络教学", "hours": 36}),
        "contingencies.add_duty": Sent(
            "affairs",
            {
                **{"title": "核实情况", "unit_kind": "college", "role": "PERFORM"},
                **{"text": "电话联系学生", "hours": 2},
            },
        ),
        "activations.note": Sent("affairs", {"text": "已通知各学院"}),
        "activations.stand_down": Sent("affairs", {"outcome": "演练结束"}),
        "care.write": Sent(
            "cs", {"version": 0, "need": "没有电脑", "help": "充值流量", "outcome": "能上课"}
        ),
        "cutoffs.move": Sent("affairs", {"day": "2020-02-25", "at": "18:00", "reason": "顺延"}),
        "plans.let_act_by_mail": Sent("affairs", {"on": "yes"}),
        **_plan_forms(),
        "mail_links.tick": Sent("cs", {"version": 1}),
        "mail_links.undo": Sent(
            "cs",
            {"version": 2},
            {"mail_token": signing.sign(key, "act", [held_id(13, "cs"), cast.user("cs").id])},
        ),
        "preferences.choose": Sent("cs", {"digest_hour": "8", "paused": "y"}),
        "preferences.unsubscribe": Sent("cs", {"List-Unsubscribe": "One-Click"}, varies=True),
        "preferences.subscribe": Sent(
            "info",
            about={"person_token": signing.sign(key, "unsubscribe", [cast.user("info").id])},
        ),
        "urges.send": Sent("affairs", {"id": [held_id(4, "info")], "words": "请尽快"}),
        "urges.open": Sent("cs", about={"assignment_id": held_id(16, "cs")}),
        "urges.answer": Sent("cs", {"words": "今晚办结"}),
        "password_links.ask": Sent("", {"email": cast.email("info")}, varies=True),
        "password_links.choose": Sent(
            "", {"password": NEW_PASSWORD, "repeat": NEW_PASSWORD}, varies=True
        ),
        "password_links.invite": Sent("affairs", about={"user_id": cast.user("sports").id}),
        "api_tokens.make": Sent(
            "cs",
            {
                **{"name": "学院日报", "scope": ["read", "report"], "days": "90"},
                "current": cast.PASSWORD,
            },
            varies=True,
        ),
        "api_tokens.revoke": Sent("cs"),
        "webhooks.add": Sent(
            "affairs",
            {"url": "https://office.example/other", "event": ["assignment.verified"]},
            varies=True,
        ),
        "webhooks.ping": Sent("affairs"),
        "webhooks.disable": Sent("affairs"),
        "webhooks.enable": Sent("affairs", about={"hook_id": _hook_off()}),
        "calendar_feeds.make": Sent("cs", {"unit": "cs"}, varies=True),
        "calendar_feeds.revoke": Sent("cs"),
        "terms.set_results": Sent("affairs", {"day": "2020-07-20"}),
        "terms.set_own": Sent("affairs", {"opens": "2020-07-13", "closes": "2020-07-17"}),
        "terms.clear": Sent("affairs", about={"term_item": "study"}),
        "service_requests.ask": Sent(
            "cs",
            {"unit": "cs", "purpose": "直播培训", "course": "高等数学"}
            | {"teacher": "教师一", "words": "请尽快"},
        ),
        "service_requests.answer": Sent("affairs", {"state": "DONE", "answer": "已安排"}),
        "workdays.note": Sent("affairs", {"day": "2021-02-24", "why": "校庆"}),
        "workdays.forget": Sent("affairs", {"day": "2020-01-27"}),
        "outbox.discard": Sent("affairs"),
        **_ways_in(),
        "people.disable": Sent("affairs"),
        "personal_data.erase": Sent(
            "affairs",
            {"email": cast.email("info.dean")},
            about={"user_id": cast.user("info.dean").id},
        ),
        "people.enable": Sent("affairs", about={"user_id": cast.user("auto.dean").id}),
        "posts.give": Sent(
            "affairs",
            {"email": "new@campus.example", "name": "新人", "post": "deputy"}
            | {"starts_on": "2020-02-21", "ends_on": "2020-02-28"},
        ),
        "posts.hand_over": Sent("affairs", {"email": "new@campus.example", "name": "新人"}),
        "posts.end": Sent("affairs"),
        "posts.new_password": Sent("affairs", varies=True),
        "rehearsal.move": Sent("affairs", {"to": "2020-02-22T22:00", **back}),
    }


def _notice_forms() -> dict[str, Sent]:
    notice = ("序号,时间节点,任务,教务处\n1,22日前,课程建群,检查\n".encode(), "a.csv")
    days = {"issued_on": "2020-02-20", "launches_on": "2020-02-24"}
    amendment = {"notice_id": brought_notice(amends=True)}
    first = {"title": "关于报送进展的通知", "issuer": "学校", **days}
    return {
        "notice_imports.read": Sent("affairs", {"file": notice, **days}, varies=True),
        "notice_imports.read_again": Sent("affairs", {"file": notice, **days}, varies=True),
        "notice_imports.correct": Sent("affairs", {**first, "leave": ["0"]}),
        "notice_imports.create": Sent("affairs", first),
        "notice_imports.amend": Sent("affairs", {"reason": "通知修订"}, amendment),
    }


def _amended(assignment_id: int) -> int:
    """The notice changes what was reported; gives the change's id."""
    with transaction():
        duty_id = db.session.get_one(Assignment, assignment_id).duty_id
        said, moment = [["text", "全力配合", "主力配合"]], clock.now() + timedelta(seconds=1)
        change = DutyChange(duty_id=duty_id, at=moment, changes=said)
        db.session.add(change)
        db.session.flush()
        return change.id


def _own_forms(back: Mapping[str, str], looks: list[int]) -> dict[str, Sent]:
    counted, plain = held_id(3, "cs"), held_id(11, "cs")
    standing = {"assignment_id": held_id(1, "network")}
    return {
        "mine.check_off": Sent(
            "cs",
            {"id": [counted, plain], "offered": [counted, plain], "note": "已完成"}
            | {f"{counted}-version": 1, f"{counted}-count": 12, f"{plain}-version": 1},
        ),
        "assignments.check_off": Sent("cs", {"version": 1, "count": 12, "note": "x", **back}),
        "second_looks.still_true": Sent(
            "cs", {"version": looks[0], **back}, {"assignment_id": held_id(13, "cs")}
        ),
        "second_looks.reopen": Sent(
            "cs", {"version": looks[1], **back}, {"assignment_id": held_id(14, "cs")}
        ),
        "assignments.undo": Sent("cs", {"version": 2, **back}, {"assignment_id": held_id(8, "cs")}),
        "assignments.check_in": Sent(
            "network", {"day": "2020-02-21", "health": "NORMAL", "note": "正常", **back}, standing
        ),
        "evidence.add": Sent("cs", {"link": "https://example.edu/proof"}),
        "evidence.remove": Sent("cs"),
        "confirm_links.issue": Sent("cs", varies=True, about={"assignment_id": held_id(2, "cs")}),
        "confirm_links.revoke": Sent("cs"),
        "confirm_links.answer": Sent("", {"q": "A1", "key": "A1"}, varies=True),
        "work_groups.add": Sent(
            "cs",
            {"part": "head", "people": "院长 教授"},
            about={"assignment_id": held_id(1, "cs")},
        ),
        "work_groups.leave": Sent("cs"),
        "comments.add": Sent("cs", {"words": "请问截止到几点？"}),
    }


def _hook_off() -> int:
    """A webhook that is switched off."""
    with transaction():
        affairs, now = cast.actor("affairs"), clock.now()
        hook = webhooks.add(
            affairs,
            now,
            clock.real_now(),
            url="https://office.example/off",
            events=["plan.closed"],
            rehearsal=True,
        )
        webhooks.disable(hook, affairs, now)
        return hook.id


def _plan_forms() -> dict[str, Sent]:
    draft = {"plan_id": plans.phase(Phase.FIRST_WEEK).id}
    row = {
        **{"title": "开学典礼", "deadline": "3月1日18:00前", "counts": "到场人数"},
        **{"text_college": "组织参加", "role_college": "PERFORM"},
    }
    unit = {"name": "机器人学院", "name_en": "", "code": "robotics", "kind": "college"}
    return {
        "plan_life.take": Sent("affairs", {"step": "close"}),
        "plan_life.lay_again": Sent("affairs", varies=True),
        "plan_copies.make": Sent(
            "affairs", {"title": "秋季学期", "launches_on": "2020-09-07", "keeps": "y"}
        ),
        "plan_copies.make_template": Sent("affairs"),
        "plan_edits.add": Sent("affairs", row, draft),
        "plan_edits.change": Sent("affairs", row, draft),
        "plan_edits.remove": Sent("affairs", about=draft),
        "units.remove": Sent("affairs", about={"code": "mistaken"}),
        "units.add": Sent("affairs", {**unit, "cluster": "信息学科群", "cluster_en": ""}),
    }


def _review_forms(back: Mapping[str, str], plan_id: int) -> dict[str, Sent]:
    verified, returned, reopened = (held_id(number, "cs") for number in (9, 10, 15))
    bulk = {"plan": plan_id, "unit": "cs", "reason": "名单不全"}
    seen = {"version": 2, **back}
    return {
        "waiting.verify": Sent("affairs", {"id": [verified], f"version-{verified}": 2, **bulk}),
        "waiting.send_back": Sent("affairs", {"id": [returned], f"version-{returned}": 2, **bulk}),
        "reviews.verify": Sent("affairs", seen, {"assignment_id": verified}),
        "reviews.send_back": Sent(
            "affairs", {**seen, "reason": "少一门课"}, {"assignment_id": returned}
        ),
        "reviews.waive": Sent("affairs", {"version": 1, "reason": "没有授课任务", **back}),
        "reviews.reopen": Sent(
            "affairs", {"version": 3, "reason": "材料有误", **back}, {"assignment_id": reopened}
        ),
    }


JUNK: Mapping[str, Any] = {
    "nothing": "",
    "blanks": " \u3000\t",
    "zero": "0",
    "negative": "-1",
    "beyond int8": "9" * 19,
    "endless digits": "9" * 5000,
    "float": "1e3",
    "NUL": "x\x00y",
    "NUL in an address": "x\x00y@campus.example",
    "header": "a\r\nBcc: x@y.example",
    "directions and emoji": "\u202e\ufeff\ud7ff😀e\u0301",
    "SQL": "'; DROP TABLE plan; --",
    "markup": "<script>alert(1)</script>{{7*7}}%(x)s%n",
    "path": "../../etc/passwd",
    "long": "长" * 10_000,
    "several": ["1", "x", "1"],
    "a file": object(),
    "absent": None,
}

EXTRAS = {
    "role": "admin",
    "unit_id": "1",
    "user_id": "1",
    "actor": "affairs",
    "verified": "1",
    "state": "VERIFIED",
    "is_active": "1",
    "is_observer": "1",
    "password_hash": "x",
    "target": "1",
    "published_at": "2020-01-01",
}
"""Fields that no form of ours has."""


def _other_device() -> str:
    """A second session of the college's, by its number."""
    user, real_now = cast.user("cs"), clock.real_now()
    with transaction():
        sessions.open_session(user, real_now, timedelta(hours=1), Way.PASSWORD, "Firefox")
    return str(db.session.scalars(select(UserSession.id)).one())


def _ways_in() -> dict[str, Sent]:
    """`students` have a second factor by the time they are asked (see `site`)."""
    proof = {"current": cast.PASSWORD, "code": RECOVERY}
    return {
        "sessions.end": Sent("cs", {"current": cast.PASSWORD, "device": _other_device()}),
        "second_factors.begin": Sent("students", proof, varies=True),
        "second_factors.renew": Sent("students", proof, varies=True),
        "second_factors.switch_off": Sent("students", proof, varies=True),
        "second_factors.ask": Sent("students code", {"code": RECOVERY}, varies=True),
        "second_factors.enrol": Sent("cs enrol", varies=True),
        "second_factors.reset": Sent(
            "affairs", {"reason": "当面核实"}, about={"user_id": cast.user("students").id}
        ),
        "people.sign_out": Sent("affairs"),
        "staff_numbers.set_one": Sent("affairs", {"staff_number": "2020001"}),
        "staff_numbers.set_many": Sent("affairs", {"text": "cs@campus.example,2020002"}),
    }


def _other_device() -> int:
    """On which the college's contact is signed in as well."""
    user, moment = cast.user("cs"), clock.real_now()
    with transaction():
        sessions.open_session(user, moment, timedelta(hours=8), Way.PASSWORD, "")
    theirs = select(UserSession.id).where(UserSession.user_id == user.id)
    return db.session.scalars(theirs.order_by(UserSession.id.desc())).first() or 0


class Browser:
    """A browser whose cookie never changes, one language or the other. `who`: an account, and
    what it is in the middle of, if anything."""

    def __init__(self, app: Flask, who: str) -> None:
        self.client = app.test_client()
        self.name = app.config["SESSION_COOKIE_NAME"]
        name, _, step = who.partition(" ")
        page = (
            cast.sign_in(self.client, name).get("/account") if name else self.client.get("/login")
        )
        if step == "enrol":
            cast.post(self.client, "/account/second-factor", {"current": cast.PASSWORD})
        if step:
            page = self.client.get(f"/login/{step}")
        self.token = cast.csrf_token(page)
        cookie = self.client.get_cookie(self.name)
        assert cookie is not None
        self.cookie = cookie.value

    def post(
        self, url: str, fields: Mapping[str, Any], language: str = "zh-CN", **headers: str
    ) -> TestResponse:
        self.client.set_cookie(self.name, self.cookie)
        data = {name: _on_the_wire(value) for name, value in fields.items() if value is not None}
        data["csrf_token"] = self.token
        return self.client.post(url, data=data, headers={"Accept-Language": language, **headers})


def _on_the_wire(value: Any) -> Any:
    if isinstance(value, tuple):
        content, name = value
        return io.BytesIO(content), name
    return (io.BytesIO(b"\x89PNG\x00"), "x.png") if value is JUNK["a file"] else value


class Kept:
    """Stands for the commit: notes what would have been left behind and rolls it back, so that
    every request meets the same state. Only who `compares` has all of it read, which takes longer
    than most requests; for the others it is that there was something to commit."""

    def __init__(self) -> None:
        self.contents: list[str] = []
        self.compares = False

    def commit(self) -> None:
        db.session.flush()
        self.contents.append(content() if self.compares else "something")
        db.session.rollback()


@dataclass
class Site:
    """The forms of one application, each with its sender already signed in."""

    urls: Mapping[str, str]
    browsers: Mapping[str, Browser]
    sent: Mapping[str, Sent]
    kept: Kept

    def send(
        self, endpoint: str, fields: Mapping[str, Any], language: str = "zh-CN", **headers: str
    ) -> tuple[TestResponse, list[str]]:
        """The answer, and what each transaction of it would have left behind."""
        self.kept.contents.clear()
        browser = self.browsers[self.sent[endpoint].who]
        answer = browser.post(self.urls[endpoint], fields, language, **headers)
        return answer, list(self.kept.contents)

    def send_body(
        self, endpoint: str, body: bytes, content_type: str
    ) -> tuple[TestResponse, list[str]]:
        self.kept.contents.clear()
        browser = self.browsers[self.sent[endpoint].who]
        browser.client.set_cookie(browser.name, browser.cookie)
        answer = browser.client.post(
            self.urls[endpoint],
            data=body,
            content_type=content_type,
            headers={"X-CSRFToken": browser.token},
        )
        return answer, list(self.kept.contents)


def _give_second_factor() -> None:
    user_id = cast.user("students").id
    with transaction():
        since = clock.real_now()
        db.session.add(SecondFactor(user_id=user_id, salt="x", last_step=0, since=since))
        kept = sessions.digest(RECOVERY.replace("-", ""))
        db.session.add(RecoveryCode(user_id=user_id, code_hash=kept))


def _enrolling(app: Flask, form: Sent) -> Sent:
    """With the code that the telephone shows."""
    waits = select(UserSession).where(UserSession.waits_for == Step.ENROL)
    session = db.session.scalars(waits).one()
    key = app.config["SECRET_KEY"]
    base32 = second_factors.secret(key, session.user, session.token_hash)
    return replace(form, fields={"code": pyotp.TOTP(base32).at(clock.real_now())})


def _urls(app: Flask, samples: Mapping[str, Any], sent: Mapping[str, Sent]) -> dict[str, str]:
    return {
        rule.endpoint: address(app, rule, {**samples, **sent[rule.endpoint].about})
        for rule in rules(app, "POST")
    }


@pytest.fixture
def site(
    request: pytest.FixtureRequest,
    samples: Mapping[str, Any],
    sent: Mapping[str, Sent],
    monkeypatch: pytest.MonkeyPatch,
) -> Site:
    name = "both_app" if "both_app" in request.fixturenames else "app"
    app: Flask = request.getfixturevalue(name)
    senders = {each.who for each in sent.values()}
    browsers = {who: Browser(app, who) for who in senders if " " not in who}
    _give_second_factor()
    browsers |= {who: Browser(app, who) for who in senders if " " in who}
    sent = {**sent, "second_factors.enrol": _enrolling(app, sent["second_factors.enrol"])}
    kept, moment = Kept(), clock.real_now()
    monkeypatch.setattr(db.session, "commit", kept.commit)
    monkeypatch.setattr(clock, "set_offset", lambda _offset: None)
    monkeypatch.setattr(clock, "real_now", lambda: moment)
    monkeypatch.setitem(app.extensions, "tracker_tick", lambda: None)
    return Site(_urls(app, samples, sent), browsers, sent, kept)


_COMPLAINTS = (
    re.compile(r'<p class="problem"[^>]*>(.*?)</p>', re.DOTALL),
    re.compile(r'<div class="board-problem"[^>]*>(.*?)</div>', re.DOTALL),
    re.compile(r'<section class="message-page">(.*?)</section>', re.DOTALL),
    re.compile(r"(<h1>[^<]*</h1>\s*<p>[^<]*<strong>[^<]*</strong></p>)", re.DOTALL),
)
_TAG = re.compile(r"<textarea.*?</textarea>|<[^>]+>", re.DOTALL)
_TYPED = re.compile("[“].*?[”]", re.DOTALL)
_CHINESE = re.compile("[\u4e00-\u9fff]")
_ENGLISH = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}")
READER = {"zh-CN": (_CHINESE, _ENGLISH), "en": (_ENGLISH, _CHINESE)}
"""What a complaint must hold, and what it must not."""


def complaints(answer: TestResponse) -> list[str]:
    """Every sentence of a page that says what is wrong, without what was typed."""
    found = [text for each in _COMPLAINTS for text in each.findall(answer.text)]
    said = [_TYPED.sub("", " ".join(unescape(_TAG.sub(" ", text)).split())) for text in found]
    return [text.replace(str(JUNK["SQL"]).lower(), "") for text in said]


def _wrong(answer: TestResponse, saved: list[str], language: str) -> str | None:
    if answer.status_code >= 500:
        return f"{answer.status_code}"
    if answer.status_code < 400:
        return None
    if saved and not answer.request.path.startswith(
        ("/login", "/account", "/c/")
    ):  # Tries are counted.
        return f"{answer.status_code}, but something is saved"
    said = complaints(answer)
    must, may_not = READER[language]
    if not said or not all(must.search(each) and not may_not.search(each) for each in said):
        return f"{answer.status_code} {language}: {said}"
    return None


def _spoilt(form: Sent) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for name in form.fields:
        for kind, value in JUNK.items():
            yield name, kind, {**form.fields, name: value}


def test_every_form_is_known(app: Flask, sent: Mapping[str, Sent]) -> None:
    assert {rule.endpoint for rule in rules(app, "POST")} == set(sent)
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in rule.methods}  # type: ignore[operator]
    assert {each for each in endpoints if not each.startswith("api.")} <= set(POLICY)


def test_every_form_reads_only_what_a_form_sends(app: Flask) -> None:
    assert FlaskForm.__subclasses__() == [Form]


def test_every_form_is_taken_as_its_page_sends_it(site: Site) -> None:
    """Else the tests below would only ever see refusals."""
    answers = {endpoint: site.send(endpoint, form.fields) for endpoint, form in site.sent.items()}
    untaken = {
        endpoint: (answer.status_code, complaints(answer))
        for endpoint, (answer, saved) in answers.items()
        if answer.status_code not in (200, 303) or not saved
    }
    assert untaken == {}


@pytest.mark.parametrize("part", range(4))
def test_no_value_of_a_field_breaks_its_form(site: Site, part: int) -> None:
    """Every fourth form: all of them take longer than one test may."""
    wrong, languages = [], ("zh-CN", "en")
    for endpoint, form in list(site.sent.items())[part::4]:
        for turn, (name, kind, fields) in enumerate(_spoilt(form)):
            language = languages[(turn + turn // len(JUNK)) % 2]
            answer, saved = site.send(endpoint, fields, language)
            if problem := _wrong(answer, saved, language):
                wrong.append((endpoint, name, kind, problem))
    assert wrong == []


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"[1, 2]", "application/json"),
        (b'{"version": [{}], "email": 1, "count": {}}', "application/json"),
        (b"{", "application/json"),
        (b"version=1", "text/plain"),
        (b"version=1", ""),
        (b"version=%ff%fe&note=%00&%=&&==", "application/x-www-form-urlencoded"),
        (b"\xff\xfe" * 100, "multipart/form-data"),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\n", "multipart/form-data; boundary=x"),
        (b"&".join(b"f%d=1" % n for n in range(5_000)), "application/x-www-form-urlencoded"),
        (b"note=" + b"x" * 600_000, "application/x-www-form-urlencoded"),
        (b"note=" + b"x" * 1_100_000, "application/x-www-form-urlencoded"),
    ],
    ids=range(11),
)
def test_a_body_that_is_no_form_is_refused(site: Site, body: bytes, content_type: str) -> None:
    """With the token in a header, as a script would send it."""
    wrong = []
    for endpoint, form in site.sent.items():
        answer, saved = site.send_body(endpoint, body, content_type)
        if form.fields:
            problem = _wrong(answer, saved, "zh-CN") if not saved else "something is saved"
        else:
            problem = str(answer.status_code) if answer.status_code >= 500 else None
        if problem:
            wrong.append((endpoint, answer.status_code, problem))
    assert wrong == []


def test_what_only_some_databases_take_breaks_no_form(both_app: Flask, site: Site) -> None:
    wrong = []
    for endpoint, form in site.sent.items():
        for kind in ("beyond int8", "NUL", "NUL in an address", "directions and emoji", "long"):
            answer, saved = site.send(endpoint, dict.fromkeys(form.fields, JUNK[kind]))
            if problem := _wrong(answer, saved, "zh-CN"):
                wrong.append((endpoint, kind, problem))
    assert wrong == []


def test_two_who_do_the_same_at_the_same_moment_are_told(
    both_app: Flask, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both found no account of that address; the database lets one of them add it."""
    monkeypatch.setattr(accounts, "find_by_email", lambda _email: None)
    form = site.sent["posts.give"]
    answer, saved = site.send("posts.give", {**form.fields, "email": cast.email("info")})
    assert (answer.status_code, saved) == (409, [])
    assert "您查看期间，他人已更新此项。" in answer.text


def test_a_form_takes_no_more_than_it_has(site: Site) -> None:
    """Whatever else is sent along, exactly the same is saved."""
    site.kept.compares = True
    for endpoint, form in site.sent.items():
        if form.varies:
            continue
        _answer, expected = site.send(endpoint, form.fields)
        answer, saved = site.send(endpoint, {**EXTRAS, **form.fields})
        assert answer.status_code == 303, endpoint
        assert saved == expected, endpoint


def test_a_card_of_mine_is_told_in_place(site: Site) -> None:
    """What htmx asks for is no page, but it says the same."""
    form = site.sent["assignments.check_off"]
    for kind in ("nothing", "NUL", "long", "markup", "several", "absent"):
        fields = {**form.fields, "count": JUNK[kind]}
        answer, saved = site.send("assignments.check_off", fields, **{"HX-Request": "true"})
        assert answer.status_code in (200, 422), kind
        assert saved == [] or answer.status_code == 200, kind
        assert "<html" not in answer.text, kind
        assert complaints(answer) or answer.status_code == 200, kind


TOLD = {"rehearsal.move", "posts.hand_over", "outbox.resend", "outbox.discard"}
TOLD |= {"second_factors.reset"}
"""Whoever sends these again is told that it is done already; after any other the second answer is
the first."""


def events() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(AuditEvent)) or 0


def standing() -> str:
    """Everything but how often a plan was touched, which also counts those who came too late."""
    db.session.rollback()
    return content(but=frozenset({"plan"}))


@contextmanager
def restored(app: Flask) -> Iterator[None]:
    """Afterwards the SQLite database is what it was before."""
    path = Path(app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///"))
    db.session.remove()
    db.engine.dispose()  # The last connection leaves everything in the file itself.
    kept = path.read_bytes()
    try:
        yield
    finally:
        db.session.remove()
        db.engine.dispose()
        path.write_bytes(kept)


def test_sent_twice_a_form_acts_once(
    app: Flask, samples: Mapping[str, Any], sent: Mapping[str, Sent], at: StandingClock
) -> None:
    """B-17: a double click, or a reload of the answer. Whatever is audited is audited once."""
    urls, moment = _urls(app, samples, sent), at.moment
    tried = {
        endpoint: form
        for endpoint, form in sent.items()
        if form.who and not form.varies and not endpoint.startswith("auth.")
    }
    browsers = {who: Browser(app, who) for who in {each.who for each in tried.values()}}
    _give_second_factor()
    wrong = []
    for endpoint, form in tried.items():
        at(moment)
        with restored(app):
            before, browser = events(), browsers[form.who]
            first = browser.post(urls[endpoint], form.fields)
            once, state = events(), standing()
            second = browser.post(urls[endpoint], form.fields)
            if first.status_code != 303 or once == before:
                wrong.append((endpoint, "first", first.status_code, complaints(first)))
            if standing() != state:
                wrong.append((endpoint, "changed again", second.status_code))
            if second.status_code not in ((409, 422) if endpoint in TOLD else (303,)):
                wrong.append((endpoint, "second", second.status_code, complaints(second)))
    assert wrong == []
