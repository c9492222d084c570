"""Every route of the site, from its URL map: who may, who may not, what a look may never change.

A route without a line in POLICY fails the first test: whoever adds one says who may use it.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests import cast
from tests.rehearsal import StandingClock
from tracker.db import Base, db, transaction
from tracker.permissions import SYSTEM
from tracker.services import api_tokens

pytestmark = pytest.mark.slow

SignIn = Callable[[FlaskClient, str], FlaskClient]
Send = Callable[..., TestResponse]

EVERYBODY = frozenset(cast.CAST)
UNIT = frozenset({"cs", "cs.dean"})
OVERSEERS = frozenset({"affairs", "president"})
AFFAIRS = frozenset({"affairs"})


@dataclass(frozen=True)
class Policy:
    """Of one sample that belongs to the college cs: who `may`, for whom it is `forbidden` (403);
    for everybody else it does not exist (404). `public`: nobody has to sign in."""

    may: frozenset[str]
    forbidden: frozenset[str] = frozenset()
    public: bool = False


NOWHERE = Policy(frozenset(), public=True)
"""Where no campus server is set up, there is no way to it."""
PUBLIC = Policy(EVERYBODY, public=True)
SIGNED_IN = Policy(EVERYBODY)
LOOK = Policy(UNIT | OVERSEERS)
ACT = Policy(UNIT, forbidden=OVERSEERS)
REVIEW = Policy(AFFAIRS, forbidden=UNIT | {"president"})
OVERSEE = Policy(OVERSEERS, forbidden=EVERYBODY - OVERSEERS)
NAMES = Policy(EVERYBODY - {"network"})
TICK = Policy(UNIT | {"info", "students"}, forbidden=OVERSEERS)
KEEP = Policy(EVERYBODY - {"network", "president"}, forbidden=frozenset({"president"}))
OWN = Policy(UNIT)
"""A student's record is their own college's; nobody else learns that there is one."""
BROUGHT = Policy(frozenset({"cs"}))
"""A list that was brought is its bringer's alone."""
OFFICE_OWN = Policy(AFFAIRS)
"""A notice that academic affairs brought is its bringer's alone."""
ADMINISTER = Policy(AFFAIRS, forbidden=EVERYBODY - AFFAIRS)
ASK = Policy(EVERYBODY - {"president"}, forbidden=frozenset({"president"}))
"""For a unit of their own."""
READ = Policy(OVERSEERS | {"cs"})
MAILED = Policy(frozenset({"cs"}), forbidden=EVERYBODY - {"cs"}, public=True)
"""A link of a mail is for whom it was mailed to."""
WHOLE = Policy(OVERSEERS)
"""A report holds every unit's names."""
RULE = Policy(AFFAIRS, forbidden=frozenset({"president"}))

