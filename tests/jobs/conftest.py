"""A seeded campus, a scripted relay, and a machine whose clock can be moved."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests import cast
from tests.jobs import relay as relays
from tests.jobs.relay import Relay
from tests.rehearsal import StandingClock
from tracker import clock
from tracker.config import Settings
from tracker.db import db, transaction
from tracker.domain.vocabulary import OutboxState
from tracker.jobs import ticks
from tracker.models.assignment import Assignment
from tracker.models.org import User
from tracker.models.outbox import DeliveryAttempt, OutboxMessage
from tracker.models.plan import Duty, DutyTask, Task
from tracker.services import assignments, reviews


class Machine:
    """The machine's time: leases and back-off live by it. Moving it stands in for waiting."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def wait(self, **span: float) -> None:
        self.ahead += timedelta(**span)


@dataclass
class Campus:
    """What a test of the ticks does, in few words. Its app context is held by the test."""

    app: Flask
    at: StandingClock
    machine: Machine

    @property
    def settings(self) -> Settings:
        settings: Settings = self.app.config["TRACKER"]
        return settings

    def tick(self, moment: str | datetime | None = None, sender: str = "sender") -> None:
        """One round of the heartbeat, at `moment` of campus time if given."""
        if moment is not None:
            self.at(moment)
        ticks.tick(self.settings, sender)

    def plan(self, moment: str) -> None:
        ticks.remind(self.settings, self.at(moment))

    def live(self, minutes: int, step: int = 5) -> None:
        """Ticks while campus and machine time pass together."""
        for _ in range(0, minutes, step):
            self.machine.wait(minutes=step)
            self.tick(self.at.moment + timedelta(minutes=step))

    def messages(self, name: str) -> list[OutboxMessage]:
        """One person's messages, in the order in which they were planned."""
        return list(
            db.session.scalars(
                select(OutboxMessage)
                .where(OutboxMessage.user_id == cast.user(name).id)
                .order_by(OutboxMessage.id)
            )
        )

    def message(self, name: str) -> OutboxMessage:
        return self.messages(name)[-1]

    def states(self) -> dict[str, int]:
        return dict(
            Counter(state.value for state in db.session.scalars(select(OutboxMessage.state)))
        )

    def attempts(self, message: OutboxMessage) -> list[OutboxState]:
        rows = select(DeliveryAttempt.outcome).where(DeliveryAttempt.message_id == message.id)
        return list(db.session.scalars(rows.order_by(DeliveryAttempt.id)))

    def duty(self, name: str, number: int) -> Assignment:
        """A person's unit's assignment for row `number`."""
        return db.session.scalars(
            select(Assignment)
            .join(Duty, Duty.id == Assignment.duty_id)
            .join(DutyTask, DutyTask.duty_id == Duty.id)
            .join(Task, Task.id == DutyTask.task_id)
            .where(Task.number == number, Assignment.unit_id.in_(cast.actor(name).unit_ids))
        ).one()

    def check_off(self, name: str, *numbers: int) -> None:
        with transaction():
            for number in numbers:
                duty = self.duty(name, number)
                count = 0 if duty.duty.counted else None
                assignments.check_off(
                    duty, cast.actor(name), self.at.moment, seen_version=None, count=count
                )

    def send_back(self, name: str, number: int, reason: str) -> None:
        with transaction():
            reviews.send_back(
                self.duty(name, number),
                cast.actor("affairs"),
                self.at.moment,
                seen_version=None,
                reason=reason,
            )


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(clock, "real_now", machine.now)
    return machine


@pytest.fixture
def relay() -> Iterator[Relay]:
    with relays.running() as running:
        yield running


@pytest.fixture
def make_campus(
    make_app: Callable[..., Flask], at: StandingClock, machine: Machine
) -> Callable[..., Campus]:
    """`make_campus(url, SMTP_URL=relay.url)`. Only the cast is there to be mailed: the contacts
    `affairs`, `students`, `network`, `cs` and `info`, and the head `cs.dean`."""

    def make(url: str, **settings: str) -> Campus:
        app = make_app(url, **settings)
        others = User.email.not_in([cast.email(name) for name in cast.CAST])
        with transaction():
            db.session.execute(update(User).where(others).values(is_active=False))
        return Campus(app, at, machine)

    return make


@pytest.fixture
def campus(make_campus: Callable[..., Campus], sqlite_url: str, relay: Relay) -> Campus:
    """On SQLite, with the scripted relay. The clock stands at 2020-02-21 08:00."""
    return make_campus(sqlite_url, SMTP_URL=relay.url)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def both_urls(request: pytest.FixtureRequest) -> str:
    """A seeded SQLite database, and once more a PostgreSQL one. Ask for it before an app: what
    ends last must begin first."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture
def both_campus(both_urls: str, make_campus: Callable[..., Campus], relay: Relay) -> Campus:
    """`campus` on SQLite and once more on PostgreSQL."""
    return make_campus(both_urls, SMTP_URL=relay.url)
