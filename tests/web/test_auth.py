"""Signing in and out, the cookie's life, the way back, the delays, the language."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import quote, urljoin, urlsplit

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from tests import cast
from tests.rehearsal import StandingClock
from tracker import clock
from tracker.db import db, transaction
from tracker.models.session import LoginDelay, UserSession
from tracker.services import accounts, login_delays

SignIn = Callable[[FlaskClient, str], FlaskClient]
Send = Callable[..., TestResponse]

REFUSAL = "邮箱或密码不正确。"
NEW_PASSWORD = "这是一句足够长的新密码"


def attempt(client: FlaskClient, email: str, password: str, **more: str) -> TestResponse:
    """One try at the login page by whoever is not signed in."""
    token = cast.csrf_token(client.get("/login"))
    data = {"email": email, "password": password, "csrf_token": token, **more}
    return client.post("/login", data=data)


def cookie(client: FlaskClient) -> str:
    found = client.get_cookie(client.application.config["SESSION_COOKIE_NAME"])
    assert found is not None
    return found.value


def with_cookie(app: Flask, value: str) -> FlaskClient:
    """Another browser into which somebody copied the cookie."""
    other = app.test_client()
    other.set_cookie(app.config["SESSION_COOKIE_NAME"], value)
    return other


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


class TestTheCookie:
    def test_it_holds_no_name_and_no_number_of_anybody(
        self, app: Flask, client: FlaskClient, sign_in: SignIn
    ) -> None:
        sign_in(client, "cs")
        opener = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        content = opener.loads(cookie(client))
        assert set(content) <= {"_user_id", "_fresh", "_id", "_permanent", "csrf_token", "locale"}
        assert len(content["_user_id"]) >= 40
        assert db.session.query(UserSession).filter_by(token_hash=content["_user_id"]).count() == 0

    def test_a_copy_is_dead_after_signing_out(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, post: Send
    ) -> None:
        sign_in(client, "cs")
        copy = with_cookie(app, cookie(client))
        assert is_signed_in(copy)
        assert post(client, "/logout").status_code == 303
        assert not is_signed_in(client)
        assert not is_signed_in(copy)

    def test_signing_out_leaves_other_devices_signed_in(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, post: Send
    ) -> None:
        phone = sign_in(app.test_client(), "cs")
        sign_in(client, "cs")
        post(client, "/logout")
        assert is_signed_in(phone)

    def test_a_copy_is_dead_after_a_new_password(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, post: Send
    ) -> None:
        phone = sign_in(app.test_client(), "cs")
        sign_in(client, "cs")
        old = with_cookie(app, cookie(client))
        data = {"current": cast.PASSWORD, "password": NEW_PASSWORD, "repeat": NEW_PASSWORD}
        assert post(client, "/account", data).status_code == 303
        assert is_signed_in(client)
        assert not is_signed_in(old)
        assert not is_signed_in(phone)
        assert attempt(app.test_client(), cast.email("cs"), NEW_PASSWORD).status_code == 303
        assert attempt(app.test_client(), cast.email("cs"), cast.PASSWORD).status_code == 422

    def test_it_is_dead_once_the_account_is_disabled(
        self, client: FlaskClient, sign_in: SignIn
    ) -> None:
        sign_in(client, "cs")
        with transaction():
            accounts.set_active(
                cast.user("cs"), cast.actor("affairs"), clock.now(), clock.real_now(), False
            )
        assert not is_signed_in(client)
        with transaction():
            accounts.set_active(
                cast.user("cs"), cast.actor("affairs"), clock.now(), clock.real_now(), True
            )
        assert not is_signed_in(client)

    def test_it_is_dead_when_its_time_is_over(self, client: FlaskClient, sign_in: SignIn) -> None:
        sign_in(client, "cs")
        with transaction():
            db.session.query(UserSession).update({"expires_at": clock.real_now()})
        assert not is_signed_in(client)

    def test_signing_in_begins_a_new_session(
        self, app: Flask, client: FlaskClient, sign_in: SignIn
    ) -> None:
        """Whoever planted a cookie before the login holds nothing after it."""
        client.get("/login")
        planted = cookie(client)
        sign_in(client, "cs")
        assert cookie(client) != planted
        assert not is_signed_in(with_cookie(app, planted))
        tokens = set()
        for _ in range(3):
            sign_in(client, "cs")
            opener = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
            tokens.add(opener.loads(cookie(client))["_user_id"])
        assert len(tokens) == 3

    def test_it_is_for_this_site_and_not_for_scripts(
        self, client: FlaskClient, sign_in: SignIn
    ) -> None:
        said = attempt(client, cast.email("cs"), cast.PASSWORD)
        setting = said.headers["Set-Cookie"]
        assert "HttpOnly" in setting
        assert "SameSite=Lax" in setting


ELSEWHERE = [
    *("https://evil.example", "http://evil.example/mine", "HTTPS://EVIL.EXAMPLE"),
    *("//evil.example", "///evil.example", "////evil.example", "//evil.example/%2f.."),
    *("/\\evil.example", "\\\\evil.example", "\\/evil.example", "/\\/evil.example"),
    *("/mine\\..\\evil", "/\t/evil.example", "/\n/evil.example", "/\r/evil.example"),
    *("/\x00/evil.example", "/\x0b/evil.example", "/\x0c/evil.example", "/\x1f/evil.example"),
    *("\t//evil.example", "\n//evil.example", " //evil.example", "/ /evil.example", "/mine evil"),
    *(
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "java\tscript:alert(1)",
        " javascript:alert(1)",
    ),
    *("data:text/html,evil", "vbscript:x", "file:///etc/passwd", "ftp://evil.example"),
    *("mailto:x@evil.example", "tel:1", "blob:evil", "about:blank", "view-source:evil"),
    *("evil.example", "www.evil.example", "evil.example/mine", "mine", "./mine", "../mine"),
    *("?next=//evil.example", "#//evil.example", "@evil.example", ":evil", ";evil", "%2f%2fevil"),
    *("https:evil.example", "https:/evil.example", "http:///evil.example", "https:\\evil.example"),
    *("//user@evil.example", "//evil.example:80", "//[::1]", "//[evil", "http://[::1]/"),
    *("/\x7f/evil.example", "", " ", "\u3000/mine", "／／evil.example", "\ufeff//evil.example"),
]


@pytest.mark.parametrize("target", ELSEWHERE, ids=range(len(ELSEWHERE)))
def test_signing_in_never_sends_anybody_elsewhere(client: FlaskClient, target: str) -> None:
    said = attempt(client, cast.email("cs"), cast.PASSWORD, next=target)
    assert (said.status_code, said.location) == (303, "/")


@pytest.mark.parametrize("target", ELSEWHERE, ids=range(len(ELSEWHERE)))
def test_nor_do_the_address_and_the_language(client: FlaskClient, target: str) -> None:
    client.get("/login?next=" + quote(target))
    said = cast.post(client, "/language", {"locale": "en", "next": target})
    assert (said.status_code, said.location) == (303, "/")
    cast.sign_in(client, "cs")
    assert client.get("/login?next=" + quote(target)).location == "/"


@pytest.mark.parametrize(
    "target",
    ["/mine", "/board?show=all&unit=cs", "/assignments/3#d3", "/plans/1?a=//b", "/%2f%2fx"],
)
def test_a_path_of_ours_is_where_it_goes(client: FlaskClient, target: str) -> None:
    said = attempt(client, cast.email("cs"), cast.PASSWORD, next=target)
    assert said.location == target
    host = "http://tracker.example"
    assert urlsplit(urljoin(host, said.location)).netloc == "tracker.example"


def test_a_page_that_needs_an_account_is_reached_after_signing_in(client: FlaskClient) -> None:
    said = client.get("/assignments/3?from=mail")
    assert said.status_code == 302
    page = client.get(said.location)
    hidden = re.search(r'name="next" value="([^"]*)"[^>]*>\s*<div class="field">', page.text)
    assert hidden is not None
    assert hidden[1] == "/assignments/3?from=mail"


class TestRefusals:
    def test_unknown_wrong_and_disabled_look_alike(self, app: Flask) -> None:
        with transaction():
            accounts.set_active(
                cast.user("info"), cast.actor("affairs"), clock.now(), clock.real_now(), False
            )
            cast.user("students").password_hash = None
        pages = [
            attempt(app.test_client(), email, password)
            for email, password in (
                ("nobody@campus.example", cast.PASSWORD),
                (cast.email("cs"), "wrong password"),
                (cast.email("info"), cast.PASSWORD),
                (cast.email("students"), cast.PASSWORD),
            )
        ]
        assert {page.status_code for page in pages} == {422}
        bodies = set()
        for page in pages:
            assert REFUSAL in page.text
            assert "Set-Cookie" not in page.headers or "_user_id" not in page.headers["Set-Cookie"]
            body = re.sub(r'name="csrf_token" value="[^"]*"', "", page.text)
            bodies.add(re.sub(r'value="[^"]*@campus\.example"', "", body))
        assert len(bodies) == 1

    def test_each_of_them_costs_one_hash(
        self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """So that the time tells nobody which it was."""
        spent: list[str] = []

        class Hasher(PasswordHasher):
            def verify(self, hash: str | bytes, password: str | bytes) -> bool:
                spent.append(str(password))
                raise VerifyMismatchError

        monkeypatch.setattr(accounts, "_hasher", Hasher())
        with transaction():
            cast.user("info").is_active = False
            cast.user("students").password_hash = None
        for name in ("nobody", "cs", "info", "students"):
            attempt(client, cast.email(name), "a guess " + name)
        assert spent == [f"a guess {name}" for name in ("nobody", "cs", "info", "students")]

    @pytest.mark.parametrize(
        ("email", "password"),
        [
            ("", ""),
            ("cs@campus.example", ""),
            ("", "rehearsal"),
            ("x" * 300 + "@campus.example", "rehearsal"),
            ("cs@campus.example", "x" * 200),
            ("cs@campus.example\x00", "rehearsal"),
            ("' OR 1=1 --", "rehearsal"),
            ("<b>cs</b>@campus.example", "rehearsal"),
        ],
    )
    def test_junk_is_refused_and_shown_as_text(
        self, app: Flask, client: FlaskClient, email: str, password: str
    ) -> None:
        said = attempt(client, email, password)
        assert said.status_code == 422
        assert 'class="problem"' in said.text
        assert "<b>cs</b>" not in said.text
        assert db.session.query(UserSession).count() == 0

    def test_the_address_is_kept_the_password_is_not(self, client: FlaskClient) -> None:
        said = attempt(client, cast.email("cs"), "my wrong password")
        assert cast.email("cs") in said.text
        assert "my wrong password" not in said.text

    def test_capitals_and_spaces_around_the_address_do_not_matter(
        self, client: FlaskClient
    ) -> None:
        assert attempt(client, " CS@Campus.Example ", cast.PASSWORD).status_code == 303


class TestDelays:
    def test_five_tries_are_free_then_each_doubles_the_wait(self, app: Flask) -> None:
        waits = []
        for _ in range(16):
            with transaction():
                login_delays.note_failure(["account:x"], clock.real_now())
            left = login_delays.left(["account:x"], clock.real_now())
            waits.append(round(left.total_seconds()))
        assert waits[:4] == [0, 0, 0, 0]
        assert waits[4:] == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]

    def test_while_it_lasts_the_right_password_waits_too(self, client: FlaskClient) -> None:
        with transaction():
            for _ in range(12):
                login_delays.note_failure([f"account:{cast.email('cs')}"], clock.real_now())
        said = attempt(client, cast.email("cs"), cast.PASSWORD)
        assert said.status_code == 429
        assert re.search(r"尝试次数过多，请等待\d+秒后再试。", said.text)
        assert not is_signed_in(client)
        assert attempt(client, cast.email("info"), cast.PASSWORD).status_code == 303

    def test_it_delays_and_does_not_lock(self, app: Flask, client: FlaskClient) -> None:
        with transaction():
            for _ in range(12):
                login_delays.note_failure([f"account:{cast.email('cs')}"], clock.real_now())
            db.session.query(LoginDelay).update(
                {"next_try_at": clock.real_now() - timedelta(seconds=1)}
            )
        assert attempt(client, cast.email("cs"), cast.PASSWORD).status_code == 303
        assert db.session.get(LoginDelay, f"account:{cast.email('cs')}") is None

    def test_one_address_that_tries_many_accounts_waits(self, client: FlaskClient) -> None:
        """A campus sits behind one address: so many that a few people's slips delay nobody."""
        address = login_delays.address_key("127.0.0.1")
        with transaction():
            for _ in range(login_delays.FREE_FROM_ADDRESS - 2):
                login_delays.note_failure([address], clock.real_now())
        answers = [
            attempt(client, f"nobody{number}@campus.example", "guess").status_code
            for number in range(4)
        ]
        assert answers == [422, 422, 429, 429]

    def test_of_very_many_tries_few_reach_the_password(
        self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The rest cost us no hash; and the right password works after the wait."""
        tried: list[str] = []

        def matches(_user: object, password: str) -> bool:
            tried.append(password)
            return False

        with monkeypatch.context() as counting:
            counting.setattr(accounts, "password_matches", matches)
            data = {"email": cast.email("cs"), "csrf_token": cast.csrf_token(client.get("/login"))}
            for number in range(300):
                client.post("/login", data={**data, "password": f"guess{number}"})
        assert len(tried) <= 8
        with transaction():
            db.session.query(LoginDelay).update({"next_try_at": clock.real_now()})
        assert attempt(client, cast.email("cs"), cast.PASSWORD).status_code == 303

    def test_failures_at_the_same_moment_are_all_counted(self, both_app: Flask) -> None:
        """Two workers share the count, also where neither has a row yet."""
        moment = clock.real_now()

        def fail() -> None:
            with both_app.app_context(), transaction():
                login_delays.note_failure(["account:x", "address:y"], moment)

        with ThreadPoolExecutor(4) as workers:
            for done in [workers.submit(fail) for _ in range(12)]:
                done.result()
        for key in ("account:x", "address:y"):
            assert db.session.get_one(LoginDelay, key).failures == 12
        assert login_delays.left(["address:y"], moment) == timedelta(0)
        assert login_delays.left(["account:x"], moment) == timedelta(seconds=256)


class TestThePassword:
    @pytest.mark.parametrize(
        ("current", "password", "repeat", "message"),
        [
            ("wrong", NEW_PASSWORD, NEW_PASSWORD, "当前密码不正确。"),
            (cast.PASSWORD, "short", "short", "密码长度须为10至128个字符。"),
            (cast.PASSWORD, NEW_PASSWORD, "another", "两次输入的新密码不一致。"),
            (cast.PASSWORD, "aaaaaaaaaaaa", "aaaaaaaaaaaa", "该密码过于简单，请更换。"),
            (cast.PASSWORD, "cs@campus.example", "cs@campus.example", "该密码过于简单，请更换。"),
            ("", "", "", "problem"),
            (cast.PASSWORD, "x" * 200, "x" * 200, "problem"),
        ],
    )
    def test_a_bad_change_changes_nothing(
        self,
        app: Flask,
        client: FlaskClient,
        sign_in: SignIn,
        post: Send,
        current: str,
        password: str,
        repeat: str,
        message: str,
    ) -> None:
        sign_in(client, "cs")
        data = {"current": current, "password": password, "repeat": repeat}
        said = post(client, "/account", data)
        assert said.status_code == 422
        assert message in said.text
        assert is_signed_in(client)
        assert attempt(app.test_client(), cast.email("cs"), cast.PASSWORD).status_code == 303

    def test_it_counts_exactly_as_it_was_set_and_for_as_long_as_nobody_changes_it(
        self, app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        right = "  Ein Satz mit Großem und Kleinem " + "x" * (128 - 34)
        assert len(right) == 128
        with transaction():
            cast.user("cs").password_hash = accounts.hash_password(right)
        years = clock.real_now() + timedelta(days=1000)
        monkeypatch.setattr(clock, "real_now", lambda: years)
        for wrong in (right.lower(), right.strip(), right[:-1], right[:72]):
            assert not accounts.password_matches(cast.user("cs"), wrong)
        assert not accounts.password_matches(cast.user("cs"), right + "y")
        assert attempt(client, cast.email("cs"), right).status_code == 303

    def test_its_boxes_hide_it_and_let_a_browser_keep_and_paste_it(
        self, client: FlaskClient, sign_in: SignIn
    ) -> None:
        pages = [client.get("/login").text, sign_in(client, "cs").get("/account").text]
        boxes = [
            box
            for page in pages
            for box in re.findall(r"<input[^>]*>", page)
            if re.search(r'name="(password|current|repeat)"', box)
        ]
        assert len(boxes) >= 5
        for box in boxes:
            assert 'type="password"' in box
            assert re.search(r'autocomplete="(current|new)-password"', box)
            assert "paste" not in box
        assert not any(re.search(r"paste", script) for script in re.findall(r"<script.*", pages[1]))


class TestCsrf:
    @pytest.mark.parametrize("path", ["/login", "/logout", "/account", "/language"])
    def test_a_form_without_its_token_is_refused(
        self, client: FlaskClient, sign_in: SignIn, path: str
    ) -> None:
        if path != "/login":
            sign_in(client, "cs")
        data = {"email": cast.email("cs"), "password": cast.PASSWORD, "locale": "en"}
        said = client.post(path, data=data)
        assert said.status_code == 400
        assert "表单已失效，请刷新页面后重试。" in said.text
        assert is_signed_in(client) is (path != "/login")

    def test_the_token_of_another_session_is_refused(
        self, app: Flask, client: FlaskClient, sign_in: SignIn
    ) -> None:
        other = cast.csrf_token(sign_in(app.test_client(), "info").get("/account"))
        sign_in(client, "cs")
        assert client.post("/logout", data={"csrf_token": other}).status_code == 400

    @pytest.mark.parametrize(
        ("headers", "taken"),
        [
            ({"Sec-Fetch-Site": "cross-site"}, False),
            ({"Sec-Fetch-Site": "same-site"}, False),
            ({"Origin": "https://evil.example"}, False),
            ({"Origin": "http://[evil"}, False),
            ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, False),
            ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, True),
            ({"Origin": "null"}, True),
            ({"Origin": "http://localhost"}, True),
        ],
        ids=str,
    )
    def test_another_site_s_form_is_refused_even_with_its_token(
        self, client: FlaskClient, sign_in: SignIn, post: Send, headers: dict[str, str], taken: bool
    ) -> None:
        sign_in(client, "cs")
        said = post(client, "/language", {"locale": "en"}, headers=headers)
        assert said.status_code == (303 if taken else 400)
        assert (cast.user("cs").locale == "en") is taken

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 303),
            ({"Origin": "https://tracker.example"}, 303),
            ({"Sec-Fetch-Site": "cross-site", "Origin": "null"}, 400),
            ({"Origin": "https://evil.example"}, 400),
        ],
        ids=str,
    )
    def test_over_https_our_own_forms_are_taken_though_our_pages_send_no_referrer(
        self,
        make_app: Callable[..., Flask],
        sqlite_url: str,
        headers: dict[str, str],
        status: int,
    ) -> None:
        """What a browser says, and the proxy of real use."""
        app = make_app(sqlite_url, PUBLIC_URL="https://tracker.example", PROXIES="1")
        client, site = app.test_client(), "http://tracker.example"
        proxied = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
        page = client.get("/login", base_url=site, headers=proxied)
        form = {"email": cast.email("cs"), "password": cast.PASSWORD}
        said = client.post(
            "/login",
            base_url=site,
            headers={**proxied, **headers},
            data={**form, "csrf_token": cast.csrf_token(page)},
        )
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert said.status_code == status


class TestLanguage:
    def test_chinese_is_the_default_and_english_is_asked_for(self, client: FlaskClient) -> None:
        assert '<html lang="zh-Hans">' in client.get("/login").text
        page = client.get("/login", headers={"Accept-Language": "en-GB,en;q=0.9"})
        assert '<html lang="en">' in page.text
        page = client.get("/login", headers={"Accept-Language": "fr"})
        assert '<html lang="zh-Hans">' in page.text

    def test_the_switch_lasts_and_comes_back_to_the_page(
        self, client: FlaskClient, post: Send
    ) -> None:
        said = post(client, "/language", {"locale": "en", "next": "/login?next=/mine"})
        assert (said.status_code, said.location) == (303, "/login?next=/mine")
        assert "Sign in" in client.get("/login").text

    def test_a_person_s_choice_is_kept_with_the_account(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, post: Send
    ) -> None:
        """B-39. Mails follow it too; whatever the browser asks for, it stands."""
        sign_in(client, "cs")
        post(client, "/language", {"locale": "en", "next": "/mine"})
        assert cast.user("cs").locale == "en"
        page = sign_in(app.test_client(), "cs").get("/mine", headers={"Accept-Language": "zh-CN"})
        assert '<html lang="en">' in page.text

    def test_a_choice_made_before_signing_in_is_taken_along(
        self, client: FlaskClient, post: Send
    ) -> None:
        post(client, "/language", {"locale": "en"})
        attempt(client, cast.email("cs"), cast.PASSWORD)
        assert cast.user("cs").locale == "en"

    @pytest.mark.parametrize("locale", ["", "fr", "../en", "EN", "zh", "\x00"])
    def test_an_unknown_language_changes_nothing(
        self, client: FlaskClient, sign_in: SignIn, post: Send, locale: str
    ) -> None:
        sign_in(client, "cs")
        said = post(client, "/language", {"locale": locale, "next": "/mine"})
        assert said.status_code == 422
        assert "请选择一种语言。" in said.text
        assert cast.user("cs").locale is None
        assert '<html lang="zh-Hans">' in client.get("/mine").text


def test_a_database_that_does_not_answer_is_a_page_of_its_own(
    client: FlaskClient, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B-67. Even where it goes away before the reader is known."""
    sign_in(client, "affairs")

    def gone(*_args: object) -> None:
        raise OperationalError("SELECT", {}, Exception("database is locked"))

    for place in ("tracker.queries.sessions.holder", "tracker.queries.holdings.duties"):
        with monkeypatch.context() as broken:
            broken.setattr(place, gone)
            said = client.get("/mine")
        assert said.status_code == 503
        assert "数据库暂时没有响应，内容未保存，请稍后重试。" in said.text


class TestTheSignInPage:
    def test_a_rehearsal_shows_its_accounts_and_fills_in_the_one_that_is_picked(
        self, client: FlaskClient
    ) -> None:
        page = client.get("/login")
        assert "affairs@campus.example" in page.text
        assert "<code>rehearsal</code>" in page.text
        assert 'value="rehearsal"' not in page.text
        page = client.get("/login?as=cs")
        assert 'value="cs@campus.example"' in page.text
        assert 'value="rehearsal"' in page.text
        page = client.get("/login?as=%22%3E%3Cb%3E")
        assert "<b>" not in page.text.partition('class="card-plain ready"')[0]
        assert 'value="rehearsal"' not in page.text

    def test_real_use_shows_none(self, make_app: Callable[..., Flask], sqlite_url: str) -> None:
        app = make_app(
            sqlite_url,
            REHEARSAL="0",
            SMTP_URL="smtp://mail.example",
            MAIL_FROM="tracker@tracker.example",
        )
        page = app.test_client().get("/login?as=cs")
        assert "campus.example" not in page.text
        assert "rehearsal" not in page.text

    def test_home_leads_each_to_their_own_page(self, client: FlaskClient, sign_in: SignIn) -> None:
        assert client.get("/").location == "/login"
        for who, path in (("cs", "/mine"), ("affairs", "/board"), ("president", "/board")):
            assert sign_in(client, who).get("/").location == path


def test_a_password_is_good_for_years(client: FlaskClient, at: StandingClock) -> None:
    at("2030-02-21T08:00")
    assert attempt(client, cast.email("cs"), cast.PASSWORD).status_code == 303