POLICY: Mapping[str, Policy] = {
    "static": PUBLIC,
    "status.healthz": PUBLIC,
    "metrics.show": Policy(frozenset(), public=True),
    "help.contents": PUBLIC,
    "help.show": PUBLIC,
    "auth.home": PUBLIC,
    "auth.login": PUBLIC,
    "auth.set_language": PUBLIC,
    "auth.logout": PUBLIC,
    "auth.account": SIGNED_IN,
    "sessions.end": SIGNED_IN,
    "second_factors.begin": SIGNED_IN,
    "second_factors.renew": SIGNED_IN,
    "second_factors.switch_off": SIGNED_IN,
    "second_factors.ask": SIGNED_IN,
    "second_factors.enrol": SIGNED_IN,
    "sign_on.leave": NOWHERE,
    "sign_on.come_back": NOWHERE,
    "mine.show": SIGNED_IN,
    "mine.choose": SIGNED_IN,
    "mine.check_off": SIGNED_IN,
    "board.show": SIGNED_IN,
    "cards.show": LOOK,
    "waiting.verify": SIGNED_IN,
    "waiting.send_back": SIGNED_IN,
    "search.show": SIGNED_IN,
    "plans.index": SIGNED_IN,
    "plans.show": SIGNED_IN,
    "pictures.show": SIGNED_IN,
    "reminders.show": SIGNED_IN,
    "reminder_rules.new": Policy(AFFAIRS, forbidden=EVERYBODY - AFFAIRS),
    "reminder_rules.edit": RULE,
    "reminder_rules.end": RULE,
    "plans.let_act_by_mail": ADMINISTER,
    "plan_life.take": ADMINISTER,
    "plan_life.lay_again": ADMINISTER,
    "plan_copies.show": ADMINISTER,
    "plan_copies.make": ADMINISTER,
    "plan_copies.make_template": ADMINISTER,
    "plan_edits.show": ADMINISTER,
    "plan_edits.new": ADMINISTER,
    "plan_edits.add": ADMINISTER,
    "plan_edits.row": ADMINISTER,
    "plan_edits.change": ADMINISTER,
    "plan_edits.remove": ADMINISTER,
    "units.new": ADMINISTER,
    "units.add": ADMINISTER,
    "units.remove": ADMINISTER,
    "mail_links.show": PUBLIC,
    "mail_links.tick": MAILED,
    "mail_links.undo": MAILED,
    "preferences.choose": SIGNED_IN,
    "preferences.show": PUBLIC,
    "preferences.unsubscribe": PUBLIC,
    "preferences.subscribe": PUBLIC,
    "urges.choose": SIGNED_IN,
    "urges.preview": SIGNED_IN,
    "urges.send": SIGNED_IN,
    "urges.show": SIGNED_IN,
    "urges.export": SIGNED_IN,
    "urges.open": ACT,
    "urges.answer": ACT,
    "password_links.forgot": PUBLIC,
    "password_links.ask": PUBLIC,
    "password_links.show": PUBLIC,
    "password_links.choose": PUBLIC,
    "password_links.invite": ADMINISTER,
    "calendar_feeds.show": PUBLIC,
    "calendar_feeds.make": SIGNED_IN,
    "calendar_feeds.revoke": BROUGHT,
    "api_tokens.show": SIGNED_IN,
    "api_tokens.make": SIGNED_IN,
    "api_tokens.revoke": BROUGHT,
    "webhooks.index": ADMINISTER,
    "webhooks.add": ADMINISTER,
    "webhooks.show": ADMINISTER,
    "webhooks.ping": ADMINISTER,
    "webhooks.disable": ADMINISTER,
    "webhooks.enable": ADMINISTER,
    "workdays.show": OVERSEE,
    "plans.announce": ADMINISTER,
    "plans.summary": ADMINISTER,
    "contingencies.index": SIGNED_IN,
    "contingencies.show": SIGNED_IN,
    "contingencies.change_duty": ADMINISTER,
    "contingencies.add_duty": ADMINISTER,
    "contingencies.ask": ADMINISTER,
    "contingencies.start": ADMINISTER,
    "activations.show": SIGNED_IN,
    "activations.note": ADMINISTER,
    "activations.stand_down": ADMINISTER,
    "care.index": Policy(EVERYBODY - {"network"}),
    "care.show": OWN,
    "care.write": OWN,
    "cutoffs.show": ADMINISTER,
    "cutoffs.move": ADMINISTER,
    "terms.show": SIGNED_IN,
    "terms.results": ADMINISTER,
    "terms.set_results": ADMINISTER,
    "terms.edit": ADMINISTER,
    "terms.set_own": ADMINISTER,
    "terms.clear": ADMINISTER,
    "service_entries.show": SIGNED_IN,
    "service_requests.show": SIGNED_IN,
    "service_requests.new": ASK,
    "service_requests.ask": ASK,
    "service_requests.answer": REVIEW,
    "workdays.note": ADMINISTER,
    "workdays.forget": ADMINISTER,
    "mailbox.show": SIGNED_IN,
    "mailbox.one": READ,
    "mailbox.html": READ,
    "mailbox.raw": READ,
    "assignments.show": LOOK,
    "assignments.check_off": ACT,
    "assignments.undo": ACT,
    "second_looks.still_true": ACT,
    "second_looks.reopen": ACT,
    "assignments.check_in": ACT,
    "reviews.verify": REVIEW,
    "reviews.send_back": REVIEW,
    "reviews.waive": REVIEW,
    "reviews.reopen": REVIEW,
    "evidence.add": ACT,
    "evidence.remove": ACT,
    "evidence.download": LOOK,
    "evidence.thumbnail": LOOK,
    "confirm_links.issue": ACT,
    "confirm_links.sheet": ACT,
    "confirm_links.revoke": ACT,
    "confirm_links.show": PUBLIC,
    "confirm_links.answer": PUBLIC,
    "work_groups.add": ACT,
    "work_groups.leave": ACT,
    "comments.add": Policy(UNIT | AFFAIRS, forbidden=frozenset({"president"})),
    "rosters.show": NAMES,
    "rosters.tick": TICK,
    "rosters.untick": TICK,
    "notice_imports.read": ADMINISTER,
    "notice_imports.read_again": ADMINISTER,
    "notice_imports.example": SIGNED_IN,
    "notice_imports.preview": OFFICE_OWN,
    "notice_imports.correct": OFFICE_OWN,
    "notice_imports.create": OFFICE_OWN,
    "notice_imports.amend": OFFICE_OWN,
    "roster_imports.read": KEEP,
    "roster_imports.preview": BROUGHT,
    "roster_imports.confirm": BROUGHT,
    "roster_imports.example": SIGNED_IN,
    "reports.index": WHOLE,
    "reports.freeze": WHOLE,
    "reports.set_hour": RULE,
    "reports.show": WHOLE,
    "reports.as_text": WHOLE,
    "reports.as_workbook": WHOLE,
    "reports.as_document": WHOLE,
    "reports.as_pdf": WHOLE,
    "report_readers.add": RULE,
    "report_readers.remove": RULE,
    "missing.overview": SIGNED_IN,
    "missing.overview_csv": SIGNED_IN,
    "missing.row_csv": NAMES,
    "missing.row_xlsx": NAMES,
    "exports.workbook": SIGNED_IN,
    "exports.table": SIGNED_IN,
    "outbox.show": OVERSEE,
    "outbox.one": Policy(OVERSEERS),
    "outbox.try_relay": ADMINISTER,
    "outbox.decide_held": ADMINISTER,
    "reminders.confirm_clock": ADMINISTER,
    "outbox.resend": Policy(AFFAIRS, forbidden=frozenset({"president"})),
    "outbox.discard": Policy(AFFAIRS, forbidden=frozenset({"president"})),
    "people.show": OVERSEE,
    "people.person": ADMINISTER,
    "people.sign_out": ADMINISTER,
    "staff_numbers.set_one": ADMINISTER,
    "staff_numbers.set_many": ADMINISTER,
    "second_factors.reset": ADMINISTER,
    "people.disable": ADMINISTER,
    "people.enable": ADMINISTER,
    "personal_data.show": Policy(AFFAIRS | {"cs"}),
    "personal_data.export": Policy(AFFAIRS | {"cs"}),
    "personal_data.erase": ADMINISTER,
    "accesses.show": ADMINISTER,
    "posts.show": LOOK,
    "units.show": LOOK,
    "units.own": SIGNED_IN,
    "posts.give": Policy(UNIT | AFFAIRS, forbidden=frozenset({"president"})),
    "posts.hand_over": Policy(AFFAIRS | {"cs.dean"}, forbidden=frozenset({"president", "cs"})),
    "posts.end": Policy(AFFAIRS | {"cs.dean"}, forbidden=frozenset({"president", "cs"})),
    "posts.new_password": ADMINISTER,
    "rehearsal.move": ADMINISTER,
}
"""By endpoint. What the address leads to belongs to the college cs (see `samples`)."""

