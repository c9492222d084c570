"""What every walk over the routes of the site needs."""

from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests import cast
from tests.rehearsal import StandingClock
from tests.web import mails
from tests.web.duties import held_id
from tracker.db import db
from tracker.models.outbox import OutboxMessage
from tracker.models.plan import Plan


@pytest.fixture
def samples(request: pytest.FixtureRequest, at: StandingClock) -> Mapping[str, Any]:
    """What each part of an address stands for: all of it the college's own. In the test's
    `both_app`, else its `app`."""
    name = "both_app" if "both_app" in request.fixturenames else "app"
    app: Flask = request.getfixturevalue(name)
    mails.tick(app, at, "2020-02-21T09:01")
    letter = next(
        path.name
        for path in sorted(app.config["TRACKER"].mailbox.glob("*.eml"))
        if b"\nTo: cs@campus.example" in path.read_bytes().replace(b"\r", b"")
    )
    user = cast.user("cs")
    message = select(OutboxMessage.id).where(OutboxMessage.user_id == user.id)
    return {
        "assignment_id": held_id(3, "cs"),
        "plan_id": db.session.scalars(select(Plan.id)).first(),
        "message_id": db.session.scalars(message).first(),
        "user_id": user.id,
        "membership_id": user.memberships[0].id,
        "code": "cs",
        "name": letter,
        "filename": "site.css",
    }
