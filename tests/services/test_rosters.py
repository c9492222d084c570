"""Names ticked and lists taken: tallies that always agree, ticks that are never lost."""

import contextlib
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update

from tests import cast
from tests.plans import first_id, first_row
from tests.web import duties
from tests.web.duties import held
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.errors import IllegalStep, InvalidInput, NotPermitted, StaleDifference
from tracker.domain.rosters import Difference, Listed
from tracker.domain.vocabulary import Light, State
from tracker.models.assignment import Assignment
from tracker.models.audit import AuditEvent
from tracker.models.org import Unit
from tracker.models.plan import Task
from tracker.models.roster import RosterImport, RosterItem, RosterTally
from tracker.queries.board import board
from tracker.services import assignments, reviews, roster_imports, rosters
from tracker.services.roster_files import read_paste
from tracker.services.roster_imports import confirm, preview
from tracker.services.rosters import Ticked


def task(number: int = 3) -> Task:
    return first_row(number)


def listed(*keys: str, code: str = "cs", name: str = "课程") -> list[Listed]:
    return [Listed(key, f"{name}{key}", code, "教师", f"第{n}行") for n, key in enumerate(keys, 2)]


def show(rows: Sequence[Listed], who: str = "affairs", unit: str | None = None) -> RosterImport:
    with transaction():
        whose = db.session.scalars(select(Unit).where(Unit.code == unit)).one() if unit else None
        return preview(task(), whose, cast.actor(who), clock.now(), source="名单.csv", listed=rows)


def take(imported: RosterImport, who: str = "affairs", *, leave: bool = False) -> Difference:
    with transaction():
        return confirm(
            db.session.get_one(RosterImport, imported.id),
            cast.actor(who),
            clock.now(),
            leave_doubtful=leave,
        )


def load(*rows: Listed) -> Difference:
    return take(show(rows))


def tick(*keys: str, who: str = "cs") -> Ticked:
    with transaction():
        return rosters.tick(task(), cast.actor(who), clock.now(), keys)


def untick(*keys: str, who: str = "cs") -> Ticked:
    with transaction():
        return rosters.untick(task(), cast.actor(who), clock.now(), keys)


def kept() -> dict[str, tuple[str, bool]]:
    """Key -> unit and whether it is ticked, of the names that count."""
    db.session.rollback()
    rows = db.session.execute(
        select(RosterItem.key, Unit.code, RosterItem.done_at)
        .join(Unit)
        .where(RosterItem.dropped_at.is_(None), RosterItem.task_id == task().id)
    )
    return {key: (code, done_at is not None) for key, code, done_at in rows}


def assert_tallies() -> None:
    found = {
        (tally.unit_id, tally.total, tally.done)
        for tally in db.session.scalars(select(RosterTally))
    }
    counted = db.session.execute(
        select(RosterItem.unit_id, func.count(), func.count(RosterItem.done_at))
        .where(RosterItem.dropped_at.is_(None))
        .group_by(RosterItem.unit_id)
    )
    assert found == {tuple(row) for row in counted}


def events(action: str) -> int:
    db.session.rollback()
    counted = select(func.count()).where(AuditEvent.action == action)
    return db.session.scalar(counted) or 0


