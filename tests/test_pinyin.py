"""How names and texts sound: exactly as pypinyin reads them, whose data `tracker/pinyin` holds.

`PINYIN=write .venv/bin/pytest tests/test_pinyin.py` writes the files anew after an upgrade of it;
what is stored to search by stays as it was read then."""

import os
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pypinyin import Style, lazy_pinyin, pinyin
from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

from tracker import pinyin as ours
from tracker.pinyin.readings import read_run, readings_of

FOLDER = Path(ours.__file__).parent
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
CHARACTERS = sorted(filter(_HAN.match, map(chr, PINYIN_DICT)))
PHRASES = sorted(PHRASES_DICT)


def readings(character: str) -> tuple[str, ...]:
    return tuple(pinyin(character, style=Style.NORMAL, heteronym=True)[0])


def _characters() -> str:
    groups: dict[tuple[str, ...], str] = defaultdict(str)
    for character in CHARACTERS:
        groups[readings(character)] += character
    return "".join(f"{','.join(read)} {groups[read]}\n" for read in sorted(groups))


def _phrases() -> str:
    rests: dict[str, list[str]] = defaultdict(list)
    for phrase in PHRASES:
        rests[phrase[0]].append(phrase[1:])
    return "".join(f"{first} {' '.join(rests[first])}\n" for first in sorted(rests))


@cache
def odd_phrases() -> dict[str, list[str]]:
    read = {phrase: lazy_pinyin(phrase) for phrase in PHRASES}
    plain = {phrase: [readings(character)[0] for character in phrase] for phrase in PHRASES}
    return {phrase: read[phrase] for phrase in PHRASES if read[phrase] != plain[phrase]}


def _odd_phrases() -> str:
    return "".join(f"{phrase} {' '.join(read)}\n" for phrase, read in odd_phrases().items())


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("characters.txt", _characters),
        ("phrases.txt", _phrases),
        ("odd_phrases.txt", _odd_phrases),
    ],
)
def test_the_files_hold_what_pypinyin_holds(name: str, made) -> None:  # type: ignore[no-untyped-def]
    if os.environ.get("PINYIN") == "write":
        (FOLDER / name).write_text(made(), encoding="utf-8")
    assert (FOLDER / name).read_text(encoding="utf-8") == made()


def test_every_character_has_the_readings_that_pypinyin_gives_it() -> None:
    assert [one for one in CHARACTERS if readings_of(one) != readings(one)] == []


def test_every_phrase_is_read_as_pypinyin_reads_it() -> None:
    assert [one for one in PHRASES if read_run(one) != lazy_pinyin(one)] == []


UNREAD = "\U0003fffd"
"""A character without a reading stands for itself; pypinyin leaves several together."""

_PIECES = st.one_of(
    st.sampled_from(PHRASES),
    st.deferred(lambda: st.sampled_from(sorted(odd_phrases()))),
    st.sampled_from(PHRASES).flatmap(lambda one: st.sampled_from([one[:-1], one[1:]])),
    st.sampled_from(CHARACTERS),
    st.sampled_from(f"单曾教务处长乐重庆行了不得{UNREAD}"),
)


@given(st.lists(_PIECES, min_size=1, max_size=6).map("".join))
@example("下不了")
@example("放长线")
@example("是非得重")
@example(f"重庆{UNREAD}重庆{UNREAD}{UNREAD}")
def test_a_text_is_never_read_otherwise_than_pypinyin_reads_it(text: str) -> None:
    """Phrases that follow, overlap and break off; the second last example begins no phrase, so
    that the phrase within is read as one."""
    read = [[each] if each.strip(UNREAD) else list(each) for each in lazy_pinyin(text)]
    assert read_run(text) == [one for each in read for one in each]


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("单雪梅", "shanxuemei"),
        ("单雪梅", "danxuemei"),
        ("曾国强", "zengguoqiang"),
        ("曾国强", "cengguoqiang"),
        ("解晓东", "xiexiaodong"),
        ("仇英", "qiuying"),
        ("乐嘉", "yuejia"),
        ("乐嘉", "lejia"),
        ("翟天临", "zhaitianlin"),
        ("查良镛", "zhaliangyong"),
        ("任盈盈", "renyingying"),
        ("区志强", "ouzhiqiang"),
        ("朴树", "piaoshu"),
        ("盖叫天", "gejiaotian"),
        ("尉迟恭", "yuchigong"),
        ("万俟卨", "moqixie"),
        ("长孙无忌", "zhangsunwuji"),
        ("欧阳重庆", "ouyangchongqing"),
        ("吕布", "lvbu"),
        ("王ab重行", "wangabchongxing"),
        ("Alice 王", "wang"),
    ],
)
def test_a_name_is_found_by_how_it_sounds(name: str, typed: str) -> None:
    assert f" {typed}" in ours.search_words("", name, "")
    assert f" {typed}" in ours.heard(name)
