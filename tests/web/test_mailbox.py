"""The rehearsal's mailbox: real mails as their readers see them, safely, whatever lies beside."""

import re
from collections.abc import Callable
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page
from werkzeug.test import TestResponse

from tests.rehearsal import StandingClock
from tests.serving import enter
from tests.web import mails
from tests.web.duties import words
from tracker.queries import mailbox
from tracker.web.headers import POLICY

SignIn = Callable[[FlaskClient, str], FlaskClient]


@pytest.fixture
def folder(app: Flask) -> Path:
    path: Path = app.config["TRACKER"].mailbox
    path.mkdir(parents=True, exist_ok=True)
    return path


@pytest.fixture
def sent(app: Flask, at: StandingClock) -> Callable[[str], str]:
    """Every mail of 21日09:00 and 22日18:00; `sent("cs")`: the file name of the person's newest."""
    mails.tick(app, at, "2020-02-21T09:00", "2020-02-22T18:00")
    return lambda name: f"{mails.message_to(name).message_id}.eml"


def listed(page: TestResponse) -> list[tuple[str, str, str]]:
    """Date, address and subject of every listed mail."""
    return [
        (at.strip(), to, subject)
        for at, to, subject in re.findall(
            r'class="letter-at">([^<]*)</span>.*?class="letter-to"><bdi>([^<]*)</bdi>.*?'
            r'class="letter-subject"><bdi>([^<]*)</bdi>',
            page.text,
            re.S,
        )
    ]


def write(folder: Path, name: str, content: bytes) -> str:
    (folder / name).write_bytes(content)
    return name


class TestTheList:
    def test_the_newest_stand_first_with_campus_date_and_readable_subject(
        self, client: FlaskClient, sign_in: SignIn, sent: Callable[[str], str]
    ) -> None:
        """15 of the 21st and 27 of the 22nd."""
        found = listed(sign_in(client, "affairs").get("/mailbox"))
        assert len(found) == 42
        assert {at for at, _to, _subject in found[:27]} == {"2月22日18:00"}
        assert {at for at, _to, _subject in found[27:]} == {"2月21日09:00"}
        assert (
            "2月22日18:00",
            "cs@campus.example",
            "【第2次提醒】22日24:00前还有1项；23日24:00前还有15项",
        ) in found

    def test_one_address_can_be_chosen(
        self, client: FlaskClient, sign_in: SignIn, sent: Callable[[str], str]
    ) -> None:
        sign_in(client, "affairs")
        found = listed(client.get("/mailbox?to=CS@campus.example"))
        assert [to for _at, to, _subject in found] == ["cs@campus.example"] * 2
        nobody = client.get("/mailbox?to=nobody@campus.example")
        assert "没有发给nobody@campus.example的邮件。" in words(nobody)
        assert len(listed(client.get("/mailbox?to="))) == 42

    @pytest.mark.parametrize("to", ["cs", "a\0@b", "x" * 300 + "@campus.example", "a\n@b"])
    def test_what_is_no_address_is_refused_in_words(
        self, client: FlaskClient, sign_in: SignIn, to: str
    ) -> None:
        answer = sign_in(client, "affairs").get("/mailbox", query_string={"to": to})
        assert answer.status_code == 400
        assert "不是邮箱地址。" in words(answer)

    def test_fifty_a_page(self, client: FlaskClient, sign_in: SignIn, folder: Path) -> None:
        for number in range(51):
            write(folder, f"{number:040x}.eml", b"To: cs@campus.example\r\n\r\nhello")
        sign_in(client, "affairs")
        assert len(listed(client.get("/mailbox"))) == 50
        assert len(listed(client.get("/mailbox?page=2"))) == 1
        assert client.get("/mailbox?page=3").status_code == 404
        assert client.get("/mailbox?page=x").status_code == 400

    def test_an_empty_mailbox_says_when_the_first_mail_comes(
        self, client: FlaskClient, sign_in: SignIn
    ) -> None:
        page = sign_in(client, "affairs").get("/mailbox")
        assert "目前还没有邮件。 下一次提醒在21日09:00（今天）" in words(page)
        assert "将时间前进到21日09:00" in words(page)
        page = sign_in(client, "cs").get("/mailbox")
        assert "目前还没有邮件。 下一次提醒在21日09:00（今天）" in words(page)
        assert "教务处可在页面顶部调整时间。" in words(page)
        assert "将时间前进到" not in words(page)


