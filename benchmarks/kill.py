"""`python -m benchmarks.kill`: senders are killed at any moment, and a relay is the judge.

A fake relay writes each accepted message to a file before it answers, with random delays before
the recipient, before acceptance and before the final reply. Two senders plan and deliver; a random
one is killed with SIGKILL, at random times or at a step on purpose, and started again. At the end
three lists are compared: what had to be planned, what the relay accepted, and the final states.
Nothing may be lost, and nothing repeated but where the doubt is on record.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import flask_migrate
from sqlalchemy import func, select

from benchmarks.kill_judge import UNDER_WAY, Relay, Verdict, judge, listening
from benchmarks.kill_nursery import Nursery
from benchmarks.kill_sender import Orders, bare_app, enlist
from tracker import config
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


@dataclass(frozen=True)
class Campaign:
    """`rounds` kills at least and `waves` of mails to `crowd` people at least; `lease` in seconds,
    far shorter than the product's, so that a dead sender's messages are taken up within the run."""

    rounds: int = 50
    crowd: int = 120
    waves: int = 1
    lease: float = 1.5
    policy: str = "resend"
    engine: str = "embedded"
    seed: int = 1


def run(campaign: Campaign, database_url: str, folder: Path) -> Verdict:
    """Carry it out over an empty database and judge what became of the mails."""
    seed = campaign.seed
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
        people = _populate(campaign.crowd)
        orders = _orders(campaign, database_url, folder, port)
        if campaign.engine == "procrastinate":
            enlist(app, config.load(orders.environ, folder)).prepare()
        senders = Nursery(orders, chance)
        stack.callback(senders.end)
        waves_sent = _drive(senders, campaign, folder, people, chance)
        senders.end()
        verdict.kills, verdict.on_purpose = senders.kills, senders.on_purpose
        verdict.problems += senders.failures
        ids = [line.split()[0] for line in accepted.read_text(encoding="ascii").splitlines()]
        judge(verdict, ids, people, waves_sent, campaign.policy)
    verdict.seconds = time.monotonic() - began
    return verdict


def _orders(campaign: Campaign, database_url: str, folder: Path, port: int) -> Orders:
    environ = {
        "TRACKER_DATABASE_URL": database_url,
        "TRACKER_SMTP_URL": f"smtp://127.0.0.1:{port}",
        "TRACKER_UNCERTAIN": campaign.policy,
        "TRACKER_ENGINE": campaign.engine,
        "TRACKER_SECRET_KEY": "only for the kill harness",
    }
    return Orders(environ, folder, campaign.lease, log=folder / "sender.log")


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
    senders: Nursery, campaign: Campaign, folder: Path, people: list[int], chance: random.Random
) -> int:
    """Kill until enough is done and everything is quiet; how many waves were sent."""
    moments, sent = waves(), 0
    settled, progress = -1, time.monotonic()
    _set_moment(folder, next(moments))
    for _ in range(2):
        senders.start()
    next_kill = 0.0
    while True:
        more = senders.kills < campaign.rounds
        senders.replace_dead(doomed=more)
        planned, under_way = _count(people)
        if planned == (sent + 1) * len(people) and not under_way:
            sent += 1
            if not more and sent >= campaign.waves:
                return sent
            _set_moment(folder, next(moments))
        if settled != planned - under_way:
            settled, progress = planned - under_way, time.monotonic()
        if not senders.are_at_work():
            next_kill = time.monotonic() + chance.random() * LONGEST_LIFE
        elif more and time.monotonic() >= next_kill:
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
    parser.add_argument("--crowd", type=int, default=120, help="mails a wave")
    parser.add_argument("--policy", choices=["resend", "hold"], default="resend")
    parser.add_argument("--engine", choices=["embedded", "procrastinate"], default="embedded")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--database", help="URL of an empty database; by default SQLite")
    given = vars(parser.parse_args())
    url = given.pop("database")
    campaign = Campaign(**given)
    with tempfile.TemporaryDirectory() as name:
        url = url or f"sqlite:///{name}/tracker.db"
        verdict = run(campaign, url, Path(name))
    print(f"{url.partition(':')[0]}, {campaign.engine}, {campaign.policy}: {verdict}")
    for problem in verdict.problems:
        print(f"VIOLATION: {problem}")
    sys.exit(bool(verdict.problems))


if __name__ == "__main__":
    main()
