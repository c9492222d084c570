"""The rehearsal's mailbox: the letters in a folder, whatever else lies there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import Path

_NAME = re.compile(r"[0-9a-f]{40}\.eml")
_BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Letter:
    """What a list shows of a mail. `at`: its Date, campus time, aware; None where it has none that
    can be read."""

    name: str
    at: datetime | None
    sender: str
    to: str
    subject: str


@dataclass(frozen=True)
class Opened:
    """A whole mail. `headers` in their order; `text`, `html`: None where it has no such part that
    can be read."""

    letter: Letter
    headers: tuple[tuple[str, str], ...]
    text: str | None
    html: str | None


def letters(folder: Path, to: str | None = None) -> list[Letter]:
    """The mails in the folder, newest first, `to` one address if given. A half-written file, one
    that vanishes meanwhile and anything that is not a mail of ours is passed over."""
    found = []
    for path in _paths(folder):
        content = _read(path)
        if content is not None:
            letter = _letter(path.name, _headers(_parse(content, headers_only=True)))
            if to is None or is_to(letter, to):
                found.append(letter)
    found.sort(key=lambda each: (each.to, each.name))
    return sorted(found, key=lambda each: each.at or _BEGINNING, reverse=True)


def is_to(letter: Letter, address: str) -> bool:
    return letter.to.strip().casefold() == address.strip().casefold()


def raw(folder: Path, name: str) -> bytes | None:
    """A mail's file as it was written. None for a name that no mail of ours has."""
    return _read(folder / name) if _NAME.fullmatch(name) else None


def opened(folder: Path, name: str) -> Opened | None:
    """A mail in full, or None."""
    content = raw(folder, name)
    if content is None:
        return None
    mail = _parse(content, headers_only=False)
    headers = _headers(mail)
    return Opened(_letter(name, headers), headers, _part(mail, "plain"), _part(mail, "html"))


def _paths(folder: Path) -> Sequence[Path]:
    try:
        return [path for path in folder.iterdir() if _NAME.fullmatch(path.name)]
    except OSError:
        return []


def _read(path: Path) -> bytes | None:
    """Never through a link: what lies elsewhere is nobody's letter."""
    try:
        return None if path.is_symlink() else path.read_bytes()
    except OSError:
        return None


def _parse(content: bytes, *, headers_only: bool) -> EmailMessage:
    return BytesParser(policy=policy.default).parsebytes(content, headersonly=headers_only)


def _headers(mail: EmailMessage) -> tuple[tuple[str, str], ...]:
    """Every header in words, in their order."""
    return tuple((_clean(name), _words(mail, name, value)) for name, value in mail.raw_items())


def _words(mail: EmailMessage, name: str, value: str) -> str:
    try:
        return _clean(str(mail.policy.header_fetch_parse(name, value)))
    except Exception:  # The library stumbles in many ways over what no mail of ours ever holds.
        return _clean(str(value))


def _letter(name: str, headers: Sequence[tuple[str, str]]) -> Letter:
    said = {key.lower(): value for key, value in reversed(headers)}
    at = _date(said.get("date", ""))
    return Letter(name, at, *(said.get(key, "") for key in ("from", "to", "subject")))


def _date(text: str) -> datetime | None:
    try:
        value = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return value if value.tzinfo else None


def _part(mail: EmailMessage, kind: str) -> str | None:
    """The text of the part of this kind that a reader would show."""
    try:
        part = mail.get_body((kind,))
        return None if part is None else _clean(part.get_content())
    except Exception:  # An unknown charset, a broken part: see `_words`. The file itself is there.
        return None


def _clean(text: str) -> str:
    """Without the stand-ins for bytes that were no text: no page could be encoded with them."""
    return text.encode("utf-8", "replace").decode("utf-8")
