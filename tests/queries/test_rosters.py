"""Names found, paged, and seen only by whom they concern; figures where nobody has spoken."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from tests import cast, plans
from tests.plans import first_id, first_row
from tests.web.duties import held
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.progress import Progress
from tracker.domain.reminding import Cutoff
from tracker.domain.rosters import Listed
from tracker.domain.vocabulary import Light
from tracker.models.org import Unit
from tracker.models.plan import Task
from tracker.models.roster import RosterImport, RosterItem, RosterTally
from tracker.permissions import Actor, Reach, roster_reach
from tracker.queries import assignments as flat
from tracker.queries import rosters as read
from tracker.queries.board import board
from tracker.queries.mine import mine
from tracker.queries.openwork import open_work
from tracker.queries.rosters import Wanted
from tracker.queries.rules import cutoffs_of
from tracker.services import roster_imports, rosters

Counting = Callable[[], AbstractContextManager[list[str]]]
CODES = ("cs", "info", "law")
EVERYBODY = Reach(None, ticks=False, keeps=True)


def task(number: int = 3) -> Task:
    return first_row(number)


def load(rows: list[Listed], number: int = 3) -> None:
    with transaction():
        affairs = cast.actor("affairs")
        imported = roster_imports.preview(
            task(number), None, affairs, clock.now(), source="名单", listed=rows
        )
        roster_imports.confirm(imported, affairs, clock.now(), leave_doubtful=False)


def tick(*keys: str, who: str = "cs", number: int = 3) -> rosters.Ticked:
    with transaction():
        return rosters.tick(task(number), cast.actor(who), clock.now(), keys)


def numbered(count: int, code: str = "cs") -> list[Listed]:
    return [Listed(f"K{n:04}", f"课程{n}", code, "", "") for n in range(count)]


PEOPLE = [
    ("2020001", "曾小明", "计科1801班"),
    ("2020002", "张晓", "计科1802班"),
    ("2020003", "高翔", "软工1801班"),
    ("2020004", "单于婷", ""),
    ("2020005", "吕布", "English 班"),
    ("KC-06", "大学物理（上）", "重庆路校区"),
    ("KC_07", "100%线性代数", ""),
]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("曾小明", {"2020001"}),
        ("小明", {"2020001"}),
        ("2020003", {"2020003"}),
        ("003", {"2020003"}),
        ("２０２０００３", {"2020003"}),
        ("zengxiaoming", {"2020001"}),
        ("zxm", {"2020001"}),
        ("cxm", {"2020001"}),
        ("ZXM", {"2020001"}),
        ("xm", {"2020001"}),
        ("gx", {"2020003"}),
        ("syt", {"2020004"}),
        ("lv", {"2020005"}),
        ("jk", {"2020001", "2020002"}),
        ("jk1801", {"2020001"}),
        ("1801 zeng", {"2020001"}),
        ("english", {"2020005"}),
        ("dxwl", {"KC-06"}),
        ("wuli", {"KC-06"}),
        ("物理(上)", {"KC-06"}),
        ("cql", {"KC-06"}),
        ("kc_", {"KC_07"}),
        ("100%", {"KC_07"}),
        ("nobody", set()),
        ("  ", {key for key, *_ in PEOPLE}),
    ],
)
def test_a_name_is_found_by_key_by_word_and_by_pinyin(
    both_app: Flask, typed: str, found: set[str]
) -> None:
    """Surnames in every reading (曾, 单), initials from any character on, width and case aside."""
    load([Listed(key, label, "cs", detail, "") for key, label, detail in PEOPLE])
    wanted = Wanted(search=typed)
    assert set(read.keys(task(), EVERYBODY, wanted)) == found
    assert {item.key for item in read.items(task(), EVERYBODY, wanted, 1).items} == found


def test_a_page_holds_fifty_names_the_missing_ones_first(both_app: Flask) -> None:
    load(numbered(120))
    tick("K0000", "K0001")
    pages = [read.items(task(), EVERYBODY, Wanted(), number) for number in (1, 2, 3, 4)]
    assert [len(page.items) for page in pages] == [50, 50, 20, 0]
    assert (pages[0].total, pages[0].pages) == (120, 3)
    keys = [item.key for page in pages for item in page.items]
    assert keys == [f"K{n:04}" for n in (*range(2, 120), 0, 1)]
    last = pages[2].items[-1]
    assert (last.by, last.unit_code, last.done_at) == (cast.user("cs").name, "cs", clock.now())
    assert read.items(task(), EVERYBODY, Wanted(done=True), 1).total == 2


def test_a_page_takes_the_same_queries_for_50_names_and_for_500(
    both_app: Flask, count_queries: Counting
) -> None:
    taken = []
    for count in (50, 500):
        load(numbered(count))
        row = task()
        with count_queries() as queries:
            read.items(row, EVERYBODY, Wanted(search="kc"), 1)
        taken.append(len(queries))
    assert taken == [2, 2]


def test_an_import_takes_few_statements_whatever_the_number_of_names(
    both_app: Flask, count_queries: Counting
) -> None:
    taken = []
    for count in (20, 400):
        begin_anew()
        with count_queries() as statements:
            load(numbered(count))
        taken.append(len(statements))
    assert taken[0] == taken[1] <= 30


def begin_anew() -> None:
    with transaction():
        for table in (RosterItem, RosterTally, RosterImport):
            db.session.execute(delete(table))


@given(st.dictionaries(st.sampled_from("ABCDEFGH"), st.sampled_from(CODES), min_size=1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
def test_nobody_sees_or_ticks_a_name_outside_their_reach(
    app: Flask, spread: dict[str, str]
) -> None:
    """B-62: list, page, file, search and tick agree, for everybody and however the names lie."""
    begin_anew()
    load([Listed(key, f"课程{key}", code, "", "") for key, code in spread.items()])
    for name in cast.CAST:
        actor = cast.actor(name)
        reach = roster_reach(actor, read.counting_offices(task().id))
        may = {key for key, code in spread.items() if allowed(name, code)}
        assert set(read.keys(task(), reach, Wanted())) == may, name
        assert {item.key for item in read.items(task(), reach, Wanted(), 1).items} == may
        assert {item.key for item in read.every_item(task(), reach, Wanted(search="课程"))} == may
        for code in CODES:
            unit = db.session.scalars(select(Unit).where(Unit.code == code)).one()
            theirs = {key for key in may if spread[key] == code}
            assert set(read.keys(task(), reach, Wanted(unit_id=unit.id))) == theirs
        if reach.ticks and not reach.nowhere:
            answer = tick(*spread, who=name)
            assert set(answer.unknown) == set(spread) - may
            assert answer.done + answer.already == len(may)


def allowed(name: str, code: str) -> bool:
    """Row 3: its inspector and the president see all, student affairs answer for all of it."""
    return name in ("affairs", "president", "students") or name.partition(".")[0] == code


def test_who_is_missing_is_one_query_for_all_rows(both_app: Flask, count_queries: Counting) -> None:
    load([*numbered(3), Listed("X", "课程", "info", "", "")])
    load([Listed("S1", "学生", "law", "", "")], number=5)
    tick("K0001")
    ids = [task(3).id, task(5).id]
    with count_queries() as queries:
        found = read.by_unit(ids)
    assert len(queries) == 1
    assert {(each.task_id, each.code): each.progress for each in found} == {
        (ids[0], "cs"): Progress(1, 3),
        (ids[0], "info"): Progress(0, 1),
        (ids[1], "law"): Progress(0, 1),
    }


def seen_by(actor: Actor) -> tuple[Progress, Progress, Progress, Progress]:
    """Row 3 of the actor's unit on the board, on its page, in the API and in a mail."""
    db.session.rollback()
    plan, assignment = plans.first(), held(3, "cs")
    cell = board(plan.id, actor, clock.now()).by_place[3, "cs"]
    card = next(
        card
        for card in mine(actor.unit_ids, clock.now()).cards
        if card.assignment_id == assignment.id
    )
    row = flat.find(actor, clock.now(), assignment.id)
    assert row is not None
    cutoff: Cutoff = next(
        each for each in cutoffs_of(plan) if each.instant == assignment.duty.due_at
    )
    (line,) = [
        line
        for line in open_work(plan).of_unit(assignment.unit_id, cutoff, clock.now())
        if line.assignment_id == assignment.id
    ]
    return (
        Progress(cell.count, cell.target),
        Progress(card.count, card.target),
        Progress(row.count, row.target),
        line.progress,
    )


