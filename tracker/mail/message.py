"""The message as it goes on the wire.

It is written out, the same few headers every time: the standard library's way of building it costs
more than all the rest of sending it. Nothing gets in but through the functions below.
"""

import base64
import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import HeaderRegistry
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from tracker.mail.render import Rendered

_WORD_BYTES = 30
"""Text of one encoded word: a header's name and the word stay within a line of 76 (RFC 2047, 2)."""

_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,190}")
_headers = HeaderRegistry()


@dataclass(frozen=True)
class Mail:
    """`sender` and `to` are the bare addresses of the envelope, None for one that no relay takes;
    `message_id` without its domain; `content` the whole mail with its headers, ASCII, CRLF."""

    sender: str | None
    to: str | None
    message_id: str
    content: bytes


def compose_mail(rendered: Rendered, *, mail_from: str, message_id: str, sent_at: datetime) -> Mail:
    """The message itself. `message_id` is the outbox row's own, the same for every repeat. Raises
    ValueError for a line break in a header: nothing can add a header of its own."""
    sender, from_line = _address("From", mail_from)
    to, to_line = _address("To", rendered.to_address)
    boundary = f"=_{message_id}"  # No line of base64 begins so.
    lines = [
        from_line,
        to_line,
        _text("Subject", rendered.subject),
        f"Date: {format_datetime(sent_at)}",
        f"Message-ID: <{message_id}@{mail_from.rpartition('@')[2].rstrip('>')}>",
        "Auto-Submitted: auto-generated",
        *_unsubscribe(rendered.unsubscribe),
        _text("X-Reminder-Step", rendered.step),
        f"X-Reminder-Number: {rendered.number}",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/alternative; boundary="{boundary}"',
        "",
        *_part(boundary, "plain", rendered.text),
        *_part(boundary, "html", rendered.html),
        f"--{boundary}--",
        "",
    ]
    return Mail(sender, to, message_id, "\r\n".join(lines).encode("ascii"))


def _unsubscribe(address: str) -> list[str]:
    """One click for a mail program (RFC 8058)."""
    if not address:
        return []
    return [
        f"List-Unsubscribe: <{_one_line(address)}>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    ]


def _part(boundary: str, kind: str, text: str) -> list[str]:
    body = b"\r\n".join(text.encode().splitlines()) + b"\r\n"
    return [
        f"--{boundary}",
        f'Content-Type: text/{kind}; charset="utf-8"',
        "Content-Transfer-Encoding: base64",
        "",
        base64.encodebytes(body).decode("ascii").replace("\n", "\r\n"),
    ]


@lru_cache(maxsize=64)
def _address(name: str, value: str) -> tuple[str | None, str]:
    """The bare address, if it is one that every relay takes, and the header's line."""
    if _PLAIN_ADDRESS.fullmatch(value):
        return value, f"{name}: {value}"
    header: Any = _headers(name, _one_line(value))
    specs = [address.addr_spec for address in header.addresses]
    bare = specs[0] if len(specs) == 1 and specs[0].isascii() else None
    return bare, header.fold(policy=SMTP).removesuffix("\r\n")


def _text(name: str, text: str) -> str:
    """A header that reads back to exactly its text (B-31). The standard library's own folding loses
    blanks where long Chinese and Latin text mix, and takes text that looks like an encoded word for
    one; so whatever is not short and plain is encoded whole."""
    _one_line(text)
    if text.isascii() and text.isprintable() and len(text) <= 60 and "=?" not in text:
        return f"{name}: {text}"
    return f"{name}: " + "\r\n ".join(_encoded(text))


def _one_line(text: str) -> str:
    if len(text.splitlines()) > 1 or text.endswith(("\r", "\n")):
        raise ValueError("a header holds no line break")
    return text


def _encoded(text: str) -> list[str]:
    """Encoded words of whole characters; readers join them without blanks between."""
    chunks, chunk = [], b""
    for character in text:
        encoded = character.encode()
        if len(chunk) + len(encoded) > _WORD_BYTES:
            chunks.append(chunk)
            chunk = b""
        chunk += encoded
    return [f"=?utf-8?b?{base64.b64encode(part).decode()}?=" for part in (*chunks, chunk)]
