"""What a relay says or does, and what a sender may conclude from it."""

import os
import shutil
import socket
import subprocess
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.jobs import relay as relays
from tests.jobs.relay import ACCEPT_AND_DROP, DROP
from tests.serving import free_port
from tracker.mail import transport as transports
from tracker.mail.mailbox import Mailbox
from tracker.mail.message import Mail, compose_mail
from tracker.mail.render import Rendered
from tracker.mail.transport import Doubtful, LeaseLost, Refused, Smtp, Unavailable

pytestmark = pytest.mark.smtp
TO = "cs@campus.example"
SENT_AT = datetime(2020, 2, 22, 14, 0, tzinfo=UTC)


def yes() -> bool:
    return True


def mail(number: int = 1, to: str = TO, sender: str = "催办 <tracker@campus.example>") -> Mail:
    rendered = Rendered(
        to, "D 09:00", 3, "【第3次提醒】22日24:00前还有16项", "正文\n", "<p>正文", ()
    )
    return compose_mail(rendered, mail_from=sender, message_id=str(number), sent_at=SENT_AT)


@pytest.fixture
def relay():
    with relays.running() as running:
        yield running


@pytest.fixture
def smtp(relay):
    smtp = Smtp(relay.url)
    yield smtp
    smtp.close()


def conclude(smtp: Smtp, message: Mail) -> str:
    """What a sender learns: the relay's reply, or the failure's name, with its finality."""
    try:
        return smtp.send(message, yes)
    except Refused as refusal:
        return "Refused for good" if refusal.final else "Refused for now"
    except (Unavailable, Doubtful, LeaseLost) as problem:
        return type(problem).__name__


@pytest.mark.parametrize(
    ("command", "reply", "conclusion"),
    [
        ("EHLO", DROP, "Unavailable"),
        ("MAIL", "550 5.7.1 sender not allowed", "Unavailable"),
        ("MAIL", "451 4.3.0 try later", "Unavailable"),
        ("MAIL", "421 4.3.2 shutting down", "Unavailable"),
        ("MAIL", DROP, "Unavailable"),
        ("RCPT", "550 5.1.1 no such user", "Refused for good"),
        ("RCPT", "552 5.2.2 mailbox full", "Refused for good"),
        ("RCPT", "450 4.2.0 greylisted", "Refused for now"),
        ("RCPT", "421 4.3.2 shutting down", "Refused for now"),
        ("RCPT", "what?", "Refused for now"),
        ("RCPT", DROP, "Refused for now"),
        ("DATA", "451 4.3.0 no room", "Refused for now"),
        ("DATA", "554 5.7.1 not here", "Refused for good"),
        ("DATA", "250 what?", "Refused for now"),
        ("DATA", DROP, "Refused for now"),
        (".", "451 4.3.0 scanner busy", "Refused for now"),
        (".", "421 4.3.2 shutting down", "Refused for now"),
        (".", "554 5.6.0 looks like spam", "Refused for good"),
        (".", "354 go on?", "Doubtful"),
        (".", "what?", "Doubtful"),
        (".", DROP, "Doubtful"),
        (".", ACCEPT_AND_DROP, "Doubtful"),
        (".", "251 taken and forwarded", "251 taken and forwarded"),
    ],
)
def test_what_a_reply_means_and_the_next_message_goes_out(relay, smtp, command, reply, conclusion):
    """A refusal is only said of what was certainly not taken, a doubt only of what may have been.
    Whatever happened, the same sender delivers its next message (B-37)."""
    relay.answer(command, reply, times=1)
    assert conclude(smtp, mail(1)) == conclusion
    was_accepted = "<1@campus.example>" in relay.message_ids
    assert was_accepted == (conclusion[0] == "2" or reply == ACCEPT_AND_DROP)
    assert conclude(smtp, mail(2)) == "250 taken"
    assert relay.message_ids.count("<2@campus.example>") == 1


def test_the_relays_own_words_are_kept(relay, smtp):
    relay.answer("RCPT", "550 5.1.1 no such user here")
    with pytest.raises(Refused, match=r"550 5\.1\.1 no such user here"):
        smtp.send(mail(), yes)


def test_one_connection_carries_many_messages(relay, smtp):
    for number in range(20):
        assert smtp.send(mail(number), yes) == "250 taken"
    assert relay.connections == 1
    assert len(set(relay.message_ids)) == 20


