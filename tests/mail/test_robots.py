"""Words to chat groups' robots: their own hosts only, and a no in a 200 is heard."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from tracker.mail import robots
from tracker.mail.robots import HOSTS, Robots, Word
from tracker.mail.transport import Doubtful, LeaseLost, Refused

URLS = {
    "cs": "dingtalk://" + "a" * 32,
    "info": "wecombot://" + "b" * 36,
    "affairs": "feishu://" + "c" * 36,
}


class Door:
    """A server of loopback that answers as it is told, and what it was asked."""

    def __init__(self) -> None:
        self.status, self.body, self.headers = 200, {"errcode": 0, "errmsg": "ok"}, {}
        self.asked: list[tuple[str, dict[str, object]]] = []
        self.url = ""


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    """Every robot's host is this one."""
    door = Door()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            door.asked.append((self.path, json.loads(body)))
            if not door.status:
                self.connection.close()
                return
            self.send_response(door.status)
            for name, value in door.headers.items():
                self.send_header(name, value)
            self.end_headers()
            answer = door.body if isinstance(door.body, str) else json.dumps(door.body)
            self.wfile.write(answer.encode())

        def log_message(self, *_args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    door.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    real = requests.post

    def post(url: str, **how: object) -> requests.Response:
        return real(door.url + "/" + url.partition("://")[2], **how)

    monkeypatch.setattr(robots.requests, "post", post)
    yield door
    server.shutdown()
    server.server_close()


def say(to: str = "cs", mark: Callable[[], bool] = lambda: True) -> str:
    return Robots(URLS).send(Word(to, "提醒", "【待办】计算机学院：还有3项", ()), mark)


@pytest.mark.parametrize("to", list(URLS))
def test_each_robot_is_asked_at_its_own_host_and_says_yes(door: Door, to: str) -> None:
    assert say(to) == "200 ok"
    ((path, body),) = door.asked
    assert path.split("/")[1] in HOSTS
    assert "还有3项" in json.dumps(body, ensure_ascii=False)


@pytest.mark.parametrize(
    ("body", "final"),
    [
        ({"errcode": 310000, "errmsg": "keywords not in content"}, True),
        ({"errcode": 93000, "errmsg": "invalid webhook url"}, True),
        ({"errcode": 130101, "errmsg": "send too fast"}, False),
        ({"errcode": 45009, "errmsg": "api freq out of limit"}, False),
        ({"code": 19021, "msg": "sign match fail"}, True),
        ({"code": 11232, "msg": "frequency limited"}, False),
    ],
)
def test_a_no_in_a_200_is_heard(door: Door, body: dict[str, object], final: bool) -> None:
    door.body = body
    with pytest.raises(Refused) as refusal:
        say()
    assert refusal.value.final is final


@pytest.mark.parametrize(("status", "final"), [(429, False), (503, False), (404, True)])
def test_an_error_of_the_host_is_no_success(door: Door, status: int, final: bool) -> None:
    door.status = status
    with pytest.raises(Refused) as refusal:
        say()
    assert refusal.value.final is final


def test_no_redirect_is_ever_followed(door: Door) -> None:
    door.status, door.headers = 302, {"Location": f"{door.url}/trap"}
    with pytest.raises(Refused):
        say()
    assert len(door.asked) == 1


def test_an_answer_that_is_none_leaves_a_doubt(door: Door) -> None:
    door.body = "<html>proxy</html>"
    with pytest.raises(Doubtful):
        say()


@pytest.mark.parametrize(
    "url", ["dingtalk", "https://oapi.dingtalk.com.evil.example/x", "http://oapi.dingtalk.com/x"]
)
def test_no_other_host_is_ever_asked(door: Door, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(robots.dingtalk.NotifyDingTalk, "notify_url", url + "{token}")
    with pytest.raises(Refused):
        say()
    assert door.asked == []


def test_a_host_out_of_reach_is_tried_again_and_its_address_is_never_told(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = robots.requests.post
    monkeypatch.setattr(door, "url", "http://127.0.0.1:1")
    with pytest.raises(Refused) as refusal:
        say()
    assert robots.requests.post is real
    assert not refusal.value.final
    assert "aaaa" not in str(refusal.value)


def test_a_connection_cut_after_the_request_leaves_a_doubt(door: Door) -> None:
    """The robot may have heard it."""
    door.status = 0
    with pytest.raises(Doubtful):
        say()
    assert len(door.asked) == 1


def test_without_the_mark_nothing_is_asked(door: Door) -> None:
    with pytest.raises(LeaseLost):
        say(mark=lambda: False)
    with pytest.raises(Refused):
        say(to="nobody")
    assert door.asked == []