class TestOneMail:
    def test_it_shows_headers_text_and_the_page_as_a_mail_program_would(
        self, client: FlaskClient, sign_in: SignIn, sent: Callable[[str], str]
    ) -> None:
        name = sent("cs")
        page = sign_in(client, "cs").get(f"/mailbox/{name}")
        said = words(page)
        assert "收件人 cs@campus.example" in said
        assert "日期 2020年2月22日（周六）18:00" in said
        assert "截止时间：22日24:00（今天）" in said
        assert "X-Reminder-Step D 18:00" in said
        assert f'<iframe class="letter-frame" src="/mailbox/{name}/html" sandbox=' in page.text

    def test_the_file_comes_down_byte_for_byte(
        self, client: FlaskClient, sign_in: SignIn, sent: Callable[[str], str], folder: Path
    ) -> None:
        name = sent("cs")
        answer = sign_in(client, "cs").get(f"/mailbox/{name}/raw")
        assert answer.data == (folder / name).read_bytes()
        assert answer.content_type == "message/rfc822"
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        mail = BytesParser(policy=policy.default).parsebytes(answer.data)
        assert mail["Subject"] == "【第2次提醒】22日24:00前还有1项；23日24:00前还有15项"

    def test_only_the_mail_s_own_page_may_be_framed_and_only_its_reader_frames(
        self, client: FlaskClient, sign_in: SignIn, sent: Callable[[str], str]
    ) -> None:
        name = sent("cs")
        sign_in(client, "cs")
        own = client.get(f"/mailbox/{name}/html").headers["Content-Security-Policy"]
        assert own == (
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
            "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
        )
        reader = client.get(f"/mailbox/{name}").headers["Content-Security-Policy"]
        assert reader == f"{POLICY}; frame-src 'self'"
        for path in ("/mailbox", f"/mailbox/{name}/raw", "/mailbox/none/html", "/mine", "/login"):
            assert client.get(path).headers["Content-Security-Policy"] == POLICY, path

    def test_a_script_in_a_mail_is_served_where_it_cannot_run(
        self, client: FlaskClient, sign_in: SignIn, folder: Path
    ) -> None:
        """Not ours to clean, ours to lock in: the sandbox has no allow-scripts."""
        name = write(
            folder,
            "a" * 40 + ".eml",
            b"To: cs@campus.example\r\nSubject: <script>alert(1)</script>\r\n"
            b"Content-Type: text/html\r\n\r\n<script>alert(2)</script>",
        )
        sign_in(client, "cs")
        html = client.get(f"/mailbox/{name}/html")
        assert "allow-scripts" not in html.headers["Content-Security-Policy"]
        page = client.get(f"/mailbox/{name}")
        assert "<script>alert" not in page.text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
        assert "<script>alert" not in client.get("/mailbox").text


class TestWhoseMail:
    def test_a_college_sees_its_own_only(
        self, client: FlaskClient, sign_in: SignIn, sent: Callable[[str], str]
    ) -> None:
        """B-62."""
        foreign = sent("info")
        sign_in(client, "cs")
        assert {to for _at, to, _subject in listed(client.get("/mailbox"))} == {"cs@campus.example"}
        assert "info@" not in client.get("/mailbox").text
        assert listed(client.get("/mailbox?to=info@campus.example")) == []
        for tail in ("", "/html", "/raw"):
            assert client.get(f"/mailbox/{foreign}{tail}").status_code == 404

    @pytest.mark.parametrize("who", ["affairs", "president"])
    def test_who_oversees_sees_everybody_s(
        self, client: FlaskClient, sign_in: SignIn, sent: Callable[[str], str], who: str
    ) -> None:
        sign_in(client, who)
        for tail in ("", "/html", "/raw"):
            assert client.get(f"/mailbox/{sent('info')}{tail}").status_code == 200

    def test_a_stranger_signs_in_first(
        self, client: FlaskClient, sent: Callable[[str], str]
    ) -> None:
        for path in ("", f"/{sent('cs')}", f"/{sent('cs')}/html", f"/{sent('cs')}/raw"):
            answer = client.get(f"/mailbox{path}")
            assert answer.status_code == 302
            assert answer.headers["Location"].startswith("/login")

    def test_in_real_use_there_is_no_mailbox(
        self, make_app: Callable[..., Flask], sqlite_url: str, sign_in: SignIn
    ) -> None:
        app = make_app(
            sqlite_url,
            REHEARSAL="0",
            SMTP_URL="smtp://127.0.0.1:9",
            MAIL_FROM="tracker@campus.example",
            TWO_FACTOR="off",
        )
        client = sign_in(app.test_client(), "affairs")
        for path in ("", "/" + "a" * 40 + ".eml", "/" + "a" * 40 + ".eml/raw"):
            assert client.get(f"/mailbox{path}").status_code == 404
        assert "/mailbox" not in client.get("/reminders").text


