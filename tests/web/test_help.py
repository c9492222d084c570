"""The guides: the same in both languages, in the words of the buttons, with pictures that exist."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

import pytest
from babel.messages.mofile import read_mo
from flask.testing import FlaskClient
from PIL import Image

from tests.databases import ROOT
from tests.test_catalogues import HALF_WIDTH, PLACEHOLDER, SPACED
from tests.web.duties import words
from tracker.language import CATALOGUES
from tracker.web.help import GUIDES

SignIn = Callable[[FlaskClient, str], FlaskClient]

TEXTS = ROOT / "tracker" / "templates" / "help"
PICTURES = ROOT / "tracker" / "static" / "help"
SPOKEN = {"zh_Hans": "zh-CN", "en": "en-GB"}
STRUCTURE = {"section", "h2", "ol", "ul", "li", "dl", "dt", "dd", "figure", "img", "figcaption"}


class Guide(HTMLParser):
    """`shape`: the tags that make a guide. `quoted`: the buttons and menus that each section
    names."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.shape: list[str] = []
        self.quoted: list[list[str]] = [[]]
        self.pictures: list[dict[str, str | None]] = []
        self._in_ui = False
        found = re.search(r"<article.*</article>", page, re.DOTALL)
        assert found
        self.feed(found[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_ui = tag == "b" and dict(attrs).get("class") == "ui"
        if tag in STRUCTURE:
            self.shape.append(tag)
        if tag == "section":
            self.quoted.append([])
        if tag == "img" and dict(attrs).get("alt"):
            self.pictures.append(dict(attrs))

    def handle_data(self, data: str) -> None:
        if self._in_ui:
            self.quoted[-1].append(data)

    def handle_endtag(self, tag: str) -> None:
        self._in_ui = False


def opened(client: FlaskClient, guide: str, language: str) -> Guide:
    return Guide(client.get(f"/help/{guide}", headers={"Accept-Language": SPOKEN[language]}).text)


def chinese() -> Iterator[tuple[str, str]]:
    """Each msgid with its translation; "..." for what is filled in. Of a plural both msgids."""
    with (CATALOGUES / "zh_Hans" / "LC_MESSAGES" / "messages.mo").open("rb") as file:
        for message in read_mo(file):
            single = isinstance(message.id, str)
            text = message.string if single else message.string[0]
            for msgid in (message.id,) if single else message.id:
                yield PLACEHOLDER.sub("…", msgid), PLACEHOLDER.sub("…", text)


@pytest.mark.parametrize("guide", GUIDES)
def test_both_languages_have_the_same_sections_steps_and_pictures(
    client: FlaskClient, guide: str
) -> None:
    ours, theirs = (opened(client, guide, language) for language in SPOKEN)
    assert ours.shape == theirs.shape
    assert ours.shape.count("section") >= 8
    assert all(picture["alt"] for picture in ours.pictures + theirs.pictures)


@pytest.mark.parametrize("guide", GUIDES)
def test_a_guide_names_buttons_by_their_own_words_and_the_same_ones_in_both_languages(
    client: FlaskClient, guide: str
) -> None:
    known = set(chinese())
    theirs, ours = {one for one, _ in known}, {two for _, two in known}
    english, office = (opened(client, guide, language).quoted for language in ("en", "zh_Hans"))
    assert [each for part in english for each in part if each not in theirs] == []
    assert [each for part in office for each in part if each not in ours] == []
    for one, two in zip(english, office, strict=True):
        left = Counter(two)
        unmatched = []
        for each in one:
            match = next((text for msgid, text in known if msgid == each and left[text]), None)
            left[match] -= 1 if match else 0
            unmatched += [] if match else [each]
        assert (unmatched, +left) == ([], Counter())


@pytest.mark.parametrize("path", sorted(TEXTS.glob("*.*.html")), ids=lambda path: path.name)
def test_every_picture_that_a_guide_names_is_there_and_small(path) -> None:
    language = path.name.split(".")[1]
    named = re.findall(r"shot\(\"(\w+)\"", path.read_text(encoding="utf-8"))
    assert len(named) >= 3
    for name in named:
        picture = PICTURES / f"{name}.{language}.png"
        assert picture.exists(), f"{picture.name}: SCREENSHOTS=write makes it"
        assert picture.stat().st_size < 60_000
        with Image.open(picture) as opened_picture:
            assert opened_picture.format == "PNG"


def test_no_picture_lies_about_that_no_guide_names() -> None:
    named = {
        f"{name}.{path.name.split('.')[1]}.png"
        for path in TEXTS.glob("*.*.html")
        for name in re.findall(r"shot\(\"(\w+)\"", path.read_text(encoding="utf-8"))
    }
    assert {path.name for path in PICTURES.iterdir()} == named


@pytest.mark.parametrize("guide", GUIDES)
def test_the_chinese_text_is_set_as_chinese_is_printed(client: FlaskClient, guide: str) -> None:
    text = (TEXTS / f"{guide}.zh_Hans.html").read_text(encoding="utf-8")
    lines = [re.sub(r"{[{%].*?[}%]}|<[^>]+>", "", line) for line in text.splitlines()]
    assert [line for line in lines if HALF_WIDTH.search(line) or SPACED.search(line)] == []
    assert not re.search(r"[\u4e00-\u9fff] +[\u4e00-\u9fff]", "\n".join(lines))


@pytest.mark.parametrize(
    ("who", "first"),
    [("cs", "联系人"), ("students", "联系人"), ("affairs", "教务处"), ("president", "教务处")],
)
def test_the_guide_of_the_reader_s_own_role_comes_first(
    client: FlaskClient, sign_in: SignIn, who: str, first: str
) -> None:
    page = words(sign_in(client, who).get("/help"))
    order = [page.index("联系人（教学秘书）使用指南"), page.index("教务处使用指南")]
    assert (order == sorted(order)) == (first == "联系人")


@pytest.mark.parametrize("language", SPOKEN)
def test_the_page_of_one_s_account_has_its_guide(
    client: FlaskClient, sign_in: SignIn, language: str
) -> None:
    """Each part of the page is named there."""
    quoted = {each for part in opened(client, "accounts", language).quoted for each in part}
    spoken = {"Accept-Language": SPOKEN[language]}
    page = sign_in(client, "affairs").get("/account", headers=spoken).text
    parts = re.findall(r"<h2[^>]*>(.*?)</h2>", page)
    buttons = {"zh_Hans": "修改密码", "en": "Change the password"}
    assert buttons[language] in parts
    assert [part for part in parts if part not in quoted] == []


@pytest.mark.parametrize("guide", ["secretaries", "affairs"])
def test_the_other_guides_lead_to_it(client: FlaskClient, guide: str) -> None:
    for language in SPOKEN:
        page = client.get(f"/help/{guide}", headers={"Accept-Language": SPOKEN[language]}).text
        assert 'href="/help/accounts"' in page


def test_help_is_reachable_from_every_page_also_signed_out(
    client: FlaskClient, sign_in: SignIn
) -> None:
    for path in ("/login", "/password/forgot", "/nowhere", "/help/affairs"):
        assert client.get(path).text.count('href="/help"') >= 2, path
    for path in ("/mine", "/board", "/reminders", "/nowhere"):
        assert sign_in(client, "cs").get(path).text.count('href="/help"') >= 2, path
    assert client.get("/help/nothing").status_code == 404
