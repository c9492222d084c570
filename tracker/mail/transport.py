"""Handing one message to a relay.

One recipient a message. `before_data` is called when the relay has accepted the recipient and
nothing has been handed over yet: it returns False to stop there.
"""

import re
import smtplib
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from tracker.mail.message import Mail

TIMEOUT = 30
"""Seconds to wait for one reply."""

DATA_TIMEOUT = 75
"""Seconds for the message's body and for the reply to it: relays look through a mail before they
answer, and giving up early makes doubt. With the wait for DATA still within a sender's lease."""

FRESH = 3.0
"""Seconds for which a connection that has just answered is taken to stand without asking."""

_BROKEN = (smtplib.SMTPException, OSError)
BeforeData = Callable[[], bool]


class Refused(Exception):
    """This message was not taken, for certain. `final`: asking again is useless (5xx)."""

    def __init__(self, code: int, text: bytes | str) -> None:
        reply = text.decode(errors="replace") if isinstance(text, bytes) else text
        super().__init__(f"{code} {reply}")
        self.final = 500 <= code < 600


class Unavailable(Exception):
    """The relay cannot be used at all now: no message's fault."""


class Doubtful(Exception):
    """No clear answer came once the body was on its way: the relay may have taken the message."""


class LeaseLost(Exception):
    """`before_data` said no; nothing was handed over."""


class Transport(Protocol):
    def send(self, mail: Mail, before_data: BeforeData) -> str:
        """Hand over; the relay's reply. Raises Refused, Unavailable, Doubtful or LeaseLost."""
        ...

    def close(self) -> None: ...


class Smtp:
    """A relay by `smtp://user:password@host:25?tls=starttls` or `smtps://host:465`; one connection
    is kept between messages and opened again when the relay drops it.

    What a failure means depends on how far the talk had come:
    connecting, TLS, signing in, MAIL FROM   Unavailable: the same for every message
    RCPT TO, DATA, a refusal of the body     Refused: this message's, and certainly not taken
    silence or nonsense after the body       Doubtful
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._secure = parts.scheme == "smtps"
        self._host = parts.hostname or "localhost"
        self._port = parts.port or (465 if self._secure else 25)
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._starttls = parse_qs(parts.query).get("tls") == ["starttls"]
        self._server: smtplib.SMTP | None = None
        self._answered_at = 0.0

    def send(self, mail: Mail, before_data: BeforeData) -> str:
        if mail.sender is None:
            raise Unavailable("the address to send from is none that a relay takes")
        if mail.to is None:
            raise Refused(553, "the address is none that a relay takes")
        server = self._begin(mail.sender)
        self._recipient(server, mail.to)
        try:
            ours = before_data()
        except BaseException:
            self._drop()
            raise
        if not ours:
            self._reset(server)
            raise LeaseLost
        return self._data(server, mail.content)

    def greet(self, sender: str) -> None:
        """Connect, sign in and name the sender, and hand over nothing. Raises Unavailable."""
        server = self._begin(sender)
        self._reset(server)

    def _begin(self, sender: str) -> smtplib.SMTP:
        """A connection on which the relay has agreed to the sender. One that was kept may have been
        closed meanwhile; that is known only of a new one."""
        if self._server is not None:
            with suppress(*_BROKEN):
                fresh = time.monotonic() - self._answered_at < FRESH
                stands = fresh or self._server.noop()[0] == 250
                if stands and self._server.mail(sender)[0] == 250:
                    return self._server
            self._drop()
        server = self._server = self._greet()
        try:
            code, text = server.mail(sender)
        except _BROKEN as problem:
            self._drop()
            raise Unavailable(f"MAIL FROM: {problem}") from problem
        if code != 250:
            self._drop()
            raise Unavailable(f"MAIL FROM: {code} {text.decode(errors='replace')}")
        return server

    def _recipient(self, server: smtplib.SMTP, to: str) -> None:
        try:
            code, text = server.rcpt(to)
        except _BROKEN as problem:
            self._drop()
            raise Refused(421, f"RCPT TO: {problem}") from problem
        if code not in (250, 251):
            self._reset(server)
            raise Refused(code, text)

    def _data(self, server: smtplib.SMTP, content: bytes) -> str:
        try:
            code, text = server.docmd("DATA")
        except _BROKEN as problem:
            self._drop()
            raise Refused(421, f"DATA: {problem}") from problem
        if code != 354:
            self._reset(server)
            raise Refused(code, text)
        try:
            _wait_at_most(server, DATA_TIMEOUT)
            server.send(_dot_stuffed(content))
            code, text = server.getreply()
            _wait_at_most(server, TIMEOUT)
        except _BROKEN as problem:
            self._drop()
            raise Doubtful(str(problem) or type(problem).__name__) from problem
        reply = f"{code} {text.decode(errors='replace')}"
        if 200 <= code < 300:
            self._answered_at = time.monotonic()
            return reply
        self._drop()
        if 400 <= code < 600:
            raise Refused(code, text)
        raise Doubtful(reply)

    def _reset(self, server: smtplib.SMTP) -> None:
        """Ready for another message on the same connection, or without one."""
        try:
            code, _text = server.rset()
        except _BROKEN:
            code = 421
        if code != 250:
            self._drop()

    def _greet(self) -> smtplib.SMTP:
        try:
            return self._connect()
        except (*_BROKEN, ValueError) as problem:  # ValueError: a password no relay understands.
            raise Unavailable(str(problem) or type(problem).__name__) from problem

    def _connect(self) -> smtplib.SMTP:
        tls = ssl.create_default_context()
        if self._secure:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=TIMEOUT, context=tls
            )
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT)
        try:
            server.ehlo_or_helo_if_needed()
            if self._starttls:
                server.starttls(context=tls)
                server.ehlo()
            if self._user:
                server.login(self._user, self._password)
        except BaseException:
            server.close()
            raise
        return server

    def close(self) -> None:
        """Take leave of the relay, without waiting long for its answer."""
        if self._server is not None:
            with suppress(*_BROKEN):
                _wait_at_most(self._server, 2)
                self._server.quit()
            self._drop()

    def _drop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None


def _dot_stuffed(content: bytes) -> bytes:
    """The body as DATA carries it, with its closing dot (RFC 5321, 4.5.2)."""
    if b"\n." in content or content.startswith(b"."):
        content = re.sub(rb"(?m)^\.", b"..", content)
    return content.removesuffix(b"\r\n") + b"\r\n.\r\n"


def _wait_at_most(server: smtplib.SMTP, seconds: float) -> None:
    if server.sock is not None:
        server.sock.settimeout(seconds)
