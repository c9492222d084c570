"""The message as it goes on the wire."""

import base64
from datetime import datetime
from email.headerregistry import BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime
from typing import Any

from tracker.mail.render import Rendered

_WORD_BYTES = 39
"""Text of one encoded word: "Subject: " and the word stay within a line of 76 (RFC 2047, 2)."""


class _Subject(UnstructuredHeader, BaseHeader):
    """A subject that reads back to exactly its text (B-31). The standard library's own folding
    loses blanks where long Chinese and Latin text mix, and takes text that looks like an encoded
    word for one; so whatever is not short and plain is encoded whole."""

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        kwds["parse_tree"] = cls.value_parser("")
        kwds["decoded"] = value

    def fold(self, *, policy: Policy) -> str:
        text = str(self)
        if text.isascii() and text.isprintable() and len(text) <= 60 and "=?" not in text:
            return f"{self.name}: {text}{policy.linesep}"
        return f"{self.name}: " + f"{policy.linesep} ".join(_encoded(text)) + policy.linesep


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


_headers = HeaderRegistry()
_headers.map_to_type("subject", _Subject)
POLICY = SMTP.clone(header_factory=_headers)


def compose_mail(
    rendered: Rendered, *, mail_from: str, message_id: str, sent_at: datetime
) -> EmailMessage:
    """The message itself. `message_id` is the outbox row's own, the same for every repeat. Raises
    ValueError for a line break in a header: nothing can add a header of its own."""
    mail = EmailMessage(policy=POLICY)
    mail["From"] = mail_from
    mail["To"] = rendered.to_address
    mail["Subject"] = rendered.subject
    mail["Date"] = format_datetime(sent_at)
    mail["Message-ID"] = f"<{message_id}@{mail_from.rpartition('@')[2].rstrip('>')}>"
    mail["Auto-Submitted"] = "auto-generated"
    if rendered.unsubscribe:
        mail["List-Unsubscribe"] = f"<{rendered.unsubscribe}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["X-Reminder-Step"] = rendered.step
    mail["X-Reminder-Number"] = str(rendered.number)
    mail.set_content(rendered.text, cte="base64")
    mail.add_alternative(rendered.html, subtype="html", cte="base64")
    return mail
