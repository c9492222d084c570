"""What people type, made safe to keep."""

import pytest

from tracker.domain.spreadsheets import printable
from tracker.domain.text import clean

RARE = {
    "of Unicode 15": "\U00031350",
    "of Unicode 15.1": "\U0002ebf0",
    "of Unicode 17": "\U000323b0",
    "of GB18030 before 2005": "\ue863",
}


@pytest.mark.parametrize("char", RARE.values(), ids=RARE)
def test_a_rare_character_of_a_name_is_kept_whatever_this_python_knows(char: str) -> None:
    assert clean(f" 龚{char} ") == f"龚{char}"
    assert printable(f"龚{char}") == f"龚{char}"


@pytest.mark.parametrize(
    "char", ["\x0b", "\u202e", "\u200b", "\ufeff", "\ufffe", "\U0001ffff", "\uf0b7"]
)
def test_what_shows_nothing_or_is_a_bullet_of_word_is_dropped(char: str) -> None:
    assert clean(f"张{char}三") == "张三"