API: Mapping[str, Policy] = {
    "api-docs.openapi_json": PUBLIC,
    "api.list_assignments": SIGNED_IN,
    "api.list_plans": SIGNED_IN,
    "api.get_plan": SIGNED_IN,
    "api.get_board": SIGNED_IN,
    "api.list_reminders": SIGNED_IN,
    "api.get_term": SIGNED_IN,
    "api.list_messages": OVERSEE,
    "api.list_reports": WHOLE,
    "api.get_report": WHOLE,
    "api.get_assignment": LOOK,
    "api.check_off": ACT,
    "api.undo": ACT,
    "api.check_in": ACT,
    "api.verify": REVIEW,
    "api.send_back": REVIEW,
    "api.waive": REVIEW,
    "api.reopen": REVIEW,
}

BODIES: Mapping[str, Mapping[str, Any]] = {
    "api.check_in": {"day": "2020-02-21", "health": "NORMAL"},
    "api.send_back": {"reason": "少一门课"},
    "api.waive": {"reason": "本单位没有授课任务"},
    "api.reopen": {"reason": "材料有误"},
}
"""What has no meaning without: the shape of a body is looked at before anything else."""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def rules(app: Flask, method: str, *, api: bool = False) -> list[Rule]:
    known = API if api else POLICY
    found = [rule for rule in app.url_map.iter_rules() if method in (rule.methods or ())]
    return [rule for rule in sorted(found, key=str) if rule.endpoint in known]


def address(app: Flask, rule: Rule, samples: Mapping[str, Any]) -> str:
    values = {name: samples[name] for name in rule.arguments}
    return app.url_map.bind("localhost").build(rule.endpoint, values)


