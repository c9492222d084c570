"""Webhooks: which events other programs may hear of, where they may be told, and how they know
that it was us."""

import hashlib
import hmac
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from tracker.domain.errors import N_, InvalidInput

URL_MAX = 500
GIVES_UP_AFTER = timedelta(days=3)
"""A hook that has failed for so long is switched off, and an event that is so old is not told."""

AT_LEAST = 5
"""Failures before a hook is switched off, however long ago the first was."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


class HookEvent(StrEnum):
    """What happened; all but the last two are the record's own words."""

    CHECKED_OFF = "assignment.checked_off"
    UNDONE = "assignment.undone"
    VERIFIED = "assignment.verified"
    SENT_BACK = "assignment.sent_back"
    WAIVED = "assignment.waived"
    REOPENED = "assignment.reopened"
    CHECKED_IN = "assignment.checked_in"
    PUBLISHED = "plan.published"
    CLOSED = "plan.closed"
    REMINDER_DEAD = "reminder.dead"
    PING = "ping"


CHOICES = tuple(event for event in HookEvent if event is not HookEvent.PING)
RECORDED = tuple(event for event in CHOICES if event is not HookEvent.REMINDER_DEAD)


@dataclass(frozen=True)
class Target:
    """Where to connect and what to ask for there. `host` without brackets, in ASCII."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def is_this_machine(self) -> bool:
        return self.host in _THIS_MACHINE


def target(url: str) -> Target | None:
    """The parts of a web address that is one; None for any other text, and for one that holds a
    name and a password or a fragment."""
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > URL_MAX:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        return None
    if "@" in parts.netloc or parts.fragment or "\\" in url:
        return None
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, parts.hostname, port or _port(parts.scheme), path)


def _port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


def require_target(url: str, *, rehearsal: bool) -> Target:
    """https to a public host; in rehearsal http to this machine too. Raises InvalidInput."""
    found = target(url.strip())
    if found is None:
        raise InvalidInput("url", N_("Enter a web address such as https://office.example/hook."))
    if rehearsal and found.is_this_machine:
        return found
    if found.scheme != "https":
        raise InvalidInput("url", N_("The address must begin with https://."))
    if found.is_this_machine or (_is_address(found.host) and not is_public(found.host)):
        raise InvalidInput("url", N_("This address lies in a private network: it is not called."))
    return found


def may_connect(wanted: Target, address: str, *, rehearsal: bool) -> bool:
    """Whether a name that stands for this IP address may be called. Asked at each connection, for
    a name may stand for something else by then."""
    if rehearsal and wanted.is_this_machine:
        return ipaddress.ip_address(address).is_loopback
    return wanted.scheme == "https" and is_public(address)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet, also behind what wraps an IPv4 one."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        if found.sixtofour is not None or found.teredo is not None or found in _NAT64:
            return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def chosen(words: Iterable[str]) -> tuple[HookEvent, ...]:
    """Events by their words, in our order. Raises InvalidInput for none, and for one that does not
    exist."""
    wanted = set(words)
    if not wanted or wanted - set(CHOICES):
        raise InvalidInput("event", N_("Choose at least one event."))
    return tuple(event for event in CHOICES if event in wanted)


def signature(secret: str, moment: int, body: bytes) -> str:
    """The header's value. `moment`: seconds since 1970, signed with the body so that an old request
    cannot be sent again by somebody else."""
    signed = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256)
    return f"t={moment},v1={signed.hexdigest()}"


_OUTAGES = 10_000


def about_outage(hook_id: int, outage: int) -> int:
    """What the notice of a hook that was switched off is about, as one number."""
    return hook_id * _OUTAGES + outage % _OUTAGES


def hook_of(about_id: int) -> int:
    return about_id // _OUTAGES
