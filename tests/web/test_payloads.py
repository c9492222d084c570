"""What people type is text: in every field of every form, on every page that shows it again. And a
form of another site is no form of ours."""

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page

from tests import cast
from tests.serving import enter
from tests.web.duties import held, held_id
from tests.web.test_route_fields import Sent, sent
from tests.web.test_routes import address, rules
from tracker.db import db

__all__ = ["sent"]

SignIn = Callable[[FlaskClient, str], FlaskClient]
PAYLOADS = (
    '"><script>alert(1)</script>',
    "'\"><img src=x onerror=alert(1)>",
    "</textarea></title><svg onload=alert(1)>",
    '" autofocus onfocus=alert(1) x="',
    '" hx-get="/mine" hx-trigger="load',
    "javascript:alert(1)//https://x.example",
    '<a href="javascript:alert(1)">x</a><base href="//evil.example">',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "{{7*7}}${7*7}<%= 7*7 %>%(x)s",
    "<style>*{background:url(//evil.example)}</style>",
    "'-alert(1)-'\\u003cscript\\u003e",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
)
"""Each would run, load or lead somewhere if it were taken for more than text."""

_ENDS = frozenset(("auth.logout", "auth.account", "people.disable", "personal_data.erase"))
"""Forms after which their sender could send nothing more."""


def _fill(
    app: Flask, client: FlaskClient, samples: Mapping[str, Any], forms: Mapping[str, Sent]
) -> int:
    """Every text of every form that somebody sends, one after the other, as a payload. How many$
    were taken."""
    payloads, taken = itertools.cycle(PAYLOADS), 0
    by_endpoint = {rule.endpoint: rule for rule in rules(app, "POST")}
    for who in ("affairs", "cs"):
        cast.sign_in(client, who)
        token = cast.csrf_token(client.get("/account"))
        for endpoint, form in forms.items():
            if form.who != who or endpoint in _ENDS:
                continue
            url = address(app, by_endpoint[endpoint], {**samples, **form.about})
            for name, value in form.fields.items():
                if isinstance(value, str):
                    data = {**form.fields, name: next(payloads), "csrf_token": token}
                    with client.post(url, data=data) as answer:
                        assert answer.status_code < 500, (endpoint, name)
                        taken += answer.status_code == 303
    return taken


@pytest.mark.browser
@pytest.mark.timeout(300)
def test_no_text_that_anybody_typed_ever_runs_or_loads_anything(
    app: Flask,
    client: FlaskClient,
    samples: Mapping[str, Any],
    sent: Mapping[str, Sent],
    page: Page,
) -> None:
    """The browser fails the test at any dialog, refused script or word to another machine."""
    assert _fill(app, client, samples, sent) > 20
    duties = [held_id(number, "cs") for number in (1, 3, 4, 11, 16)]
    row = held(4, "cs").duty.tasks[0].id
    db.session.rollback()
    enter(page, "affairs")
    pages = ["/board", "/plans/1", "/people", "/units/cs", "/search?q=alert", "/services/requests"]
    pages += [f"/assignments/{each}" for each in duties]
    pages += [
        f"/rosters/{row}?show=all",
        "/reminders",
        "/outbox",
        f"/activations/{samples['activation_id']}",
    ]
    for url in pages:
        page.goto(url)
        assert page.evaluate("document.querySelectorAll('base, iframe, main script').length") == 0


@pytest.mark.parametrize(
    "header",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "https://[evil"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
    ],
)
def test_a_form_of_another_site_is_refused_even_with_our_token(
    client: FlaskClient, sign_in: SignIn, header: Mapping[str, str]
) -> None:
    sign_in(client, "cs")
    token = cast.csrf_token(client.get("/account"))
    form = {"words": "来自别处", "csrf_token": token}
    answer = client.post(f"/assignments/{held_id(3, 'cs')}/comments", data=form, headers=header)
    assert answer.status_code == 400
    assert client.get("/mine", headers=header).status_code == 200


@pytest.mark.parametrize(
    "header",
    [{}, {"Origin": "null"}, {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}],
)
def test_a_form_of_ours_is_taken_whatever_the_browser_says_of_it(
    client: FlaskClient, sign_in: SignIn, header: Mapping[str, str]
) -> None:
    sign_in(client, "cs")
    token = cast.csrf_token(client.get("/account"))
    form = {"words": "来自本站", "csrf_token": token}
    answer = client.post(f"/assignments/{held_id(3, 'cs')}/comments", data=form, headers=header)
    assert answer.status_code == 303
