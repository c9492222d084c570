"""What is found by which words, by whom, and at what price."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from tests import cast, plans
from tests.plans import first_row
from tests.queries.test_rosters import load, numbered
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.cutoffs import to_instant
from tracker.domain.rosters import Listed
from tracker.domain.search import Kind, needles, spans
from tracker.domain.vocabulary import Cadence, DutyRole, Post, UnitKind
from tracker.models.assignment import Assignment
from tracker.models.org import Membership, Unit, User
from tracker.models.plan import Duty, Plan, Task
from tracker.permissions import SYSTEM, Actor, can_oversee, can_see, roster_reach
from tracker.pinyin import heard, sounds
from tracker.queries import rosters
from tracker.queries.rosters import Wanted, counting_offices
from tracker.queries.search import FEW, MANY, Findings, find
from tracker.queries.search_hits import DutyHit, Hit, NameHit, PersonHit, TaskHit, UnitHit
from tracker.services import fanout

Counting = Callable[[], AbstractContextManager[list[str]]]
COLLEGES = ("cs", "info", "law")
SPOKEN = st.text("单曾教务处长乐重庆ab1 -", max_size=12)


def search(typed: str, kind: Kind | None = None, who: str = "affairs") -> Findings:
    return find(cast.actor(who), clock.now(), typed, kind)


def titles(typed: str, kind: Kind, who: str = "affairs") -> list[str]:
    return [hit.title for group in search(typed, kind, who).groups for hit in group.hits]


@pytest.mark.parametrize(
    ("typed", "kind", "found"),
    [
        ("课程建群", Kind.TASK, ["课程建群"]),
        ("kcjq", Kind.TASK, ["课程建群"]),
        ("KeChengJianQun", Kind.TASK, ["课程建群"]),
        ("create GROUPS course", Kind.TASK, ["课程建群"]),
        ("22日", Kind.TASK, ["成立校区与学院层面工作组"]),
        ("２２日", Kind.TASK, ["成立校区与学院层面工作组"]),
        ("xueyuan", Kind.TASK, ["学院（系、部）督导组听课", "成立校区与学院层面工作组"]),
        ("教务处", Kind.UNIT, ["教务处"]),
        ("jiaowuchu", Kind.UNIT, ["教务处"]),
        ("jwc", Kind.UNIT, ["教务处"]),
        ("ＪＷＣ", Kind.UNIT, ["教务处"]),
        ("school science marine", Kind.UNIT, ["海洋科学学院"]),
        ("理学院", Kind.UNIT, ["理学院", "经济管理学院"]),
        ("lxy", Kind.UNIT, ["理学院", "经济管理学院"]),
        ("marine", Kind.UNIT, ["海洋科学学院"]),
        ("教务处负责人", Kind.PERSON, ["教务处负责人"]),
        ("cs.dean@", Kind.PERSON, ["计算机学院院长", "经济管理学院院长"]),
        ("SECRETARY law", Kind.PERSON, ["法学院教学秘书"]),
        ("法学院 mishu", Kind.PERSON, ["法学院教学秘书"]),
        ("法学院 院长", Kind.PERSON, ["法学院院长"]),
        ("zhutui", Kind.DUTY, []),
        ("一个不少", Kind.DUTY, ["确保“一个不少”"]),
        ("流量 帮扶", Kind.DUTY, None),
        ("建群 检查", Kind.DUTY, ["检查", "确保全部建立，并检查"]),
        ("教师 学生 没有这样的词", Kind.TASK, []),
        ("%", Kind.TASK, []),
        ("_", Kind.UNIT, []),
    ],
)
def test_what_is_found_by_which_words(
    app: Flask, typed: str, kind: Kind, found: list[str] | None
) -> None:
    """Chinese, pinyin, initials and English, width and case aside, every word somewhere in it; what
    is called just so stands first."""
    shown = titles(typed, kind)
    assert shown == found if found is not None else len(shown) == 1


def test_a_roster_name_is_found_by_key_name_and_pinyin(both_app: Flask) -> None:
    people = [("2020001", "曾小明", "计科1801班"), ("2020", "张晓", ""), ("KC_07", "100%代数", "")]
    load([Listed(key, label, "cs", detail, "") for key, label, detail in people])
    load([Listed("2020001", "曾小明", "cs", "", "")], number=5)
    for typed, found in {
        "zxm": ["曾小明", "曾小明"],
        "曾小明 jk1801": ["曾小明"],
        "2020": ["张晓", "曾小明", "曾小明"],
        "kc_": ["100%代数"],
        "kc%": [],
        "0%": ["100%代数"],
    }.items():
        assert titles(typed, Kind.NAME) == found, typed
    (hit,) = search("kc_07", Kind.NAME).groups[0].hits
    assert isinstance(hit, NameHit)
    assert (hit.key, hit.number, hit.unit, hit.done) == ("KC_07", 3, "计算机学院", False)


def test_a_name_that_left_the_list_is_not_found(app: Flask) -> None:
    load(numbered(2))
    load(numbered(1))
    assert titles("课程1", Kind.NAME) == []


@given(SPOKEN, st.text("zengchdanshjiaowu", min_size=1, max_size=6))
def test_letters_find_exactly_what_they_mark(text: str, word: str) -> None:
    found = all(needle in heard(text) for needle in needles([word]))
    assert found == bool(spans(text, sounds(text), [word]))


@given(SPOKEN, st.text("教务处单1-", min_size=1, max_size=3))
def test_other_words_find_exactly_what_they_mark(text: str, word: str) -> None:
    found = all(needle in heard(text) for needle in needles([word]))
    assert found == bool(spans(text, sounds(text), [word]))


def seen(who: Actor, hit: Hit) -> bool:
    """By the rules of the page on which it stands."""
    match hit:
        case TaskHit() | DutyHit():
            own = hit.assignment_id
            held = db.session.get_one(Assignment, own) if own is not None else None
            return held is None or (can_see(who, held) and held.unit_id in who.unit_ids)
        case UnitHit():
            return who.sees_all or unit(hit.code).id in who.unit_ids
        case PersonHit():
            return can_oversee(who) or any(held.unit_id in who.unit_ids for held in hit.posts)
        case NameHit():
            task = db.session.get_one(Task, hit.task_id)
            reach = roster_reach(who, counting_offices(task.id))
            return hit.key in rosters.keys(task, reach, Wanted(search=hit.key))


def test_nobody_ever_finds_what_its_page_would_not_show(both_app: Flask) -> None:
    """B-62, over every role: and all that they may see is found."""
    for number in (3, 5, 8):
        load(
            [Listed(f"{code}-{n}", "名", code, "", "") for n in (1, 2) for code in COLLEGES], number
        )
    with transaction():
        post = Membership(user=cast.user("info"), unit=unit("students"), post=Post.CONTACT)
        db.session.add(post)
    loaded = {(number, f"{code}-{n}") for number in (3, 5, 8) for n in (1, 2) for code in COLLEGES}
    for name in cast.CAST:
        actor = cast.actor(name)
        units = {one.unit.code for one in db.session.query(Assignment) if can_see(actor, one)}
        for kind in Kind:
            for typed in ("1", "学", "院", "s", "x", "@", "名"):
                for group in search(typed, kind, name).groups:
                    assert all(seen(actor, hit) for hit in group.hits), (name, kind, typed)
        shown = search("名", Kind.NAME, name).groups
        keys = {
            (hit.number, hit.key) for group in shown for hit in group.hits if hit.kind == "name"
        }
        assert keys == {(number, key) for number, key in loaded if reaches(actor, number, key)}
        everything = [
            search(word, Kind.UNIT, name) for word in ("office", "network", "school", "系")
        ]
        everything += [search("division", Kind.UNIT, name)]
        codes = {hit.code for each in everything for group in each.groups for hit in group.hits}
        assert codes == units, name


def unit(code: str) -> Unit:
    return db.session.scalars(select(Unit).where(Unit.code == code)).one()


def reaches(actor: Actor, number: int, key: str) -> bool:
    task = first_row(number)
    code = key.partition("-")[0]
    return unit(code).id in roster_reach(actor, counting_offices(task.id))


def test_who_holds_no_post_finds_nothing(both_app: Flask) -> None:
    load(numbered(2))
    nobody = Actor(cast.user("cs").id, "nobody", False, frozenset())
    for typed in ("课程", "学院", "cs", "1"):
        assert find(nobody, clock.now(), typed).total == 0


def test_a_colleague_is_found_while_they_hold_a_post_of_the_unit(app: Flask) -> None:
    assert titles("院长", Kind.PERSON, "cs") == ["计算机学院院长"]
    assert titles("校长", Kind.PERSON, "cs") == []
    assert titles("校长", Kind.PERSON) == ["校长"]
    with transaction():
        for held in cast.user("cs.dean").memberships:
            held.ends_at = clock.now()
    assert titles("院长", Kind.PERSON, "cs") == []
    with transaction():
        for held in cast.user("cs.dean").memberships:
            held.starts_at, held.ends_at = clock.now() + timedelta(days=1), None
    assert titles("院长", Kind.PERSON, "cs") == ["计算机学院院长"]


def test_an_archived_notice_is_not_searched(app: Flask) -> None:
    load(numbered(2))
    with transaction():
        plans.first().archived_at = clock.now()
    found = search("课程")
    assert (found.plans, found.groups) == ((), ())
    assert titles("计算机学院院长", Kind.PERSON) == ["计算机学院院长"]


def second_notice() -> Plan:
    """A later one with a single row, 「线路巡检」, that asks something of student affairs only."""
    first, now = plans.first(), clock.now()
    plan = Plan(
        code="second",
        title="第二份通知",
        title_en="Second notice",
        issuer=first.issuer,
        issued_on=first.issued_on,
        launches_on=first.launches_on,
        zone=first.zone,
        published_at=first.published_at + timedelta(hours=1),
    )
    closes = datetime(2020, 2, 24)
    task = Task(
        plan=plan,
        number=1,
        title="线路巡检",
        title_en="Line inspection",
        deadline_text="23日",
        closes=closes,
    )
    duty = Duty(
        plan=plan,
        unit_kind=UnitKind.STUDENT_AFFAIRS,
        role=DutyRole.PERFORM,
        text="巡检宿舍线路",
        text_en="Inspect the lines",
        cadence=Cadence.ONCE,
        reviewed=False,
        counted=False,
        due_at=to_instant(closes, first.zone),
        tasks=[task],
    )
    db.session.add_all([task, duty])
    db.session.flush()
    fanout.lay_out(plan, SYSTEM, now)
    return plan


def test_a_notice_without_a_duty_of_one_s_own_is_not_searched(both_app: Flask) -> None:
    with transaction():
        second_notice()
    for who, found in (("affairs", 1), ("president", 1), ("students", 1), ("cs", 0), ("info", 0)):
        for kind in (Kind.TASK, Kind.DUTY):
            assert len(titles("巡检 线路", kind, who)) == found, (who, kind)


def test_few_of_each_kind_are_shown_and_many_of_one(app: Flask) -> None:
    load(numbered(MANY + 5))
    among = {group.kind: group for group in search("课程").groups}
    assert (among[Kind.NAME].total, len(among[Kind.NAME].hits)) == (MANY + 5, FEW)
    assert list(among) == [kind for kind in Kind if kind in among]
    (alone,) = search("课程", Kind.NAME).groups
    assert (alone.total, len(alone.hits)) == (MANY + 5, MANY)
    assert search("课程", Kind.UNIT).groups == ()


@pytest.mark.parametrize("who", ["affairs", "students", "cs"])
def test_a_search_takes_seven_queries_whatever_there_is(
    both_app: Flask, count_queries: Counting, who: str
) -> None:
    def taken(typed: str) -> int:
        actor = cast.actor(who)
        db.session.commit()  # Of what was read before, nothing is remembered.
        with count_queries() as queries:
            find(actor, clock.now(), typed)
        return len(queries)

    before = taken("学")
    with transaction():
        _grow()
    for number in (3, 5, 8):
        load(numbered(60), number)
    assert [taken(typed) for typed in ("学", "课程", "s", "无")] == [before] * 4
    assert before == 7
    assert taken("  ") == 0


def _grow() -> None:
    """Forty more colleges with a head each, and one more notice."""
    plan = plans.first()
    now = clock.now()
    for number in range(40):
        college = Unit(
            code=f"new{number}",
            kind=UnitKind.COLLEGE,
            name=f"第{number}学院",
            name_en=f"School {number}",
            position=100 + number,
        )
        person = User(email=f"{number}@x.example", name="院长", name_en="Dean", created_at=now)
        db.session.add_all([college, person, Membership(user=person, unit=college, post=Post.LEAD)])
    db.session.flush()
    fanout.lay_out(plan, SYSTEM, now)
