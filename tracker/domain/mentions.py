"""Who is named in a text: 「@教务处负责人」, "@affairs"."""

import re
from collections.abc import Mapping

_WORD = re.compile(r"@([^\s@，。；：、！？,;:!?()（）]{1,40})")


def mentioned(text: str, names: Mapping[str, int]) -> tuple[list[int], list[str]]:
    """Ids of those named with an @, each once in order of appearance, and the words after an @ that
    name nobody. `names`: how each may be called -> id. The longest name that fits counts, so that
    Chinese text may go on without a blank; case does not matter."""
    spelled = sorted(names, key=len, reverse=True)
    found: dict[int, None] = {}
    unknown: dict[str, None] = {}
    for match in _WORD.finditer(text):
        word = match[1]
        name = next((name for name in spelled if _begins(word, name)), None)
        if name is None:
            unknown[word] = None
        else:
            found[names[name]] = None
    return list(found), list(unknown)


def _begins(word: str, name: str) -> bool:
    """A name of plain letters ends where the word does: "@info" is not "@information"."""
    if not word.casefold().startswith(name.casefold()):
        return False
    rest = word[len(name) :]
    return not rest or not (name[-1].isascii() and rest[0].isascii() and rest[0].isalnum())
