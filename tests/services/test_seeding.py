"""The first plan from `seed/`: exact content, once, all or nothing."""

import csv
import shutil
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

import tracker.models  # noqa: F401 - fills the metadata
from tracker.db import Base, db, transaction
from tracker.domain.cutoffs import to_wall
from tracker.domain.errors import SeedError
from tracker.domain.vocabulary import Cadence, DutyRole, Post, State, UnitKind
from tracker.models.assignment import Assignment
from tracker.models.audit import AuditEvent
from tracker.models.org import Membership, Unit, User
from tracker.models.plan import Contingency, ContingencyResponse, Duty, Plan, Task
from tracker.models.reminder import ReminderRule
from tracker.permissions import SYSTEM
from tracker.services import fanout
from tracker.services.seeding import SEED_FOLDER, SeedResult, seed

NOW = datetime(2020, 2, 20, 0, 0, tzinfo=UTC)
LATER = datetime(2020, 2, 21, 0, 0, tzinfo=UTC)
STUDENTS, COLLEGES, NETWORK = "学工处", "学院（系、部）、授课教师", "网络中心"
AFFAIRS = "教务处"
KINDS = {
    AFFAIRS: UnitKind.ACADEMIC_AFFAIRS,
    STUDENTS: UnitKind.STUDENT_AFFAIRS,
    COLLEGES: UnitKind.COLLEGE,
}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{tmp_path / 'tracker.sqlite'}"
    db.init_app(app)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def seeded(app: Flask) -> SeedResult:
    return load(SEED_FOLDER)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SEED_FOLDER, tmp_path / "seed"))


def wall(text: str) -> datetime:
    """Campus wall time: naive by definition."""
    return datetime.fromisoformat(text)


def load(folder: Path, now: datetime = NOW, password_hash: str | None = None) -> SeedResult:
    with transaction():
        return seed(folder, now, SYSTEM, password_hash)


