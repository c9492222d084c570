"""The search box: on every page, for everybody, without a script."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import BrowserContext, expect
from werkzeug.test import TestResponse

from tests import cast
from tests.plans import first_id
from tests.queries.test_rosters import load, numbered
from tests.queries.test_search import second_notice
from tests.serving import enter
from tests.web.duties import held_id, words
from tracker.db import transaction
from tracker.domain.rosters import Listed
from tracker.queries.search import FEW, MANY

SignIn = Callable[[FlaskClient, str], FlaskClient]
PHONE = {"width": 360, "height": 740}


def ask(client: FlaskClient, typed: str, **more: str) -> TestResponse:
    answer = client.get("/search", query_string={"q": typed, **more})
    assert answer.status_code == 200
    return answer


def links(page: TestResponse) -> dict[str, str]:
    """What is found, in words -> where it leads."""
    found = re.findall(r'<ul class="search-hits">(.*?)</ul>', page.text, re.S)
    hits = re.findall(r'<li>\s*<a href="([^"]+)">(.*?)</a>', "".join(found), re.S)
    return {unescape(re.sub(r"<[^>]+>", "", title)): unescape(href) for href, title in hits}


def marked(page: TestResponse) -> set[str]:
    return {unescape(each) for each in re.findall(r"<mark>(.*?)</mark>", page.text, re.S)}


def test_every_page_of_who_is_signed_in_has_one_box(client: FlaskClient, sign_in: SignIn) -> None:
    box = 'name="q" type="search" value="" maxlength="100"'
    assert box not in client.get("/login").text
    sign_in(client, "affairs")
    for path in ("/mine", "/board", "/plans/1", "/people", "/account", "/search", "/nowhere"):
        page = client.get(path)
        assert page.text.count('aria-keyshortcuts="/"') == 1, path
        assert box in page.text
        assert 'action="/search" method="get" role="search"' in page.text
    assert "autofocus" not in client.get("/search").text


@pytest.mark.parametrize(
    ("language", "empty", "nothing"),
    [
        ("zh-CN", "可检索的内容", "未找到与“zzzz”、“qqqq”相符的内容。"),
        ("en", "What can be found", "Nothing is found for “zzzz”, “qqqq”."),
    ],
)
def test_an_empty_box_and_an_empty_answer_say_what_to_type(
    client: FlaskClient, sign_in: SignIn, language: str, empty: str, nothing: str
) -> None:
    sign_in(client, "cs")
    header = {"Accept-Language": language}
    for address in ("/search", "/search?q=", "/search?q=%20%E3%80%80"):
        page = client.get(address, headers=header)
        assert empty in words(page)
        assert "kcjq" in page.text
    answer = client.get("/search?q=zzzz+QQQQ", headers=header)
    assert nothing in words(answer)
    assert 'value="zzzz QQQQ"' in answer.text


def test_every_example_finds_something(client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, "affairs")
    for language in ("zh-CN", "en"):
        header = {"Accept-Language": language}
        text = client.get("/search", headers=header).text
        examples = re.findall(r'<a href="(/search\?q=[^"]+)"', text)
        assert len(examples) == 7
        for address in examples:
            assert links(client.get(address, headers=header)), (language, address)


def test_what_is_found_leads_to_its_page(client: FlaskClient, sign_in: SignIn) -> None:
    load([Listed("A-7", "曾小明", "cs", "计科1801班", "")])
    sign_in(client, "affairs")
    assert links(ask(client, "kcjq")) == {"课程建群": "/board#task-3"}
    assert links(ask(client, "计算机学院")) == {
        "计算机学院": "/units/cs",
        "计算机学院教学秘书": "/people#unit-4",
        "计算机学院院长": "/people#unit-4",
    }
    assert links(ask(client, "校长")) == {"校长": "/people#without-post"}
    name = links(ask(client, "zxm"))["曾小明"]
    assert re.fullmatch(r"/rosters/\d+\?show=all&q=A-7", name)
    assert "曾小明" in words(client.get(name))
    sign_in(client, "cs")
    assert links(ask(client, "课程建群"))["课程建群"] == f"/assignments/{held_id(3, 'cs')}"
    duties = links(ask(client, "建群 检查"))
    assert duties["检查"] == "/plans/1#row-3"
    assert duties["确保全部建立，并检查"] == f"/assignments/{held_id(3, 'cs')}"
    assert links(ask(client, "院长", kind="person")) == {"计算机学院院长": "/people/units/cs"}


@pytest.mark.parametrize("who", cast.CAST)
def test_whoever_finds_something_may_open_it(
    client: FlaskClient, sign_in: SignIn, who: str
) -> None:
    """B-62: and the place on the page to which a link leads is there."""
    for number in (3, 8):
        load([Listed(f"{code}-1", f"{code}课程", code, "", "") for code in ("cs", "info")], number)
    with transaction():
        second_notice()
    sign_in(client, who)
    found = {
        href
        for typed in ("课程", "学", "1", "院", "s", "x")
        for href in links(ask(client, typed)).values()
    }
    assert found
    for address in {href.partition("#")[0] for href in found}:
        page = client.get(address)
        assert page.status_code == 200, address
        places = {href.partition("#")[2] for href in found if href.partition("#")[0] == address}
        for place in places - {""}:
            assert f'id="{place}"' in page.text, (address, place)


def test_of_several_notices_it_is_said_which(client: FlaskClient, sign_in: SignIn) -> None:
    with transaction():
        second_notice()
    sign_in(client, "affairs")
    page = ask(client, "线路", kind="task")
    assert links(page) == {"线路巡检": "/board#task-1"}
    assert "第二份通知" in words(page)
    assert links(ask(client, "课程建群", kind="task")) == {
        "课程建群": f"/board?plan={first_id()}#task-3"
    }


def test_what_matched_is_marked_in_whatever_way_it_was_typed(
    client: FlaskClient, sign_in: SignIn
) -> None:
    sign_in(client, "affairs")
    assert marked(ask(client, "jwc")) == {"教务处"}
    assert marked(ask(client, "JIANQUN")) == {"建群"}
    assert marked(ask(client, "law secret")) == {"law", "Law", "secret"}
    assert "Teaching secretary, School of Law" in words(ask(client, "law secretary")).replace(
        " , ", ", "
    )
    page = client.get("/search?q=kcjq", headers={"Accept-Language": "en"})
    assert '<bdi lang="zh-Hans"><mark>课程建群</mark></bdi>' in page.text


def test_whatever_is_typed_or_listed_stays_text(client: FlaskClient, sign_in: SignIn) -> None:
    load([Listed("K<b>1", "<script>alert(1)</script>课程&", "cs", '"><i>', "")])
    sign_in(client, "affairs")
    page = ask(client, '<script>alert(1)</script> "><i>')
    assert "<script>alert" not in page.text
    assert "<mark>&lt;script&gt;alert(1)&lt;/script&gt;</mark>课程&amp;" in page.text
    assert "<mark>&#34;&gt;&lt;i&gt;</mark>" in page.text


def test_more_of_one_kind_is_a_step_away(client: FlaskClient, sign_in: SignIn) -> None:
    load(numbered(MANY + 5))
    sign_in(client, "affairs")
    page = ask(client, "kc", kind="")
    assert f"显示前{MANY}条" in words(page)
    (address,) = re.findall(r'<a href="(/search\?q=kc&amp;kind=name)"', page.text)
    alone = client.get(unescape(address))
    assert len(links(alone)) == MANY
    assert f"共{MANY + 5}条，显示前{MANY}条。" in words(alone)
    few = ask(client, "xueyuan")
    assert "显示全部10条" in words(few)
    assert len(links(ask(client, "xueyuan", kind="unit"))) == 10 > FEW
    assert "仅检索了：单位。" in words(ask(client, "zzzz", kind="unit"))


def test_too_much_is_cut_and_what_is_no_kind_refused(client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, "cs")
    assert "长" * 100 + "”" in words(ask(client, "长" * 3000))
    assert "仅按前5个词检索。" in words(ask(client, "a b c d e f"))
    refused = client.get("/search?q=a&kind=secret")
    assert refused.status_code == 400
    assert "secret" in words(refused)
    assert client.post("/search").status_code in (400, 405)


@pytest.mark.browser
def test_the_slash_key_leads_to_the_box_and_a_phone_has_an_icon_without_a_script(
    open_context: Callable[..., BrowserContext],
) -> None:
    """The key is left to whoever types, and can be turned off."""
    page = enter(open_context().new_page(), "affairs")
    page.goto("/plans/1")
    box = page.get_by_role("searchbox")
    expect(box).not_to_be_focused()
    page.keyboard.press("/")
    expect(box).to_be_focused()
    page.keyboard.type("a/b")
    expect(box).to_have_value("a/b")
    box.fill("jwc")
    page.keyboard.press("Enter")
    expect(page.locator("mark").first).to_have_text("教务处")
    page.get_by_role("button", name="停用“/”键").click()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).not_to_be_focused()
    page.get_by_role("button", name="启用“/”键").click()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    phone = open_context(viewport=PHONE, java_script_enabled=False, locale="en")
    page = enter(phone.new_page(), "affairs")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.get_by_role("search").get_by_role("button").click()
    page.get_by_role("searchbox").fill("jiaowuchu")
    page.get_by_role("searchbox").press("Enter")
    expect(page.locator("mark").first).to_have_text("教务处")
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_a_row_is_found_by_its_number_as_the_pages_call_it(
    client: FlaskClient, sign_in: SignIn
) -> None:
    sign_in(client, "affairs")
    for typed in ("第3项", "Row 3", "row3"):
        first = words(client.get("/search", query_string={"q": typed, "kind": "task"}))
        assert "课程建群" in first, typed
    assert "课程建群" not in words(client.get("/search?q=第13项&kind=task"))
