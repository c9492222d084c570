"""Whoever uses the site in the load benchmark: each a browser of its own, who reads and ticks."""

import random
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from http.client import HTTPConnection
from urllib.parse import urlencode

_HIDDEN = re.compile(r'name="(csrf_token|version)"[^>]* value="([^"]+)"')
_DUTIES = re.compile(r'href="/assignments/(\d+)')
_TAKE_BACK = re.compile(r'action="(/assignments/\d+/undo)"')


@dataclass
class Said:
    """What the site answered: seconds by kind of request, answers by status, what went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def add(self, other: "Said") -> None:
        for kind, times in other.seconds.items():
            self.seconds.setdefault(kind, []).extend(times)
        self.answers += other.answers
        self.failures += other.failures


class Person:
    """Reads its own page, opens a duty, ticks it or takes the tick back; an officer looks at the
    board and asks whether it has changed."""

    def __init__(self, port: int, cookie: str, officer: bool, chance: random.Random) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=30)
        self.headers = {"Cookie": cookie, "Accept-Language": "zh-CN"}
        self.officer, self.chance, self.said = officer, chance, Said()
        self.tag = ""

    def live(self, until: float) -> Said:
        """Till that moment of the monotonic clock, one request after another."""
        while time.monotonic() < until:
            try:
                self._look() if self.officer else self._work()
            except OSError as problem:
                self.said.failures.append(f"{type(problem).__name__}: {problem}")
                self.connection.close()
        self.connection.close()
        return self.said

    def _look(self) -> None:
        self._ask("board", "GET", "/board")
        for _poll in range(4):
            known = {"X-Poll": "1", "If-None-Match": self.tag}
            self._ask("poll", "GET", "/board", more=known)

    def _work(self) -> None:
        duties = sorted(set(_DUTIES.findall(self._ask("mine", "GET", "/mine"))))
        if not duties:
            self.said.failures.append("/mine lists no duty")
            return
        duty = self.chance.choice(duties)
        page = self._ask("duty", "GET", f"/assignments/{duty}")
        fields = dict(_HIDDEN.findall(page))
        undo = _TAKE_BACK.search(page)
        if undo is not None:
            self._ask("tick", "POST", undo[1], urlencode(fields))
        elif f'action="/assignments/{duty}/check-off"' in page:
            counted = {"count": "5"} if 'name="count"' in page else {}
            body = urlencode({**fields, **counted, "note": "已核对"})
            self._ask("tick", "POST", f"/assignments/{duty}/check-off", body)

    def _ask(
        self, kind: str, method: str, path: str, body: str | None = None, more: dict | None = None
    ) -> str:
        sent = {**self.headers, **(more or {})}
        if body is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.perf_counter()
        self.connection.request(method, path, body, sent)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        self.said.seconds.setdefault(kind, []).append(time.perf_counter() - began)
        self.said.answers[f"{kind} {answer.status}"] += 1
        self.tag = answer.headers.get("ETag", self.tag)
        if given := answer.headers.get("Set-Cookie"):
            self.headers["Cookie"] = given.partition(";")[0]
        if answer.status not in (200, 303, 304, 409, 422):
            self.said.failures.append(f"{method} {path} answered {answer.status}")
        return text
