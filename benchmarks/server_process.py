"""A real server process for harnesses, in a folder of its own, with clerks who use its API."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from sqlalchemy import select

from tracker import clock, config
from tracker.db import db, transaction
from tracker.domain.vocabulary import DutyRole, UnitKind
from tracker.factory import create_app
from tracker.models.assignment import Assignment
from tracker.models.org import Membership, Unit, User
from tracker.models.plan import Duty
from tracker.permissions import SYSTEM
from tracker.services import api_tokens

ROOT = Path(__file__).parent.parent
STARTED_WITHIN = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(database: str, folder: Path) -> Iterator[str]:
    """`flask tracker serve` in rehearsal; its address, once it answers."""
    port = free_port()
    clean = {name: text for name, text in os.environ.items() if not name.startswith("TRACKER_")}
    environ = {
        **clean,
        **{"TRACKER_DATABASE_URL": database, "TEST_INSTANCE": str(folder), "PORT": str(port)},
    }
    command = [sys.executable, "-m", "flask", "--app", "tests.wsgi", "tracker", "serve"]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)
    url, give_up = f"http://127.0.0.1:{port}", time.monotonic() + STARTED_WITHIN
    try:
        while status(f"{url}/healthz") != 200:
            if process.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError((folder / "server.log").read_text(encoding="utf-8"))
            time.sleep(0.05)
        yield url
        if process.poll() is not None:
            raise RuntimeError("the server ended by itself")
    finally:
        process.terminate()
        process.wait()


def status(url: str) -> int:
    """0 where nobody answers."""
    try:
        with urlopen(url, timeout=5) as answer:
            return int(answer.status)
    except HTTPError as problem:
        return problem.code
    except (URLError, OSError, HTTPException):
        return 0


@dataclass
class Clerk:
    """Checks duties off and takes them back, one after the other, and notes what was answered:
    `accepted`, the notes of reports that were said to be stored; `at`, when; `answers`, how often
    which status; `wordless`, answers of failure without a message."""

    url: str
    token: str
    duties: list[int]
    name: str
    accepted: list[str] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    wordless: list[str] = field(default_factory=list)

    def work(self, stop: threading.Event) -> None:
        number = 0
        while not stop.is_set():
            duty = self.duties[number % len(self.duties)]
            number += 1
            note = f"{self.name}/{number}"
            if self._post(duty, "check-off", {"note": note}) == 200:
                self.accepted.append(note)
                self.at.append(time.monotonic())
            while not stop.is_set() and self._post(duty, "undo", {}) not in (200, 409):
                stop.wait(0.02)

    def _post(self, duty: int, step: str, body: dict[str, object]) -> int:
        asked = Request(
            f"{self.url}/api/v1/assignments/{duty}/{step}",
            json.dumps(body).encode(),
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        try:
            with urlopen(asked, timeout=20) as answer:
                code = int(answer.status)
        except HTTPError as problem:
            code = problem.code
            text = problem.read().decode("utf-8", "replace")
            if not _has_message(text):
                self.wordless.append(f"{code}: {text[:200]}")
        except (URLError, OSError, HTTPException):
            code = 0
        self.answers[code] += 1
        return code


def _has_message(text: str) -> bool:
    try:
        said = json.loads(text)
    except ValueError:
        return False
    return bool(said.get("message")) and "Traceback" not in text


def clerks(url: str, database: str, folder: Path, count: int) -> list[Clerk]:
    """One of each of `count` colleges, with duties that take a plain tick."""
    given = {"TRACKER_DATABASE_URL": database, "TRACKER_HEARTBEAT": "0"}
    made = []
    with create_app(config.load(given, folder)).app_context():
        colleges = select(Unit).where(Unit.kind == UnitKind.COLLEGE).order_by(Unit.id).limit(count)
        for unit in db.session.scalars(colleges).all():
            user = db.session.scalars(
                select(User).join(Membership).where(Membership.unit_id == unit.id).limit(1)
            ).one()
            plain = select(Assignment.id).join(Duty).where(Assignment.unit_id == unit.id)
            plain = plain.where(~Duty.counted, Duty.role.in_([DutyRole.URGE, DutyRole.SUPPORT]))
            duties, name = list(db.session.scalars(plain)), unit.code
            with transaction():
                token = api_tokens.create(user, SYSTEM, clock.now(), clock.real_now())
            made.append(Clerk(url, token, duties, name))
        db.session.remove()
        db.engine.dispose()
    return made
