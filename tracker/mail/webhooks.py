"""Handing an event to another program over HTTPS.

The name is looked up here, its addresses are judged, and the connection goes to the very address
that was judged: no second look-up can lead elsewhere. No redirect is followed, no proxy of the
environment asked, and the whole exchange has one deadline.
"""

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from tracker.domain.webhooks import Target, may_connect, signature
from tracker.mail.transport import BeforeData, LeaseLost, Refused

CONNECT_TIMEOUT = 5.0
"""Seconds to connect, TLS included."""

DEADLINE = 10.0
"""Seconds for the request and its answer, however slowly either drips."""

ANSWER_MAX = 300
"""Bytes of the answer that are read for the ledger."""

_LATER = (408, 425, 429)
"""Statuses below 500 that ask to come again."""


@dataclass(frozen=True)
class Call:
    """One event for one receiver. `delivery`: the same at every try, for the receiver to know it
    again. `body`: JSON."""

    target: Target
    secret: str
    event: str
    delivery: str
    body: bytes


class Hooks:
    """Whoever asks to be told. `moment` gives seconds since 1970 for the signature."""

    def __init__(self, moment: Callable[[], float], *, rehearsal: bool) -> None:
        self._moment, self._rehearsal = moment, rehearsal

    def send(self, call: Call, before_data: BeforeData) -> str:
        """Hand over; the receiver's answer. Raises Refused or LeaseLost. An answer that does not
        come is a refusal for now: the repeat has the same id, and the receiver knows it."""
        connection = _Judged(call.target, rehearsal=self._rehearsal)
        try:
            with _Deadline(connection):
                return self._exchange(connection, call, before_data)
        finally:
            connection.close()

    def _exchange(self, connection: "_Judged", call: Call, before_data: BeforeData) -> str:
        try:
            connection.connect()
        except (OSError, UnicodeError) as problem:
            raise Refused(421, f"no connection: {type(problem).__name__}") from None
        if not before_data():
            raise LeaseLost
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "matrix-tracker",
            "Tracker-Event": call.event,
            "Tracker-Delivery": call.delivery,
            "Tracker-Signature": signature(call.secret, int(self._moment()), call.body),
        }
        try:
            connection.request("POST", call.target.path, call.body, headers)
            answer = connection.getresponse()
            status, said = answer.status, answer.read(ANSWER_MAX)
        except (OSError, http.client.HTTPException) as problem:
            raise Refused(450, f"no answer: {type(problem).__name__}") from None
        if connection.is_broken_off:  # What was read until then may be half an answer.
            raise Refused(450, "no answer: it took too long")
        return _read(status, said)

    def close(self) -> None:
        pass


def _read(status: int, said: bytes) -> str:
    words = " ".join(said.decode("utf-8", "replace").split())
    words = "".join(each for each in words if each.isprintable())[:200]
    if 200 <= status < 300:
        return f"HTTP {status} {words}".rstrip()
    if 300 <= status < 400:
        raise Refused(550, f"HTTP {status}: redirects are not followed")
    code = 450 if status >= 500 or status in _LATER else 550
    raise Refused(code, f"HTTP {status} {words}".rstrip())


class _Judged(http.client.HTTPConnection):
    """A connection to an address that may be called, TLS where the address says https."""

    def __init__(self, wanted: Target, *, rehearsal: bool) -> None:
        super().__init__(wanted.host, wanted.port, timeout=CONNECT_TIMEOUT)
        self._wanted, self._rehearsal = wanted, rehearsal
        self.is_broken_off = False
        self._wire: socket.socket | None = None
        if wanted.scheme == "https":
            self.default_port = 443

    def connect(self) -> None:
        """Raises Refused for an address that may not be called, OSError where nobody answers."""
        addresses = _look_up(self._wanted)
        for address in addresses:
            if not may_connect(self._wanted, address, rehearsal=self._rehearsal):
                raise Refused(550, "the name stands for an address that is not called")
        self.sock = _first(addresses, self._wanted.port)
        if self._wanted.scheme == "https":
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self._wanted.host)
        self.sock.settimeout(DEADLINE)
        self._wire = self.sock

    def break_off(self) -> None:
        """Whoever reads from it meets its end. Also where the answer keeps the line to itself: one
        that ends with the connection takes it away from here."""
        self.is_broken_off = True
        wire = self._wire or self.sock
        if wire is not None:
            with suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)


def _first(addresses: Sequence[str], port: int) -> socket.socket:
    """To the first that answers. Raises OSError."""
    for address in addresses[:-1]:
        with suppress(OSError):
            return socket.create_connection((address, port), CONNECT_TIMEOUT / 2)
    return socket.create_connection((addresses[-1], port), CONNECT_TIMEOUT)


def _look_up(wanted: Target) -> list[str]:
    """Every address of the name; at least one. Raises OSError."""
    found = socket.getaddrinfo(wanted.host, wanted.port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class _Deadline:
    """Breaks the connection off when its time is over; reading then fails."""

    def __init__(self, connection: _Judged) -> None:
        self._timer = threading.Timer(CONNECT_TIMEOUT + DEADLINE, connection.break_off)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_exc: object) -> None:
        self._timer.cancel()
