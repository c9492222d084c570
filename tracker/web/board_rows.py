"""Rows of the matrix as ready pieces: after a tick only its row is put into HTML anew."""

from collections.abc import Callable, Mapping

from flask import current_app
from markupsafe import Markup

from tracker.domain.comparison import Turn
from tracker.queries.urges import Mark
from tracker.web import fragments
from tracker.web.board_choice import Choice
from tracker.web.faces import CellFace
from tracker.web.filters import in_language, locale
from tracker.web.matrix import RowFace


def drawer(
    choice: Choice, urged: Mapping[int, Mark], turned: Mapping[int, Turn]
) -> Callable[[RowFace], Markup]:
    """What puts a row of that choice's matrix into HTML. `urged`, `turned`: marks of cells by
    assignment."""
    kept = fragments.kept(fragments.ROWS)
    style = (locale(), choice.select, choice.narrows)

    def draw(row: RowFace) -> Markup:
        def cell(face: CellFace | None) -> object:
            marks = (urged.get(face.id), turned.get(face.id)) if face else ()
            return (face.shown, *marks) if face else None

        task = row.task
        when = (task.deadline_text, task.due_at, task.moved)
        words = (in_language(task, "title"), *when, task.counts)
        sums = (task.readiness, row.progress, row.tally)
        key = (style, task.id, words, sums, tuple(cell(face) for face in row.cells))
        found: Markup = kept.get(key, lambda: _drawn(row, choice, urged, turned))
        return found

    return draw


def _drawn(
    row: RowFace, choice: Choice, urged: Mapping[int, Mark], turned: Mapping[int, Turn]
) -> Markup:
    template = current_app.jinja_env.get_template("board/_row.html")
    shown = {"row": row, "choice": choice, "urged": urged, "turned": turned}
    lang = "en" if locale() == "en" else "zh-Hans"
    html = template.render(**shown, zone=choice.plan.zone, lang=lang, t=in_language)
    return Markup(html)
