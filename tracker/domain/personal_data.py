"""Taking a person out of texts: their address and names give way to a pseudonym that says nothing
but that it is always the same person."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

SHORTEST_NAME = 2
"""A single character is no name: it would be found in every other word."""

LONE_KEY = 6
"""A key of so many characters is nobody else's; a shorter one counts only where it stands alone."""


@dataclass(frozen=True)
class Identity:
    """`numbers`: staff numbers, also earlier ones."""

    email: str
    name: str
    name_en: str
    numbers: tuple[str, ...] = ()


def pseudonym(user_id: int) -> Identity:
    """Of an account. `.invalid` is no domain of anybody (RFC 2606)."""
    return Identity(
        f"erased-{user_id}@erased.invalid",
        f"原用户{user_id}",
        f"Former user {user_id}",
        (f"erased-staff-{user_id}",),
    )


@dataclass(frozen=True)
class Swap:
    """`old` gives way to `new`: wherever it stands, or, if `alone`, where it is the whole value."""

    old: str
    new: str
    alone: bool = False


def swaps_of(person: Identity, alias: Identity) -> tuple[Swap, ...]:
    """The address, what mentions are made of it, the names, and staff numbers, which lists of
    teachers have as keys; a name that stands in both languages has the pseudonym of the first."""
    called = person.email.partition("@")[0]
    found = [Swap(person.email, alias.email), Swap(f"@{called}", f"@{alias.name}")]
    for old, new in ((person.name, alias.name), (person.name_en, alias.name_en)):
        if old not in {each.old for each in found}:
            found.append(Swap(old, new, alone=len(old) < SHORTEST_NAME))
    (number,) = alias.numbers
    found += [Swap(old, number, alone=len(old) < LONE_KEY) for old in person.numbers]
    return tuple(found)


def swaps_of_student(key: str, labels: Iterable[str], number: int) -> tuple[Swap, ...]:
    """Of a name on a list; `number` makes the pseudonym."""
    key_swap = Swap(key, f"erased-{number}", alone=len(key) < LONE_KEY)
    named = (Swap(label, f"原学生{number}", alone=len(label) < SHORTEST_NAME) for label in labels)
    return (key_swap, *named)


class Eraser:
    """Applies swaps to texts. `others`: names that hold one of the old ones and are left alone
    (王伟 is not 王伟东)."""

    def __init__(self, swaps: Collection[Swap], others: Collection[str] = ()) -> None:
        self.looked_for = tuple(swap.old for swap in swaps)
        self._alone = {swap.old: swap.new for swap in swaps}
        inside = {swap.old.casefold(): swap.new for swap in swaps if not swap.alone}
        longer = {name for name in others if name.casefold() not in inside}
        kept = [name for name in longer if any(old in name.casefold() for old in inside)]
        self._inside: Mapping[str, str] = inside
        words = sorted([*inside, *kept], key=len, reverse=True)
        pattern = "|".join(map(_bounded, words))
        self._pattern = re.compile(pattern, re.IGNORECASE) if inside else None

    def text(self, text: str) -> str:
        if text in self._alone:
            return self._alone[text]
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda found: self._swap(found[0]), text)

    def value(self, value: object) -> object:
        """The same of whatever JSON can hold, names of fields left alone."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {key: self.value(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(each) for each in value]
        return value

    def _swap(self, found: str) -> str:
        return self._inside.get(found.casefold(), found)


def _bounded(word: str) -> str:
    """Plain letters end where the word does: "Ann" is not "Anna", a@b.cn not a@b.cn.org."""
    before = r"(?<![A-Za-z0-9._+-])" if word[:1].isascii() and word[:1].isalnum() else ""
    after = (
        r"(?![A-Za-z0-9_-]|\.[A-Za-z0-9])" if word[-1:].isascii() and word[-1:].isalnum() else ""
    )
    return f"{before}{re.escape(word)}{after}"


_PLAIN = frozenset(
    (
        "code",
        "plan",
        "unit",
        "post",
        "kind",
        "role",
        "state",
        "from",
        "to",
        "day",
        "done_at",
        "part",
    )
)
"""Fields of an event whose words are never somebody's own."""


def without_words(detail: Mapping[str, object]) -> dict[str, object]:
    """What an event says, its numbers kept, what somebody wrote left out."""
    return {key: value if key in _PLAIN else _wordless(value) for key, value in detail.items()}


def _wordless(value: object) -> object:
    if isinstance(value, str):
        return ""
    if isinstance(value, Mapping):
        return {key: _wordless(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_wordless(each) for each in value]
    return value
