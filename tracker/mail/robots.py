"""Handing a word to the robot of a chat group: DingTalk, WeCom or Feishu, through Apprise.

Apprise knows each robot's address and envelope, and answers only yes or no. Robots say no in a 200
(wrong key, word filter, too fast), so the answer itself is read here; and nothing is asked of any
host but theirs (docs/decisions/0018).
"""

import json
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from tracker.at_need import at_need
from tracker.mail.transport import BeforeData, Doubtful, LeaseLost, Refused

try:
    requests, urllib3 = at_need("requests"), at_need("urllib3.exceptions")
    dingtalk, feishu = at_need("apprise.plugins.dingtalk"), at_need("apprise.plugins.feishu")
    wecombot = at_need("apprise.plugins.wecombot")
    KINDS = {
        "dingtalk": (dingtalk, "NotifyDingTalk"),
        "feishu": (feishu, "NotifyFeishu"),
        "wecombot": (wecombot, "NotifyWeComBot"),
    }
except ImportError:  # An extra; the settings say so to whoever names a robot.
    KINDS = {}

HOSTS = frozenset({"oapi.dingtalk.com", "qyapi.weixin.qq.com", "open.feishu.cn"})
"""The only hosts that are ever asked."""

LONGEST = 600
"""Characters of a word: WeCom takes 2,048 bytes, and a group reads less."""

TOO_FAST = frozenset({130101, 410100, 45009, 45033, 9499, 11232})
"""Codes by which robots say that they were asked too often: DingTalk, WeCom, Feishu."""

TIMEOUT = (5, 15)
"""Seconds to connect, and to wait for the answer."""


@dataclass(frozen=True)
class Word:
    """`to_address`: the name of the robot, as the settings have it."""

    to_address: str
    subject: str
    text: str
    lines: tuple[str, ...]


class Robots:
    """The robots of the settings, by name."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._urls = urls

    def send(self, word: Word, before_data: BeforeData) -> str:
        """Hand over; the robot's reply. Raises Refused, Doubtful or LeaseLost."""
        robot = _robot(self._urls.get(word.to_address, ""))
        if not before_data():
            raise LeaseLost
        _asked.answer = _asked.problem = None
        robot.notify(body=word.text)
        if _asked.problem is not None:
            raise _asked.problem
        return _read(_asked.answer)

    def close(self) -> None:
        pass


def _robot(url: str) -> Any:
    kind = _kind(url.partition("://")[0])
    if kind is None or not (parsed := kind.parse_url(url)):
        raise Refused(550, "the settings name no such robot")
    try:
        robot = kind(**parsed)
    except TypeError:
        raise Refused(550, "the robot's key is none") from None
    robot.request_rate_per_sec = 0
    return robot


@cache
def _kind(scheme: str) -> Any:
    """Apprise's class, which from now on asks through `_Guarded`."""
    if scheme not in KINDS:
        return None
    plugin, name = KINDS[scheme]
    kind = getattr(plugin, name)
    vars(sys.modules[kind.__module__])["requests"] = _Guarded()
    return kind


def _read(answer: Any) -> str:
    """What a robot's answer comes to. Raises Refused, or Doubtful for none."""
    if answer is None:
        raise Doubtful("the robot was not asked")
    status = answer.status_code
    if status == 429 or status >= 500:
        raise Refused(450, f"HTTP {status}")
    if status != 200:
        raise Refused(550, f"HTTP {status}")
    try:
        said = json.loads(answer.content)
        code = int(said.get("errcode", said.get("code", said.get("StatusCode", 0))) or 0)
        words = str(said.get("errmsg", said.get("msg", "")))[:200]
    except (ValueError, TypeError, AttributeError):
        raise Doubtful("the robot's answer is none") from None
    if code in TOO_FAST:
        raise Refused(450, f"{code} {words}")
    if code:
        raise Refused(550, f"{code} {words}")
    return f"200 {words or 'ok'}"


class _Asked(threading.local):
    answer: Any = None
    problem: Exception | None = None


_asked = _Asked()


class _Guarded:
    """Stands for `requests` in Apprise's robots: asks their own hosts only, follows no redirect,
    and keeps the answer."""

    def __getattr__(self, name: str) -> Any:
        return getattr(requests, name)

    def post(self, url: str, **how: Any) -> Any:
        parts = urlsplit(url)
        if parts.scheme != "https" or parts.hostname not in HOSTS:
            _asked.problem = Refused(550, f"{parts.hostname} is no robot's host")
            raise requests.RequestException("not asked")
        try:
            _asked.answer = requests.post(
                url, **{**how, "allow_redirects": False, "timeout": TIMEOUT, "verify": True}
            )
        except requests.RequestException as problem:
            plainly = type(problem).__name__  # The address in its text holds the key.
            never = _never_reached(problem)
            _asked.problem = Refused(421, plainly) if never else Doubtful(plainly)
            raise
        return _asked.answer


def _never_reached(problem: Exception) -> bool:
    """Whether the robot's host cannot have heard a word: no name, no connection, no TLS. A
    connection that broke later leaves a doubt."""
    if isinstance(problem, (requests.ConnectTimeout, requests.exceptions.SSLError)):
        return True
    cause = problem.args[0] if problem.args else None
    reason = getattr(cause, "reason", None)
    return isinstance(reason, urllib3.NewConnectionError)
