"""What every walk over the routes of the site needs."""

import io
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from tests import cast, plans
from tests.notice_documents import brought_notice
from tests.plans import first_id
from tests.rehearsal import StandingClock
from tests.web import mails
from tests.web.duties import held, held_id
from tracker import clock, signing
from tracker.db import db, transaction
from tracker.domain.contingencies import StepTime
from tracker.domain.rosters import Listed
from tracker.domain.vocabulary import GroupPart
from tracker.models.org import User
from tracker.models.outbox import OutboxMessage
from tracker.models.plan import Contingency, Task
from tracker.models.reminder import ReminderRule
from tracker.models.roster import RosterItem
from tracker.models.service_entry import ServiceEntry
from tracker.queries import api_tokens as api_token_queries
from tracker.queries import contingencies as contingency_queries
from tracker.services import (
    api_tokens,
    calendar_feeds,
    confirm_links,
    contingencies,
    evidence,
    evidence_files,
    password_links,
    report_readers,
    reports,
    roster_imports,
    rosters,
    service_requests,
    urges,
    webhooks,
    work_groups,
)
from tracker.services.contingencies import Start


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
    task = held(4, "cs").duty.tasks[0]
    import_id = _brought_list(task, at)
    message = select(OutboxMessage.id).where(OutboxMessage.user_id == user.id)
    return {
        **_link(at),
        **_started(at),
        "member_id": _member(at),
        "evidence_id": _proof(app, at),
        "task_id": task.id,
        "import_id": import_id,
        "assignment_id": held_id(3, "cs"),
        **_service(at),
        "term_item": "exams",
        "rule_id": db.session.scalars(select(ReminderRule.id).order_by(ReminderRule.id)).first(),
        "mail_token": signing.sign(app.config["SECRET_KEY"], "act", [held_id(11, "cs"), user.id]),
        "person_token": signing.sign(app.config["SECRET_KEY"], "unsubscribe", [user.id]),
        "urged_id": _urge(at),
        "password_token": _password_token(app, user),
        **_feed(user, at),
        "token_id": _api_token(user, at),
        "hook_id": _hook(at),
        "report_id": _report(user, at),
        "plan_id": first_id(),
        "number": 1,
        "notice_id": brought_notice(amends=False),
        "message_id": db.session.scalars(message).first(),
        "user_id": user.id,
        "membership_id": user.memberships[0].id,
        "code": "cs",
        "name": letter,
        "filename": "site.css",
        "guide": "secretaries",
    }


def _service(at: StandingClock) -> Mapping[str, Any]:
    """A request of the college for the platform's training."""
    service = db.session.scalars(select(ServiceEntry).where(ServiceEntry.number == 7)).one()
    with transaction():
        asked = service_requests.ask(
            service, held(1, "cs").unit, cast.actor("cs"), at.now(), purpose="平台操作培训"
        )
        return {"service_id": service.id, "request_id": asked.id}


def _started(at: StandingClock) -> Mapping[str, Any]:
    """Case 2 goes on, as a drill, and concerns every unit; another one sleeps. A student of the
    college is the one name of row 2 (see `_link`)."""
    sleeping, case = db.session.scalars(
        select(Contingency).where(Contingency.number.in_([4, 2])).order_by(-Contingency.number)
    )
    times = tuple(StepTime(step.hours) for step in contingency_queries.steps_of(case, None))
    wanted = Start(None, times, "演练一次", is_drill=True, announce=False)
    with transaction():
        made = contingencies.start(case, cast.actor("affairs"), at.now(), wanted)
        duty = contingency_queries.duties_of(sleeping)[0]
        student = held(2, "cs").duty.tasks[0].id
        named = select(RosterItem.id).where(RosterItem.task_id == student)
        return {
            "contingency_id": sleeping.id,
            "activation_id": made.id,
            "duty_id": duty.id,
            "item_id": db.session.scalars(named).first(),
        }


