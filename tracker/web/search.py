"""One box that finds tasks, units, people, duties and roster names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required
from markupsafe import Markup

from tracker import pinyin
from tracker.domain.search import LONGEST, WORDS, Kind, pieces, spans
from tracker.models.plan import Plan
from tracker.queries.search import MANY, Findings, Group, find
from tracker.queries.search_hits import DutyHit, Hit, NameHit, PersonHit, TaskHit, UnitHit
from tracker.web import choices
from tracker.web.filters import in_language, label, locale, now

blueprint = Blueprint("search", __name__)

_HAN = re.compile(r"[\u3400-\u9fff]")
_TITLE = 120
"""Characters of a long text that are shown: those around what was found."""

Part = tuple[str, bool]
"""Words of a line, and whether they were searched, so that they may be marked."""


@dataclass(frozen=True)
class Face:
    """`facts` say what it is and where; `also`: other texts of it that hold a word of what was
    asked which the rest does not show."""

    href: str
    title: Markup
    facts: tuple[Markup, ...]
    also: tuple[Markup, ...]
    is_off: bool


@blueprint.get("/search")
@login_required
def show() -> ResponseReturnValue:
    typed = request.args.get("q", "")[:LONGEST]
    kind = _kind(request.args.get("kind"))
    findings = find(current_user.actor, now(), typed, kind)
    return render_template(
        "search/show.html",
        typed=" ".join(typed.split()),
        kind=kind,
        findings=findings,
        groups=[(group, _faces(group, findings)) for group in findings.groups],
        asked=_(", ").join(_("“%(word)s”", word=word) for word in findings.asked),
        too_many=len(typed.split()) > WORDS and WORDS,
        many=MANY,
    )


def _kind(typed: str | None) -> Kind | None:
    if not typed:
        return None
    return Kind(typed) if typed in {*Kind} else choices.unknown(typed)


def _faces(group: Group, findings: Findings) -> list[Face]:
    return [_face(hit, findings) for hit in group.hits]


def _face(hit: Hit, findings: Findings) -> Face:
    facts = _facts(hit)
    if len(findings.plans) > 1 and not isinstance(hit, UnitHit | PersonHit):
        facts.append([(in_language(_plan(hit.plan_id, findings), "title"), False)])
    title = in_language(hit, "title")
    shown = [title, *(text for parts in facts for text, searched in parts if searched)]
    return Face(
        _href(hit, findings),
        _marked(title, findings.asked, _TITLE),
        tuple(
            Markup(" ").join(
                _marked(text, findings.asked if searched else ()) for text, searched in parts
            )
            for parts in facts
        ),
        tuple(_marked(text, findings.asked, _TITLE) for text in _also(hit, shown, findings.asked)),
        isinstance(hit, PersonHit) and not hit.is_active,
    )


def _plan(plan_id: int, findings: Findings) -> Plan:
    return next(plan for plan in findings.plans if plan.id == plan_id)


def _facts(hit: Hit) -> list[list[Part]]:
    match hit:
        case TaskHit():
            return [[(_("Row %(number)s", number=hit.number), False)], [(hit.deadline_text, True)]]
        case UnitHit():
            other = hit.title if locale() == "en" else hit.title_en
            campus = in_language(hit, "campus")
            return [*([[(campus, True)]] if campus else []), [(other, True)]]
        case PersonHit():
            posts = [[(label(h.post), False), (in_language(h, "unit"), True)] for h in hit.posts]
            return [[(hit.email, True)], *posts]
        case DutyHit():
            return [
                [(_rows(hit.numbers), False)],
                [(label(hit.unit_kind), False), (label(hit.role), False)],
                *([[(in_language(hit, "row"), True)]] if len(hit.numbers) == 1 else []),
            ]
        case NameHit():
            return [
                [(hit.key, True)],
                *([[(hit.detail, True)]] if hit.detail else []),
                [(in_language(hit, "unit"), False)],
                [(_rows([hit.number]), False), (in_language(hit, "row"), False)],
                [(_("Done") if hit.done else _("Missing"), False)],
            ]


def _rows(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return _("Row %(number)s", number=numbers[0])
    return _("Rows %(first)s to %(last)s", first=numbers[0], last=numbers[-1])


def _href(hit: Hit, findings: Findings) -> str:
    """The page on which it stands and that the reader may open."""
    match hit:
        case UnitHit():
            return url_for("units.show", code=hit.code)
        case PersonHit() if current_user.actor.sees_all:
            place = f"unit-{hit.posts[0].unit_id}" if hit.posts else "without-post"
            return url_for("people.show", _anchor=place)
        case PersonHit():
            return url_for("posts.show", code=hit.posts[0].code)
        case NameHit():
            return url_for("rosters.show", task_id=hit.task_id, show="all", q=hit.key)
        case TaskHit() if current_user.actor.sees_all:
            plan = _other(hit.plan_id, findings)
            return url_for("board.show", plan=plan, _anchor=f"task-{hit.number}")
        case TaskHit() | DutyHit() if hit.assignment_id is not None:
            return url_for("assignments.show", assignment_id=hit.assignment_id)
        case TaskHit():
            return url_for("plans.show", plan_id=hit.plan_id, _anchor=f"row-{hit.number}")
        case DutyHit():
            return url_for("plans.show", plan_id=hit.plan_id, _anchor=f"row-{hit.numbers[0]}")


def _other(plan_id: int, findings: Findings) -> int | None:
    """None for the current plan, which the board shows without being asked."""
    return None if plan_id == findings.plans[0].id else plan_id


def _also(hit: Hit, shown: Sequence[str], asked: Sequence[str]) -> list[str]:
    told = {word for word in asked for text in shown if _spans(text, [word])}
    missing = [word for word in asked if word not in told]
    return [text for text in hit.texts if text not in shown and _spans(text, missing)]


def _spans(text: str, asked: Sequence[str]) -> list[tuple[int, int]]:
    return spans(text, pinyin.sounds(text), asked) if asked else []


def _marked(text: str, asked: Sequence[str], longest: int | None = None) -> Markup:
    """`text` with <mark> around what was asked for."""
    cut = pieces(text, _spans(text, asked), longest)
    inside = Markup("").join(
        Markup("<mark>{}</mark>").format(piece) if found else piece for piece, found in cut
    )
    if locale() == "en" and _HAN.search(text):
        return Markup('<bdi lang="zh-Hans">{}</bdi>').format(inside)
    return Markup("<bdi>{}</bdi>").format(inside)
