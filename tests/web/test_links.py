"""The links of a mail, as a scanner and then a person follow them."""

import re
from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.rehearsal import StandingClock
from tests.web import duties, mails
from tests.web.duties import held_id
from tests.web.test_routes import checksum

SignIn = Callable[[FlaskClient, str], FlaskClient]
Send = Callable[..., TestResponse]


def links(app: Flask) -> set[str]:
    """Every address in every mail, as paths of this site."""
    found = set()
    for path in Path(app.config["TRACKER"].mailbox).glob("*.eml"):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        for part in mail.walk():
            if part.get_content_maintype() == "text":
                found |= set(re.findall(r"https?://[^\s\"<>]+", part.get_content()))
    public = app.config["TRACKER"].public_url
    assert all(link.startswith(public) for link in found), "a link leads elsewhere"
    return {link.removeprefix(public) for link in found}


def test_a_scanner_that_follows_every_link_changes_nothing(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Send, at: StandingClock
) -> None:
    """B-35: five times each by GET and HEAD, as nobody and as the reader; afterwards the reader's
    own tick works as if nothing had been there."""
    mails.tick(app, at, "2020-02-21T09:01", "2020-02-22T18:01")
    followed = links(app)
    acting = sorted(link for link in followed if link.startswith("/a/"))
    assert len(acting) > 100
    followed = {*(followed - set(acting)), *acting[::15]}
    before = checksum()
    scanner = app.test_client()
    for link in followed:
        for _ in range(5):
            assert scanner.get(link).status_code in (200, 302)
            assert scanner.head(link).status_code in (200, 302)
    assert checksum() == before
    sign_in(client, "cs")
    before = checksum()
    for link in followed:
        for _ in range(5):
            assert client.get(link).status_code in (200, 404)
            assert client.head(link).status_code in (200, 404)
    assert checksum() == before
    done = post(client, f"/assignments/{held_id(3, 'cs')}/check-off", {"version": 1, "count": 12})
    assert done.status_code == 303
    assert duties.held(3, "cs").count == 12
