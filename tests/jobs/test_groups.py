"""Chat groups are told at each step for contacts: once, with what is open then, or not at all."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import cast
from tests.rehearsal import StandingClock
from tests.web import mails
from tests.web.duties import report
from tracker.config import SettingsError
from tracker.db import db, transaction
from tracker.domain.vocabulary import OutboxState
from tracker.jobs import ticks
from tracker.mail.robots import Word
from tracker.mail.transport import BeforeData, Doubtful, Refused
from tracker.models.outbox import OutboxMessage

MakeApp = Callable[..., Flask]
ROBOTS = f"cs=dingtalk://{'a' * 32} affairs=wecombot://{'b' * 36}"


class Heard:
    """Robots that take everything, or say no."""

    def __init__(self, no: Refused | Doubtful | None = None) -> None:
        self.words: list[Word] = []
        self.no, self.asked = no, 0

    def send(self, word: Word, before_data: BeforeData) -> str:
        assert before_data()
        self.asked += 1
        if self.no:
            raise self.no
        self.words.append(word)
        return "200 ok"

    def close(self) -> None: ...


@pytest.fixture
def group_app(make_app: MakeApp, sqlite_url: str) -> Flask:
    return make_app(sqlite_url, ROBOTS=ROBOTS)


def tell(app: Flask, at: StandingClock, *moments: str, heard: Heard | None = None) -> Heard:
    heard = heard or Heard()
    for moment in moments:
        now = at(moment)
        ticks.remind(app.config["TRACKER"], now)
        ticks.tell_groups(app.config["TRACKER"], "test", heard, now)
    return heard


def test_a_group_hears_once_a_step_what_its_unit_has_open(
    group_app: Flask, at: StandingClock
) -> None:
    heard = tell(group_app, at, "2020-02-21T09:00", "2020-02-21T09:05", "2020-02-21T10:00")
    first, second = sorted(heard.words, key=lambda word: word.to_address)
    assert first.to_address == "affairs"
    assert "个单位" in first.text
    assert second.text.splitlines() == [
        "【待办】计算机学院",
        "22日24:00前还有1项：1 成立校区与学院层面工作组",
        "报送：http://tracker.example/mine",
    ]


def test_a_unit_that_has_settled_everything_hears_nothing(
    group_app: Flask, at: StandingClock
) -> None:
    at("2020-02-21T08:00")
    report("cs", 1, "cs")
    heard = tell(group_app, at, "2020-02-21T09:00")
    assert [word.to_address for word in heard.words] == ["affairs"]
    skipped = db.session.scalars(
        select(OutboxMessage).where(OutboxMessage.to_address == "cs")
    ).one()
    assert (skipped.state, skipped.reason) == (OutboxState.SKIPPED, "Nothing is open any more.")


def test_whoever_wants_it_is_named_and_nobody_else(group_app: Flask, at: StandingClock) -> None:
    with transaction():
        cast.user("cs").named_in_group = True
    heard = tell(group_app, at, "2020-02-21T09:00")
    (word,) = [word for word in heard.words if word.to_address == "cs"]
    assert f"请{cast.user('cs').name}办理" in word.text


def test_what_a_robot_refuses_for_good_is_seen_by_the_office(
    group_app: Flask, client: FlaskClient, sign_in: Callable[..., FlaskClient], at: StandingClock
) -> None:
    sign_in(client, "affairs")
    tell(group_app, at, "2020-02-21T09:00", heard=Heard(Refused(550, "310000 keywords")))
    page = client.get("/outbox").text
    assert "cs群机器人" in page
    assert "310000 keywords" in page
    message = db.session.scalars(
        select(OutboxMessage).where(OutboxMessage.to_address == "cs")
    ).one()
    assert message.state is OutboxState.DEAD
    one = client.get(f"/outbox/{message.id}")
    assert one.status_code == 200
    assert "cs群机器人" in one.text


def test_a_word_that_is_two_hours_late_is_not_said(group_app: Flask, at: StandingClock) -> None:
    ticks.remind(group_app.config["TRACKER"], at("2020-02-21T09:00"))
    heard = Heard()
    ticks.tell_groups(group_app.config["TRACKER"], "test", heard, at("2020-02-21T11:00"))
    assert heard.words == []


def test_mails_and_words_never_take_each_other_s_way(group_app: Flask, at: StandingClock) -> None:
    mails.tick(group_app, at, "2020-02-21T09:00")
    by_channel = {
        message.channel: message.state
        for message in db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
        if message.user_id is None or message.state is OutboxState.SENT
    }
    assert by_channel["mail"] is OutboxState.SENT


@pytest.mark.parametrize("named", ["cs", "cs=https://x.example", "=dingtalk://x", "c s=feishu://x"])
def test_a_misspelt_robot_is_refused_at_the_start_without_its_key(
    make_app: MakeApp, sqlite_url: str, named: str
) -> None:
    with pytest.raises(SettingsError, match="TRACKER_ROBOTS") as wrong:
        make_app(sqlite_url, ROBOTS=named)
    assert "x.example" not in str(wrong.value)


def test_a_dry_run_tells_no_group(make_app: MakeApp, sqlite_url: str, at: StandingClock) -> None:
    app = make_app(sqlite_url, ROBOTS=ROBOTS, DRY_RUN="1")
    assert tell(app, at, "2020-02-21T09:00").words == []
    assert db.session.scalars(select(OutboxMessage.channel).distinct()).all() == ["mail"]


def test_a_robot_that_does_not_answer_is_asked_once_a_beat(
    group_app: Flask, at: StandingClock
) -> None:
    heard = tell(group_app, at, "2020-02-21T09:00", heard=Heard(Doubtful("ReadTimeout")))
    assert heard.asked == 2
    states = set(
        db.session.scalars(select(OutboxMessage.state).where(OutboxMessage.channel == "robot"))
    )
    assert states == {OutboxState.RETRY}
