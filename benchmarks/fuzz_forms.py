"""`python -m benchmarks.fuzz_forms`: posts of made-up text into every form that our pages show.

The forms are found by following the links, and read off the pages as a browser has them; each field
keeps what the page filled in or gets something else. No answer may be an error of ours.
"""

import argparse
import logging
import re
import sys
import tempfile
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from benchmarks.campus import PASSWORD, build
from tracker.db import db

PEOPLE = ("affairs", "students", "network", "cs", "cs.dean", "president", "")
BEGINNINGS = ("/login", "/", "/mine", "/board", "/account", "/plans/2/edit", "/webhooks")
OF_A_KIND = 2
"""Pages, and forms, of addresses that differ in their numbers only, for each person."""

LEFT_ALONE = re.compile(
    r"/logout|/rehearsal|/account$|/people/\d+/disable|/new-password|/archive"
    r"|/sign-out|/second-factor"
)
"""What would only end the run: it signs out, changes the password it goes by, moves the clock."""


@dataclass(frozen=True)
class Shown:
    """A form as a page shows it. `fields`: name and the values that the page offers."""

    action: str
    fields: Mapping[str, tuple[str, ...]]


class _Forms(HTMLParser):
    """The forms of a page that are sent by POST."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Shown] = []
        self.action, self.select = "", ""
        self.fields: dict[str, list[str]] = {}
        self.token = ""
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "form" and (given.get("method") or "").lower() == "post":
            self.action, self.fields = given.get("action") or "", {}
        if tag == "a" and (given.get("href") or "").startswith("/"):
            self.links.append((given.get("href") or "").partition("#")[0])
        if name == "csrf_token":
            self.token = value
        elif self.action and name and tag in ("input", "textarea", "select", "button"):
            self.fields.setdefault(name, []).append(value)
            self.select = name if tag == "select" else ""
        elif self.action and self.select and tag == "option":
            self.fields[self.select].append(value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self.action:
            self.found.append(Shown(self.action, {k: tuple(v) for k, v in self.fields.items()}))
            self.action = ""


@dataclass
class Verdict:
    """How many posts were sent to how many addresses, and what was an error of ours."""

    posts: int = 0
    addresses: set[str] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        said = ", ".join(f"{status}: {count}" for status, count in sorted(self.statuses.items()))
        wrong = [f"{count} x {text}" for text, count in self.problems.most_common()]
        head = f"{self.posts} posts to {len(self.addresses)} addresses; {said}; "
        return "\n".join([f"{head}{len(wrong)} kinds of problem", *wrong])


WORDS = st.one_of(
    st.text(max_size=60),
    st.sampled_from(["", "0", "-1", "9" * 19, "9" * 400, "1e3", "\x00", "长" * 5000, "2020-02-30"]),
    st.dates().map(str),
    st.datetimes().map(lambda moment: moment.isoformat(timespec="minutes")),
    st.integers().map(str),
)


def fuzz(app: Flask, posts: int, number: int) -> Verdict:
    """`posts` posts by every kind of person; `number` seeds them."""
    verdict, browsers = Verdict(), [_Browser(app, name) for name in PEOPLE]
    sendable: dict[str, list[tuple[_Browser, Shown]]] = {}
    for each in browsers:
        for found in each.forms:
            sendable.setdefault(_kind(found.action), []).append((each, found))

    def send(data: Any) -> None:
        kind = data.draw(st.sampled_from(sorted(sendable)))
        browser, shown = data.draw(st.sampled_from(sendable[kind]))
        sender = data.draw(st.sampled_from([browser] * 12 + browsers))
        fields = {}
        for name, offered in shown.fields.items():
            values = st.sampled_from(offered) | st.sampled_from(offered) | WORDS
            fields[name] = data.draw(st.lists(values, min_size=0, max_size=2))
        answer = sender.post(shown.action, fields)
        verdict.posts += 1
        verdict.addresses.add(kind)
        verdict.statuses[answer] += 1
        if answer >= 500:
            verdict.problems[f"{answer} {shown.action} {sorted(fields)}"] += 1

    seed(number)(
        settings(
            max_examples=posts,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )(given(st.data())(send))
    )()
    return verdict


def _kind(url: str) -> str:
    """The address without its numbers and its query."""
    return re.sub(r"\d+", "n", url.partition("?")[0])


class _Browser:
    """One person's, signed in, with every form that their pages show. Nobody: ""."""

    def __init__(self, app: Flask, name: str) -> None:
        self.client: FlaskClient = app.test_client()
        self.token = self._read("/login").token
        if name:
            said = {"email": f"{name}@campus.example", "password": PASSWORD}
            self.client.post("/login", data={**said, "csrf_token": self.token})
            self.token = self._read("/account").token
        self.forms = list(self._forms())

    def post(self, action: str, fields: Mapping[str, list[str]]) -> int:
        data = {**fields, "csrf_token": self.token}
        with closing(self.client.post(action, data=data)) as answer:
            return answer.status_code

    def _forms(self) -> Iterator[Shown]:
        pages, forms, waiting = Counter[str](), Counter[str](), deque(BEGINNINGS)
        while waiting:
            url = waiting.popleft()
            pages[_kind(url)] += 1
            if pages[_kind(url)] > OF_A_KIND:
                continue
            page = self._read(url)
            waiting += page.links
            for shown in page.found:
                forms[_kind(shown.action)] += 1
                if forms[_kind(shown.action)] <= OF_A_KIND and not LEFT_ALONE.search(shown.action):
                    yield shown

    def _read(self, url: str) -> _Forms:
        parser = _Forms()
        with closing(self.client.get(url, follow_redirects=True)) as answer:
            if answer.status_code == 200 and answer.mimetype == "text/html":
                parser.feed(answer.text)
        return parser


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--posts", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=20200220)
    parser.add_argument("--database", help="URL of an empty database; by default SQLite")
    asked = parser.parse_args()
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        app = build(Path(folder), 12, asked.database)
        verdict = fuzz(app, asked.posts, asked.seed)
        with app.app_context():
            db.engine.dispose()
    print(verdict)
    sys.exit(bool(verdict.problems))


if __name__ == "__main__":
    main()
