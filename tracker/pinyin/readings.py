"""How characters and phrases are read, without tones: what the package pypinyin knows, in a
thirtieth of its memory. `tests/test_pinyin.py` makes the files and compares every reading.

`characters.txt`: readings, the usual one first, and all characters that have just these.
`phrases.txt`: a phrase's first character and the rests of all that begin with it.
`odd_phrases.txt`: the phrases that are not read as their characters are one by one."""

from bisect import bisect_right
from functools import cache
from itertools import accumulate
from pathlib import Path

_FOLDER = Path(__file__).parent
_LONGEST = 10
"""Characters of a phrase at most."""


@cache
def readings_of(character: str) -> tuple[str, ...]:
    """Every reading, the usual one first; one that has none reads as itself."""
    characters, starts, readings = _characters()
    place = characters.find(character)
    return readings[bisect_right(starts, place) - 1] if place >= 0 else (character,)


def read_run(text: str) -> list[str]:
    """One reading of each character of a run of Han characters: the longest phrase goes first."""
    found: list[str] = []
    while len(found) < len(text):
        rest = text[len(found) :]
        phrase = _phrase(rest)
        if not phrase and _begins_a_phrase(rest):
            return found + _one_by_one(rest)
        odd = _odd_phrases().get(phrase)
        found += odd.split() if odd else _one_by_one(phrase or rest[0])
    return found


def _phrase(text: str) -> str:
    """The longest one that `text` begins with; "" if none."""
    rests = _phrases().get(text[0], "")
    for length in range(min(_LONGEST, len(text)), 1, -1):
        if f" {text[1:length]} " in rests:
            return text[:length]
    return ""


def _begins_a_phrase(text: str) -> bool:
    """A text that breaks off within a phrase is read without looking for others inside it."""
    return f" {text[1:]}" in _phrases().get(text[0], "")


def _one_by_one(text: str) -> list[str]:
    return [readings_of(character)[0] for character in text]


@cache
def _characters() -> tuple[str, list[int], list[tuple[str, ...]]]:
    """All characters in one text, where in it each group with the same readings starts, and the
    readings of each group."""
    lines = [line.split(" ") for line in _lines("characters.txt")]
    sizes = [len(characters) for _readings, characters in lines]
    starts = list(accumulate(sizes, initial=0))[:-1]
    readings = [tuple(readings.split(",")) for readings, _characters in lines]
    return "".join(characters for _readings, characters in lines), starts, readings


@cache
def _phrases() -> dict[str, str]:
    return {line[0]: f"{line[1:]} " for line in _lines("phrases.txt")}


@cache
def _odd_phrases() -> dict[str, str]:
    return dict(line.split(" ", 1) for line in _lines("odd_phrases.txt"))


def _lines(name: str) -> list[str]:
    return (_FOLDER / name).read_text(encoding="utf-8").splitlines()
