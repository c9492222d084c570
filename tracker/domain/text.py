"""What people type, made safe to keep."""

import unicodedata

from tracker.domain.errors import N_, InvalidInput

_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn"}


def clean(text: str) -> str:
    """NFC, line breaks as \\n, without control characters and invisible direction marks (a pasted
    vertical tab or a right-to-left override), stripped. Tabs and line breaks stay."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = (c for c in text if c in "\n\t" or unicodedata.category(c) not in _DROPPED)
    return "".join(kept).strip()


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
