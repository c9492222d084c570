"""`python -m benchmarks.kill`: senders are killed at any moment, and a relay is the judge.

A fake relay writes each accepted message to a file before it answers, with random delays before
the recipient, before acceptance and before the final reply. Two senders plan and deliver; a random
one is killed with SIGKILL, at random times or at a step on purpose, and started again. At the end
three lists are compared: what had to be planned, what the relay accepted, and the final states.
Nothing may be lost, and nothing repeated but where the doubt is on record.
"""

import argparse
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

import flask_migrate
from sqlalchemy import func, select

from benchmarks.kill_judge import UNDER_WAY, Relay, Verdict, judge, listening
from benchmarks.kill_sender import STEPS, Orders, bare_app, work
from tracker.db import db, transaction
from tracker.domain.cutoffs import to_instant
from tracker.domain.vocabulary import Post
from tracker.extensions import migrate
from tracker.models.org import Membership, Unit, User
from tracker.models.outbox import OutboxMessage
from tracker.permissions import SYSTEM
from tracker.services import seeding

ROOT = Path(__file__).parent.parent
ZONE = "Asia/Shanghai"
LEASE = 1.5
LONGEST_LIFE = 2.5
"""Seconds from the moment both senders are at work until one is killed."""

PATIENCE = 90
"""Seconds without any progress after which the run has failed."""

_LADDER = ("21T09", "22T09", "22T18", "22T22", "23T08", "23T09", "23T18", "23T22", "24T08")


def waves() -> Iterator[datetime]:
    """Campus moments at which every contact who has done nothing gets one mail: the ladder of the
    notice, then every morning."""
    for moment in _LADDER:
        yield to_instant(datetime.fromisoformat(f"2020-02-{moment}:00"), ZONE)
    morning = datetime(2020, 2, 25, 8)
    while True:
        yield to_instant(morning, ZONE)
        morning += timedelta(days=1)


@dataclass
class _Sender:
    """A process; `doomed` to kill itself at some step."""

    process: BaseProcess
    log: Path
    doomed: bool

    def is_at_work(self) -> bool:
        return self.log.exists() and self.log.stat().st_size > 0

    def kill(self) -> None:
        self.doomed = False
        self.process.kill()
        self.process.join()


class _Senders:
    """Two sender processes and their ends."""

    def __init__(self, orders: Orders, chance: random.Random) -> None:
        self.orders, self.chance = orders, chance
        self.kills = self.on_purpose = self.started = 0
        self.failures: list[str] = []
        self.running: list[_Sender] = []
        self._nursery = get_context("forkserver")
        self._nursery.set_forkserver_preload(["benchmarks.kill_sender"])

    def start(self, *, doomed: bool = False) -> None:
        self.started += 1
        orders = replace(self.orders, log=self.orders.folder / f"sender-{self.started}.log")
        if doomed:
            step = self.chance.choice(list(STEPS))
            orders = replace(orders, die_at=step, die_after=self.chance.randint(1, STEPS[step]))
        process = self._nursery.Process(target=work, args=[orders])
        process.start()
        self.running.append(_Sender(process, orders.log, doomed))

    def replace_dead(self, *, doomed: bool) -> None:
        """Start another for each that died; every second one is `doomed`."""
        for sender in [one for one in self.running if not one.process.is_alive()]:
            self.running.remove(sender)
            if sender.process.exitcode == -signal.SIGKILL:
                self.kills += 1
                self.on_purpose += sender.doomed
            else:
                text = sender.log.read_text(encoding="utf-8", errors="replace")
                self.failures.append(f"a sender ended by itself: {text[-600:]}")
            self.start(doomed=doomed and self.chance.random() < 0.5)

    def are_at_work(self) -> bool:
        return all(sender.is_at_work() for sender in self.running)

    def kill_one(self) -> None:
        spared = [one for one in self.running if not one.doomed]
        self.chance.choice(spared or self.running).kill()

    def end(self) -> None:
        for sender in self.running:
            sender.kill()


