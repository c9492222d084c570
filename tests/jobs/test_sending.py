"""What holds mails back on purpose: a test site's list, a dry run, the day's cap, a relay that is
out of reach."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests import cast
from tests.plans import first_rule
from tests.rehearsal import StandingClock
from tests.web import mails
from tests.web.duties import report
from tracker import clock
from tracker.config import SettingsError
from tracker.db import db, transaction
from tracker.domain.vocabulary import OutboxState
from tracker.jobs import ticks
from tracker.mail.message import Mail
from tracker.mail.transport import BeforeData, Doubtful, LeaseLost, Refused, Unavailable
from tracker.models.outbox import DeliveryAttempt, OutboxMessage, Relay
from tracker.services import accounts, handovers, relay, reminder_rules

MakeApp = Callable[..., Flask]


def states() -> dict[str, int]:
    db.session.rollback()
    rows = db.session.execute(
        select(OutboxMessage.state, func.count()).group_by(OutboxMessage.state)
    )
    return {state.value: count for state, count in rows}


class _Gone:
    """A relay that cannot be reached; counts how often it was tried."""

    def __init__(self) -> None:
        self.tries = 0

    def send(self, mail: Mail, before_data: BeforeData) -> str:
        self.tries += 1
        raise Unavailable("connection refused")

    def close(self) -> None:
        pass


class _Back(_Gone):
    def send(self, mail: Mail, before_data: BeforeData) -> str:
        self.tries += 1
        assert before_data()
        return "250 taken"


def test_a_test_site_mails_nobody_but_its_own_list(
    make_app: MakeApp, sqlite_url: str, at: StandingClock
) -> None:
    app = make_app(sqlite_url, ALLOWED_RECIPIENTS="CS@campus.example, @elsewhere.example")
    mails.tick(app, at, "2020-02-21T09:00")
    assert states() == {"SENT": 1, "SKIPPED": 14}
    assert mails.message_to("cs").state is OutboxState.SENT
    reason = "The address is not on this test site's list of recipients."
    assert mails.message_to("info").reason == reason


def test_in_a_dry_run_no_mail_leaves_even_in_real_use(
    make_app: MakeApp, sqlite_url: str, at: StandingClock
) -> None:
    app = make_app(sqlite_url, DRY_RUN="1", SMTP_URL="smtp://127.0.0.1:1")
    mails.tick(app, at, "2020-02-21T09:00")
    assert states() == {"SENT": 15}
    replies = db.session.scalars(select(DeliveryAttempt.reply)).all()
    assert all(reply.startswith("dry run: written to ") for reply in replies)


@pytest.mark.parametrize("named", ["cs", "cs@", "@", "a@b, c d", "a@b;c@d"])
def test_a_misspelt_list_of_recipients_is_refused_at_the_start(
    make_app: MakeApp, sqlite_url: str, named: str
) -> None:
    with pytest.raises(SettingsError):
        make_app(sqlite_url, ALLOWED_RECIPIENTS=named)


def test_beyond_the_day_s_cap_a_digest_waits_for_the_morning_and_a_last_call_does_not(
    make_app: MakeApp, sqlite_url: str, at: StandingClock
) -> None:
    """On the 22nd the contact's 09:00 goes, 18:00 waits, 22:00 goes; 18:00 is overtaken by then."""
    app = make_app(sqlite_url, DAILY_CAP="1")
    mails.tick(app, at, "2020-02-21T09:00", "2020-02-22T09:00", "2020-02-22T18:00")
    waiting = mails.message_to("cs")
    assert waiting.state is OutboxState.RETRY
    assert waiting.reason == (
        "The person has had today's most mails; it waits for tomorrow morning."
    )
    assert mails.message_to("cs.dean").state is OutboxState.SENT
    mails.tick(app, at, "2020-02-22T22:00")
    assert mails.message_to("cs").state is OutboxState.SENT
    assert mails.message_to("cs.dean").state is OutboxState.SENT


