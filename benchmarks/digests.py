"""Digests through the outbox and SMTP against bare mails, to a relay in a process of its own.

Each of our digests is claimed, composed from the state of then, rendered, marked before DATA and
noted after it, with every mark on the disk. The two peers do nothing of that and send the same
content on one kept connection: one builds an EmailMessage each, the other has the bytes ready.
"""

import multiprocessing
import smtplib
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median

from aiosmtpd.controller import Controller
from sqlalchemy import func, select, update

from benchmarks.campus import ZONE, build
from benchmarks.clockwork import line
from tracker.config import Settings
from tracker.db import db, transaction
from tracker.domain.cutoffs import to_instant
from tracker.domain.vocabulary import OutboxState
from tracker.jobs import ticks
from tracker.mail.transport import Smtp
from tracker.models.outbox import OutboxMessage

SLICE = 500
"""Mails of one side before the next one's turn: what disturbs the machine disturbs all."""


class _Swallow:
    """Takes everything; the last one shows the peers what to send."""

    last = b""

    async def handle_DATA(self, _server, _session, envelope):
        self.last = envelope.original_content
        return "250 taken"


def _serve(port: int, pipe: Connection) -> None:
    handler = _Swallow()
    door = Controller(handler, hostname="127.0.0.1", port=port)
    door.start()
    pipe.send(b"")
    while pipe.recv():
        pipe.send(handler.last)
    door.stop()


@dataclass(frozen=True)
class _Relay:
    port: int
    pipe: Connection

    def last(self) -> bytes:
        self.pipe.send(True)
        taken: bytes = self.pipe.recv()
        return taken


@contextmanager
def relaying() -> Iterator[_Relay]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(port, theirs), daemon=True)
    process.start()
    theirs.close()  # So that its death is heard.
    ours.recv()
    try:
        yield _Relay(port, ours)
    finally:
        ours.send(False)
        process.join()


@dataclass
class _Race:
    """Seconds a mail, slice by slice."""

    ours: list[float] = field(default_factory=list)
    built: list[float] = field(default_factory=list)
    ready: list[float] = field(default_factory=list)
    commits: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)

    def of(self, peer: list[float]) -> float:
        """Our speed as a part of a peer's, in the middle slice."""
        return median(theirs / mine for mine, theirs in zip(self.ours, peer, strict=True))


def run(folder: Path, colleges: int) -> None:
    """A contact and a head in each college."""
    app = build(folder, colleges)
    now = to_instant(datetime(2020, 2, 22, 18), ZONE)
    with app.app_context(), relaying() as relay:
        settings: Settings = app.config["TRACKER"]
        begin = time.perf_counter()
        ticks.remind(settings, now)
        planned = time.perf_counter() - begin
        queued = _hold()
        race = _run(settings, now, relay)
        sent = select(func.count()).where(OutboxMessage.state == OutboxState.SENT)
        done = db.session.scalar(sent)
        db.session.remove()
        db.engine.dispose()
    line(
        "digests sent : EmailMessage on one connection",
        race.of(race.built),
        "0.85",
        f"{1 / median(race.ours):.0f}/s of {1 / median(race.built):.0f}/s; {done} of {queued} sent,"
        f" planned in {planned:.1f} s",
    )
    line(
        "digests sent : ready bytes on one connection",
        race.of(race.ready),
        "(0.50)",
        f"of {1 / median(race.ready):.0f}/s; a bare commit {median(race.commits) * 1000:.2f} ms;"
        f" memory {race.memory[0]} MB after the first slice, {race.memory[-1]} after the last",
    )


def _run(settings: Settings, now: datetime, relay: _Relay) -> _Race:
    race, transport = _Race(), Smtp(f"smtp://127.0.0.1:{relay.port}")
    while count := _release():
        race.ours.append(_each(count, lambda: ticks.deliver(settings, "bench", transport, now)))
        sample = relay.last()
        built, ready = [partial(_send, relay.port, [sample] * count, f) for f in (_rebuilt, bytes)]
        race.built.append(_each(count, built))
        race.ready.append(_each(count, ready))
        race.commits.append(_each(count, lambda: _commit(count)))
        race.memory.append(_resident())
    transport.close()
    return race


def _each(count: int, work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) / count


def _hold() -> int:
    """Take the whole queue back; how much it was."""
    with transaction():
        held = update(OutboxMessage).values(state=OutboxState.DISCARDED)
        db.session.execute(held)
    return db.session.scalar(select(func.count()).select_from(OutboxMessage)) or 0


def _release() -> int:
    with transaction():
        held = select(OutboxMessage.id).where(OutboxMessage.state == OutboxState.DISCARDED)
        ids = db.session.scalars(held.order_by(OutboxMessage.id).limit(SLICE)).all()
        released = update(OutboxMessage).where(OutboxMessage.id.in_(ids))
        db.session.execute(released.values(state=OutboxState.DUE))
    return len(ids)


def _commit(count: int) -> None:
    """As many bare transactions of one small update each: what the disk asks for a mark."""
    first = update(OutboxMessage).where(OutboxMessage.id == 1)
    for number in range(count):
        with transaction():
            db.session.execute(first.values(attempts=number))


def _send(port: int, samples: list[bytes], make: Callable[[bytes], bytes | EmailMessage]) -> None:
    with smtplib.SMTP("127.0.0.1", port) as server:
        for number, sample in enumerate(samples):
            mail = make(sample)
            to = f"u{number}@campus.example"
            if isinstance(mail, bytes):
                server.sendmail("tracker@campus.example", [to], mail)
            else:
                mail["To"] = to
                server.send_message(mail)


_parts: dict[bytes, tuple[str, str, str]] = {}


def _rebuilt(sample: bytes) -> EmailMessage:
    """A mail of the same words, built as any program builds one; read once, before the race."""
    if sample not in _parts:
        read = BytesParser(policy=default).parsebytes(sample)
        text, html = (read.get_body((kind,)).get_content() for kind in ("plain", "html"))
        _parts.clear()
        _parts[sample] = (read["Subject"], text, html)
    subject, text, html = _parts[sample]
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "tracker@campus.example", subject
    mail.set_content(text, cte="base64")
    mail.add_alternative(html, subtype="html", cte="base64")
    return mail


def _resident() -> int:
    """Memory of this process in MB."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * 4096 // 2**20
