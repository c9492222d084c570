"""How Chinese text sounds: what it is found by when pinyin is typed, stored or kept in memory."""

import re
from functools import lru_cache

from tracker.domain.search import Sound, flattened, folded
from tracker.pinyin.readings import read_run, readings_of

_HAN = r"\u3400-\u9fff\U00020000-\U0003ffff"
_SEGMENT = re.compile(rf"[a-z0-9{_HAN}]+")
_RUN = re.compile(rf"[a-z0-9]+|[{_HAN}]+")
_NAME = 4
"""Han characters of a person's name at most: its first one is read in every way it can be, because
surnames have readings of their own (单, 曾, 解)."""

_STORED, _IN_MEMORY = (12, 8), (60, 20)
"""Letters kept of a word that begins inside a text: of its sound, and of its initials."""


def search_words(key: str, label: str, detail: str) -> str:
    """Key, name and detail folded, then both texts in pinyin, whole and as initials, from each of
    their characters on: 「课程建群」 is found by "kechengjianqun", "jianqun", "kcjq" and "jq".
    Every word stands behind a space."""
    texts = [folded(label), folded(detail)]
    words = dict.fromkeys(word for text in texts for word in _words(text, *_STORED))
    return " ".join(["", folded(key), *texts, *words])


@lru_cache(16384)
def heard(text: str) -> str:
    """`search_words` of one text that is not stored with them: longer words are kept."""
    plain = folded(text)
    return " ".join(["", plain, *dict.fromkeys(_words(plain, *_IN_MEMORY))])


@lru_cache(8192)
def sounds(text: str) -> tuple[Sound, ...]:
    """What `text` is made of, part by part, with every reading that `heard` finds it by."""
    plain, _places = flattened(text)
    found: list[Sound] = []
    for segment in _SEGMENT.finditer(plain):
        units, read = _read(segment[0])
        start = segment.start()
        for place, (unit, sound) in enumerate(zip(units, read, strict=True)):
            named = place == 0 and len(units) <= _NAME
            readings = (sound, *(readings_of(unit) if named else ()))
            initials = (unit,) if unit.isascii() else tuple(one[0] for one in readings)
            found.append(Sound(start, start + len(unit), readings, initials))
            start += len(unit)
    return tuple(found)


@lru_cache(8192)
def _words(text: str, most: int, most_initials: int) -> tuple[str, ...]:
    segments = _SEGMENT.findall(text)
    return tuple(word for each in segments for word in _of_segment(each, most, most_initials))


def _of_segment(segment: str, most: int, most_initials: int) -> list[str]:
    """Of Han characters and runs of letters and digits without anything between them."""
    units, read = _read(segment)
    letters = [
        unit if unit.isascii() else sound[0] for unit, sound in zip(units, read, strict=True)
    ]
    words = ["".join(read), "".join(letters)]
    for start in range(1, len(units)):
        words += ["".join(read[start:])[:most], "".join(letters[start:])[:most_initials]]
    if len(units) <= _NAME:
        for sound in readings_of(units[0]):
            words += [sound + "".join(read[1:]), sound[0] + "".join(letters[1:])]
    return words


def _read(segment: str) -> tuple[list[str], list[str]]:
    """Its Han characters and its runs of letters and digits, and how each sounds."""
    units: list[str] = []
    read: list[str] = []
    for run in _RUN.findall(segment):
        units += [run] if run.isascii() else run
        read += [run] if run.isascii() else read_run(run)
    return units, read
