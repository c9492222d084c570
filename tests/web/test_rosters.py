"""What a row with a roster shows on the board, on a unit's page and on the duty's own."""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import cast
from tests.web.duties import held, held_id, report
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.rosters import Listed
from tracker.models.plan import Task
from tracker.services import roster_imports, rosters


def row() -> Task:
    return db.session.scalars(select(Task).where(Task.number == 3)).one()


def load(*keys: str) -> None:
    with transaction():
        affairs = cast.actor("affairs")
        listed = [Listed(key, f"课程{key}", "cs", "", "") for key in keys]
        imported = roster_imports.preview(
            row(), None, affairs, clock.now(), source="名单", listed=listed
        )
        roster_imports.confirm(imported, affairs, clock.now(), leave_doubtful=False)


def tick(*keys: str) -> None:
    with transaction():
        rosters.tick(row(), cast.actor("cs"), clock.now(), keys)


def pages(client: FlaskClient) -> tuple[str, str, str]:
    """The college's board, its page of duties cut down to row 3, and the duty's own."""
    cast.sign_in(client, "cs")
    number = held_id(3, "cs")
    board = client.get("/board").text
    card = client.get("/mine").text.partition(f'id="d{number}"')[2].partition("</article>")[0]
    return board, card, client.get(f"/assignments/{number}").text


def test_silence_is_said_in_words_and_never_as_zero(app: Flask, client: FlaskClient) -> None:
    """零报告."""
    load("A", "B")
    board, card, page = pages(client)
    assert "计算机学院第3项“课程建群”：未完成，未报" in board
    assert "未完成 <em>未报</em>" in board
    assert "未报/2" in card
    assert "未报/2" in page
    assert "0/2" not in board + card + page


def test_a_duty_with_missing_names_leads_to_them_and_takes_no_number(
    app: Flask, client: FlaskClient
) -> None:
    load("A", "B")
    tick("A")
    _board, card, page = pages(client)
    for text in (card, page):
        assert "1/2" in text
        assert "缺1" in text
        assert f'href="/rosters/{row().id}' in text
        assert 'name="count"' not in text
    tick("B")
    assert "报送 2/2" in pages(client)[1]


def test_a_report_that_fell_back_says_how_many_are_missing(app: Flask, client: FlaskClient) -> None:
    load("A")
    tick("A")
    report("cs", 3, "cs")
    load("A", "B", "C")
    board, card, page = pages(client)
    assert "计算机学院第3项“课程建群”：待补，1/3，还缺2项" in board
    assert "待补" in card
    assert "缺2" in card
    assert "转为待补：当时缺2项" in page


def test_the_form_sent_twice_is_one_report(app: Flask, client: FlaskClient) -> None:
    """B-17: a double click, although the form carries no number."""
    load("A")
    tick("A")
    cast.sign_in(client, "cs")
    seen = held(3, "cs").version
    for _ in range(2):
        answer = cast.post(
            client, f"/assignments/{held_id(3, 'cs')}/check-off", {"version": seen, "note": ""}
        )
        assert answer.status_code == 303
    assert held(3, "cs").version == seen + 1
