"""The translation catalogues: complete, current, and set as Chinese is printed. `make messages`
brings them up to date with the source."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from tests.databases import ROOT
from tracker.language import CATALOGUES, LOCALES

PLACEHOLDER = re.compile(r"%\((\w+)\)\w")
_HAN = "\u3007\u3400-\u9fff\u3000-\u303f\uff00-\uffef"
HALF_WIDTH = re.compile(rf"[{_HAN}](?:[,;:!?()]|\.(?![A-Za-z0-9]))|[,;:!?()][{_HAN}]")
_NUMBER = r"(?:\d|%\((?:n|num|number|count|total|days|seconds|percent)\)s)"
SPACED = re.compile(rf"[{_HAN}] +{_NUMBER}|{_NUMBER} +[{_HAN}]")


def ids(message: Message) -> tuple[str, ...]:
    """The msgid, and the plural one where there is one."""
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def texts(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def messages(catalogue: Catalog) -> Iterator[Message]:
    """All but the header."""
    return (message for message in catalogue if message.id)


def committed(locale: str) -> Catalog:
    path = CATALOGUES / locale / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        return read_po(file, locale=locale)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What the source says now, read with the Makefile's own options."""
    path = tmp_path_factory.mktemp("messages") / "messages.pot"
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    options = re.findall(r"^EXTRACT := (.*)$", makefile, re.MULTILINE)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        CommandLineInterface().run(
            ["pybabel", "-q", "extract", *options[0].split(), "-o", str(path), "."]
        )
    with path.open("rb") as file:
        return read_po(file)


@pytest.mark.parametrize("locale", LOCALES)
def test_the_catalogue_has_what_the_source_says_and_nothing_else(
    source: Catalog, locale: str
) -> None:
    wanted = {ids(message) for message in messages(source)}
    found = {ids(message) for message in messages(committed(locale))}
    assert wanted - found == set(), "not in the catalogue: make messages"
    assert found - wanted == set(), "no longer in the source: make messages"


@pytest.mark.parametrize("locale", LOCALES)
def test_nothing_is_fuzzy(locale: str) -> None:
    assert [ids(message) for message in messages(committed(locale)) if message.fuzzy] == []


def test_everything_is_translated_into_chinese() -> None:
    untranslated = [ids(m) for m in messages(committed("zh_Hans")) if not all(texts(m))]
    assert untranslated == []


def test_english_is_its_own_source() -> None:
    """An empty entry falls back to its msgid; one that says something else would hide it."""
    other = [
        ids(message)
        for message in messages(committed("en"))
        if any(texts(message)) and texts(message) != ids(message)
    ]
    assert other == []


@pytest.mark.parametrize("locale", LOCALES)
def test_a_translation_keeps_its_placeholders(locale: str) -> None:
    lost = [
        (ids(message), text)
        for message in messages(committed(locale))
        for text in texts(message)
        if text and set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(ids(message)[-1]))
    ]
    assert lost == []


@pytest.mark.parametrize("locale", LOCALES)
def test_a_translation_can_be_filled(locale: str) -> None:
    """A lone per cent sign beside a placeholder would break the page at run time."""
    for message in messages(committed(locale)):
        for text in (*ids(message), *texts(message)):
            names = PLACEHOLDER.findall(text)
            if names:
                assert text % dict.fromkeys(names, 1), text


def test_chinese_has_full_width_punctuation() -> None:
    half = [t for m in messages(committed("zh_Hans")) for t in texts(m) if HALF_WIDTH.search(t)]
    assert half == []


def test_no_space_separates_chinese_from_a_number() -> None:
    """But a caption keeps its own: 表1 任务与职责分工."""
    spaced = [
        text
        for message in messages(committed("zh_Hans"))
        for text in texts(message)
        if SPACED.search(re.sub(r"表\d+ ", "", text))
    ]
    assert spaced == []


@pytest.mark.parametrize("locale", LOCALES)
def test_the_compiled_catalogue_is_the_written_one(locale: str) -> None:
    with (CATALOGUES / locale / "LC_MESSAGES" / "messages.mo").open("rb") as file:
        compiled = {ids(m): texts(m) for m in messages(read_mo(file))}
    written = {ids(m): texts(m) for m in messages(committed(locale)) if all(texts(m))}
    assert compiled == written, "make messages"


@pytest.mark.parametrize("path", sorted((ROOT / "tracker/templates").rglob("*.*")), ids=str)
def test_a_template_says_nothing_in_chinese_past_the_catalogue(path: Path) -> None:
    """But the switch to Chinese is in Chinese on an English page, and a guide is written once in
    each language; the English one gives two words that an office says in Chinese."""
    if path.name.endswith(".zh_Hans.html"):
        return
    text = re.sub(r"{#.*?#}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    said = {"零报告", "简报"} if path.name.endswith(".en.html") else {"中文"}
    assert set(re.findall(r"[\u4e00-\u9fff]+", text)) <= said
