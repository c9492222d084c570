"""Ways in, what stands between a password and a session, and the name of a device."""

import re
from enum import StrEnum


class Way(StrEnum):
    """How a session was begun."""

    PASSWORD = "password"
    LINK = "link"
    CAMPUS = "campus"


class Step(StrEnum):
    """What a person who showed a password, or came from the campus's sign-on, has still to do."""

    CODE = "code"
    ENROL = "enrol"


_BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("DingTalk", "DingTalk"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS|OpenHarmony", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
"""The first that occurs: most say that they are the others too."""


def device_name(user_agent: str) -> str:
    """`Chrome · Windows`; "" where the browser says nothing that is known. Whatever it says, no
    word of it is kept."""
    found = [
        next((name for sign, name in known if re.search(sign, user_agent)), "")
        for known in (_BROWSERS, _SYSTEMS)
    ]
    return " · ".join(name for name in found if name)


STAFF_NUMBER = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}", re.ASCII)


def staff_number(typed: str) -> str | None:
    """As it is kept: without spaces around it, in lower case. None for what is none."""
    found = typed.strip().lower()
    return found if STAFF_NUMBER.fullmatch(found) else None