def test_a_connection_that_has_just_answered_is_not_asked_whether_it_stands(relay, smtp):
    for number in range(3):
        smtp.send(mail(number), yes)
    assert "NOOP" not in relay.commands


@pytest.mark.parametrize("fresh", [0.0, transports.FRESH])
def test_a_connection_that_the_relay_dropped_while_idle_is_opened_again(
    relay, smtp, monkeypatch, fresh
):
    """Whether it is noticed before the next mail or in its first command."""
    monkeypatch.setattr(transports, "FRESH", fresh)
    smtp.send(mail(1), yes)
    relay.drop_all()
    assert smtp.send(mail(2), yes) == "250 taken"
    relay.answer("MAIL" if fresh else "NOOP", "421 4.4.2 enough for one connection", times=1)
    assert smtp.send(mail(3), yes) == "250 taken"
    assert relay.connections == 3
    assert len(relay.accepted) == 3


def test_a_sender_that_is_refused_on_a_new_connection_too_is_unavailable(relay, smtp):
    smtp.send(mail(1), yes)
    relay.answer("MAIL", "550 5.7.1 sender not allowed", times=2)
    assert conclude(smtp, mail(2)) == "Unavailable"
    assert relay.connections == 2


def test_a_refused_recipient_does_not_cost_the_connection(relay, smtp):
    relay.answer("RCPT", "550 no", to="gone@campus.example")
    for number, to in enumerate([TO, "gone@campus.example", TO]):
        conclude(smtp, mail(number, to))
    assert relay.connections == 1
    assert len(relay.accepted) == 2


def test_what_arrives_is_byte_for_byte_what_was_made(relay, smtp):
    smtp.send(mail(), yes)
    assert relay.accepted[0].content == mail().content
    assert relay.accepted[0].content.isascii()


def test_a_line_that_begins_with_a_dot_arrives_with_its_dot(relay, smtp):
    content = b"Message-ID: <1@x>\r\n\r\n.one\r\n..two\r\n.\r\nend\r\n"
    smtp.send(replace(mail(), content=content), yes)
    assert relay.accepted[0].content == content


def test_nothing_is_handed_over_once_the_lease_is_lost(relay, smtp):
    with pytest.raises(LeaseLost):
        smtp.send(mail(1), lambda: False)
    assert not [command for command in relay.commands if command.startswith("DATA")]
    assert smtp.send(mail(2), yes) == "250 taken"
    assert relay.connections == 1


def test_the_mark_comes_after_the_recipient_and_before_the_data(relay, smtp):
    seen: list[list[str]] = []
    smtp.send(mail(), lambda: bool(seen.append([c.split()[0] for c in relay.commands])) or True)
    assert seen == [["EHLO", "MAIL", "RCPT"]]


def test_when_the_mark_itself_fails_the_next_message_starts_on_a_clean_connection(relay, smtp):
    def fail() -> bool:
        raise OSError("the database is away")

    with pytest.raises(OSError, match="the database is away"):
        smtp.send(mail(1), fail)
    assert smtp.send(mail(2), yes) == "250 taken"
    assert relay.message_ids == ["<2@campus.example>"]


def test_nobody_listening_is_unavailable():
    assert conclude(Smtp(f"smtp://127.0.0.1:{free_port()}"), mail()) == "Unavailable"


