"""/mine and /board at 16 x 32 against a bare Flask + Jinja page of the same table."""

import gzip
import sqlite3
from pathlib import Path

from flask import Flask, render_template_string

from benchmarks.campus import build, signed_in
from benchmarks.clockwork import interleaved, line

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

    app.add_url_rule("/all", "all", lambda: page(""))
    app.add_url_rule("/unit", "unit", lambda: page("WHERE unit.code = 'cs'"))
    return app


def run(folder: Path, rounds: int) -> None:
    app = build(folder, 32)
    floor = bare(folder / "tracker.db").test_client()
    affairs, college = signed_in(app, "affairs"), signed_in(app, "cs")
    mine, unit = interleaved(rounds, lambda: college.get("/mine"), lambda: floor.get("/unit"))
    line(
        "/mine p50 : bare page of one unit", mine.p50 / unit.p50, "<= 8", f"{mine.p50 * 1e3:.2f} ms"
    )
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
    for path, client in (("/board", affairs), ("/mine", college)):
        body = client.get(path).data
        packed = len(gzip.compress(body, 6))
        print(f"{path:44} {len(body) / 1e3:8.1f} kB  gzip {packed / 1e3:.1f} kB")
