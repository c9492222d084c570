"""The conversation on the page of a duty."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.duties import held_id, words

SignIn = Callable[[FlaskClient, str], FlaskClient]
Send = Callable[..., TestResponse]


def test_a_question_and_its_answer_stand_on_the_page(
    client: FlaskClient, sign_in: SignIn, post: Send
) -> None:
    url = f"/assignments/{held_id(3, 'cs')}"
    sign_in(client, "affairs")
    asked = post(client, f"{url}/comments", {"words": "@cs 还差几门？"}, follow_redirects=True)
    assert "留言已发布。" in words(asked)
    sign_in(client, "cs")
    answered = post(client, f"{url}/comments", {"words": "还差3门"}, follow_redirects=True)
    said = words(answered)
    assert said.index("还差几门？") < said.index("还差3门")
    assert "教务处负责人" in said


def test_a_name_that_nobody_here_has_is_said(
    client: FlaskClient, sign_in: SignIn, post: Send
) -> None:
    url = f"/assignments/{held_id(3, 'cs')}"
    answer = post(
        sign_in(client, "cs"), f"{url}/comments", {"words": "@院长 请看"}, follow_redirects=True
    )
    assert "这里没有名为@院长的人员，未发送邮件。" in words(answer)


@pytest.mark.parametrize(
    ("typed", "said"), [("", "请先填写内容。"), ("长" * 2001, "最多2000个字符。")]
)
def test_what_cannot_be_said_comes_back_beside_its_field(
    client: FlaskClient, sign_in: SignIn, post: Send, typed: str, said: str
) -> None:
    url = f"/assignments/{held_id(3, 'cs')}/comments"
    answer = post(sign_in(client, "cs"), url, {"words": typed})
    assert answer.status_code == 422
    assert said in words(answer)


def test_words_are_shown_as_text(client: FlaskClient, sign_in: SignIn, post: Send) -> None:
    url = f"/assignments/{held_id(3, 'cs')}"
    sign_in(client, "cs")
    post(client, f"{url}/comments", {"words": "<script>alert(1)</script>"})
    page = client.get(url).text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_president_reads_and_finds_no_form(client: FlaskClient, sign_in: SignIn) -> None:
    page = sign_in(client, "president").get(f"/assignments/{held_id(3, 'cs')}")
    assert "提问与答复" in words(page)
    assert 'name="words"' not in page.text
