"""`python -m benchmarks.bad_files`: about 300 bad files and 50 good ones through the real doors.

Every bad one must be refused with a word about it in less than a second of the processor, without
an error of ours and without the memory of the server or of its readers growing by 100 MB; every
good one is taken.
"""

import argparse
import html
import io
import os
import re
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from benchmarks.bad_corpus import Sample, bad, good
from benchmarks.campus import build, signed_in
from tracker.db import db
from tracker.domain.errors import SeedError
from tracker.models.assignment import Assignment
from tracker.models.org import Unit
from tracker.models.plan import Duty, DutyTask, Task
from tracker.services.seed_files import read_seed
from tracker.services.seeding import SEED_FOLDER

_PROBLEM = re.compile(r'<(?:p class="problem"[^>]*|p class="lead"[^>]*|p)>(.*?)</p>', re.DOTALL)
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass(frozen=True)
class Answer:
    """`status` of the page, or 422 and 303 for what a seed folder's reader refuses and takes.
    `processor`: seconds of it, readers' included, which other work on the machine does not add to.
    """

    status: int
    said: str
    seconds: float
    processor: float


class Doors:
    """The forms that take files, as their users send them."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.folder = folder
        self.college, self.office = signed_in(app, "cs"), signed_in(app, "affairs")
        with app.app_context():
            found = select(Assignment.id).join(Unit).join(Duty).where(Unit.code == "cs")
            ticked = found.where(Duty.role.in_(("PERFORM", "SUPPORT")), Duty.counted.is_(False))
            self.duties = list(db.session.scalars(ticked.order_by(Assignment.id)))
            counted = select(Task.id).join(DutyTask).where(Task.number == 3)
            self.row = db.session.scalars(counted).first()
            db.session.remove()
        self.sent = 0

    def send(self, sample: Sample) -> Answer:
        start, before = time.perf_counter(), _processor()
        status, said = self._seed(sample) if sample.door == "seed" else self._post(sample)
        return Answer(status, said, time.perf_counter() - start, _processor() - before)

    def _post(self, sample: Sample) -> tuple[int, str]:
        client: FlaskClient
        if sample.door == "evidence":
            duty = self.duties[self.sent // 15 % len(self.duties)]
            self.sent += sample.good
            client, field = self.college, "files"
            url = f"/assignments/{duty}/evidence"
        elif sample.door == "roster":
            client, field, url = self.college, "file", f"/rosters/{self.row}/import"
        else:
            client, field, url = self.office, "file", "/plans/import"
        file = FileStorage(io.BytesIO(sample.data), sample.name)
        data: dict[str, Any] = {"csrf_token": self._token(client), field: file}
        if sample.door == "notice":
            data |= {"issued_on": "2020-02-20", "launches_on": "2020-02-24"}
        boundary, body = encode_multipart(data)
        kind = f'multipart/form-data; boundary="{boundary}"'
        with client.post(url, data=body, content_type=kind) as answer:
            page, status = answer.get_data(as_text=True), answer.status_code
        words = [html.unescape(word) for word in _PROBLEM.findall(page)]
        return status, " ".join(words).strip()

    def _token(self, client: FlaskClient) -> str:
        found = _TOKEN.search(client.get("/account").get_data(as_text=True))
        assert found
        return found[1]

    def _seed(self, sample: Sample) -> tuple[int, str]:
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(SEED_FOLDER, self.folder)
        (self.folder / "table1.csv").unlink()
        (self.folder / sample.name).write_bytes(sample.data)
        try:
            read_seed(self.folder)
        except SeedError as problem:
            return 422, str(problem)
        return 303, ""


def _processor() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def wrong(sample: Sample, answer: Answer, most_seconds: float) -> str:
    """What is the matter with an answer; "" where it is right."""
    if answer.status >= 500:
        return "an error of ours"
    if sample.good:
        return "" if answer.status == 303 else f"refused: {answer.said[:80]}"
    if answer.status not in (400, 413, 422):
        return f"answered {answer.status}"
    if not answer.said:
        return "refused without a word"
    return "" if answer.processor < most_seconds else "too slow"


class Memory:
    """The most that this process, and any of its readers, held at once while something was done, in
    megabytes."""

    def __init__(self) -> None:
        self.reader = 0.0
        self._stopped = threading.Event()

    def __enter__(self) -> "Memory":
        Path("/proc/self/clear_refs").write_text("5")  # Forget the peak so far.
        self._before = _held("self", "VmRSS")
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._watch.join()
        self.here = _held("self", "VmHWM") - self._before

    def _look(self) -> None:
        while not self._stopped.wait(0.01):
            for task in Path("/proc/self/task").iterdir():
                for child in (task / "children").read_text().split():
                    self.reader = max(self.reader, _held(child, "VmHWM", by="_reader"))


def _held(process: str, what: str, by: str = "") -> float:
    """Nothing for a process that is gone, or whose command line does not name `by`: it is still
    becoming what it is started for."""
    place = Path("/proc", process)
    try:
        if by.encode() not in (place / "cmdline").read_bytes():
            return 0.0
        status = (place / "status").read_text()
    except OSError:
        return 0.0
    found = re.search(rf"{what}:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def run(folder: Path, samples: Sequence[Sample], most_seconds: float = 1.0) -> bool:
    app = build(folder, 12)
    doors = Doors(app, folder / "seed")
    usual, here, reader = 0.0, 0.0, 0.0
    for sample in good():
        if sample.door != "evidence":
            with Memory() as used:
                doors.send(sample)
            usual = max(usual, used.reader)
    failures, times, spent = Counter[str](), [], []
    for sample in samples:
        with Memory() as used:
            answer = doors.send(sample)
        here, reader = max(here, used.here), max(reader, used.reader - usual)
        times.append(answer.seconds)
        spent.append(answer.processor)
        if found := wrong(sample, answer, most_seconds):
            failures[found] += 1
            print(f"{sample.door} {sample.name!r} ({sample.why}): {found}, {answer}")
    times.sort()
    fine = sum(each.good for each in samples)
    print(f"{len(samples)} files, {fine} of them good: {failures.total()} wrong.")
    print(f"Slowest {times[-1]:.2f} s, median {times[len(times) // 2]:.3f} s by the clock;")
    print(f"{max(spent):.2f} s of the processor at the most.")
    print(f"Memory grew by {here:.0f} MB here, in a reader by {reader:.0f} MB beyond {usual:.0f}.")
    return not failures and max(here, reader) < 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="allowed for one refusal")
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as folder:
        if not run(Path(folder), [*bad(), *good()], seconds):
            sys.exit(1)


if __name__ == "__main__":
    main()
