"""Words looked for in a text, and the text cut at what was found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.search import WORDS, Sound, needles, pieces, spans, standing, words

LETTERS = st.text("ab课程 -Ａ", max_size=40)
FOUND = st.lists(st.integers(0, 39), max_size=6, unique=True).map(sorted)


def cut(text: str, *asked: str, sounds: tuple[Sound, ...] = ()) -> str:
    found = spans(text, sounds, asked)
    return "".join(f"[{piece}]" if marked else piece for piece, marked in pieces(text, found))


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("", ()),
        (" \u3000 ", ()),
        ("Ｊｗｃ  教务处\tjwc", ("jwc", "教务处")),
        ("a b c d e f g", ("a", "b", "c", "d", "e")),
        ("\x00\u202e课程", ("课程",)),
    ],
)
def test_what_is_typed_is_taken_word_by_word(typed: str, asked: tuple[str, ...]) -> None:
    assert words(typed) == asked
    assert len(asked) <= WORDS


def test_letters_begin_a_word_and_anything_else_stands_anywhere() -> None:
    assert needles(["gx", "高翔", "1801", "cs.dean", "%"]) == (
        " gx",
        "高翔",
        "1801",
        "cs.dean",
        "%",
    )


@pytest.mark.parametrize(
    ("text", "asked", "shown"),
    [
        ("课程建群", ["建群"], "课程[建群]"),
        ("检查，并检查", ["检查"], "[检查]，并[检查]"),
        ("课程建群", ["课程", "程建"], "[课程建]群"),
        ("２０日—23日", ["20日"], "[２０日]—23日"),
        ("第①组", ["1"], "第[①]组"),
        ("课程", ["教师"], "课程"),
    ],
)
def test_words_are_marked_where_they_are_written(text: str, asked: list[str], shown: str) -> None:
    assert cut(text, *asked) == shown


def test_words_are_marked_where_they_sound() -> None:
    sounds = (
        Sound(0, 1, ("dan", "shan"), ("d", "s")),
        Sound(1, 2, ("yu",), ("y",)),
        Sound(2, 5, ("abc",), ("abc",)),
        Sound(6, 7, ("ting",), ("t",)),
    )
    text = "单于abc 婷"
    for asked, shown in {
        "sy": "[单于]abc 婷",
        "shanyuab": "[单于ab]c 婷",
        "yu": "单[于]abc 婷",
        "yuabcting": "单于abc 婷",
        "t": "单于abc [婷]",
    }.items():
        assert cut(text, asked, sounds=sounds) == shown


@given(LETTERS, FOUND, st.integers(1, 50))
def test_cutting_never_loses_or_changes_a_character(
    text: str, edges: list[int], longest: int
) -> None:
    edges = [edge for edge in edges if edge <= len(text)]
    found = list(zip(edges[::2], edges[1::2], strict=False))
    assert "".join(piece for piece, _ in pieces(text, found)) == text
    assert [piece for piece, marked in pieces(text, found) if marked] == [
        text[start:end] for start, end in found
    ]
    short = "".join(piece for piece, _ in pieces(text, found, longest))
    assert len(short.strip("…")) == min(longest, len(text))
    assert short.strip("…") in text
    if found and longest >= 4:
        assert any(marked for _, marked in pieces(text, found, longest))


def test_what_is_called_so_stands_before_what_only_begins_so() -> None:
    asked = [[(0, 3)], [(0, 2)], [(1, 3)], []]
    assert [standing("理学院", found) for found in asked] == [0, 1, 2, 2]
