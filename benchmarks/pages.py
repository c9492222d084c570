"""/mine and /board at 16 x 32 against a bare Flask + Jinja page of the same table."""

import gzip
import sqlite3
import statistics
from functools import partial
from pathlib import Path

from flask import Flask, Response, render_template_string, request
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from benchmarks.campus import build, signed_in, standing, touch
from benchmarks.clockwork import interleaved, line, seconds

_TABLE = """<table>{% for number, cells in rows %}<tr><th>{{ number }}</th>
{% for unit, state, count in cells %}<td class="{{ state }}">{{ unit }} {{ state }} {{ count }}</td>
{% endfor %}</tr>{% endfor %}</table>"""
_QUERY = """SELECT task.number, unit.name, assignment.state, assignment.count FROM assignment
JOIN duty ON duty.id = assignment.duty_id JOIN duty_task ON duty_task.duty_id = duty.id
JOIN task ON task.id = duty_task.task_id JOIN unit ON unit.id = assignment.unit_id
{where} ORDER BY task.number, unit.position"""


def bare(database: Path) -> Flask:
    """The floor of this stack: one query, one template, no login, no layout."""
    app = Flask("bare")
    connection = sqlite3.connect(database, check_same_thread=False)

    def page(where: str) -> str:
        rows: dict[int, list[tuple[str, str, int | None]]] = {}
        for number, *cell in connection.execute(_QUERY.format(where=where)):
            rows.setdefault(number, []).append(tuple(cell))
        return render_template_string(_TABLE, rows=rows.items())

    def unchanged() -> Response:
        """One query, one comparison, nothing rendered."""
        (changes,) = connection.execute("SELECT changes FROM plan").fetchone()
        answer = Response(status=304 if request.if_none_match.contains(str(changes)) else 200)
        answer.set_etag(str(changes))
        return answer

    app.add_url_rule("/all", "all", lambda: page(""))
    app.add_url_rule("/poll", "poll", unchanged)
    app.add_url_rule("/unit", "unit", lambda: page("WHERE unit.code = 'cs'"))
    return app


def expect(status: int, answer: TestResponse) -> None:
    if answer.status_code != status:
        raise RuntimeError(f"{answer.request.path} answered {answer.status_code}, not {status}")


def run(folder: Path, rounds: int) -> None:
    app = build(folder, 32)
    floor = bare(folder / "tracker.db").test_client()
    affairs, college = signed_in(app, "affairs"), signed_in(app, "cs")
    mine, unit = interleaved(rounds, lambda: college.get("/mine"), lambda: floor.get("/unit"))
    line(
        "/mine p50 : bare page of one unit", mine.p50 / unit.p50, "<= 8", f"{mine.p50 * 1e3:.2f} ms"
    )
    _board(rounds, affairs, floor)
    _poll(rounds, affairs, floor)
    for path, client in (("/board", affairs), ("/mine", college)):
        body = client.get(path).data
        packed = len(gzip.compress(body, 6))
        print(f"{path:44} {len(body) / 1e3:8.1f} kB  gzip {packed / 1e3:.1f} kB")
    wide = folder / "wide"
    wide.mkdir()
    _after_a_change(rounds // 4, app, floor, wide)


def _board(rounds: int, affairs: FlaskClient, floor: FlaskClient) -> None:
    board, everything = interleaved(
        rounds, lambda: affairs.get("/board"), lambda: floor.get("/all")
    )
    line(
        "/board p50 : bare page of the same table",
        board.p50 / everything.p50,
        "<= 2.5",
        f"{board.p50 * 1e3:.2f} ms",
    )
    line("/board p99 : its p50", board.p99 / board.p50, "<= 2", "")


def _poll(rounds: int, affairs: FlaskClient, floor: FlaskClient) -> None:
    """Within one minute of campus time, which stands still meanwhile."""
    with standing():
        tag = affairs.get("/board").headers["ETag"]
        asked = {"X-Poll": "1", "If-None-Match": tag}
        known = {"If-None-Match": floor.get("/poll").headers["ETag"]}
        poll, nothing = interleaved(
            rounds,
            lambda: expect(304, affairs.get("/board", headers=asked)),
            lambda: expect(304, floor.get("/poll", headers=known)),
        )
    line(
        "unchanged /board poll p50 : a bare 304",
        poll.p50 / nothing.p50,
        "<= 4",
        f"{poll.p50 * 1e3:.2f} ms",
    )


def _after_a_change(rounds: int, app: Flask, floor: FlaskClient, folder: Path) -> None:
    """The page when something has changed since the last one, so that nothing of it is ready but
    other rows; a cell of 300 colleges beside one of 32."""
    affairs, large = signed_in(app, "affairs"), build(folder, 300)
    many = signed_in(large, "affairs")
    taken = []
    for built, client in ((app, affairs), (large, many)):
        with standing():
            times, cells = [], client.get("/board").data.count(b'<td class="fill-')
            for _round in range(rounds):
                touch(built)
                times.append(seconds(partial(client.get, "/board")))
        taken.append((statistics.median(times), cells))
    (few, some), (wide, lots) = taken
    bare = statistics.median(seconds(lambda: floor.get("/all")) for _round in range(rounds))
    line("/board after a change : bare page", few / bare, "", f"{few * 1e3:.2f} ms")
    line(
        "/board after a change, a cell, 16 x 300 : 32",
        (wide / lots) / (few / some),
        "<= 1",
        f"{wide * 1e3:.1f} ms",
    )