def test_before_the_first_word_there_is_silence_and_not_zero(both_app: Flask) -> None:
    """零报告: no tick and no report read 未报 on every page, in the API and in mails."""
    load([*numbered(3), Listed("X", "课程", "info", "", "")])
    actor = cast.actor("cs")
    assert seen_by(actor) == (Progress(None, 3),) * 4
    tick("K0001")
    assert seen_by(actor) == (Progress(1, 3),) * 4


def test_a_row_adds_up_what_its_colleges_ticked(both_app: Flask) -> None:
    load([*numbered(3), Listed("X", "课程", "info", "", "")])
    plan = first_id()
    affairs = cast.actor("affairs")
    assert board(plan, affairs, clock.now()).tasks[2].progress == Progress(None, 4)
    tick("X", who="info")
    assert board(plan, affairs, clock.now()).tasks[2].progress == Progress(1, 4)
    cell = board(plan, cast.actor("students"), clock.now()).by_place[3, "students"]
    assert (cell.count, cell.target, cell.light) == (1, 4, Light.OPEN)


@pytest.mark.parametrize("name", ["affairs", "cs"])
def test_the_board_takes_the_same_queries_whatever_the_rosters(
    both_app: Flask, count_queries: Counting, name: str
) -> None:
    plan, actor = first_id(), cast.actor(name)
    db.session.rollback()
    with count_queries() as before:
        board(plan, actor, clock.now())
    for number in (3, 5, 8):
        load(
            [Listed(f"{code}{n}", "名", code, "", "") for n in range(60) for code in CODES], number
        )
    db.session.rollback()
    with count_queries() as after:
        board(plan, actor, clock.now())
    assert len(before) == len(after)


def test_a_unit_s_page_takes_one_query_for_its_rosters(
    both_app: Flask, count_queries: Counting
) -> None:
    def counted(name: str) -> int:
        actor = cast.actor(name)
        with count_queries() as queries:
            mine(actor.unit_ids, clock.now())
        return sum("roster_tally" in query for query in queries)

    load([*numbered(3)])
    load([Listed("S1", "学生", "cs", "", "")], number=8)
    assert (counted("cs"), counted("network")) == (1, 0)
