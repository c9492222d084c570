"""Asking the campus's own server who somebody is: nobody else is ever asked, whatever it answers,
and no question lasts."""

import time
from typing import Any
from urllib.parse import urlsplit

TIMEOUT = (3.05, 5)
"""Seconds to connect, and to wait for the next byte."""
LONGEST = 8
"""Seconds for a whole answer."""
LARGEST = 256 * 1024


class Unreachable(Exception):
    """The server does not answer, or not as such a server does."""


class NotBelieved(Exception):
    """What came back from the browser or the server is not good: forged, used, expired, of another
    service. The message is for the log."""


class Careful:
    """What a session of `requests` does here: one host, no redirect, no proxy of the environment,
    little time, little memory. Raises Unreachable."""

    def __init__(self, server: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._origin = _origin(server)
        self.trust_env = False

    def is_its_own(self, url: str) -> bool:
        return _origin(url) == self._origin

    def send(self, request: Any, **kwargs: Any) -> Any:
        if not self.is_its_own(request.url):
            raise Unreachable(f"{request.url} is not on the server of the settings")
        until = time.monotonic() + LONGEST
        kwargs |= {"timeout": TIMEOUT, "allow_redirects": False, "stream": True}
        try:
            answer = super().send(request, **kwargs)  # type: ignore[misc]
            with answer:
                answer._content = _read(answer.raw, until)
        except OSError as problem:  # Whatever `requests` raises is one.
            raise Unreachable(f"{type(problem).__name__} from {self._origin}") from problem
        if answer.is_redirect or answer.status_code >= 500:
            raise Unreachable(f"status {answer.status_code} from {self._origin}")
        return answer


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _read(raw: Any, until: float) -> bytes:
    """The body, as it arrives."""
    content = bytearray()
    while part := raw.read1(8192, decode_content=True):
        content += part
        if len(content) > LARGEST or time.monotonic() > until:
            raise Unreachable("the answer is too long")
    return bytes(content)
