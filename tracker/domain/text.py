"""What people type, made safe to keep."""

import unicodedata

from tracker.domain.errors import N_, InvalidInput

_DROPPED = {"Cc", "Cf", "Cs"}

_BULLETS = range(0xF000, 0xF100)
"""Where Word keeps the signs of its symbol fonts."""


def clean(text: str) -> str:
    """NFC, line breaks as \\n, without control characters, invisible direction marks (a pasted
    vertical tab or a right-to-left override) and Word's bullets, stripped. Tabs and line breaks
    stay, and so does a rare character of a name that only newer tables or a campus's own font know.
    """
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(c for c in text if c in "\n\t" or _is_kept(c)).strip()


def is_noncharacter(char: str) -> bool:
    """Whether it will never be a character, in whatever version of Unicode."""
    code = ord(char)
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


def _is_kept(char: str) -> bool:
    dropped = unicodedata.category(char) in _DROPPED or ord(char) in _BULLETS
    return not dropped and not is_noncharacter(char)


def line(text: str, longest: int) -> str:
    """What nobody here typed, a file's name or another program's words, as it can be kept: `clean`,
    on one line, cut off where it is too long."""
    return " ".join(clean(text).split())[:longest]


def required(field: str, text: str, longest: int) -> str:
    """`clean` text of 1 to `longest` characters, on one line. Raises InvalidInput."""
    text = " ".join(clean(text).split())
    if not text or len(text) > longest:
        raise InvalidInput(field, N_("Enter 1 to %(max)s characters."), max=longest)
    return text


def optional(field: str, text: str, longest: int) -> str:
    """`clean` text of at most `longest` characters, possibly empty. Raises InvalidInput."""
    text = clean(text)
    if len(text) > longest:
        raise InvalidInput(field, N_("At most %(max)s characters, please."), max=longest)
    return text
