"""What a name is found by: `queries/rosters.found_by` looks for it."""

import re
from functools import cache, lru_cache

from pypinyin import Style, lazy_pinyin, pinyin

from tracker.domain.rosters import folded

_HAN = r"\u3400-\u9fff\U00020000-\U0003ffff"
_SEGMENT = re.compile(rf"[a-z0-9{_HAN}]+")
_UNIT = re.compile(rf"[a-z0-9]+|[{_HAN}]")
_NAME = 4
"""Han characters of a person's name at most: its first one is read in every way it can be, because
surnames have readings of their own (单, 曾, 解)."""

_SOUND, _INITIALS = 12, 8
"""Letters kept of a word that begins inside a text."""


def search_words(key: str, label: str, detail: str) -> str:
    """Key, name and detail folded, then both texts in pinyin, whole and as initials, from each of
    their characters on: 「课程建群」 is found by "kechengjianqun", "jianqun", "kcjq" and "jq".
    Every word stands behind a space."""
    texts = [folded(label), folded(detail)]
    words = dict.fromkeys(word for text in texts for word in _sounds(text))
    return " ".join(["", folded(key), *texts, *words])


@lru_cache(8192)
def _sounds(text: str) -> tuple[str, ...]:
    return tuple(word for segment in _SEGMENT.findall(text) for word in _of_segment(segment))


def _of_segment(segment: str) -> list[str]:
    """Of Han characters and runs of letters and digits without anything between them."""
    units = _UNIT.findall(segment)
    read = lazy_pinyin(segment)
    if len(read) != len(units):  # It holds a character without a reading.
        read = [lazy_pinyin(unit)[0] for unit in units]
    letters = [
        unit if unit.isascii() else sound[0] for unit, sound in zip(units, read, strict=True)
    ]
    words = ["".join(read), "".join(letters)]
    for start in range(1, len(units)):
        words += ["".join(read[start:])[:_SOUND], "".join(letters[start:])[:_INITIALS]]
    if len(units) <= _NAME:
        for sound in _readings(units[0]):
            words += [sound + "".join(read[1:]), sound[0] + "".join(letters[1:])]
    return words


@cache
def _readings(character: str) -> tuple[str, ...]:
    return tuple(pinyin(character, style=Style.NORMAL, heteronym=True)[0])