def run(
    rounds: int, database_url: str, folder: Path, *, seed: int, policy: str, crowd: int
) -> Verdict:
    """Kill `rounds` senders over an empty database and judge what became of the mails to `crowd`
    people, wave after wave."""
    verdict, began, chance = Verdict(seed), time.monotonic(), random.Random(seed)
    app = bare_app(database_url)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"))
    with ExitStack() as stack:
        accepted = folder / "accepted"
        relay = Relay(accepted, random.Random(seed + 1))
        stack.callback(relay.file.close)
        port = stack.enter_context(listening(relay))
        stack.enter_context(app.app_context())
        stack.callback(db.engine.dispose)
        stack.callback(db.session.remove)
        people = _populate(crowd)
        senders = _Senders(_orders(database_url, folder, port, policy), chance)
        stack.callback(senders.end)
        waves_sent = _drive(senders, rounds, folder, people, chance)
        senders.end()
        verdict.kills, verdict.on_purpose = senders.kills, senders.on_purpose
        verdict.problems += senders.failures
        ids = [line.split()[0] for line in accepted.read_text(encoding="ascii").splitlines()]
        judge(verdict, ids, people, waves_sent, policy)
    verdict.seconds = time.monotonic() - began
    return verdict


def _orders(database_url: str, folder: Path, port: int, policy: str) -> Orders:
    environ = {
        "TRACKER_DATABASE_URL": database_url,
        "TRACKER_SMTP_URL": f"smtp://127.0.0.1:{port}",
        "TRACKER_UNCERTAIN": policy,
        "TRACKER_SECRET_KEY": "only for the kill harness",
    }
    return Orders(environ, folder, LEASE, log=folder / "sender.log")


def _populate(crowd: int) -> list[int]:
    """The first plan, and `crowd` more contacts of one college; their ids."""
    flask_migrate.upgrade()
    if db.session.scalar(select(User.id).limit(1)) is not None:
        sys.exit("The database must be empty.")
    now = to_instant(datetime(2020, 2, 20, 8), ZONE)
    with transaction():
        seeding.seed(seeding.SEED_FOLDER, now, SYSTEM)
        unit = db.session.scalars(select(Unit).where(Unit.code == "cs")).one()
        people = [
            User(email=f"p{n}@campus.example", name=f"p{n}", name_en=f"p{n}", created_at=now)
            for n in range(crowd)
        ]
        db.session.add_all(people)
        db.session.flush()
        ids = [person.id for person in people]
        db.session.add_all(Membership(user_id=i, unit_id=unit.id, post=Post.CONTACT) for i in ids)
    return ids


def _drive(
    senders: _Senders, rounds: int, folder: Path, people: list[int], chance: random.Random
) -> int:
    """Kill until `rounds` are done and everything is quiet; how many waves were sent."""
    moments, sent = waves(), 0
    settled, progress = -1, time.monotonic()
    _set_moment(folder, next(moments))
    for _ in range(2):
        senders.start()
    next_kill = 0.0
    while True:
        senders.replace_dead(doomed=senders.kills < rounds)
        planned, under_way = _count(people)
        if planned == (sent + 1) * len(people) and not under_way:
            sent += 1
            if senders.kills >= rounds:
                return sent
            _set_moment(folder, next(moments))
        if settled != planned - under_way:
            settled, progress = planned - under_way, time.monotonic()
        if not senders.are_at_work():
            next_kill = time.monotonic() + chance.random() * LONGEST_LIFE
        elif senders.kills < rounds and time.monotonic() >= next_kill:
            senders.kill_one()
        if time.monotonic() - progress > PATIENCE:
            return sent + 1  # The judge will say what is missing.
        time.sleep(0.02)


def _set_moment(folder: Path, moment: datetime) -> None:
    part = folder / "moment.part"
    part.write_text(moment.isoformat(), encoding="ascii")
    part.replace(folder / "moment")


def _count(people: list[int]) -> tuple[int, int]:
    """How many messages are planned for the crowd, and how many of all are under way."""
    db.session.rollback()
    count = select(func.count()).select_from(OutboxMessage)
    planned = db.session.scalar(count.where(OutboxMessage.user_id >= people[0])) or 0
    return planned, db.session.scalar(count.where(OutboxMessage.state.in_(UNDER_WAY))) or 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=50, help="how many kills")
    parser.add_argument("--database", help="URL of an empty database; by default SQLite")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--policy", choices=["resend", "hold"], default="resend")
    parser.add_argument("--crowd", type=int, default=120, help="mails a wave")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = options.database or f"sqlite:///{folder / 'tracker.db'}"
        verdict = run(
            options.rounds,
            url,
            folder,
            seed=options.seed,
            policy=options.policy,
            crowd=options.crowd,
        )
    print(f"{url.partition(':')[0]}, {options.policy}: {verdict}")
    for problem in verdict.problems:
        print(f"VIOLATION: {problem}")
    sys.exit(bool(verdict.problems))


if __name__ == "__main__":
    main()
