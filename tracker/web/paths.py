"""Where a form sends its reader afterwards, and what of an address a log may hold."""

import re
from urllib.parse import urlsplit

HOME = "/"


def safe_next(target: str | None, otherwise: str = HOME) -> str:
    """A path on this host, or `otherwise`. Refuses schemes, hosts, `//`, backslashes and control
    characters: no page of ours may send anyone elsewhere."""
    if not target or not target.startswith("/") or target.startswith("//"):
        return otherwise
    if "\\" in target or any(ord(c) < 33 or ord(c) == 127 for c in target):
        return otherwise
    try:
        parts = urlsplit(target)
    except ValueError:
        return otherwise
    return otherwise if parts.scheme or parts.netloc else target


_TOKENS = re.compile(r"^/(a|c|u|calendar|password/new)/[^/]+")


def loggable(path: str) -> str:
    """A path without the token that some addresses hold."""
    return _TOKENS.sub(r"/\1/…", path)
