"""The named colours of the stylesheet: in both schemes words can be read and edges be found, and no
rule names a colour by itself."""

import re
from collections.abc import Mapping

import pytest

from tests.databases import ROOT
from tracker.domain.vocabulary import Light

SHEET = re.sub(
    r"/\*.*?\*/", "", (ROOT / "tracker/static/site.css").read_text("utf-8"), flags=re.DOTALL
)
DARK = "@media screen and (prefers-color-scheme: dark) {"
_NAMED = re.compile(r"--([a-z-]+):\s*(#[0-9a-f]{3}(?:[0-9a-f]{3})?)\b")
_LITERAL = re.compile(
    r"#[0-9a-fA-F]{3,8}\b(?=[\s;,)])|\b(?:rgb|hsl)a?\(|[:\s](?:white|black|red|gray|grey)\b(?=[;\s])"
)

WORDS = 4.5
"""WCAG 2.2, 1.4.3."""
EDGES = 3.0
"""WCAG 2.2, 1.4.11: what shows where a control is, where the keyboard is, what a bar stands for."""

GROUNDS = ("surface", "page", "head", "pill", "ink-soft", "alarm-soft", "good-soft")
PAIRS = {
    **{(word, on): WORDS for word in ("text", "muted", "ink", "alarm") for on in GROUNDS},
    **{("on-ink", on): WORDS for on in ("ink", "ink-dark", "asleep")},
    **{("on-alarm", on): WORDS for on in ("alarm", "alarm-dark")},
    **{("good-text", on): WORDS for on in ("surface", "good-soft")},
    **{("nothing-text", on): WORDS for on in ("surface", "page", "dim")},
    **{(word, "bar"): WORDS for word in ("bar-text", "bar-link", "bar-strong")},
    ("white", "bar-hover"): WORDS,
    **{(edge, on): EDGES for edge in ("control", "focus", "good") for on in ("surface", "page")},
    ("focus", "bar"): EDGES,
    **{("focus-on-fill", on): EDGES for on in ("overdue", "ready")},
}


def named(scheme: str) -> Mapping[str, str]:
    """What each name stands for; dark changes some of what light says."""
    light, dark = SHEET.split(DARK, 1)
    found = dict(_NAMED.findall(light))
    return found | dict(_NAMED.findall(dark[: dark.index("\n}")])) if scheme == "dark" else found


def brightness(colour: str) -> float:
    """Relative luminance, as WCAG defines it."""
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    dim, bright = sorted((brightness(one), brightness(other)))
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_are_read_and_edges_found_in(scheme: str) -> None:
    colours = named(scheme)
    weak = {
        pair: round(ratio, 2)
        for pair, least in PAIRS.items()
        if (ratio := contrast(colours[pair[0]], colours[pair[1]])) < least
    }
    assert weak == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("light", list(Light))
def test_the_letter_of_every_state_reads_in_greyscale(light: Light, scheme: str) -> None:
    """B-66: contrast is a matter of luminance alone, so 4.5 : 1 holds without any colour."""
    rule = re.search(rf"\.fill-{light.value}\b[^{{]*\{{([^}}]*)\}}", SHEET)
    assert rule
    colours, declared = named(scheme), dict(re.findall(r"([\w-]+):\s*([^;]+)", rule[1]))
    (letter,) = re.findall(r"var\(--([a-z-]+)", declared["color"])
    grounds = re.findall(r"var\(--([a-z-]+)", declared["background"]) or ["surface"]
    assert all(contrast(colours[letter], colours[ground]) >= WORDS for ground in grounds)


def test_dark_says_something_of_every_colour_that_light_names() -> None:
    """What stays as it is on purpose stands here."""
    light, dark = SHEET.split(DARK, 1)
    said = set(dict(_NAMED.findall(dark[: dark.index("\n}")])))
    same = {"bar-edge", "bar-text", "bar-link", "bar-strong", "white", "letter-page"}
    assert set(dict(_NAMED.findall(light))) - said == same


def test_every_rule_is_closed() -> None:
    """A brace lost where two changes meet gives what follows to paper only."""
    starts = re.finditer(r"^[@.:a-z*].*\{", SHEET, flags=re.MULTILINE)
    before = [(SHEET[: start.start()], start[0][:60]) for start in starts]
    assert [rule for text, rule in before if text.count("{") > text.count("}")] == []


def test_no_rule_but_those_for_paper_names_a_colour_by_itself() -> None:
    """A literal colour would be the same in the dark."""
    rest = SHEET[SHEET.index("\n}", SHEET.index(DARK)) :]
    rest = re.sub(r"@media print \{.*?\n\}", "", rest, flags=re.DOTALL)
    assert [line.strip() for line in rest.splitlines() if _LITERAL.search(line)] == []
