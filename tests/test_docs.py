"""What a reader of the documents is told exists, and what exists they are told."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from tests.databases import ROOT
from tracker.cli import tracker
from tracker.config import load

READMES = ("README.md", "README.zh-CN.md")
DEPLOYS = ("docs/deploy.md", "docs/deploy.zh-CN.md")
DOCUMENTS = [
    ROOT / name for name in (*READMES, "CONTRIBUTING.md", "CHANGELOG.md", "seed/README.md")
] + sorted((ROOT / "docs").rglob("*.md"))
HANDED_OUT = [
    ROOT / name for name in ("Makefile", "Containerfile", "gunicorn.conf.py", "wsgi.py")
] + [path for path in (ROOT / "docs").glob("*.*") if path.suffix in (".py", ".yml", ".json")]
_NAMES = r"\bTRACKER_[A-Z_]+[A-Z]\b"
_BLOCK = r"(?s)```.*?```"
_CODE = r"`([^`\n]+)`"
_LINK = r"\]\(([^)#]+)"
_TONGUE = r"\.zh-CN|\.zh_Hans|-zh(?=\.)|\.en|-en(?=\.)"
_WITHOUT_PREFIX = {"PORT"}
"""Read by config.py as they are; everything else carries TRACKER_."""


def text_of(name: str | Path) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def settings() -> set[str]:
    """Every setting that config.py or environment.py names, by its literal or in a message."""
    source = text_of("tracker/config.py") + text_of("tracker/environment.py")
    literals = set(re.findall(r"""["']([A-Z]+(?:_[A-Z]+)*)["']""", source)) - _WITHOUT_PREFIX
    spoken = set(re.findall(r"TRACKER_([A-Z]+(?:_[A-Z]+)*)", source))
    return {f"TRACKER_{name}" for name in literals | spoken}


def commands(group: click.Group, path: str) -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}"


@pytest.mark.parametrize("readme", READMES)
def test_the_settings_table_is_complete_and_true(readme: str) -> None:
    told = set(re.findall(r"^\| *`(TRACKER_[A-Z_]+)`", text_of(readme), re.MULTILINE))
    assert told == settings()


@pytest.mark.parametrize("way", [{}, {"DRY_RUN": "1"}, {"NOW": "2020-02-21T08:00+08:00"}])
def test_every_setting_that_is_told_is_taken(tmp_path: Path, way: dict[str, str]) -> None:
    """An empty one stands for its default; one that does not exist is refused, empty or not."""
    told = dict.fromkeys(settings(), "")
    load({**told, **{f"TRACKER_{name}": value for name, value in way.items()}}, tmp_path)


def test_nothing_of_ours_sets_what_the_start_refuses() -> None:
    files = (*DOCUMENTS, *HANDED_OUT)
    said = {(path.name, name) for path in files for name in re.findall(_NAMES, text_of(path))}
    assert {name for _, name in said} >= {"TRACKER_REHEARSAL", "TRACKER_SMTP_URL"}
    assert {(path, name) for path, name in said if name not in settings()} == set()


@pytest.mark.parametrize("readme", READMES)
def test_every_command_is_told(readme: str) -> None:
    text = text_of(readme)
    assert [name for name in commands(tracker, "flask tracker") if name not in text] == []


@pytest.mark.parametrize("readme", [*READMES, *DEPLOYS, "docs/api.md"])
def test_no_command_is_told_that_does_not_exist(readme: str) -> None:
    known = set(commands(tracker, "flask tracker"))
    told = re.findall(
        r"(flask tracker [a-z]+(?:-[a-z]+)*)(?: ([a-z]+(?:-[a-z]+)*))?", text_of(readme)
    )
    unknown = [(one, two) for one, two in told if one not in known and f"{one} {two}" not in known]
    assert unknown == []


