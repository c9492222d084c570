"""Which passwords are too easy: those that many people choose, and those about whoever chooses."""

import re
from functools import cache
from pathlib import Path

from tracker.domain.errors import N_, InvalidInput

PASSWORD_MIN, PASSWORD_MAX = 10, 128
COMMON = Path(__file__).with_name("common_passwords.txt")
OUR_WORDS = (
    *("tracker", "matrix", "campus", "university", "college", "office", "affairs", "teaching"),
    *("daxue", "xueyuan", "jiaowuchu", "jiaowu", "xueshengchu", "xiaoyuan", "mima", "gonghao"),
    *("password", "admin", "administrator", "rehearsal", "大学", "学院", "教务处", "学校", "密码"),
)
"""Words of this product and its offices: a password needs more than these and some digits."""
_ANY_AROUND, _AROUND = 3, 6
_WORTH = 4
"""Different characters that have to be left besides words that anybody would try."""


@cache
def common() -> frozenset[str]:
    lines = COMMON.read_text(encoding="ascii").splitlines()
    return frozenset(line for line in lines if not line.startswith("# "))


def check_password_rules(email: str, password: str, names: tuple[str, ...] = ()) -> None:
    """`names`: what the person is called and numbered. Any characters will do. Raises InvalidInput
    for a password that is too short, too long or too easy to guess."""
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise InvalidInput(
            "password",
            N_("A password needs %(low)s to %(high)s characters."),
            low=PASSWORD_MIN,
            high=PASSWORD_MAX,
        )
    plain = password.lower()
    words = sorted({*OUR_WORDS, *re.split(r"[@.\s]", email.lower()), *_parts(names)}, key=len)
    if _is_common(plain) or len(set(plain)) < _WORTH or len(set(_beyond(plain, words))) < _WORTH:
        raise InvalidInput("password", N_("This password is too easy to guess."))


def _is_common(plain: str) -> bool:
    """Whether it is a listed password with little around it: three characters of any kind, or six
    that are no letters."""
    size = len(plain)
    for around in range(min(_AROUND, size) + 1):
        for start in range(around + 1):
            end = size - around + start
            rest = plain[:start] + plain[end:]
            little = around <= _ANY_AROUND or not any(char.isalpha() for char in rest)
            if little and plain[start:end] in common():
                return True
    return False


def _parts(names: tuple[str, ...]) -> list[str]:
    return [part for name in names for part in (name or "").lower().split()]


def _beyond(plain: str, words: list[str]) -> str:
    """What is left of a password without these words, longest first, and, where one of them was in
    it, without digits and signs."""
    rest = plain
    for word in reversed(words):
        if len(word) > 1:
            rest = rest.replace(word, "")
    return rest if rest == plain else re.sub(r"[\W\d_]+", "", rest)
