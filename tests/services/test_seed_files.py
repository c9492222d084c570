"""A malformed seed file is refused with file, row, column and reason, and nothing is loaded."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

import tracker.models  # noqa: F401 - fills the metadata
from tracker.db import Base, db, transaction
from tracker.domain.errors import SeedError
from tracker.permissions import SYSTEM
from tracker.services.seed_csv import WHOLE_ROW
from tracker.services.seed_files import read_seed
from tracker.services.seeding import SEED_FOLDER, seed

NOW = datetime(2020, 2, 20, tzinfo=UTC)
STUDENTS, COLLEGES, NETWORK = "学工处", "学院（系、部）、授课教师", "网络中心"
TITLE, DEADLINE, NUMBER = "问题、任务与措施", "时间节点", "序号"
T1, T2, EN = "table1.csv", "table2.csv", "translations_en.csv"
PLAN, UNITS, PEOPLE = "plan.csv", "units.csv", "people.csv"
COLUMNS, VERBS, MEASURES, RULES = "columns.csv", "verbs.csv", "measures.csv", "reminder_rules.csv"
TERMS, DATES, SERVICES = "terms.csv", "term_dates.csv", "services.csv"

Mutation = Callable[[Path], object]


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
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SEED_FOLDER, tmp_path / "seed"))


def change(file: str, old: str, new: str) -> Mutation:
    def replace(folder: Path) -> None:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text, f"the mutation of {file} does nothing"
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8", newline="")

    return replace


def remove(file: str) -> Mutation:
    return lambda folder: (folder / file).unlink()


def content(file: str, data: bytes) -> Mutation:
    return lambda folder: (folder / file).write_bytes(data)


def add(file: str, line: str) -> Mutation:
    def append(folder: Path) -> None:
        with (folder / file).open("a", encoding="utf-8", newline="") as target:
            target.write(line + "\n")

    return append


def in_gbk(file: str) -> Mutation:
    """As Chinese Excel saves it (B-45)."""

    def encode(folder: Path) -> None:
        text = (folder / file).read_text(encoding="utf-8")
        (folder / file).write_bytes(text.encode("gb18030"))

    return encode


MISSING = [
    (remove(path.name), path.name, 1, WHOLE_ROW) for path in sorted(SEED_FOLDER.glob("*.csv"))
]
FILES = [
    (content(T1, b""), T1, 1, WHOLE_ROW),
    (content(VERBS, b"verb,role\n"), VERBS, 1, WHOLE_ROW),
    (in_gbk(T1), T1, 1, WHOLE_ROW),
    (in_gbk(UNITS), UNITS, 2, WHOLE_ROW),
    (content(T2, "序号,特殊工作".encode("utf-16")), T2, 1, WHOLE_ROW),
    (content(VERBS, b"verb,role\n\xff,LEAD\n"), VERBS, 2, WHOLE_ROW),
    (change(VERBS, "参与,SUPPORT", '参与,"SUPPORT'), VERBS, 19, WHOLE_ROW),
    (change(VERBS, "参与,SUPPORT", '参与,"SUPPORT"x'), VERBS, 19, WHOLE_ROW),
    (change(T1, "时间节点", "时间"), T1, 1, DEADLINE),
    (change(T1, ",网络中心\n", "\n"), T1, 1, NETWORK),
    (change(T1, ",网络中心\n", ",网络中心,备注\n"), T1, 1, "备注"),
    (change(T2, ",重点关注", ""), T2, 1, "重点关注"),
    (change(UNITS, "code,kind", "kind,code"), UNITS, 1, "code"),
    (change(UNITS, "info,college,", "info,"), UNITS, 6, "name_en"),
    (change(T1, ",检查,确保全部建立,", ",检查,确保,全部建立,"), T1, 4, WHOLE_ROW),
    (change(T1, "课程建群", "课程\x07建群"), T1, 4, TITLE),
    (change(T1, "课程建群", "课程\x00建群"), T1, 4, TITLE),
    (change(T1, "课程建群", "课程\x0b建群"), T1, 4, TITLE),
    (change(T1, "课程建群", "课程\ufffd建群"), T1, 4, TITLE),
]
TABLES = [
    (change(T1, "\n3,20日", "\n三,20日"), T1, 4, NUMBER),
    (change(T1, "\n3,20日", "\n0,20日"), T1, 4, NUMBER),
    (change(T1, "\n3,20日", "\n2,20日"), T1, 4, NUMBER),
    (change(T1, "22日结束前", "尽快"), T1, 2, DEADLINE),
    (change(T1, "22日结束前", "32日结束前"), T1, 2, DEADLINE),
    (change(T1, "22日结束前", "^"), T1, 2, DEADLINE),
    (change(T1, "22日结束前", ""), T1, 2, DEADLINE),
    (change(T1, "22日结束前", "22日结束前" * 20), T1, 2, DEADLINE),
    (change(T1, "2,20日—23日", "2,23日—21日"), T1, 3, DEADLINE),
    (change(T1, "课程建群", ""), T1, 4, TITLE),
    (change(T1, "课程建群", "^"), T1, 4, TITLE),
    (change(T1, ",参与,", ",^,"), T1, 2, STUDENTS),
    (change(T1, "检查,,确保不漏掉", "检查,,关注"), T1, 9, COLLEGES),
    (change(T1, "检查,,确保", "检查,确保,确保"), T1, 9, STUDENTS),
    (change(VERBS, "摸排,PERFORM\n", ""), T1, 3, STUDENTS),
    (change(T2, "\n4,", "\nIV,"), T2, 5, NUMBER),
    (change(T2, "\n4,", "\n3,"), T2, 5, NUMBER),
    (change(T2, "湖北籍学生返校后隔离14天", "^"), T2, 8, "特殊工作"),
    (change(T2, "隔离14天,^,^", "隔离14天,^,"), T2, 8, WHOLE_ROW),
    (change(T2, "隔离14天,^,^", "隔离14天,,^"), T2, 8, WHOLE_ROW),
    (change(T2, ",甄别特殊情况", ","), T2, 6, "重点关注"),
    (change(T2, ",继续实施网络教学,", ",,"), T2, 5, "预案内容"),
    (
        change(T2, "学院根据实际情况提出基本方案报教务处,网络教学与实体课堂教学有效衔接", "^,^"),
        T2,
        2,
        "预案内容",
    ),
]
CAMPUSES = [
    (content("campuses.csv", b"unit,university\nnobody,cs\n"), "campuses.csv", 2, "unit"),
    (content("campuses.csv", b"unit,university\ncs,info\n"), "campuses.csv", 2, "university"),
    (content("campuses.csv", b"unit,university\ncs,\n"), "campuses.csv", 2, "university"),
]
ENGLISH = [
    (change(T1, "课程建群", "课程 建群"), EN, 11, "zh"),
    (change(EN, "Coordinate\n", "\n"), EN, 8, "en"),
    (change(EN, "table1,2,教务处,协调,Coordinate\n", ""), T1, 3, "教务处"),
    (add(EN, "table1,8,学工处,通知,Notify"), EN, 114, "row"),
    (add(EN, "table1,17,学工处,通知,Notify"), EN, 114, "row"),
    (add(EN, "table3,1,学工处,通知,Notify"), EN, 114, "row"),
    (add(EN, "table2,7,预案内容,^,Same"), EN, 114, "row"),
    (add(EN, "table1,2,教务处,协调,Coordinate"), EN, 114, "row"),
    (add(EN, "table1,zwei,教务处,协调,Coordinate"), EN, 114, "row"),
]
UNITS_AND_PEOPLE = [
    (change(UNITS, "cs,college", "cs,faculty"), UNITS, 5, "kind"),
    (change(UNITS, "info,college", "cs,college"), UNITS, 6, "code"),
    (change(UNITS, "cs,college", "C S,college"), UNITS, 5, "code"),
    (change(UNITS, "cs,college", ",college"), UNITS, 5, "code"),
    (change(UNITS, "计算机学院", ""), UNITS, 5, "name"),
    (change(UNITS, "计算机学院", "计" * 121), UNITS, 5, "name"),
    (change(UNITS, "计算机学院", '"计算机\n学院"'), UNITS, 5, "name"),
    (change(UNITS, "network,network_centre", "network,college"), COLUMNS, 5, "unit_kind"),
    (add(PEOPLE, "x@campus.example,某,X,nowhere,contact,"), PEOPLE, 33, "unit"),
    (add(PEOPLE, "x@campus.example,某,X,cs,boss,"), PEOPLE, 33, "post"),
    (add(PEOPLE, "x@campus.example,某,X,cs,,"), PEOPLE, 33, "post"),
    (add(PEOPLE, "x@campus.example,某,X,,lead,"), PEOPLE, 33, "post"),
    (add(PEOPLE, "x@campus.example,某,X,,,"), PEOPLE, 33, "unit"),
    (add(PEOPLE, "x@campus.example,某,X,,,maybe"), PEOPLE, 33, "observer"),
    (add(PEOPLE, "X@campus.example,某,X,cs,lead,"), PEOPLE, 33, "email"),
    (add(PEOPLE, "campus.example,某,X,cs,lead,"), PEOPLE, 33, "email"),
    (add(PEOPLE, "cs@campus.example,某,X,cs,lead,"), PEOPLE, 33, "email"),
    (add(PEOPLE, "president@campus.example,校长,President,,,yes"), PEOPLE, 33, "email"),
]
RULES_AND_REST = [
    (change(PLAN, "network-teaching-2020", "Network Teaching"), PLAN, 2, "code"),
    (change(PLAN, "2020-02-20", "20.2.2020"), PLAN, 2, "issued_on"),
    (change(PLAN, "2020-02-20", "2020-02-30"), PLAN, 2, "issued_on"),
    (change(PLAN, "2020-02-24", "2020-02-19"), PLAN, 2, "launches_on"),
    (change(PLAN, "Asia/Shanghai", "Asia/Weihai"), PLAN, 2, "zone"),
    (change(PLAN, "Asia/Shanghai", "../etc"), PLAN, 2, "zone"),
    (change(PLAN, "Asia/Shanghai", "Asia"), PLAN, 2, "zone"),
    (add(PLAN, "b,b,b,b,2020-02-20,2020-02-24,UTC"), PLAN, 3, WHOLE_ROW),
    (change(COLUMNS, "college,once", "college,weekly"), COLUMNS, 4, "cadence"),
    (change(COLUMNS, "daily,PERFORM", "daily,DO"), COLUMNS, 5, "role"),
    (change(COLUMNS, "college,once", "student_affairs,once"), COLUMNS, 4, "unit_kind"),
    (change(COLUMNS, "学工处,", "教务处,"), COLUMNS, 3, "header"),
    (change(COLUMNS, "学工处,", "学生处,"), T1, 1, "学生处"),
    (change(VERBS, "检查,INSPECT", "检查,LOOK"), VERBS, 14, "role"),
    (change(VERBS, "检查,", "牵头,"), VERBS, 14, "verb"),
    (change(VERBS, "检查,", ","), VERBS, 14, "verb"),
    (change(MEASURES, "160", "many"), MEASURES, 2, "target"),
    (change(MEASURES, "160", "-1"), MEASURES, 2, "target"),
    (change(MEASURES, "160", ""), MEASURES, 2, "target_held_by"),
    (change(MEASURES, "student_affairs", "students"), MEASURES, 2, "target_held_by"),
    (change(MEASURES, "\n3,", "\n2,"), MEASURES, 3, "row"),
    (change(MEASURES, "\n3,", "\n17,"), MEASURES, 3, "row"),
    (change(MEASURES, "\n3,", "\n3.0,"), MEASURES, 3, "row"),
    (change(RULES, "D 09:00,0,09:00", "D 09:00,0,9 Uhr"), RULES, 3, "at"),
    (change(RULES, "D 09:00,0,09:00", "D 09:00,0,24:00"), RULES, 3, "at"),
    (change(RULES, "D 09:00,0,09:00", "D 09:00,today,09:00"), RULES, 3, "day_offset"),
    (change(RULES, "D 09:00,0,09:00", "D 09:00,61,09:00"), RULES, 3, "day_offset"),
    (change(RULES, "D 09:00,", "D-1 09:00,"), RULES, 3, "code"),
    (change(RULES, "leads affairs", "leads everybody"), RULES, 7, "audience"),
    (change(RULES, "leads affairs", ""), RULES, 7, "audience"),
    (change(RULES, "contacts leads,yes,", "contacts leads,daily,"), RULES, 8, "repeats"),
    (change(RULES, "leads,,yes", "leads,,1"), RULES, 5, "ignores_quiet"),
    (change(TERMS, "2020-08-20", "2020-02-14"), TERMS, 2, "closes"),
    (change(DATES, "2020-06-25", "2020-08-21"), DATES, 4, "closes"),
    (change(DATES, "2020-06-25", "2020-06-15"), DATES, 4, "closes"),
    (change(DATES, ",exams,", ",study,"), DATES, 4, WHOLE_ROW),
    (change(DATES, ",exams,", ",exam,"), DATES, 4, "item"),
    (change(DATES, "2020-spring-summer,exams", "2021,exams"), DATES, 4, "term"),
    (add(SERVICES, "9,题,T,用途,H,,,原文,17"), SERVICES, 10, "rows"),
    (add(SERVICES, "8,题,T,用途,H,,,原文,"), SERVICES, 10, "number"),
]
MALFORMED = [*MISSING, *FILES, *TABLES, *CAMPUSES, *ENGLISH, *UNITS_AND_PEOPLE, *RULES_AND_REST]


@pytest.mark.parametrize(("mutation", "file", "row", "column"), MALFORMED)
def test_a_malformed_file_is_refused_with_its_place_and_nothing_is_loaded(
    app, folder, mutation, file, row, column
):
    """B-32, B-45, B-48, B-50."""
    mutation(folder)
    with pytest.raises(SeedError) as refused, transaction():
        seed(folder, NOW, SYSTEM)
    error = refused.value
    assert (error.file, error.row, error.column) == (file, row, column)
    assert error.reason
    assert str(error) == f"{file}, row {row}, column {column}: {error.reason}"
    for table in Base.metadata.tables.values():
        assert db.session.scalar(select(func.count()).select_from(table)) == 0


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SeedError) as refused:
        read_seed(tmp_path / "nowhere")
    assert refused.value.file == "plan.csv"


def test_the_reason_for_another_encoding_says_what_to_do(folder):
    """B-45."""
    in_gbk(T1)(folder)
    with pytest.raises(SeedError, match="save it as UTF-8"):
        read_seed(folder)


def test_blank_lines_are_skipped_but_counted(folder):
    change(VERBS, "verb,role\n", "verb,role\n\n\n")(folder)
    assert read_seed(folder) == read_seed(SEED_FOLDER)
    change(VERBS, "牵头,LEAD", "牵头,LEADER")(folder)
    with pytest.raises(SeedError) as refused:
        read_seed(folder)
    assert refused.value.row == 4


@given(st.data())
@settings(max_examples=60)
def test_bytes_that_a_disk_or_an_editor_spoilt_are_never_worse_than_a_refusal(
    data: st.DataObject,
) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(shutil.copytree(SEED_FOLDER, Path(scratch) / "seed"))
        path = data.draw(st.sampled_from(sorted(folder.glob("*.csv"))))
        kept = path.read_bytes()
        start = data.draw(st.integers(0, len(kept)))
        end = data.draw(st.integers(start, min(len(kept), start + 200)))
        junk = data.draw(
            st.binary(max_size=20) | st.sampled_from([b'"', b",", b"\r", b"\x00", b"^"])
        )
        path.write_bytes(kept[:start] + junk + kept[end:])
        with suppress(SeedError):
            read_seed(folder)
