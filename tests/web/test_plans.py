"""The notice as a page: both tables in their own words."""

import csv
import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import plans
from tracker import clock
from tracker.db import transaction
from tracker.services.seeding import SEED_FOLDER

SignIn = Callable[[FlaskClient, str], FlaskClient]
Post = Callable[..., TestResponse]


def words_of(table: str) -> set[str]:
    with (SEED_FOLDER / table).open(encoding="utf-8", newline="") as file:
        _header, *rows = csv.reader(file)
    return {text for row in rows for text in row if text not in ("", "^")}


def test_the_page_says_what_the_notice_says(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    """Character for character, for a college as for everybody: the notice is no secret."""
    page = unescape(sign_in(client, "cs").get("/plans/1").text)
    for table in ("table1.csv", "table2.csv"):
        for text in words_of(table):
            assert f">{text}<" in page, text
    assert "关于进一步推动落实网络教学如期高质量开展的通知" in page
    assert "哈尔滨工业大学（威海）" in page
    assert "2020年2月20日" in page
    assert "2020年2月24日" in page


def test_merged_cells_stay_merged(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    """B-48: the network centre's cell spans 16 rows, cases 6 and 7 share plan and focus."""
    page = sign_in(client, "cs").get("/plans/1").text
    assert page.count('rowspan="16"') == 1
    assert page.count('rowspan="2"') == 2
    assert page.count("网络中心 · 第1—16项") == 1
    assert page.count("结对子") == 1
    assert page.count('class="empty-cell"') == 1


def test_the_ladder_is_told_in_plain_words(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    page = sign_in(client, "affairs").get("/plans/1").text
    rungs = re.search(r'<ol class="rungs">(.*?)</ol>', page, re.DOTALL)
    assert rungs
    lines = [re.sub(r"<[^>]+>", "", line).strip() for line in rungs[1].split("</li>")][:-1]
    assert lines == [
        "截止日前1天09:00：联系人",
        "截止日当天09:00：联系人",
        "截止日当天18:00：联系人、负责人",
        "截止日当天22:00：联系人、负责人 最后提醒，免打扰时段（22:00至次日7:00）也会发送。",
        "截止日后第1天08:00：联系人、负责人",
        "截止日后第1天14:00：负责人、教务处 同时向教务处通报逾期单位。",
        "截止日后第2天08:00：联系人、负责人 此后每天提醒，直至全部办结。",
    ]


def test_english_readers_get_the_translation_and_the_original_words(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Post
) -> None:
    sign_in(client, "cs")
    post(client, "/language", {"locale": "en"})
    page = client.get("/plans/1").text
    assert "<bdi>Counsellors join the groups</bdi>" in page
    assert '<bdi class="original" lang="zh-Hans">辅导员老师进群</bdi>' in page
    assert '22 Feb 24:00<bdi class="original" lang="zh-Hans">22日结束前</bdi>' in page
    assert "Pair students up" in page
    assert "1 day before the last day, 09:00" in page


def test_the_short_address_lists_what_concerns_the_reader(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    assert 'href="/plans/1"' in sign_in(client, "cs").get("/plans").text
    with transaction():
        plans.first().archived_at = clock.now()
    assert 'id="stage-ARCHIVED"' in client.get("/plans").text
    assert client.get("/plans/1").status_code == 200


@pytest.mark.parametrize("number", [0, 9, 2**31, 2**32, 2**63, 10**30])
def test_a_plan_that_is_not_there_is_404(
    both_app: Flask, client: FlaskClient, sign_in: SignIn, number: int
) -> None:
    assert sign_in(client, "affairs").get(f"/plans/{number}").status_code == 404


def test_an_anonymous_visitor_is_sent_to_the_login_page(app: Flask, client: FlaskClient) -> None:
    for address in ("/plans", "/plans/1"):
        assert client.get(address).status_code == 302