def checksum() -> str:
    """Of every row of every table, as it is committed."""
    db.session.rollback()
    found = content()
    db.session.rollback()
    return found


def content(but: frozenset[str] = frozenset()) -> str:
    """Of every row of every table `but` these, as this session sees it; tries that are counted
    against guessing, and how often a token calls, are no content."""
    digest, connection = hashlib.sha256(), db.session.connection()
    for table in Base.metadata.sorted_tables:
        if table.name in but | {"login_delay", "api_usage"}:
            continue
        keys = ", ".join(f'"{column.name}"' for column in table.primary_key)
        rows = connection.exec_driver_sql(f'SELECT * FROM "{table.name}" ORDER BY {keys}')
        digest.update(repr((table.name, [tuple(row) for row in rows])).encode())
    return digest.hexdigest()


def expected(policy: Policy, who: str, status: int) -> bool:
    if who in policy.may:
        return status not in (401, 403, 404) and status < 500
    return status == (403 if who in policy.forbidden else 404)


def test_every_route_says_who_may_use_it(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert endpoints == {*POLICY, *API}


@pytest.mark.parametrize("who", cast.CAST)
def test_a_look_is_for_whom_it_is_meant_and_changes_nothing(
    app: Flask, client: FlaskClient, sign_in: SignIn, samples: Mapping[str, Any], who: str
) -> None:
    """B-62; and no GET and no HEAD ever changes a row."""
    sign_in(client, who)
    before, wrong = checksum(), []
    for rule in rules(app, "GET"):
        url = address(app, rule, samples)
        for ask in (client.get, client.head):
            with ask(url) as answer:
                if not expected(POLICY[rule.endpoint], who, answer.status_code):
                    wrong.append((rule.endpoint, answer.status_code))
    assert wrong == []
    assert checksum() == before


@pytest.mark.parametrize("who", cast.CAST)
def test_a_step_is_for_whom_it_is_meant(
    app: Flask, client: FlaskClient, sign_in: SignIn, samples: Mapping[str, Any], who: str
) -> None:
    """B-60, B-62: an empty form is sent to every address. Whoever may use it is told what is
    missing; the others change nothing at all."""
    sign_in(client, who)
    token = cast.csrf_token(client.get("/account"))
    wrong = []
    for rule in rules(app, "POST"):
        if rule.endpoint == "auth.logout":
            continue
        policy, before = POLICY[rule.endpoint], checksum()
        url = address(app, rule, samples)
        if who in policy.may and rule.endpoint in ("posts.end", "people.disable"):
            continue  # They need no further word, and would end the sample.
        status = client.post(url, data={"csrf_token": token}).status_code
        if not expected(policy, who, status):
            wrong.append((rule.endpoint, status))
        if who not in policy.may and checksum() != before:
            wrong.append((rule.endpoint, "changed something"))
    assert wrong == []


def leads_to_login(answer: TestResponse) -> bool:
    """At once, or by the page that gives back what was typed."""
    if answer.status_code == 400:
        return 'href="/login?next=/' in answer.text
    return answer.status_code == 302 and answer.headers["Location"].startswith("/login")


def test_without_an_account_there_is_nothing_but_the_way_in(
    app: Flask, client: FlaskClient, samples: Mapping[str, Any]
) -> None:
    token = cast.csrf_token(client.get("/login"))
    before, wrong = checksum(), []
    for method in ("GET", "POST"):
        for rule in rules(app, method):
            if POLICY[rule.endpoint].public:
                continue
            data = {"csrf_token": token} if method == "POST" else None
            answer = client.open(address(app, rule, samples), method=method, data=data)
            if not leads_to_login(answer):
                wrong.append((method, rule.endpoint, answer.status_code))
    assert wrong == []
    assert checksum() == before


def test_without_its_token_no_form_does_anything(
    app: Flask, client: FlaskClient, sign_in: SignIn, samples: Mapping[str, Any]
) -> None:
    wrong = []
    for who in ("affairs", "cs"):
        sign_in(client, who)
        before = checksum()
        for rule in rules(app, "POST"):
            answer = client.post(address(app, rule, samples), data={"version": "1"})
            if answer.status_code != 400:
                wrong.append((who, rule.endpoint, answer.status_code))
        assert checksum() == before
    assert wrong == []


@pytest.fixture
def tokens(app: Flask, at: StandingClock) -> Mapping[str, str]:
    with transaction():
        return {
            who: api_tokens.create(cast.user(who), SYSTEM, at.now(), at.now()) for who in cast.CAST
        }


@pytest.mark.parametrize("who", cast.CAST)
def test_the_api_has_the_rights_of_the_pages(
    app: Flask, client: FlaskClient, samples: Mapping[str, Any], tokens: Mapping[str, str], who: str
) -> None:
    bearer = {"Authorization": f"Bearer {tokens[who]}"}
    wrong = []
    for method in ("GET", "HEAD", "POST"):
        for rule in rules(app, method, api=True):
            before = checksum()
            url = address(app, rule, samples)
            answer = client.open(
                url,
                method=method,
                json=BODIES.get(rule.endpoint, {}) if method == "POST" else None,
                headers=bearer,
            )
            policy = API[rule.endpoint]
            if not expected(policy, who, answer.status_code):
                wrong.append((rule.endpoint, answer.status_code))
            if (method != "POST" or who not in policy.may) and checksum() != before:
                wrong.append((rule.endpoint, "changed something"))
    assert wrong == []


def test_the_api_is_for_nobody_without_a_token(
    app: Flask, client: FlaskClient, samples: Mapping[str, Any]
) -> None:
    wrong = [
        (rule.endpoint, answer.status_code)
        for method in ("GET", "POST")
        for rule in rules(app, method, api=True)
        if not API[rule.endpoint].public
        and (answer := client.open(address(app, rule, samples), method=method)).status_code != 401
    ]
    assert wrong == []


def responses(
    app: Flask, client: FlaskClient, sign_in: SignIn, samples: Mapping[str, Any]
) -> Iterator[tuple[str, TestResponse]]:
    """One of each: every page, signed in and not, and every kind of refusal."""
    for rule in rules(app, "GET"):
        with client.get(address(app, rule, samples)) as answer:
            yield rule.endpoint, answer
    sign_in(client, "affairs")
    for rule in rules(app, "GET"):
        with client.get(address(app, rule, samples)) as answer:
            yield rule.endpoint, answer
    yield "404", client.get("/nowhere")
    yield "405", client.get("/logout")
    yield "400", client.post("/mine/check-off")
    yield "404 static", client.get("/static/nothing.css")
    yield "404 api", client.get("/api/v1/nothing")
    yield "401 api", client.get("/api/v1/plans")
    sign_in(client, "cs")
    yield "403", client.get("/people")


def test_every_answer_carries_the_header_set(
    app: Flask, client: FlaskClient, sign_in: SignIn, samples: Mapping[str, Any]
) -> None:
    wrong = []
    for name, answer in responses(app, client, sign_in, samples):
        for header, value in HEADERS.items():
            if not answer.headers.get(header, "").startswith(value):
                wrong.append((name, header, answer.headers.get(header)))
        kept = answer.headers.get("Cache-Control", "")
        if (
            name == "board.show" and answer.status_code == 200
        ):  # Asked about each time: a live page.
            wanted = "private, no-cache"
        else:
            wanted = "no-store"
        if name != "static" and wanted not in kept:
            wrong.append((name, "Cache-Control", kept))
    assert wrong == []


@pytest.mark.parametrize(
    ("host", "status"),
    [
        *(("tracker.example", 200), ("TRACKER.example:443", 200), ("127.0.0.1:5000", 200)),
        *(
            ("[::1]:5000", 200),
            ("[::1", 400),
            ("evil.example", 400),
            ("tracker.example.evil.example", 400),
        ),
        *(("tracker.example@evil.example", 400), ("evil.example:80", 400), ("", 400)),
    ],
)
def test_in_real_use_a_forged_name_is_refused(
    make_app: Callable[..., Flask], sqlite_url: str, host: str, status: int
) -> None:
    real = {"REHEARSAL": "0", "SMTP_URL": "smtp://mail.example", "MAIL_FROM": "x@mail.example"}
    client = make_app(sqlite_url, **real).test_client()
    for path in ("/login", "/healthz", "/login//", "/nowhere", "/api/v1/plans"):
        answer = client.get(path, headers={"Host": host})
        expected = {"/login//": 404, "/nowhere": 404, "/api/v1/plans": 401}.get(path, 200)
        assert answer.status_code == (expected if status == 200 else 400), path
        assert "evil.example" not in answer.text + answer.headers.get("Location", "")
        assert answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host"])
def test_a_foreign_host_changes_no_link(client: FlaskClient, sign_in: SignIn, header: str) -> None:
    sign_in(client, "affairs")
    answer = client.get("/board", headers={header: "evil.example"})
    assert "evil.example" not in answer.text
    assert "evil.example" not in client.get("/nowhere", headers={header: "evil.example"}).text
