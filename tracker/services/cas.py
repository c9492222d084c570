"""CAS, as most universities here have it: the server gives the browser a ticket, and we ask the
server whose it is. What is trusted is its answer alone, read by its exact shape."""

import re
from contextlib import suppress
from functools import cache
from typing import Any

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from tracker.at_need import at_need
from tracker.config import SignOn
from tracker.services.campus_server import Careful, NotBelieved, Unreachable

with suppress(ImportError):  # An extra; the settings say so to whoever names a server.
    cas, requests = at_need("cas"), at_need("requests")

_TICKET = re.compile(r"ST-[A-Za-z0-9._~:-]{1,250}", re.ASCII)
_NAMESPACE = "{http://www.yale.edu/tp/cas}"


def login_url(sign_on: SignOn, service: str) -> str:
    """Where the browser goes; it comes back to `service` with a ticket."""
    url: str = _client(sign_on, service).get_login_url()
    return url


def whose(sign_on: SignOn, service: str, ticket: str) -> str:
    """What names the person of a ticket. Asking uses it up: no ticket is good twice. Raises
    Unreachable, NotBelieved."""
    if not _TICKET.fullmatch(ticket):
        raise NotBelieved("the ticket is none")
    answer = _client(sign_on, service).get_verification_response(ticket)
    try:
        root = ElementTree.fromstring(answer)
    except (ElementTree.ParseError, DefusedXmlException, ValueError) as problem:
        raise Unreachable("the answer is no XML of CAS") from problem
    if root.tag != f"{_NAMESPACE}serviceResponse" or len(root) != 1:
        raise Unreachable("the answer is not one of CAS")
    if root[0].tag != f"{_NAMESPACE}authenticationSuccess":
        raise NotBelieved(f"the server says {root[0].get('code', root[0].tag)[:60]}")
    if root[0].find(f"{_NAMESPACE}proxies") is not None:
        raise NotBelieved("the ticket was got by a proxy")
    return _named(root[0], sign_on.claim)


def greet(sign_on: SignOn) -> None:
    """Whether the server refuses a ticket that it never gave, as CAS does. Raises Unreachable."""
    with suppress(NotBelieved):
        whose(sign_on, "https://tracker.invalid/", "ST-none")


def _named(success: Any, claim: str) -> str:
    """The server's name of the person, or the one attribute that the settings say. A name hidden
    deeper, or two of them, is nobody's."""
    place = f"{_NAMESPACE}attributes/{_NAMESPACE}{claim}" if claim else f"{_NAMESPACE}user"
    found = success.findall(place)
    if len(found) != 1 or len(found[0]) or not (found[0].text or "").strip():
        raise NotBelieved(f"the answer names {len(found)} people in {claim or 'user'}")
    return str(found[0].text).strip()


def _client(sign_on: SignOn, service: str) -> Any:
    """Attributes stand in answers of version 3 only; plain names are in those of every server."""
    return cas.CASClient(
        version=3 if sign_on.claim else 2,
        server_url=sign_on.server.rstrip("/") + "/",
        service_url=service,
        session=_kind_of_session()(sign_on.server),
    )


@cache
def _kind_of_session() -> Any:
    class Session(Careful, requests.Session):  # type: ignore[name-defined]
        pass

    return Session
