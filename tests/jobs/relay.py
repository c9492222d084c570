"""A scripted relay: a real SMTP server in a thread that refuses, delays or drops on command, and
keeps every byte that it accepted."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from tests.serving import free_port

DROP = "drop the connection"
ACCEPT_AND_DROP = "keep the message, then drop the connection instead of answering"


@dataclass(frozen=True)
class Accepted:
    """A message that the relay has taken responsibility for, whatever it then answered."""

    to: str
    content: bytes

    @property
    def mail(self) -> EmailMessage:
        return BytesParser(policy=policy.default).parsebytes(self.content)  # type: ignore[return-value]

    @property
    def message_id(self) -> str:
        return str(self.mail["Message-ID"])


@dataclass
class Line:
    """One line of the script. `command`: EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, NOOP, RSET, or
    "." for the end of the body. `to`: only for this recipient. `times`: how often it holds."""

    command: str
    reply: str
    to: str | None
    times: int | None
    delay: float

    def matches(self, command: str, to: str | None) -> bool:
        fits = self.command == command and self.to in (None, to)
        if fits and self.times is not None:
            self.times -= 1
            return self.times >= 0
        return fits


@dataclass(repr=False)
class Relay:
    """`url` is what TRACKER_SMTP_URL takes. `commands` are those received, with their argument."""

    port: int = field(default_factory=free_port)
    features: tuple[str, ...] = ()
    accepted: list[Accepted] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    script: list[Line] = field(default_factory=list)
    _controller: Controller | None = None
    _sessions: list["_Session"] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def answer(
        self,
        command: str,
        reply: str = "",
        *,
        to: str | None = None,
        times: int | None = None,
        delay: float = 0,
    ) -> None:
        """From now on answer so; without `reply` only later. The newest line goes first."""
        self.script.insert(0, Line(command, reply, to, times, delay))

    def forget(self) -> None:
        """Behave again."""
        self.script.clear()

    def to(self, address: str) -> list[Accepted]:
        return [one for one in self.accepted if one.to == address]

    @property
    def connections(self) -> int:
        """Those that got as far as a greeting."""
        return sum(command.startswith("EHLO") for command in self.commands)

    @property
    def message_ids(self) -> list[str]:
        return [one.message_id for one in self.accepted]

    def start(self) -> None:
        relay = self

        class Door(Controller):
            def factory(self) -> SMTP:
                session = _Session(relay, loop=self.loop)
                relay._sessions.append(session)
                return session

        self._controller = Door(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        """Refuse connections and cut those that stand."""
        if self._controller is not None:
            self.drop_all()
            self._controller.stop()
            self._controller = None

    def drop_all(self) -> None:
        """Cut every connection, as an idle one is after a while."""
        assert self._controller is not None
        done = asyncio.run_coroutine_threadsafe(self._cut(), self._controller.loop)
        done.result(5)

    async def _cut(self) -> None:
        for session in self._sessions:
            session.cut()
        self._sessions.clear()
        await asyncio.sleep(0)

    async def handle_EHLO(
        self, server: SMTP, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        extra = [f"250-{feature}" for feature in self.features]
        return [*responses[:-1], *extra, responses[-1]]

    async def handle_DATA(self, server: "_Session", _session: Any, envelope: Any) -> str:
        """The end of the body. What is accepted is kept before the answer leaves."""
        (to,) = envelope.rcpt_tos
        line = await self.scripted(".", to)
        if line is None or line.reply in ("", ACCEPT_AND_DROP) or line.reply.startswith("2"):
            self.accepted.append(Accepted(to, envelope.original_content))
        if line is not None and line.reply in (DROP, ACCEPT_AND_DROP):
            server.cut()
        return line.reply if line is not None and line.reply else "250 taken"

    async def scripted(self, command: str, to: str | None) -> Line | None:
        line = next((line for line in self.script if line.matches(command, to)), None)
        if line is not None and line.delay:
            await asyncio.sleep(line.delay)
        return line


class _Session(SMTP):
    """aiosmtpd's own session; before a command is obeyed the script has its say."""

    def __init__(self, relay: Relay, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            relay, loop=loop, auth_require_tls=False, authenticator=_welcome, ident="relay"
        )
        self.relay = relay
        for name, obey in list(self._smtp_methods.items()):
            self._smtp_methods[name] = self._scripted(name, obey)

    def cut(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def _scripted(self, name: str, obey: Any) -> Any:
        async def obeyed(argument: str) -> None:
            self.relay.commands.append(f"{name} {argument or ''}".strip())
            line = await self.relay.scripted(name, self._recipient(name, argument))
            if line is None or not line.reply:
                await obey(argument)
            elif line.reply == DROP:
                self.cut()
            else:
                await self.push(line.reply)

        return obeyed

    def _recipient(self, name: str, argument: str) -> str | None:
        if name == "RCPT":
            return argument.partition("<")[2].rstrip(">")
        recipients = self.envelope.rcpt_tos if self.envelope is not None else []
        return recipients[0] if name == "DATA" and recipients else None


def _welcome(*_args: Any) -> AuthResult:
    return AuthResult(success=True)


@contextmanager
def running(**options: Any) -> Iterator[Relay]:
    relay = Relay(**options)
    relay.start()
    try:
        yield relay
    finally:
        relay.stop()