def _proof(app: Flask, at: StandingClock) -> int:
    """A picture for the report to come."""
    picture = io.BytesIO()
    Image.new("RGB", (9, 9)).save(picture, "PNG")
    picture.seek(0)
    stored = evidence_files.keep(app.config["TRACKER"].evidence, "截图.png", picture)
    with transaction():
        piece = evidence.add_file(held(3, "cs"), cast.actor("cs"), at.now(), stored)
        return piece.id


def _feed(user: User, at: StandingClock) -> Mapping[str, Any]:
    with transaction():
        token = calendar_feeds.make(user, None, cast.actor("cs"), at.now())
        feed = calendar_feeds.find(token)
        assert feed is not None
        return {"calendar_token": token, "feed_id": feed.id}


def _api_token(user: User, at: StandingClock) -> int:
    with transaction():
        real_now = clock.real_now()
        api_tokens.create(user, cast.actor("cs"), at.now(), real_now, name="学院日报")
        return api_token_queries.working(user.id, real_now)[0].id


def _hook(at: StandingClock) -> int:
    """One that has failed once, with a ping on its way."""
    with transaction():
        affairs = cast.actor("affairs")
        hook = webhooks.add(
            affairs,
            at.now(),
            clock.real_now(),
            url="https://office.example/hooks/tracker",
            events=["assignment.checked_off", "plan.published"],
            rehearsal=True,
        )
        webhooks.ping(hook, affairs, at.now() - timedelta(minutes=2), clock.real_now())
        webhooks.failed(hook, at.now(), clock.real_now(), "450 HTTP 503")
        return hook.id


def _report(reader: User, at: StandingClock) -> int:
    """Frozen a minute ago, for a list that the person is on."""
    plan = plans.first()
    with transaction():
        affairs = cast.actor("affairs")
        made = reports.freeze(plan, affairs, at.now() - timedelta(minutes=2))
        report_readers.add(plan, affairs, at.now(), email=reader.email)
        return made.id


def _password_token(app: Flask, user: User) -> str:
    key = app.config["SECRET_KEY"]
    return password_links.address("", key, user, "reset", clock.real_now()).rpartition("/")[2]


def _urge(at: StandingClock) -> int:
    """Of the college's row 16."""
    with transaction():
        made = urges.urge([held_id(16, "cs")], cast.actor("affairs"), at.now(), words="")
        assert made is not None
        return made.urged[0].id


def _member(at: StandingClock) -> int:
    """Somebody in the college's working group."""
    assignment, clerk = held(1, "cs"), cast.actor("cs")
    with transaction():
        work_groups.add(assignment, clerk, at.now(), part=GroupPart.MEMBER, people="教学秘书")
        return work_groups.members(assignment)[0].id


def _link(at: StandingClock) -> Mapping[str, Any]:
    """A link for a duty of the college; another duty has names and no link yet."""
    clerk, unit = cast.actor("cs"), held(12, "cs").unit
    with transaction():
        for number in (2, 12):
            names = [Listed("A1", "教师一", "cs", "", "2")]
            task = held(number, "cs").duty.tasks[0]
            brought = roster_imports.preview(
                task, unit, clerk, at.now(), source="名单.csv", listed=names
            )
            roster_imports.confirm(brought, clerk, at.now(), leave_doubtful=False)
        link = confirm_links.issue(held(12, "cs"), clerk, at.now())
        return {"link_id": link.id, "token": link.token}


def _brought_list(task: Task, at: StandingClock) -> int:
    """Of two names in the roster one is ticked; a list with one more waits for its confirmation."""
    unit, clerk = held(4, "cs").unit, cast.actor("cs")
    names = [Listed(f"A{n}", f"辅导员{n}", "cs", "", str(n)) for n in range(3)]
    with transaction():
        first = roster_imports.preview(
            task, unit, clerk, at.now(), source="名单.csv", listed=names[:2]
        )
        roster_imports.confirm(first, clerk, at.now(), leave_doubtful=False)
        rosters.tick(task, clerk, at.now(), ["A0"])
        second = roster_imports.preview(
            task, unit, clerk, at.now(), source="名单.csv", listed=names
        )
        return second.id
