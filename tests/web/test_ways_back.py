"""The link above a heading that leads to the page under which this one stands."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.databases import ROOT
from tests.web.duties import held_id

SignIn = Callable[[FlaskClient, str], FlaskClient]

TEMPLATES = ROOT / "tracker" / "templates"


def test_one_macro_draws_every_way_back() -> None:
    drawn = re.compile(r"←|class=\"(?:crumb|back)\b")
    found = [path for path in TEMPLATES.rglob("*.html") if drawn.search(path.read_text("utf-8"))]
    assert [path.name for path in found] == ["macros.html"]


@pytest.mark.parametrize(
    ("path", "up", "name"),
    [
        ("/account/tokens", "/account", "我的账号"),
        ("/webhooks", "/outbox", "发件箱"),
        ("/people/units/cs", "/people", "人员"),
        ("/people/staff-numbers", "/people", "人员"),
        ("/term/exams", "/term", "校历节点"),
        ("/workdays", "/reminders#rules", "提醒"),
        ("/contingencies/4/start", "/contingencies/4", "预案4"),
        ("/help/affairs", "/help", "帮助"),
    ],
)
def test_it_is_named_after_the_page_it_leads_to(
    client: FlaskClient, sign_in: SignIn, path: str, up: str, name: str
) -> None:
    page = sign_in(client, "affairs").get(path).text
    link = f'<a href="{up}"><span aria-hidden="true">← </span><bdi>{name}</bdi></a>'
    assert re.findall(r'<p class="back[^"]*">(.*?)</p>', page) == [link]


def test_from_a_duty_it_leads_to_one_s_own_list_or_to_the_board(
    client: FlaskClient, sign_in: SignIn
) -> None:
    one = held_id(3, "cs")
    for who, up in (("cs", f"/mine#d{one}"), ("affairs", "/board?plan=1")):
        page = sign_in(client, who).get(f"/assignments/{one}").text
        assert f'<p class="back no-print"><a href="{up}">' in page
