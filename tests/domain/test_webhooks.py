"""Where events may go, and how a receiver knows that they are ours."""

import hashlib
import hmac
import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain import webhooks
from tracker.domain.errors import InvalidInput
from tracker.domain.webhooks import HookEvent, Target, is_public, may_connect, require_target

PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1%eth0",
    "fc00::1",
    "ff02::1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "64:ff9b::a00:1",
    "2002:a00:1::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_none_of_the_open_internet(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "114.114.114.114", "2001:4860:4860::8888"])
def test_a_public_address_is(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(network="10.0.0.0/8") | st.ip_addresses(network="192.168.0.0/16"))
def test_no_private_address_is_ever_called_however_it_is_wrapped(
    address: ipaddress.IPv4Address,
) -> None:
    wanted = Target("https", "office.example", 443, "/")
    mapped = ipaddress.IPv6Address(f"::ffff:{address}")
    sixtofour = ipaddress.IPv6Address((0x2002 << 112) | (int(address) << 80) | 1)
    for each in (address, mapped, sixtofour):
        for rehearsal in (True, False):
            assert not may_connect(wanted, str(each), rehearsal=rehearsal)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "office.example",
        "ftp://office.example/",
        "https://",
        "https://user:pass@office.example/",
        "https://office.example/#part",
        "https://office.example:0/",
        "https://office.example:99999/",
        "https://office.example/a b",
        "https://office.example/\r\nX: y",
        "https://[::1",
        "https://办公室.example/",
        "https://office.example\\@evil.example/",
        "https://office.example/" + "x" * 500,
        "http://office.example/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://10.0.0.1/hook",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest",
        "http://127.0.0.1:8000/",
    ],
)
def test_an_address_that_may_not_be_called_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput) as problem:
        require_target(url, rehearsal=False)
    assert problem.value.field == "url"


def test_loopback_is_called_in_rehearsal_only() -> None:
    here = require_target("http://127.0.0.1:8000/hook?x=1", rehearsal=True)
    assert (here.host, here.port, here.path) == ("127.0.0.1", 8000, "/hook?x=1")
    assert may_connect(here, "127.0.0.1", rehearsal=True)
    assert not may_connect(here, "127.0.0.1", rehearsal=False)
    assert not may_connect(here, "10.0.0.1", rehearsal=True)
    there = require_target("https://office.example/", rehearsal=True)
    assert not may_connect(there, "127.0.0.1", rehearsal=True)


@given(st.text())
def test_no_text_is_an_error_of_ours(url: str) -> None:
    for text in (url, f"https://{url}", f"https://office.example/{url}"):
        found = webhooks.target(text)
        assert found is None or found.host


@given(st.binary(), st.integers(0, 2**40))
def test_a_receiver_can_check_the_signature(body: bytes, moment: int) -> None:
    said = dict(part.split("=", 1) for part in webhooks.signature("s", moment, body).split(","))
    expected = hmac.new(b"s", said["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert said["v1"] == expected
    assert webhooks.signature("t", moment, body) != webhooks.signature("s", moment, body)


@pytest.mark.parametrize("words", [[], ["ping"], ["assignment.nothing"], ["plan.published", ""]])
def test_events_are_chosen_from_a_fixed_set(words: list[str]) -> None:
    with pytest.raises(InvalidInput):
        webhooks.chosen(words)


def test_events_are_kept_in_one_order() -> None:
    words = ["plan.closed", "assignment.verified", "plan.closed"]
    assert webhooks.chosen(words) == (HookEvent.VERIFIED, HookEvent.CLOSED)