def test_a_relay_that_never_greets_is_unavailable(monkeypatch):
    monkeypatch.setattr(transports, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
        assert conclude(Smtp(url), mail()) == "Unavailable"


@pytest.mark.parametrize(
    ("command", "conclusion"),
    [
        ("EHLO", "Unavailable"),
        ("MAIL", "Unavailable"),
        ("RCPT", "Refused for now"),
        ("DATA", "Refused for now"),
        (".", "Doubtful"),
    ],
)
def test_a_tarpit_holds_a_sender_only_as_long_as_its_timeout(
    relay, monkeypatch, command, conclusion
):
    """Also the body's reply is not waited for without end: then it is a doubt."""
    monkeypatch.setattr(transports, "TIMEOUT", 0.3)
    monkeypatch.setattr(transports, "DATA_TIMEOUT", 0.3)
    relay.answer(command, delay=1.5, times=1)
    smtp = Smtp(relay.url)
    assert conclude(smtp, mail(1)) == conclusion
    assert conclude(smtp, mail(2)) == "250 taken"
    smtp.close()


def test_a_slow_relay_is_waited_for(relay, smtp):
    relay.answer(".", delay=0.5)
    assert conclude(smtp, mail()) == "250 taken"


def test_the_sender_takes_its_leave(relay, smtp):
    smtp.send(mail(), yes)
    smtp.close()
    assert relay.commands[-1] == "QUIT"


def test_a_refused_password_is_unavailable_and_the_right_one_signs_in(relay):
    smtp = Smtp(relay.url.replace("smtp://", "smtp://tracker%40campus:pass%3Aword@"))
    relay.answer("AUTH", "535 5.7.8 authentication failed", times=3)
    assert conclude(smtp, mail(1)) == "Unavailable"
    relay.forget()
    assert conclude(smtp, mail(2)) == "250 taken"
    smtp.close()
    assert relay.message_ids == ["<2@campus.example>"]


def test_a_password_that_no_relay_understands_is_unavailable(relay):
    smtp = Smtp(relay.url.replace("smtp://", "smtp://tracker:密码@"))
    assert conclude(smtp, mail()) == "Unavailable"


def test_without_starttls_nothing_is_said_in_clear(relay):
    """A relay that does not offer it, or somebody who strikes the offer out on the way."""
    smtp = Smtp(relay.url.replace("smtp://", "smtp://tracker:secret@") + "?tls=starttls")
    assert conclude(smtp, mail()) == "Unavailable"
    assert {command.split()[0] for command in relay.commands} == {"EHLO"}


@pytest.mark.parametrize("reply", ["454 4.7.0 TLS not available", "220 go ahead", DROP])
def test_a_starttls_that_fails_is_unavailable(reply):
    with relays.running(features=("STARTTLS",)) as relay:
        relay.answer("STARTTLS", reply)
        assert conclude(Smtp(f"{relay.url}?tls=starttls"), mail()) == "Unavailable"
        assert relay.accepted == []


def test_a_relay_with_a_certificate_that_nobody_vouches_for_is_unavailable(tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate of this test")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    make += ["-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(make, check=True, capture_output=True)
    context = transports.ssl.SSLContext(transports.ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            peer, _address = server.accept()
            with peer, pytest.raises(OSError, match=r".*"):
                context.wrap_socket(peer, server_side=True)

        thread = threading.Thread(target=greet)
        thread.start()
        url = f"smtps://localhost:{server.getsockname()[1]}"
        assert conclude(Smtp(url), mail()) == "Unavailable"
        thread.join(5)


@pytest.mark.parametrize(
    "to", ["秘书@campus.example", "cs@学院.example", "a@b.example, c@d.example"]
)
def test_an_address_that_relays_do_not_take_is_refused_for_good(relay, smtp, to):
    assert conclude(smtp, mail(1, to)) == "Refused for good"
    assert conclude(smtp, mail(2)) == "250 taken"


def test_a_sender_address_that_relays_do_not_take_blames_no_message(relay, smtp):
    assert conclude(smtp, mail(sender="催办@campus.example")) == "Unavailable"


class TestMailbox:
    def test_a_mail_is_one_file_and_a_repeat_lands_on_itself(self, tmp_path):
        mailbox = Mailbox(tmp_path / "mailbox")
        for _ in range(2):
            assert mailbox.send(mail(7), yes) == "written to 7.eml"
        mailbox.send(mail(8), yes)
        assert sorted(path.name for path in mailbox.folder.iterdir()) == ["7.eml", "8.eml"]
        assert (mailbox.folder / "7.eml").read_bytes() == mail(7).content

    def test_without_a_lease_nothing_is_written(self, tmp_path):
        with pytest.raises(LeaseLost):
            Mailbox(tmp_path / "mailbox").send(mail(), lambda: False)
        assert list(tmp_path.iterdir()) == []

    def test_a_folder_that_cannot_be_written_refuses_for_now_and_leaves_nothing(self, tmp_path):
        (tmp_path / "mailbox").write_text("a file where the folder should be")
        with pytest.raises(Refused) as refusal:
            Mailbox(tmp_path / "mailbox").send(mail(), yes)
        assert not refusal.value.final

    def test_a_half_written_mail_is_never_seen(self, tmp_path, monkeypatch):
        def fail(_descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", fail)
        with pytest.raises(Refused, match="No space left"):
            Mailbox(tmp_path).send(mail(), yes)
        assert list(tmp_path.iterdir()) == []