def table(name: str) -> list[dict[str, str]]:
    with (SEED_FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def count(model: type[Base]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def everything() -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    return {
        name: sorted(map(tuple, db.session.execute(select(table))), key=repr)
        for name, table in Base.metadata.tables.items()
    }


def first_plan() -> Plan:
    """The notice itself; its later phases lie under it."""
    return db.session.scalars(select(Plan).where(Plan.parent_id.is_(None))).one()


def rows() -> list[Task]:
    mine = select(Task).where(Task.plan_id == first_plan().id)
    return list(db.session.scalars(mine.order_by(Task.number)))


def duties(kind: UnitKind) -> list[Duty]:
    mine = select(Duty).where(Duty.unit_kind == kind, Duty.plan_id == first_plan().id)
    return list(db.session.scalars(mine.order_by(Duty.id)))


def duty_of(row: int, kind: UnitKind) -> Duty:
    return next(duty for duty in duties(kind) if row in [task.number for task in duty.tasks])


@pytest.mark.usefixtures("seeded")
class TestContent:
    def test_the_notice_has_16_tasks_in_its_own_words(self):
        """Character for character."""
        tasks = rows()
        assert [(str(t.number), t.deadline_text, t.title) for t in tasks] == [
            (record["序号"], record["时间节点"], record["问题、任务与措施"])
            for record in table("table1.csv")
        ]
        assert len(tasks) == 16
        assert all(task.title_en.isascii() for task in tasks)

    @pytest.mark.parametrize(("header", "number"), [(AFFAIRS, 16), (STUDENTS, 15), (COLLEGES, 16)])
    def test_every_filled_cell_is_a_duty_in_the_notices_own_words(self, header, number):
        found = [(str(duty.tasks[0].number), duty.text) for duty in duties(KINDS[header])]
        assert len(found) == number
        assert found == [
            (record["序号"], record[header]) for record in table("table1.csv") if record[header]
        ]

    def test_row_8_gives_student_affairs_nothing_to_do(self):
        covered = {task.number for duty in duties(UnitKind.STUDENT_AFFAIRS) for task in duty.tasks}
        assert covered == set(range(1, 17)) - {8}

    def test_the_network_centre_has_one_standing_duty_over_all_rows(self):
        """B-48: a merged cell is one continuing duty with a check-in for each of four days."""
        (duty,) = duties(UnitKind.NETWORK_CENTRE)
        assert [task.number for task in duty.tasks] == list(range(1, 17))
        assert duty.text == table("table1.csv")[0][NETWORK]
        assert (duty.role, duty.cadence) == (DutyRole.PERFORM, Cadence.DAILY)
        assert (duty.target, duty.counted, duty.reviewed) == (4, False, False)
        assert duty.opens_at == datetime(2020, 2, 19, 16, tzinfo=UTC)
        assert duty.due_at == datetime(2020, 2, 23, 16, tzinfo=UTC)

    def test_row_1_closes_as_the_23rd_begins_and_the_others_run_from_the_20th_to_the_24th(self):
        """B-19: exclusive cut-offs, campus wall time."""
        first, *others = rows()
        assert (first.opens, first.closes) == (None, wall("2020-02-23"))
        assert {(task.opens, task.closes) for task in others} == {
            (wall("2020-02-20"), wall("2020-02-24"))
        }

    def test_the_instants_of_duties_are_those_of_their_rows(self):
        once = select(Duty).where(Duty.cadence == Cadence.ONCE)
        for duty in db.session.scalars(once):
            (task,) = duty.tasks
            assert to_wall(duty.due_at, "Asia/Shanghai") == task.closes
            assert (duty.opens_at is None) == (task.opens is None)

    def test_every_college_has_16_assignments_and_the_offices_theirs(self):
        laid = Counter(
            db.session.scalars(select(Unit.code).join(Assignment, Assignment.unit_id == Unit.id))
        )
        colleges = db.session.scalars(select(Unit.code).where(Unit.kind == UnitKind.COLLEGE)).all()
        assert len(colleges) == 12
        assert "cs" in colleges
        assert laid == {"affairs": 16, "students": 15, "network": 1} | dict.fromkeys(colleges, 16)

    def test_assignments_start_open_and_silent(self):
        for assignment in db.session.scalars(select(Assignment)):
            assert (assignment.state, assignment.version) == (State.OPEN, 1)
            assert assignment.count is None
            assert assignment.changed_at is None

    def test_the_measured_rows_count_in_the_duties_that_do_the_work(self):
        measured = db.session.scalars(
            select(Task.number).where(Task.counts.is_not(None)).order_by(Task.number)
        ).all()
        assert measured == [2, 3, 4, 5, 6, 7, 8, 9, 10, 12]
        counted = {
            (duty.tasks[0].number, duty.unit_kind)
            for duty in db.session.scalars(select(Duty).where(Duty.counted))
        }
        by_students = {(row, UnitKind.STUDENT_AFFAIRS) for row in (2, 3, 4, 5, 6, 7)}
        by_colleges = {(row, UnitKind.COLLEGE) for row in (2, 3, 8, 9, 10, 12)}
        assert counted == by_students | by_colleges

    def test_only_the_160_students_are_a_target_and_student_affairs_hold_it(self):
        assert duty_of(2, UnitKind.STUDENT_AFFAIRS).target == 160
        once = select(Duty).where(Duty.target.is_not(None), Duty.cadence == Cadence.ONCE)
        assert len(db.session.scalars(once).all()) == 1
        tasks = select(Task.number, Task.target).where(Task.target.is_not(None))
        assert db.session.execute(tasks).all() == [(2, 160)]

    def test_reviewed_is_what_an_inspector_of_the_row_verifies(self):
        reviewed = {
            (duty.tasks[0].number, duty.unit_kind)
            for duty in db.session.scalars(select(Duty).where(Duty.reviewed))
        }
        by_students = {(row, UnitKind.STUDENT_AFFAIRS) for row in (3, 4, 5, 6, 7)}
        by_colleges = {(row, UnitKind.COLLEGE) for row in (3, 8, 9, 10, 12, 15)}
        assert reviewed == by_students | by_colleges

    def test_the_8_contingencies_are_complete_and_6_and_7_share_their_plan(self):
        found = db.session.scalars(select(Contingency).order_by(Contingency.number)).all()
        records = table("table2.csv")
        records[6] |= {column: records[5][column] for column in ("预案内容", "重点关注")}
        assert [
            (str(c.number), c.trigger, c.response.response, c.response.focus) for c in found
        ] == [tuple(record.values()) for record in records]
        assert found[5].response_id == found[6].response_id
        assert count(ContingencyResponse) == 7

    def test_the_ladder_is_that_of_the_design(self):
        mine = select(ReminderRule).where(ReminderRule.plan_id == first_plan().id)
        rules = db.session.scalars(mine.order_by(ReminderRule.id))
        assert [(r.day_offset, r.at, r.audience, r.repeats, r.ignores_quiet) for r in rules] == [
            (-1, time(9), "contacts", False, False),
            (0, time(9), "contacts", False, False),
            (0, time(18), "contacts leads", False, False),
            (0, time(22), "contacts leads", False, True),
            (1, time(8), "contacts leads", False, False),
            (1, time(14), "affairs leads", False, False),
            (2, time(8), "contacts leads", True, False),
        ]

    def test_the_plan_is_the_notice_of_20_february(self, seeded):
        plan = seeded.plan
        assert seeded.created
        assert (plan.code, plan.zone) == ("network-teaching-2020", "Asia/Shanghai")
        assert plan.title == "关于进一步推动落实网络教学如期高质量开展的通知"
        assert (plan.issued_on, plan.launches_on) == (date(2020, 2, 20), date(2020, 2, 24))
        assert plan.published_at == NOW

    def test_every_unit_has_a_contact_and_a_lead_and_the_president_only_looks(self):
        held = {
            (unit, post)
            for unit, post in db.session.execute(
                select(Unit.code, Membership.post).join(Membership, Membership.unit_id == Unit.id)
            )
        }
        codes = db.session.scalars(select(Unit.code)).all()
        assert held == {(code, post) for code in codes for post in (Post.CONTACT, Post.LEAD)}
        (president,) = db.session.scalars(select(User).where(User.is_observer))
        assert president.email == "president@campus.example"
        assert president.memberships == []

    def test_the_accounts_follow_the_codes_of_the_units(self):
        holders = {
            (user.email, membership.unit.code, membership.post)
            for user in db.session.scalars(select(User))
            for membership in user.memberships
        }
        for unit in db.session.scalars(select(Unit)):
            college = unit.kind is UnitKind.COLLEGE
            lead = f"{unit.code}.dean@campus.example" if college else f"{unit.code}@campus.example"
            assert (f"{unit.code}@campus.example", unit.code, Post.CONTACT) in holders
            assert (lead, unit.code, Post.LEAD) in holders

    def test_units_keep_the_order_of_their_file(self):
        codes = db.session.scalars(select(Unit.code).order_by(Unit.position)).all()
        assert codes == [record["code"] for record in table("units.csv")]

    def test_publication_and_laying_out_are_on_record(self):
        actions = db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
        assert actions == ["plan.published", "plan.laid_out", "plan.drafted", "plan.drafted"]


def test_seeding_twice_adds_and_changes_nothing(app):
    """B-50."""
    first = load(SEED_FOLDER)
    assignment = db.session.scalars(select(Assignment)).first()
    with transaction():
        db.session.scalars(select(Assignment)).first().state = State.DONE
    before = everything()
    second = load(SEED_FOLDER, LATER, "another hash")
    assert (second.created, second.assignments) == (False, 0)
    assert second.plan.id == first.plan.id
    assert everything() == before
    assert assignment.state is State.DONE


def test_a_failure_half_way_leaves_nothing_and_the_next_attempt_is_whole(app, monkeypatch):
    """B-50: all or nothing."""

    def break_down(*_: object) -> int:
        raise RuntimeError("power cut")

    with monkeypatch.context() as broken:
        broken.setattr(fanout, "lay_out", break_down)
        with pytest.raises(RuntimeError):
            load(SEED_FOLDER)
    assert not any(everything().values())
    assert load(SEED_FOLDER).assignments == count(Assignment) == 16 + 15 + 1 + 12 * 16


def test_two_clerks_who_seed_at_once_make_one_plan(app):
    """B-50."""

    def clerk(_: int) -> bool:
        with app.app_context():
            return load(SEED_FOLDER).created

    with ThreadPoolExecutor(4) as clerks:
        created = list(clerks.map(clerk, range(4)))
    assert sorted(created) == [False, False, False, True]
    assert count(Assignment) == 16 + 15 + 1 + 12 * 16


def test_accounts_have_no_password_unless_the_entry_point_gives_one(app):
    load(SEED_FOLDER)
    assert set(db.session.scalars(select(User.password_hash))) == {None}


def test_rehearsal_accounts_get_the_given_password(app):
    load(SEED_FOLDER, password_hash="hash of rehearsal")
    assert set(db.session.scalars(select(User.password_hash))) == {"hash of rehearsal"}


def test_units_and_people_that_exist_keep_what_they_have(app):
    with transaction():
        unit = Unit(code="cs", kind=UnitKind.COLLEGE, name="旧名", name_en="Old", position=1)
        user = User(
            email="cs@campus.example", name="某人", name_en="X", password_hash="own", created_at=NOW
        )
        db.session.add_all([unit, user])
    load(SEED_FOLDER, password_hash="hash of rehearsal")
    user = db.session.scalars(select(User).where(User.email == "cs@campus.example")).one()
    assert (user.name, user.password_hash) == ("某人", "own")
    assert [(m.unit.name, m.post) for m in user.memberships] == [("旧名", Post.CONTACT)]
    assert count(Unit) == 15


def test_a_unit_that_exists_as_another_kind_is_refused(app):
    with transaction():
        db.session.add(
            Unit(code="cs", kind=UnitKind.NETWORK_CENTRE, name="机房", name_en="X", position=1)
        )
    before = everything()
    with pytest.raises(SeedError) as refused:
        load(SEED_FOLDER)
    assert (refused.value.file, refused.value.row, refused.value.column) == ("units.csv", 5, "kind")
    assert everything() == before


def test_a_plan_laid_again_reaches_a_unit_that_joined_and_keeps_the_rest(seeded):
    before = count(Assignment)
    with transaction():
        db.session.add(
            Unit(code="new", kind=UnitKind.COLLEGE, name="新学院", name_en="New", position=99)
        )
        db.session.flush()
        assert fanout.lay_out(db.session.get_one(Plan, seeded.plan.id), SYSTEM, LATER) == 16
    with transaction():
        assert fanout.lay_out(db.session.get_one(Plan, seeded.plan.id), SYSTEM, LATER) == 0
    assert count(Assignment) == before + 16
    assert db.session.get_one(Plan, seeded.plan.id).changes == 2


@pytest.mark.parametrize("ends", ["\r\n", "\r"])
def test_another_programs_line_ends_and_byte_order_mark_change_nothing(app, folder, ends):
    """B-46, B-48: Excel writes CR LF and a mark, an old Mac only CR."""
    for path in folder.glob("*.csv"):
        text = path.read_text(encoding="utf-8").replace("\n", ends)
        path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert load(folder).created
    assert len(rows()) == 16


def test_line_breaks_inside_cells_survive(app, folder):
    """B-48: a deadline broken in the middle of a word is read, a duty keeps its break."""
    replace(folder, "table1.csv", "1,22日结束前,", '1,"22 日结\n束前",')
    replace(folder, "table1.csv", ",牵头成立校区工作组,", ',"牵头成立校区工\n作组",')
    replace(folder, "translations_en.csv", ",牵头成立校区工作组,", ',"牵头成立校区工\n作组",')
    load(folder)
    task = rows()[0]
    assert (task.deadline_text, task.closes) == ("22 日结\n束前", wall("2020-02-23"))
    assert duty_of(1, UnitKind.ACADEMIC_AFFAIRS).text == "牵头成立校区工\n作组"


def replace(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="")