class TestTheList:
    def test_nothing_is_saved_before_it_is_confirmed(self, both_app: Flask) -> None:
        imported = show(listed("A", "B"))
        assert kept() == {}
        assert len(roster_imports.show(imported).added) == 2
        take(imported)
        assert kept() == {"A": ("cs", False), "B": ("cs", False)}
        assert_tallies()

    def test_a_newer_list_changes_the_difference_only_and_keeps_ticks(
        self, both_app: Flask
    ) -> None:
        load(*listed("A", "B", "C"))
        tick("A", "B")
        found = load(*listed("A", "D"), *listed("C", name="新名称"))
        assert [row.key for row in found.added] == ["D"]
        assert [row.key for _, row in found.changed] == ["C"]
        assert [item.key for item in found.dropped] == ["B"]
        assert kept() == {"A": ("cs", True), "C": ("cs", False), "D": ("cs", False)}
        assert_tallies()

    def test_a_name_that_comes_back_has_its_old_tick(self, both_app: Flask) -> None:
        load(*listed("A", "B"))
        tick("B")
        load(*listed("A"))
        load(*listed("A", "B"))
        assert kept()["B"] == ("cs", True)
        assert_tallies()

    def test_the_same_file_twice_makes_no_doubles(self, both_app: Flask) -> None:
        """B-50."""
        load(*listed("A", "B"))
        found = load(*listed("A", "B"))
        assert found.empty
        assert len(kept()) == 2

    def test_confirmed_twice_it_is_taken_once(self, both_app: Flask) -> None:
        """B-50, B-17."""
        imported = show(listed("A"))
        take(imported)
        take(imported)
        assert events("roster.imported") == 1

    def test_two_clerks_at_once_the_second_looks_again(self, both_app: Flask) -> None:
        """B-50: each saw the same empty roster."""
        first, second = show(listed("A", "B")), show(listed("B", "C"))
        take(first)
        with pytest.raises(StaleDifference):
            take(second)
        assert set(kept()) == {"A", "B"}
        take(show(listed("B", "C")))
        assert set(kept()) == {"B", "C"}

    def test_a_tick_meanwhile_does_not_hold_up_a_list(self, both_app: Flask) -> None:
        load(*listed("A", "B"))
        imported = show(listed("A", "B", "C"))
        tick("A")
        take(imported)
        assert kept() == {"A": ("cs", True), "B": ("cs", False), "C": ("cs", False)}

    def test_half_way_a_failure_leaves_nothing(
        self, both_app: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """B-50: all or nothing."""
        load(*listed("A"))
        imported = show(listed("B", "C"))

        def fail(_task: Task) -> None:
            raise ZeroDivisionError

        with monkeypatch.context() as broken:
            broken.setattr(rosters, "count_anew", fail)
            with pytest.raises(ZeroDivisionError):
                take(imported)
        assert set(kept()) == {"A"}
        take(imported)
        assert set(kept()) == {"B", "C"}

    def test_doubtful_rows_are_left_out_only_when_that_is_said(self, both_app: Flask) -> None:
        rows = [*listed("A"), Listed("B", "课程B", "nowhere", "", "第3行")]
        imported = show(rows)
        with pytest.raises(InvalidInput) as refusal:
            take(imported)
        assert refusal.value.field == "leave_doubtful"
        assert kept() == {}
        take(imported, leave=True)
        assert set(kept()) == {"A"}

    def test_a_college_adds_to_its_own_list_and_drops_nobody(self, both_app: Flask) -> None:
        load(*listed("A", "B"), *listed("X", code="info"))
        found = take(show([*listed("C"), *listed("X", code="info")], "cs", "cs"), "cs", leave=True)
        assert [row.key for row in found.added] == ["C"]
        assert [item.key for item in found.absent] == ["A", "B"]
        assert [row.key for row, *_ in found.doubtful] == ["X"]
        assert kept()["X"] == ("info", False)
        assert set(kept()) == {"A", "B", "C", "X"}

    @pytest.mark.parametrize("who", ["cs", "info", "network", "president"])
    def test_the_whole_row_s_list_is_not_for_everybody(self, app: Flask, who: str) -> None:
        with pytest.raises(NotPermitted):
            show(listed("A"), who)
        if who != "cs":
            with pytest.raises(NotPermitted):
                show(listed("A"), who, "cs")

    def test_student_affairs_keep_the_list_of_a_row_they_answer_for(self, app: Flask) -> None:
        take(show(listed("A"), "students"), "students")
        assert set(kept()) == {"A"}


class TestTicks:
    def test_a_college_ticks_its_own_and_finds_no_others(self, both_app: Flask) -> None:
        """B-62: a foreign key is as unknown as one that does not exist."""
        load(*listed("A", "B"), *listed("X", code="info"))
        assert tick("A", "X", "nothing") == Ticked(1, 0, ("X", "nothing"))
        assert kept() == {"A": ("cs", True), "B": ("cs", False), "X": ("info", False)}
        assert_tallies()

    def test_a_tick_twice_counts_once(self, both_app: Flask) -> None:
        """B-17: n of N never goes to n+1 twice."""
        load(*listed("A", "B"))
        assert tick("A", "A", " a ".strip().upper()) == Ticked(1, 0, ())
        assert tick("A") == Ticked(0, 1, ())
        assert events("roster.ticked") == 1
        assert_tallies()

    def test_an_office_that_answers_for_the_row_ticks_all(self, both_app: Flask) -> None:
        load(*listed("A"), *listed("X", code="info"))
        assert tick("A", "X", who="students").done == 2

    @pytest.mark.parametrize("who", ["affairs", "president", "network"])
    def test_who_verifies_or_looks_ticks_nobody(self, app: Flask, who: str) -> None:
        """B-60: academic affairs inspect this row."""
        load(*listed("A"))
        with pytest.raises(NotPermitted):
            tick("A", who=who)
        assert kept() == {"A": ("cs", False)}

    def test_full_width_keys_are_the_same_keys(self, app: Flask) -> None:
        load(*listed("CS101"))
        assert tick("ＣＳ１０１").done == 1

    def test_many_at_once_lose_no_tick(self, both_app: Flask) -> None:
        """B-67: six writers, each on its own names and all on some."""
        keys = [f"K{n:02}" for n in range(30)]
        load(*listed(*keys))
        done, failures = [0] * 6, []

        def work(number: int) -> None:
            with both_app.app_context():
                try:
                    for key in keys[number:] + keys[:number]:
                        done[number] += tick(key).done
                except Exception as failure:  # Threads keep their troubles to themselves.
                    failures.append(failure)
                finally:
                    db.session.remove()

        threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert sum(done) == len(keys)
        assert all(ticked for _, ticked in kept().values())
        assert_tallies()


class TestReports:
    def test_a_report_needs_every_name(self, both_app: Flask) -> None:
        """「一个不少」."""
        load(*listed("A", "B"))
        tick("A")
        with pytest.raises(InvalidInput, match="1 names"):
            duties.report("cs", 3, "cs")
        tick("B")
        duties.report("cs", 3, "cs")
        assert held(3, "cs").count == 2

    def test_a_report_sent_twice_is_one_report(self, both_app: Flask) -> None:
        """B-17: the form of a row with a roster carries no number."""
        load(*listed("A"))
        tick("A")
        seen = held(3, "cs").version
        for _ in range(2):
            with transaction():
                assignments.check_off(
                    held(3, "cs"), cast.actor("cs"), clock.now(), seen_version=seen
                )
        assert (held(3, "cs").count, events("assignment.checked_off")) == (1, 1)

    def test_a_number_that_is_not_the_roster_s_is_refused(self, both_app: Flask) -> None:
        load(*listed("A"))
        tick("A")
        with pytest.raises(InvalidInput):
            duties.report("cs", 3, "cs", 7)
        duties.report("cs", 3, "cs", 1)

    def test_who_has_no_names_reports_zero_and_says_so(self, both_app: Flask) -> None:
        """零报告: with nobody to account for, silence is still not a report."""
        load(*listed("A"))
        assert held(3, "info").state is State.OPEN
        duties.report("info", 3, "info")
        assert (held(3, "info").count, held(3, "info").state) == (0, State.DONE)

    def test_an_office_answers_for_all_names(self, both_app: Flask) -> None:
        load(*listed("A"), *listed("X", code="info"))
        tick("A")
        with pytest.raises(InvalidInput):
            duties.report("students", 3, "students")
        tick("X", who="info")
        duties.report("students", 3, "students")
        assert held(3, "students").count == 2

    def verified(self) -> None:
        duties.report("cs", 3, "cs")
        with transaction():
            reviews.verify(held(3, "cs"), cast.actor("affairs"), clock.now(), seen_version=None)

    def test_when_the_roster_grows_a_verified_cell_falls_back(self, both_app: Flask) -> None:
        load(*listed("A"), *listed("X", code="info"))
        tick("A")
        self.verified()
        load(*listed("A", "B"), *listed("X", code="info"))
        assignment = held(3, "cs")
        assert (assignment.state, assignment.lacking) == (State.OPEN, 1)
        plan = first_id()
        seen = board(plan, cast.actor("affairs"), clock.now())
        assert seen.by_place[3, "cs"].light is Light.LACKING
        tick("B")
        self.verified()
        assert held(3, "cs").state is State.VERIFIED

    def test_another_unit_s_names_leave_it_verified(self, both_app: Flask) -> None:
        load(*listed("A"))
        tick("A")
        self.verified()
        load(*listed("A"), *listed("X", "Y", code="info"))
        assert held(3, "cs").state is State.VERIFIED

    def test_unticked_it_falls_back(self, both_app: Flask) -> None:
        load(*listed("A"))
        tick("A")
        duties.report("cs", 3, "cs")
        untick("A")
        assert (held(3, "cs").state, held(3, "cs").lacking) == (State.OPEN, 1)

    def test_reopened_the_ticks_stay(self, both_app: Flask) -> None:
        """B-59: parts are kept, the whole is reported anew."""
        load(*listed("A"))
        tick("A")
        self.verified()
        with transaction():
            reviews.reopen(
                held(3, "cs"),
                cast.actor("affairs"),
                clock.now(),
                seen_version=None,
                reason="请再核对",
            )
        assert kept() == {"A": ("cs", True)}
        with transaction():
            assignments.check_off(held(3, "cs"), cast.actor("cs"), clock.now(), seen_version=None)
        assert held(3, "cs").state is State.DONE


OWNERS = ("cs", "info")
REPORTERS = (*OWNERS, "students")
KEYS = st.one_of(st.just(set("ABC")), st.sets(st.sampled_from("ABC"), min_size=1))
STEP = st.one_of(
    st.tuples(st.just("list"), st.dictionaries(st.sampled_from("ABC"), st.sampled_from(OWNERS))),
    st.tuples(st.just("own list"), st.sampled_from(OWNERS), KEYS),
    st.tuples(st.just("tick"), st.sampled_from(REPORTERS), KEYS),
    st.tuples(st.just("untick"), st.sampled_from(REPORTERS), KEYS),
    st.tuples(st.just("report"), st.sampled_from(REPORTERS)),
)


def begin_anew() -> None:
    with transaction():
        for table in (RosterItem, RosterTally, RosterImport):
            db.session.execute(delete(table))
        db.session.execute(update(Assignment).values(state=State.OPEN, count=None, lacking=None))


@given(st.lists(STEP, max_size=12))
@example([("tick", "students", set("ABC")), ("report", "students"), ("untick", "cs", {"A"})])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_tallies_agree_and_exactly_the_whole_reports_stand(app: Flask, steps: list[Any]) -> None:
    """After any sequence of steps: every tally is a count of the names, a tick is lost only by
    unticking, and a report falls back exactly when a name it answers for is missing."""
    begin_anew()
    load(*listed("A", "B"), *listed("C", code="info"))
    ticked: set[str] = set()
    for name, *words in steps:
        before, reported = kept(), standing()
        if name == "list":
            if words[0]:  # An empty file is no list.
                load(*(Listed(key, key, code, "", "") for key, code in sorted(words[0].items())))
        elif name == "own list":
            code, keys = words
            rows = [Listed(key, key, "", "", "") for key in sorted(keys)]
            take(show(rows, code, code), code, leave=True)
        elif name == "report":
            with contextlib.suppress(InvalidInput, IllegalStep):
                duties.report(words[0], 3, words[0])
        else:
            code, keys = words
            own = {key for key in keys if before.get(key, ("", 0))[0] in (code, *theirs(code))}
            if name == "tick":
                tick(*keys, who=code)
                ticked |= own
            else:
                untick(*keys, who=code)
                ticked -= own
        now = kept()
        assert {key for key, (_, done) in now.items() if done} == ticked & set(now)
        assert_tallies()
        if name == "report":
            reported |= {words[0]}
        assert standing() == {code for code in reported if whole(code, now)}


def theirs(code: str) -> tuple[str, ...]:
    """Whose names else somebody may tick: student affairs answer for all of the row."""
    return OWNERS if code == "students" else ()


def standing() -> set[str]:
    """Whose reports stand."""
    return {code for code in REPORTERS if held(3, code).state is State.DONE}


def whole(code: str, names: dict[str, tuple[str, bool]]) -> bool:
    """Every name that a unit answers for is ticked."""
    return all(done for unit, done in names.values() if unit in (code, *theirs(code)))


def test_an_empty_unit_is_no_unit_without_an_english_name(app: Flask) -> None:
    """It was the last college that has none: a unit's own list was somebody else's."""
    with transaction():
        cast.user("info").memberships[0].unit.name_en = ""
    found = read_paste("编号,名称,学院\nA1,课程一,", roster_imports.spellings())
    assert [row.unit_code for row in found.rows] == [""]
