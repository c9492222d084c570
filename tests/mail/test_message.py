"""A mail's headers: exactly the text that was meant, and no other header."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.parser import BytesParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracker.mail.message import compose_mail
from tracker.mail.render import Rendered

SENT_AT = datetime(2020, 2, 22, 14, 0, tzinfo=UTC)
_CHINESE = st.text(
    "第三次提醒前还有项逾期个单位教务处学工处，。；：（）【】", min_size=1, max_size=80
)
_LATIN = st.text("abcXYZ0189", min_size=1, max_size=90)
_RARE = st.sampled_from(
    [" ", "  ", "; ", "=?utf-8?q?x?=", "=?", "?=", "_", "\t", "😀", "é", '"', ","]
)
subjects = (
    st.lists(st.one_of(_CHINESE, _LATIN, _RARE), min_size=1, max_size=30)
    .map(lambda parts: "".join(parts).strip())
    .filter(bool)
)


def wire(subject: str = "提醒", **more: str) -> bytes:
    given = {
        "to_address": "cs@campus.example",
        "step": "D 22:00",
        "text": "正文",
        "html": "<p>正文",
    }
    rendered = Rendered(number=3, subject=subject, lines=(), **{**given, **more})
    return compose_mail(
        rendered,
        mail_from="催办 <tracker@campus.example>",
        message_id="0a1b",
        sent_at=SENT_AT,
    ).content


@given(subjects)
@example("计算机学院" * 16 + " School of Computer Science " + "的第3次提醒" * 14)
@example("，前二十期前，期，期期，V3A2pP。：三有  ：】。【")
@example("[Reminder 4, last call] 16 open before 22 Feb 24:00; 15 open before 23 Feb 24:00")
def test_a_subject_reads_back_to_exactly_its_text(subject):
    """B-31, in both of the standard library's parsers: no stray blank, no split character, no line
    too long, nothing but ASCII on the wire."""
    raw = wire(subject)
    head = raw.partition(b"\r\n\r\n")[0]
    assert BytesParser(policy=policy.default).parsebytes(raw)["Subject"] == subject
    assert str(make_header(decode_header(message_from_bytes(raw)["Subject"]))) == subject
    assert raw.isascii()
    assert max(len(line) for line in head.split(b"\r\n")) <= 78
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998


def test_a_short_plain_subject_can_be_read_in_the_raw_file():
    assert b"\r\nSubject: [Reminder 1] 1 open\r\n" in wire("[Reminder 1] 1 open")


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\r\n "])
@pytest.mark.parametrize("field", ["subject", "to_address", "step"])
def test_a_line_break_adds_no_header(field, break_):
    """B-32: refused as a whole, whichever header it was smuggled into."""
    with pytest.raises(ValueError, match=r"linefeed|line|newline"):
        wire(**{field: f"a@campus.example{break_}Bcc: x@y.example"})


def test_the_body_cannot_reach_the_headers():
    """B-32: texts of people end up in an encoded body."""
    raw = wire(text="\r\n.\r\nBcc: x@y.example\r\n", html="\r\n\r\nBcc: x@y.example")
    parsed = BytesParser(policy=policy.default).parsebytes(raw)
    assert parsed["Bcc"] is None
    assert b"x@y.example" not in raw
    assert b"\r\n.\r\n" not in raw


def test_the_headers_say_who_what_and_that_a_machine_wrote_it():
    parsed = BytesParser(policy=policy.default).parsebytes(wire())
    assert parsed["From"] == "催办 <tracker@campus.example>"
    assert parsed["Message-ID"] == "<0a1b@campus.example>"
    assert parsed["Date"].datetime == SENT_AT
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert (parsed["X-Reminder-Step"], parsed["X-Reminder-Number"]) == ("D 22:00", "3")
    assert parsed.get_body(("plain",)).get_content().splitlines() == ["正文"]
    assert parsed.get_body(("html",)).get_content().splitlines() == ["<p>正文"]
