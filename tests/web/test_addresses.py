"""Whatever stands in an address, no page breaks on it."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask, Request
from flask.testing import FlaskClient
from werkzeug.datastructures import ImmutableMultiDict

from tests import cast
from tests.web.duties import words
from tests.web.test_routes import address, checksum, rules

pytestmark = pytest.mark.slow

HOSTILE = (
    "",
    "0",
    "-1",
    "9" * 40,
    "1.5",
    "\0",
    "a\r\nSet-Cookie:x=1",
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "长" * 3000,
    "\u202egnp",
    "{{7*7}}",
)
REFUSED = {"zh-CN": "无法完成", "en": "This cannot be done"}


@dataclass
class Watch:
    """`looked_at`: the parameters that a page asked for, there or not."""

    looked_at: set[str] = field(default_factory=set)


@pytest.fixture
def watch(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Over what every page of the test reads of its address."""
    found = Watch()

    class Parameters(ImmutableMultiDict[str, str]):
        def __getitem__(self, key: str) -> str:
            found.looked_at.add(key)
            return super().__getitem__(key)

        def __contains__(self, key: object) -> bool:
            found.looked_at.add(str(key))
            return super().__contains__(key)

        def getlist(self, key: str, type: Any = None) -> list[Any]:
            found.looked_at.add(key)
            return super().getlist(key, type)

        def lists(self) -> Iterator[tuple[str, list[str]]]:
            found.looked_at |= set(super().keys())
            return super().lists()

    class Watched(Request):
        parameter_storage_class = Parameters

    monkeypatch.setattr(app, "request_class", Watched)
    return found


def test_nothing_in_an_address_breaks_a_page(
    app: Flask, client: FlaskClient, samples: Mapping[str, Any], watch: Watch
) -> None:
    """Every kind of junk in everything that a page reads of its address, all at once and each by
    itself: an answer below 500, a refusal in the reader's language, and nothing changed."""
    cast.sign_in(client, "affairs")
    before, wrong, read = checksum(), [], dict[str, set[str]]()
    languages, junk = itertools.cycle(REFUSED), itertools.cycle(HOSTILE)

    def ask(endpoint: str, url: str, parameters: Mapping[str, str]) -> None:
        language = next(languages)
        query = urlencode(parameters)
        with client.get(f"{url}?{query}", headers={"Accept-Language": language}) as answer:
            refused = answer.status_code >= 400 and "text/html" in answer.content_type
            if answer.status_code >= 500 or (refused and REFUSED[language] not in answer.text):
                said = words(answer)[:80] if refused else ""
                wrong.append((endpoint, query[:80], answer.status_code, said))

    for rule in rules(app, "GET"):
        url = address(app, rule, samples)
        watch.looked_at = read[rule.endpoint] = set()
        for value in (next(junk), next(junk)):
            ask(rule.endpoint, url, {"nobody-knows": value})
        if watch.looked_at:
            for value in HOSTILE:
                ask(rule.endpoint, url, dict.fromkeys(watch.looked_at, value))
            for name in sorted(watch.looked_at):
                ask(rule.endpoint, url, {name: next(junk)})
    assert wrong == []
    assert read["board.show"] >= {"unit", "show", "group", "density", "since", "select", "wall"}
    assert checksum() == before


def test_no_number_in_an_address_breaks_a_page(app: Flask, client: FlaskClient) -> None:
    cast.sign_in(client, "affairs")
    wrong = []
    for rule in rules(app, "GET"):
        for value in ("0", "-1", "9" * 30, "1e3", "长", "a b", "%00", "..", "'"):
            parts = str(rule)
            for name in rule.arguments:
                for shape in (f"<int:{name}>", f"<path:{name}>", f"<{name}>"):
                    parts = parts.replace(shape, value)
            if rule.arguments:
                status = client.get(parts).status_code
                if status not in (302, 303, 308, 400, 404):
                    wrong.append((rule.endpoint, value, status))
    assert wrong == []
