"""The directory of services, asking and answering, as pages."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.services.test_service_requests import answer, ask, service
from tests.web.duties import held_id, words
from tracker.domain.service_requests import RequestState

SignIn = Callable[[FlaskClient, str], FlaskClient]
Post = Callable[..., TestResponse]


def test_a_duty_s_page_offers_the_services_that_serve_it(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    sign_in(client, "cs")
    page = client.get(f"/assignments/{held_id(12, 'cs')}")
    assert "平台技术支持QQ群1037042598" in words(page)
    assert page.text.count("/services#service-") == 3
    assert f"/services/{service(7).id}/request?for=" in page.text
    assert "/services#service-" not in client.get(f"/assignments/{held_id(3, 'cs')}").text
    looks = sign_in(client, "president").get(f"/assignments/{held_id(12, 'cs')}")
    assert "/services#service-" in looks.text
    assert "/request?for=" not in looks.text


def test_a_unit_asks_and_reads_the_answer_and_another_sees_nothing_of_it(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Post
) -> None:
    sign_in(client, "cs")
    path = f"/services/{service(8).id}/request"
    assert post(client, path, {"purpose": " "}).status_code == 422
    typed = {"purpose": "录制实验课", "course": "大学物理实验", "teacher": "教师一"}
    assert post(client, path, typed).headers["Location"].endswith("/services/requests")
    sign_in(client, "affairs")
    page = client.get("/services/requests")
    assert all(value in words(page) for value in typed.values())
    sign_in(client, "info")
    assert "录制实验课" not in words(client.get("/services/requests"))
    answer(1, RequestState.DONE, "周三下午到录制间")
    assert "周三下午到录制间" in words(sign_in(client, "cs").get("/services/requests"))


def test_academic_affairs_answer_and_what_was_typed_stays(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Post
) -> None:
    one, other = ask(), ask(purpose="另一次培训")
    sign_in(client, "affairs")
    path = f"/services/requests/{one}/answer"
    assert post(client, path, {"state": "ASKED"}).status_code == 422
    wrong = post(client, path, {"state": "DONE", "answer": ""})
    assert wrong.status_code == 422
    assert f'id="answer-{one}-problem"' in wrong.text
    assert f'id="answer-{other}-problem"' not in wrong.text
    assert post(client, path, {"state": "DONE", "answer": "已安排"}).status_code == 303
    assert post(client, path, {"state": "DECLINED", "answer": "否"}).status_code == 409


def test_an_unknown_service_or_a_foreign_request_is_not_there(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Post
) -> None:
    one = ask()
    sign_in(client, "info")
    assert client.get("/services/99/request").status_code == 404
    answered = post(client, f"/services/requests/{one}/answer", {"state": "PASSED_ON"})
    assert answered.status_code == 404
    foreign = {"purpose": "培训", "unit": "cs"}
    assert post(client, f"/services/{service(7).id}/request", foreign).status_code == 404