class TestOddFiles:
    @pytest.mark.parametrize(
        "name",
        [
            "..%2f..%2fsecret_key",
            "%2e%2e",
            "x.eml",
            "A" * 40 + ".eml",
            "a" * 40 + ".eml.part",
            "a" * 39 + ".eml",
            "a" * 40 + ".eml%0a",
            "a" * 40 + ".eml%00",
            "a" * 5000,
            "计算机.eml",
        ],
    )
    def test_a_name_that_no_mail_has_is_not_found(
        self, client: FlaskClient, sign_in: SignIn, folder: Path, name: str
    ) -> None:
        (folder.parent / "secret_key").write_text("secret")
        sign_in(client, "affairs")
        for tail in ("", "/html", "/raw"):
            answer = client.get(f"/mailbox/{name}{tail}")
            assert answer.status_code == 404
            assert answer.text != "secret"

    def test_what_is_half_written_or_no_mail_is_passed_over(
        self, client: FlaskClient, sign_in: SignIn, folder: Path
    ) -> None:
        write(folder, "b" * 40 + ".eml.123.part", b"To: cs@campus.ex")
        write(folder, "notes.txt", b"hello")
        (folder / ("c" * 40 + ".eml")).mkdir()
        (folder / ("d" * 40 + ".eml")).symlink_to(folder.parent / "secret_key")
        (folder / ("e" * 40 + ".eml")).symlink_to(folder / "gone")
        sign_in(client, "affairs")
        assert "目前还没有邮件。" in words(client.get("/mailbox"))
        for letter in "bcde":
            assert client.get(f"/mailbox/{letter * 40}.eml/raw").status_code == 404

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\0\0\0\xff\xfe",
            b"no header at all",
            b"Date: yesterday\r\nTo: \xff\xfe@x\r\nSubject: \xff\xfe\r\n\r\n\xff\xfe",
            b"Date: Thu, 99 Feb 2020 99:99:99 +9999\r\n\r\n",
            b"Date: Fri, 21 Feb 2020 09:00:00 -0000\r\nTo: <<<>>>,;:@\r\n\r\n",
            b"Subject: =?utf-8?b?////?= =?x?q?=\r\nTo: =?utf-8?q?\r\n\r\n",
            b"Content-Type: text/plain; charset=klingon\r\n\r\nnuqneH",
            b"Content-Type: text/html; charset=utf-16\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\n!",
            b"Content-Type: multipart/alternative; boundary=\r\n\r\n--\r\n",
            b"Content-Type: multipart/related; boundary=x\r\n\r\n--x\r\n\r\n--x--",
            b"Content-Type: ;;;=\r\nMIME-Version: 9\r\n\r\nx",
            b"To: \r\n a\r\n b\r\n\x01: c\r\n\r\n",
            b"Subject: \xed\xa0\x80 \\ud800\r\n\r\n\xed\xa0\x80",
        ],
    )
    def test_a_broken_mail_breaks_no_page(
        self, client: FlaskClient, sign_in: SignIn, folder: Path, content: bytes
    ) -> None:
        good = write(folder, "1" * 40 + ".eml", b"To: cs@campus.example\r\nSubject: ok\r\n\r\nok")
        bad = write(folder, "2" * 40 + ".eml", content)
        sign_in(client, "affairs")
        page = client.get("/mailbox")
        assert page.status_code == 200
        assert len(listed(page)) == 2
        assert client.get(f"/mailbox/{good}").status_code == 200
        assert client.get(f"/mailbox/{bad}").status_code == 200
        assert client.get(f"/mailbox/{bad}/html").status_code in (200, 404)
        assert client.get(f"/mailbox/{bad}/raw").data == content

    def test_a_folder_that_is_not_there_is_an_empty_mailbox(self, tmp_path: Path) -> None:
        assert mailbox.letters(tmp_path / "nowhere") == []
        assert mailbox.opened(tmp_path, "a" * 40 + ".eml") is None

    def test_looking_leaves_the_files_alone(
        self, client: FlaskClient, sign_in: SignIn, sent: Callable[[str], str], folder: Path
    ) -> None:
        sign_in(client, "affairs")
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        state = mails.everything()
        for path in ("", f"/{sent('cs')}", f"/{sent('cs')}/html", f"/{sent('cs')}/raw"):
            client.get(f"/mailbox{path}")
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
        assert mails.everything() == state


@pytest.mark.browser
def test_the_first_mail_is_moved_up_to_read_and_its_link_followed(page: Page) -> None:
    """The whole way in a browser: empty mailbox, clock button, mail, its page in the frame, and a
    link of it that opens the duty beside it. The guard fails on any complaint of the policy."""
    enter(page, "affairs")
    page.goto("/mailbox")
    page.get_by_role("button", name="将时间前进到21日09:00").click()
    page.locator(".letters a", has_text="affairs@campus.example").click()
    frame = page.frame_locator("iframe")
    frame.get_by_text("截止时间：22日24:00（明天）").wait_for()
    with page.context.expect_page() as opened:
        frame.get_by_role("link", name="成立校区与学院层面工作组").click()
    duty = opened.value
    duty.wait_for_load_state()
    assert "/a/" in duty.url
    assert "成立校区与学院层面工作组" in duty.locator("h1").inner_text()
