"""R10: fifty leaps of the machine's clock in one campaign, through the real planner and sender."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests import cast
from tests.jobs.conftest import Campus
from tests.jobs.test_clock_guard import Clocks, clocks
from tests.rehearsal import CAMPUS
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.vocabulary import OutboxState, StepState
from tracker.jobs import ticks
from tracker.jobs.clock_guard import LEAP, ClockGuard
from tracker.mail.message import Mail
from tracker.mail.transport import BeforeData
from tracker.models.outbox import OutboxMessage
from tracker.models.reminder import Reminder, ReminderStep
from tracker.queries import heartbeat as signs
from tracker.services import heartbeat

__all__ = ["clocks"]
START = datetime(2020, 2, 20, 12, tzinfo=CAMPUS)
END = datetime(2020, 2, 27, 12, tzinfo=CAMPUS)
LEAPS = 50


class Judge:
    """A relay with a watch of its own."""

    def __init__(self, clocks: Clocks) -> None:
        self.clocks, self.at = clocks, defaultdict(list)

    def send(self, mail: Mail, before_data: BeforeData) -> str:
        assert before_data()
        self.at[mail.message_id].append(self.clocks.true)
        return "250 taken"

    def close(self) -> None: ...


class Person:
    """Who looks at the page of reminders within the hour, and knows what time it is."""

    def __init__(self, clocks: Clocks) -> None:
        self.clocks, self.since = clocks, None

    def look(self) -> None:
        if signs.doubted_at() is None:
            self.since = None
        elif self.since is None:
            self.since = self.clocks.true
        elif self.clocks.true - self.since > timedelta(hours=1) and self.clocks.ahead < LEAP:
            with transaction():
                heartbeat.confirm(cast.actor("affairs"), clock.now())


def test_through_fifty_leaps_nothing_is_lost_early_or_twice(
    both_urls: str,
    make_campus: Callable[..., Campus],
    clocks: Clocks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    campus = make_campus(both_urls)
    monkeypatch.setattr(clock, "now", clocks.real_now)
    chance, judge, person = random.Random(20200222), Judge(clocks), Person(clocks)
    clocks.true = START.astimezone(clocks.true.tzinfo)
    leaps = sorted(START + chance.random() * (END - START) for _ in range(LEAPS))
    guard, made = ClockGuard(), 0
    while clocks.true < END or clocks.ahead:
        clocks.wait(minutes=chance.choice([1, 15, 40, 90]))
        if leaps and clocks.true >= leaps[0] and not clocks.ahead:
            leaps.pop(0)
            clocks.leap(hours=chance.choice([-30, -3, -0.5, 0.1, 0.3, 2, 26, 80]))
            made += 1
        elif clocks.ahead and chance.random() < 0.3:
            clocks.ahead = timedelta(0)  # Somebody sets it right.
            made += 1
        person.look()
        if chance.random() < 0.1 and not _leapt_unseen(clocks):
            guard = ClockGuard()
        ticks.remind(campus.settings, allows=guard.allows)
        ticks.deliver(campus.settings, "sender", judge, allows=guard.allows)
    assert made >= LEAPS
    _nothing_lost(campus.app)
    _nothing_early_or_twice(judge)


def _leapt_unseen(clocks: Clocks) -> bool:
    """A process that is started after a leap that nobody noted cannot know of it."""
    return clocks.ahead > LEAP and signs.doubted_at() is None


def _nothing_lost(app: Flask) -> None:
    """Every step is decided once; one that was left out has a later one of its cut-off; whoever
    was to be told has been."""
    steps = db.session.scalars(select(ReminderStep)).all()
    planned = [step for step in steps if step.state is StepState.PLANNED]
    for step in steps:
        assert step in planned or any(
            later.cutoff_at == step.cutoff_at and later.moment > step.moment for later in planned
        )
    assert max(step.moment for step in planned) > END - timedelta(days=2)
    states = Counter(db.session.scalars(select(OutboxMessage.state)))
    assert set(states) <= {OutboxState.SENT, OutboxState.SKIPPED}
    reached = set(
        db.session.execute(
            select(Reminder.cutoff_at, Reminder.user_id)
            .join(OutboxMessage, OutboxMessage.id == Reminder.message_id)
            .where(OutboxMessage.state == OutboxState.SENT)
        )
    )
    contacts = {cast.user(name).id for name in ("cs", "info", "network", "students")}
    assert {user for _cutoff, user in reached} >= contacts


def _nothing_early_or_twice(judge: Judge) -> None:
    twice = [identity for identity, times in judge.at.items() if len(times) > 1]
    assert twice == []
    due = {
        message.message_id: message.due_at for message in db.session.scalars(select(OutboxMessage))
    }
    early = {
        identity: due[identity] - times[0]
        for identity, times in judge.at.items()
        if times[0] < due[identity] - LEAP
    }
    assert early == {}
    once = (
        select(func.count())
        .select_from(Reminder)
        .group_by(Reminder.rule_id, Reminder.cutoff_at, Reminder.occurrence, Reminder.user_id)
    )
    assert set(db.session.scalars(once)) == {1}
