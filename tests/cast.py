"""The cast: one account a role, and how a browser signs in and posts as one of them.

`affairs` academic affairs · `students` student affairs · `network` the network centre · `cs` a
college's contact · `cs.dean` its head · `info` another college's contact, who must see nothing of
the first · `president` sees everything and changes nothing.
"""

import contextvars
import re
from collections.abc import Mapping
from typing import Any

from flask import has_app_context
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import selectinload
from werkzeug.test import TestResponse

from tracker import clock
from tracker.db import db
from tracker.models.org import Membership, User
from tracker.permissions import Actor, actor_for

PASSWORD = "rehearsal"
PASSWORD_HASH = "$argon2id$v=19$m=8,t=1,p=1$bWF0cml4LXRyYWNrZXI$hVnWyW61eflKU6DCIGAa4Q"
"""Argon2id of PASSWORD with the smallest parameters: checking it costs no time."""

CAST = ("affairs", "students", "network", "cs", "cs.dean", "info", "president")
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Client(FlaskClient):
    """Every request runs in an application context of its own, as on a real server, although the
    test holds one: no identity map, no `g` and no current user leaks in or out. The test's own
    session ends its transaction around each request and so reads what the request wrote; what it
    had flushed without `transaction()` is gone."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        if not has_app_context():  # A redirect is being followed, already away from the test's.
            return super().open(*args, **kwargs)
        db.session.rollback()
        response: TestResponse = contextvars.Context().run(super().open, *args, **kwargs)
        db.session.rollback()
        return response


def email(name: str) -> str:
    return f"{name}@campus.example"


def user(name: str) -> User:
    """The account with its posts loaded. Needs an application context."""
    posts = selectinload(User.memberships).joinedload(Membership.unit)
    return db.session.scalars(select(User).options(posts).where(User.email == email(name))).one()


def actor(name: str) -> Actor:
    return actor_for(user(name), clock.now())


def csrf_token(page: TestResponse) -> str:
    """The token of the first form on a page."""
    found = _TOKEN.search(page.text)
    assert found, f"no form on {page.request.path} ({page.status}): {page.text[:400]}"
    return found[1]


def sign_in(client: FlaskClient, name: str, password: str = PASSWORD) -> FlaskClient:
    """Through the login page. Whoever was signed in on this client before is gone."""
    client.delete_cookie(client.application.config["SESSION_COOKIE_NAME"])
    token = csrf_token(client.get("/login"))
    answer = client.post(
        "/login", data={"email": email(name), "password": password, "csrf_token": token}
    )
    assert answer.status_code == 303, f"{name} could not sign in: {answer.status}"
    return client


def post(
    client: FlaskClient, url: str, data: Mapping[str, Any] | None = None, **kwargs: Any
) -> TestResponse:
    """POST a form with a token of this client's session, taken from a page as a browser does."""
    token = csrf_token(client.get("/account", follow_redirects=True))
    return client.post(url, data={**(data or {}), "csrf_token": token}, **kwargs)


def actor_of(address: str) -> Actor:
    """Of an account that is none of the cast."""
    posts = selectinload(User.memberships).joinedload(Membership.unit)
    found = db.session.scalars(select(User).options(posts).where(User.email == address)).one()
    return actor_for(found, clock.now())
