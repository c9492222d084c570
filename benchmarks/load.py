"""`python -m benchmarks.load`: 64 signed-in people read and tick for a minute on a real server.

SQLite behind waitress, as `make run` starts it; on PostgreSQL behind two gunicorn workers. A
conflict that a page shows is an answer; anything of 5xx, a lost connection or a silence of 30
seconds is a failure.
"""

import argparse
import logging
import multiprocessing
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from sqlalchemy import select

from benchmarks.campus import build, signed_in
from benchmarks.clockwork import line
from benchmarks.databases import empty_databases
from benchmarks.load_people import Person, Said
from tracker import clock, config
from tracker.db import db, transaction
from tracker.domain.vocabulary import Post, UnitKind
from tracker.factory import create_app
from tracker.models.org import Unit, User
from tracker.permissions import SYSTEM, actor_for
from tracker.services import accounts, posts

PROCESSES = 2
"""That the people's side takes; one would wait for itself."""
OFFICERS = 8
"""One of so many people looks at the board instead."""


def run(folder: Path, people: int, seconds: float, database: str | None) -> int:
    """How many requests failed."""
    build(folder, 12, database)
    settings = {"TRACKER_NOW": "2020-02-21T08:00+08:00", "TRACKER_SMTP_URL": ""}
    if database:
        settings["TRACKER_DATABASE_URL"] = database
    cookies = _sign_in(config.load(settings, folder), people)
    with _served(folder, settings, workers=bool(database)) as port:
        said = _live(port, cookies, seconds)
    kind = "PostgreSQL, two gunicorn workers" if database else "SQLite, waitress"
    times = sorted(each for some in said.seconds.values() for each in some)
    p50, p99 = statistics.median(times), times[int(len(times) * 0.99)]
    answers = ", ".join(f"{what}: {count}" for what, count in sorted(said.answers.items()))
    print(f"{kind}: {people} people, {len(times) / seconds:.0f} requests/s; {answers}")
    for name, some in sorted(said.seconds.items()):
        median, slow = statistics.median(some), sorted(some)[int(len(some) * 0.99)]
        print(f"  {name:6} p50 {median * 1e3:6.0f} ms  p99 {slow * 1e3:6.0f} ms")
    line("p99 : p50 of all requests", p99 / p50, "<= 10", f"{p50 * 1e3:.0f} ms, {p99 * 1e3:.0f} ms")
    line("failed : sent", len(said.failures) / len(times), "0", "; ".join(said.failures[:5]))
    return len(said.failures)


def _sign_in(settings: config.Settings, people: int) -> list[tuple[str, bool]]:
    """A session cookie for each, and whether it is an officer's. Everybody else helps out in one
    of the colleges."""
    app = create_app(settings)
    name = app.config["SESSION_COOKIE_NAME"]
    with app.app_context():
        found = select(User).where(User.email == "affairs@campus.example")
        affairs = actor_for(db.session.scalars(found).one(), clock.now())
        colleges = db.session.scalars(select(Unit).where(Unit.kind == UnitKind.COLLEGE)).all()
        for number in range(people):
            if number % OFFICERS:
                with transaction():
                    user = accounts.add_user(
                        SYSTEM,
                        clock.now(),
                        email=f"load{number}@campus.example",
                        name=f"load{number}",
                    )
                    user.password_hash = db.session.scalars(found).one().password_hash
                    college = colleges[number % len(colleges)]
                    posts.give(user, college, Post.DEPUTY, affairs, clock.now())
        db.session.remove()
    cookies = []
    for number in range(people):
        client = signed_in(app, f"load{number}" if number % OFFICERS else "affairs")
        cookie = client.get_cookie(name)
        assert cookie is not None
        cookies.append((f"{name}={cookie.value}", number % OFFICERS == 0))
    return cookies


@contextmanager
def _served(folder: Path, settings: dict[str, str], *, workers: bool) -> Iterator[int]:
    """The port of a server that answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    flask = [sys.executable, "-m", "flask", "--app", "benchmarks.load_app", "tracker", "serve"]
    gunicorn = [sys.executable, "-m", "gunicorn", "-w", "2", "-k", "gthread", "--threads", "8"]
    command = (
        [*gunicorn, "-b", f"127.0.0.1:{port}", "--log-level", "error", "benchmarks.load_app:app"]
        if workers
        else [*flask, "--port", str(port)]
    )
    environ = {**os.environ, **settings, "BENCHMARK_FOLDER": str(folder)}
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
        try:
            _await(f"http://127.0.0.1:{port}/healthz", process)
            yield port
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + 30
    while time.monotonic() < give_up and process.poll() is None:
        try:
            urlopen(url, timeout=2).close()
            return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


def _live(port: int, cookies: Sequence[tuple[str, bool]], seconds: float) -> Said:
    spawn = multiprocessing.get_context("spawn")
    with spawn.Pool(PROCESSES) as pool:
        parts = [(port, cookies[number::PROCESSES], seconds) for number in range(PROCESSES)]
        total = Said()
        for said in pool.starmap(_crowd, parts):
            total.add(said)
    return total


def _crowd(port: int, cookies: Sequence[tuple[str, bool]], seconds: float) -> Said:
    """In a process of its own: a thread a person."""
    until = time.monotonic() + seconds
    people = [
        Person(port, cookie, officer, random.Random(number))
        for number, (cookie, officer) in enumerate(cookies)
    ]
    total = Said()
    with ThreadPoolExecutor(len(people)) as threads:
        for said in threads.map(lambda person: person.live(until), people):
            total.add(said)
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--people", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--server", help="URL of a PostgreSQL server; by default SQLite")
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder, empty_databases(given.server, 1) as urls:
        sys.exit(run(Path(folder), given.people, given.seconds, urls[0]) > 0)


if __name__ == "__main__":
    main()