@pytest.mark.parametrize("deploy", DEPLOYS)
def test_the_operator_s_script_hands_each_word_to_flask_as_it_came(
    tmp_path: Path, deploy: str
) -> None:
    (block,) = re.findall(r"```sh\n(.*?)```", text_of(deploy), re.DOTALL)
    script, stand_in = tmp_path / "tracker", tmp_path / "systemd-run"
    script.write_text(block.replace("/opt/tracker", str(tmp_path)))
    stand_in.write_text('#!/bin/sh\nfor word; do echo "$word"; done\n')
    stand_in.chmod(0o755)
    path = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    words = ["user", "add", "a@b.example", "--name", "教务处 处长"]
    said = subprocess.run(
        ["sh", script, *words], env=path, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert said[-len(words) - 4 :] == [
        f"{tmp_path}/.venv/bin/flask",
        "--app",
        "wsgi",
        "tracker",
        *words,
    ]
    assert "--uid=tracker" in said


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_make_target_that_is_told_exists(path: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    told = set(re.findall(r"(?:`|^)(?:CI=true )?make ([a-z]+)", text_of(path), re.MULTILINE))
    assert told <= targets


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_into_the_house_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text_of(path))
    inside = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert [link for link in inside if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_to_a_heading_finds_it(path: Path) -> None:
    links = re.findall(r"\]\(([^):#]+\.md)#([^)]+)\)", text_of(path))
    lost = [(name, slug) for name, slug in links if slug not in slugs(path.parent / name)]
    assert lost == []


def slugs(path: Path) -> set[str]:
    """The headings as addresses name them."""
    titles = re.findall(r"^#+ (.+)$", text_of(path), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


@dataclass(frozen=True)
class Part:
    """What stands under a heading of this `level`, but for the words. `names`: settings, options,
    addresses and files that it names; `links`: where it leads, in whichever language."""

    level: int
    rows: int
    items: int
    names: frozenset[str]
    links: tuple[str, ...]


def blocks(text: str) -> list[str]:
    """What is to be typed or put into files; comments are in the reader's language."""
    return [re.sub(r"(?m)(^|\s+)#.*$", "", each) for each in re.findall(_BLOCK, text)]


def parts(text: str) -> list[Part]:
    pieces = re.split(r"^(#+) .*$", re.sub(_BLOCK, "", text), flags=re.MULTILINE)[1:]
    return [
        Part(
            len(marks),
            len(re.findall(r"^\|", words, re.MULTILINE)),
            len(re.findall(r"^(?:-|\d+\.) ", words, re.MULTILINE)),
            frozenset(name for code in re.findall(_CODE, words) for name in _named(code)),
            tuple(sorted(re.sub(_TONGUE, "", link) for link in re.findall(_LINK, words))),
        )
        for marks, words in zip(pieces[::2], pieces[1::2], strict=True)
    ]


def _named(code: str) -> list[str]:
    pattern = r"TRACKER_[A-Z_]*[A-Z]|--[a-z-]+|^/[a-z/.-]+|[\w-]+\.(?:txt|py|md|env|service|timer)"
    return re.findall(pattern, code, re.ASCII)


@pytest.mark.parametrize("twins", [READMES, DEPLOYS], ids=lambda twins: twins[0])
def test_both_languages_say_the_same_in_the_same_order(twins: tuple[str, str]) -> None:
    """One that is mended while the other is forgotten would show."""
    ours, theirs = map(text_of, twins)
    assert blocks(ours) == blocks(theirs)
    for one, two in zip(parts(ours), parts(theirs), strict=True):
        assert one == two


@pytest.mark.parametrize("readme", [*READMES, *DEPLOYS])
def test_a_readme_is_in_the_language_it_promises(readme: str) -> None:
    """One that was only half translated would show."""
    chinese = len(re.findall(r"[\u4e00-\u9fff]", text_of(readme)))
    english = len(re.findall(r"[A-Za-z]{2,}", text_of(readme)))
    assert (chinese > english) == readme.endswith(".zh-CN.md")