def test_while_the_relay_is_out_of_reach_nobody_tries_before_its_time(
    both_app: Flask, at: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, gone, moment = both_app.config["TRACKER"], _Gone(), clock.real_now()
    monkeypatch.setattr(clock, "real_now", lambda: moment)
    mails.plan(at, "2020-02-21T09:00")
    for sender in ("one", "another", "one"):
        ticks.deliver(settings, sender, gone)
    assert gone.tries == 1
    assert db.session.scalars(select(DeliveryAttempt)).all() == []
    assert all(row.attempts == 0 for row in db.session.scalars(select(OutboxMessage)))
    monkeypatch.setattr(clock, "real_now", lambda: moment + timedelta(minutes=3))
    back = _Back()
    ticks.deliver(settings, "another", back)
    assert states() == {"SENT": 15}
    assert db.session.get(Relay, 1) is None


_ODD = "taken\x00 \r\n\x1b[31mred\x85 " + "x" * 9000


@pytest.mark.parametrize(
    ("problem", "state"),
    [
        (None, OutboxState.SENT),
        (Refused(550, _ODD), OutboxState.DEAD),
        (Refused(450, _ODD), OutboxState.RETRY),
        (Doubtful(_ODD), OutboxState.UNCERTAIN),
        (Unavailable(_ODD), OutboxState.RETRY),
    ],
    ids=lambda each: type(each).__name__,
)
def test_whatever_words_a_relay_uses_every_mail_has_its_turn(
    both_app: Flask, at: StandingClock, problem: Exception | None, state: OutboxState
) -> None:
    """A NUL among them, which PostgreSQL keeps nowhere, ended the round at the first mail."""

    class Odd(_Back):
        def send(self, mail: Mail, before_data: BeforeData) -> str:
            if isinstance(problem, Unavailable):
                raise problem
            assert before_data()
            if problem is not None:
                raise problem
            return _ODD

    mails.plan(at, "2020-02-21T09:00")
    ticks.deliver(both_app.config["TRACKER"], "one", Odd())
    assert states() == {state.value: 15}
    said = [*db.session.scalars(select(DeliveryAttempt.reply))]
    said += [each.reason for each in db.session.scalars(select(Relay))]
    assert said
    assert all("taken [31mred x" in each and each.isprintable() for each in said)


def test_after_six_hours_down_everything_is_out_within_a_quarter_of_an_hour(
    both_app: Flask, at: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R4: looked at every five seconds on the machine's clock; none is lost and none stale."""
    settings, gone, start = both_app.config["TRACKER"], _Gone(), clock.real_now()
    mails.plan(at, "2020-02-21T09:00")
    passed = timedelta(0)
    monkeypatch.setattr(clock, "real_now", lambda: start + passed)
    while passed < timedelta(hours=6):
        ticks.deliver(settings, "sender", gone)
        passed += timedelta(seconds=30)
    assert gone.tries < 6 * 60
    assert set(states()) <= {"DUE", "RETRY"}
    back, returned = _Back(), passed
    while set(states()) != {"SENT"}:
        ticks.deliver(settings, "sender", back)
        passed += timedelta(seconds=30)
        assert passed - returned <= timedelta(minutes=15)
    assert back.tries == 15


def test_whoever_mended_the_relay_does_not_wait(
    both_app: Flask, at: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, moment = both_app.config["TRACKER"], clock.real_now()
    monkeypatch.setattr(clock, "real_now", lambda: moment)
    mails.plan(at, "2020-02-21T09:00")
    ticks.deliver(settings, "sender", _Gone())
    with transaction():
        relay.try_now(cast.actor("affairs"), at.now(), moment)
        db.session.query(OutboxMessage).update({"next_try_at": moment})
    back = _Back()
    ticks.deliver(settings, "sender", back)
    assert back.tries == 15
    assert handovers.claim("x", moment, 20) == []
    db.session.rollback()


def test_a_mail_beyond_the_cap_does_not_go_out_at_midnight(
    make_app: MakeApp, sqlite_url: str, at: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, real = make_app(sqlite_url, DAILY_CAP="1"), clock.real_now()
    with transaction():
        reminder_rules.end(first_rule("D 22:00"), cast.actor("affairs"), at.now())
    mails.tick(app, at, "2020-02-22T09:00", "2020-02-22T18:00")
    monkeypatch.setattr(clock, "real_now", lambda: real + timedelta(hours=1))
    mails.tick(app, at, "2020-02-23T00:02")
    assert mails.message_to("cs").state is OutboxState.RETRY
    monkeypatch.setattr(clock, "real_now", lambda: real + timedelta(hours=2))
    mails.tick(app, at, "2020-02-23T07:00")
    assert mails.message_to("cs").state is OutboxState.SENT


def test_a_lease_of_a_clock_that_was_set_back_is_over(
    both_app: Flask, at: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Claimed and marked while the machine was a year ahead; nobody waits for that year."""
    real = clock.real_now()
    mails.plan(at, "2020-02-21T09:00")
    ahead = real + timedelta(days=400)
    with transaction():
        first, second = handovers.claim("dead sender", ahead, 2)
        rendered = {"to_address": "x@y.example", "subject": "s", "lines": "l"}
        assert handovers.hand_over(first, "dead sender", ahead, **rendered)
    back = _Back()
    ticks.deliver(both_app.config["TRACKER"], "sender", back)
    assert states() == {"SENT": 15}
    assert second


def test_what_is_settled_between_making_and_mark_is_not_mailed(
    app: Flask, at: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mark looks once more, in its own transaction."""
    settings, tried = app.config["TRACKER"], []
    mails.plan(at, "2020-02-21T09:00")

    class Slow(_Back):
        def send(self, mail: Mail, before_data: BeforeData) -> str:
            tried.append(mail.to)
            if mail.to == "cs@campus.example" and tried.count(mail.to) == 1:
                report("cs", 1, "cs")
            if not before_data():
                raise LeaseLost
            return "250 taken"

    ticks.deliver(settings, "sender", Slow())
    assert tried.count("cs@campus.example") == 1
    assert mails.message_to("cs").state is OutboxState.SKIPPED
    assert states() == {"SENT": 14, "SKIPPED": 1}


def test_a_stand_in_is_told_what_a_sender_had_only_claimed(
    app: Flask, at: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    mails.plan(at, "2020-02-21T09:00")
    with transaction():
        handovers.claim("dead sender", clock.real_now(), 100)
    with transaction():
        accounts.set_active(
            cast.user("cs"), cast.actor("affairs"), at.now(), clock.real_now(), False
        )
    real = clock.real_now()
    monkeypatch.setattr(clock, "real_now", lambda: real + timedelta(minutes=4))
    ticks.deliver(app.config["TRACKER"], "sender", _Back())
    assert mails.message_to("cs").state is OutboxState.SKIPPED
    assert mails.message_to("cs.dean").state is OutboxState.SENT
