"""What was typed into the search box, and where it stands in a text."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tracker.domain.rosters import key_of

WORDS = 5
LONGEST = 100
"""Words that count, and characters of what is typed."""


class Kind(StrEnum):
    """What can be found, in the order in which it is shown."""

    TASK = "task"
    UNIT = "unit"
    PERSON = "person"
    DUTY = "duty"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Sound:
    """A Han character, or a run of letters and digits, from `start` to `end` (exclusive) of a
    flattened text. A run reads and begins as it is written."""

    start: int
    end: int
    readings: tuple[str, ...]
    initials: tuple[str, ...]


Span = tuple[int, int]
"""From and to (exclusive), in characters of the text as it is written."""


def folded(typed: str) -> str:
    """What is searched and what is looked for, without its case and width."""
    return key_of(typed).casefold()


def words(typed: str) -> tuple[str, ...]:
    """What must all be found: the first WORDS words, each once. "Row 3" is one word."""
    joined = re.sub(r"\brow\s+(\d+)\b", r"row\1", folded(typed))
    return tuple(dict.fromkeys(joined.split()[:WORDS]))


def row_words(number: int) -> str:
    """What a row is called besides its title."""
    return f"第{number}项 Row{number}"


def needles(asked: Collection[str]) -> tuple[str, ...]:
    """What must stand in the words a thing is found by. A word of letters only begins one of them,
    so that the initials "gx" find 高翔 and not 张晓."""
    return tuple(f" {word}" if _spelled(word) else word for word in asked)


def flattened(text: str) -> tuple[str, tuple[int, ...]]:
    """`text` without case and width, character by character, and where each one stood."""
    pairs = [
        (plain, place)
        for place, written in enumerate(text)
        for plain in unicodedata.normalize("NFKC", written).casefold()
    ]
    return "".join(plain for plain, _ in pairs), tuple(place for _, place in pairs)


def spans(text: str, sounds: Sequence[Sound], asked: Collection[str]) -> list[Span]:
    """Where the words stand in `text`, as they are written or as they sound; merged, in order."""
    plain, places = flattened(text)
    found = sorted(
        (places[start], places[end - 1] + 1)
        for word in asked
        for start, end in _of_word(plain, sounds, word)
    )
    merged: list[Span] = []
    for start, end in found:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _spelled(word: str) -> bool:
    return word.isascii() and word.isalpha()


def _of_word(plain: str, sounds: Sequence[Sound], word: str) -> Iterator[Span]:
    if not _spelled(word):
        start = plain.find(word)
        while start >= 0:
            yield start, start + len(word)
            start = plain.find(word, start + len(word))
    if word.isascii() and word.isalnum():
        for place, sound in enumerate(sounds):
            for initials in (False, True):
                end = _end(sounds[place:], word, initials)
                if end is not None:
                    yield sound.start, end


def _end(sounds: Sequence[Sound], word: str, initials: bool) -> int | None:
    """Where `word`, read from the first of `sounds` on, ends; None where it sounds otherwise."""
    left, goes_on = word, sounds[0].start
    for sound in sounds:
        if sound.start != goes_on:
            return None
        goes_on = sound.end
        parts = sound.initials if initials else sound.readings
        if any(part.startswith(left) for part in parts):
            is_run = sound.end - sound.start > 1
            return sound.start + len(left) if is_run else sound.end
        part = next((part for part in parts if left.startswith(part)), None)
        if part is None:
            return None
        left = left[len(part) :]
    return None


def standing(text: str, found: Sequence[Span]) -> int:
    """How well a text meets what was asked: 0 all of it, 1 its beginning, 2 something inside."""
    if not found or found[0][0] > 0:
        return 2
    return 0 if found[0][1] == len(text) else 1


Piece = tuple[str, bool]
"""A part of a text, and whether it was asked for."""


def pieces(text: str, found: Sequence[Span], longest: int | None = None) -> list[Piece]:
    """`text` cut where the marks begin and end. Beyond `longest` characters only what stands around
    the first mark is kept, with an ellipsis where something is left out."""
    start, stop = 0, len(text)
    if longest is not None and stop > longest:
        first = found[0][0] if found else 0
        start = max(0, min(first - longest // 4, stop - longest))
        stop = start + longest
    cut: list[Piece] = [("…", False)] if start else []
    at = start
    for begins, ends in found:
        begins, ends = max(begins, start), min(ends, stop)
        if begins >= ends:
            continue
        cut += [(text[at:begins], False), (text[begins:ends], True)]
        at = ends
    cut += [(text[at:stop], False), ("…" if stop < len(text) else "", False)]
    return [piece for piece in cut if piece[0]]
