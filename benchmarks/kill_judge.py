"""The judge of the kill harness: a relay that remembers, and the comparison at the end."""

import asyncio
import random
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from sqlalchemy import select

from tracker.db import db
from tracker.domain.vocabulary import OutboxState
from tracker.models.outbox import DeliveryAttempt, OutboxMessage

LONGEST_DELAY = 0.02
UNDER_WAY = (OutboxState.DUE, OutboxState.RETRY, OutboxState.CLAIMED, OutboxState.HANDING_OVER)


class Relay:
    """Takes everything, slowly, and remembers it before it says so."""

    def __init__(self, path: Path, chance: random.Random) -> None:
        self.file, self.chance = path.open("a", encoding="ascii"), chance

    async def _dawdle(self) -> None:
        await asyncio.sleep(self.chance.random() * LONGEST_DELAY)

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        await self._dawdle()
        envelope.rcpt_tos.append(address)
        return "250 known here"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        await self._dawdle()
        message_id = message_from_bytes(envelope.content)["Message-ID"].strip("<>").split("@")[0]
        self.file.write(f"{message_id} {envelope.rcpt_tos[0]} {time.monotonic():.6f}\n")
        self.file.flush()
        await self._dawdle()
        return "250 taken"


@contextmanager
def listening(relay: Relay) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    door = Controller(relay, hostname="127.0.0.1", port=port)
    door.start()
    try:
        yield port
    finally:
        door.stop()


@dataclass
class Verdict:
    """What a run came to. `doubts` are those on record, one at most for each death where a journal
    tells; `inside` and `outside` count repeats on the wire with and without one; `held` messages
    wait for a person; `problems` is empty for a run that held."""

    seed: int
    kills: int = 0
    on_purpose: int = 0
    messages: int = 0
    lost: int = 0
    unfinished: int = 0
    doubts: int = 0
    inside: int = 0
    outside: int = 0
    held: int = 0
    seconds: float = 0
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"kills {self.kills} (on purpose {self.on_purpose}), messages {self.messages}, "
            f"lost {self.lost}, without final state {self.unfinished}, doubts on record "
            f"{self.doubts}, repeats inside the marked window {self.inside}, outside "
            f"{self.outside}, held for a person {self.held}, seed {self.seed}, {self.seconds:.0f} s"
        )


def judge(
    verdict: Verdict, accepted: list[str], people: list[int], waves_sent: int, policy: str
) -> None:
    """Compare what had to be planned, what the relay accepted, and the final states."""
    db.session.rollback()
    wire = Counter(accepted)
    rows = db.session.execute(
        select(
            OutboxMessage.id, OutboxMessage.message_id, OutboxMessage.user_id, OutboxMessage.state
        )
    ).all()
    doubts = select(DeliveryAttempt.message_id).where(
        DeliveryAttempt.outcome == OutboxState.UNCERTAIN
    )
    doubted = Counter(db.session.scalars(doubts))
    planned = Counter(user_id for _, _, user_id, _ in rows)
    missing = sum(abs(waves_sent - planned[user_id]) for user_id in people)
    verdict.messages, verdict.doubts = len(rows), doubted.total()
    for message, message_id, _user_id, state in rows:
        copies = wire.pop(message_id, 0)
        repeats = max(0, copies - 1)
        verdict.lost += not copies and state is not OutboxState.UNCERTAIN
        verdict.unfinished += state in UNDER_WAY
        verdict.held += state is OutboxState.UNCERTAIN
        if message in doubted:
            verdict.inside += repeats
        else:
            verdict.outside += repeats
        if repeats > 1:
            verdict.problems.append(f"message {message} went out {copies} times")
    verdict.lost += missing
    if wire:
        verdict.problems.append(f"the relay took {len(wire)} messages that nobody planned")
    if verdict.unfinished:
        left = Counter(state.value for *_, state in rows if state in UNDER_WAY)
        verdict.problems.append(f"left under way: {dict(left)}")
    if verdict.lost or verdict.unfinished or verdict.outside:
        verdict.problems.append("something was lost, left unfinished or repeated without a mark")
    if policy == "hold" and verdict.inside:
        verdict.problems.append("a message was repeated although doubts are to be held")
