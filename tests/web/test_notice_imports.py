"""Bringing a notice on the site: shown, corrected, made a draft; an amendment taken once."""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests import plans
from tests.notice_documents import as_csv, as_docx, brought_notice, table
from tests.web.duties import held, report, words
from tracker.db import db
from tracker.domain.vocabulary import DutyRole, State, UnitKind
from tracker.models.notice import Notice
from tracker.models.plan import Duty, Plan, Task
from tracker.web.notice_faces import place_words

SignIn = Callable[[FlaskClient, str], FlaskClient]
Post = Callable[..., TestResponse]
ONE, TWO = table("table1"), table("table2")
LINES = ("关于试行的通知", "2020年2月20日")


@pytest.fixture
def office(client: FlaskClient, sign_in: SignIn, app: Flask) -> FlaskClient:
    return sign_in(client, "affairs")


def bring(client: FlaskClient, post: Post, data: bytes, name: str, plan: int | None = None) -> str:
    """The address of the preview."""
    url = f"/plans/{plan}/import" if plan else "/plans/import"
    file = {"file": (io.BytesIO(data), name), "launches_on": "2020-02-24"}
    answer = post(client, url, file)
    assert answer.status_code == 303, words(answer)
    return answer.headers["Location"]


def fields(page: TestResponse) -> dict[str, list[str]]:
    """The form of a preview as a browser would send it unchanged."""
    found: dict[str, list[str]] = {}
    pattern = (
        r'<input(?P<input>[^>]*)>|<textarea[^>]*name="(?P<area>\w+)"[^>]*>(?P<text>.*?)</textarea>'
        r'|<select[^>]*name="(?P<select>\w+)"[^>]*>(?P<options>.*?)</select>'
    )
    form = page.text[page.text.index('id="head"') :]
    for match in re.finditer(pattern, form, re.DOTALL):
        if match["area"]:
            found.setdefault(match["area"], []).append(unescape(match["text"]))
        elif match["select"]:
            chosen = re.search(r'<option value="([^"]*)" selected', match["options"])
            found.setdefault(match["select"], []).append(chosen[1] if chosen else "")
        else:
            named = dict(re.findall(r'(\w+)="([^"]*)"', match["input"]))
            checked = named.get("type") != "checkbox" or " checked" in match["input"]
            if "name" in named and checked:
                value = unescape(named.get("value", ""))
                found.setdefault(named["name"], []).append(value)
    return found


def send(client: FlaskClient, post: Post, url: str, sent: Mapping[str, Sequence[str]]):
    return post(client, url, {name: list(values) for name, values in sent.items()})


def test_a_word_table_becomes_a_draft_in_two_steps(office: FlaskClient, post: Post) -> None:
    preview = bring(office, post, as_docx(ONE, TWO, lines=LINES), "通知.docx")
    page = office.get(preview)
    assert "16 项任务" in words(page) or "16 rows" in words(page)
    answer = send(office, post, f"{preview}/create", fields(page))
    assert answer.status_code == 303
    plan = db.session.scalars(select(Plan).order_by(Plan.id.desc())).first()
    assert plan is not None
    assert (plan.published_at, plan.title) == (None, "关于试行的通知")
    assert answer.headers["Location"] == f"/plans/{plan.id}"
    assert office.get(answer.headers["Location"]).status_code == 200
    assert db.session.scalar(select(func.count()).select_from(Notice)) == 0
    again = send(office, post, f"{preview}/create", fields(page))
    assert again.headers["Location"] == f"/plans/{plan.id}"


def test_what_is_doubtful_is_marked_and_corrected_on_the_page(
    office: FlaskClient, post: Post
) -> None:
    rows = [list(row) for row in ONE]
    rows[3][1], rows[4][5], rows[0][6] = "尽快", "群里见", "保卫处"
    preview = bring(office, post, as_docx(rows, lines=LINES), "通知.docx")
    page = office.get(preview)
    sent = fields(page)
    assert send(office, post, f"{preview}/create", sent).status_code == 422
    assert plans.count() == 1
    sent["kind"][3] = "-"
    sent["closes"][2] = "2020-02-22"
    sent["cell"][3 * 4 + 2] = "PERFORM"
    sent["leave"] = ["15"]
    sent["counts"][2] = "课程群"
    answer = send(office, post, f"{preview}/correct", sent)
    assert answer.status_code == 303
    assert fields(office.get(preview))["closes"][2] == "2020-02-22"
    assert send(office, post, f"{preview}/create", fields(office.get(preview))).status_code == 303
    plan = db.session.scalars(select(Plan).order_by(Plan.id.desc())).first()
    assert plan is not None
    tasks = db.session.scalars(select(Task).where(Task.plan_id == plan.id)).all()
    assert len(tasks) == 15
    third = next(task for task in tasks if task.number == 3)
    assert (third.deadline_text, f"{third.closes:%d}", third.counts) == ("尽快", "23", "课程群")
    duties = db.session.scalars(select(Duty).where(Duty.plan_id == plan.id)).all()
    assert UnitKind.NETWORK_CENTRE not in {duty.unit_kind for duty in duties}
    assert {duty.role for duty in duties if duty.text == "群里见"} == {DutyRole.PERFORM}


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_that_no_notice_means_is_refused(office: FlaskClient, post: Post, day: str) -> None:
    file = {"file": (io.BytesIO(as_csv(ONE)), "通知.csv"), "issued_on": day}
    assert post(office, "/plans/import", file).status_code == 422
    preview = bring(office, post, as_docx(ONE, lines=LINES), "通知.docx")
    sent = fields(office.get(preview)) | {"issued_on": [day], "launches_on": [day]}
    assert send(office, post, f"{preview}/correct", sent).status_code == 303
    assert 'id="head"' in office.get(preview).text
    assert send(office, post, f"{preview}/create", sent).status_code == 422


@pytest.mark.parametrize("kind", ["XYZ", "university"])
def test_a_column_is_of_units_that_are_asked(office: FlaskClient, post: Post, kind: str) -> None:
    preview = bring(office, post, as_docx(ONE, lines=LINES), "通知.docx")
    sent = fields(office.get(preview))
    sent["kind"][3] = kind
    assert send(office, post, f"{preview}/correct", sent).status_code == 303
    assert office.get(preview).status_code == 200
    assert send(office, post, f"{preview}/create", sent).status_code == 422
    assert plans.count() == 1


def test_a_page_that_arrives_in_pieces_is_refused(office: FlaskClient, post: Post) -> None:
    preview = bring(office, post, as_csv(ONE), "通知.csv")
    answer = post(office, f"{preview}/correct", {"number": ["1", "2"]})
    assert answer.status_code == 422


def test_an_amendment_is_shown_and_taken_once(office: FlaskClient, post: Post) -> None:
    report("cs", 15, "cs")
    rows = [list(row) for row in ONE]
    del rows[15]
    preview = bring(office, post, as_csv(rows), "修订.csv", plan=1)
    page = office.get(preview)
    assert 'id="difference"' in page.text
    assert held(15, "cs").state is State.DONE
    answer = post(office, f"{preview}/amend", {"reason": "听课由校区安排"})
    assert answer.status_code == 303
    assert held(15, "cs").state is State.WAIVED
    assert post(office, f"{preview}/amend", {"reason": "听课由校区安排"}).status_code == 303


def test_a_draft_is_amended_from_its_own_page_and_nobody_hears_of_it(
    office: FlaskClient, post: Post
) -> None:
    preview = bring(office, post, as_csv(ONE), "通知.csv")
    sent = fields(office.get(preview)) | {"title": ["试行通知"], "issued_on": ["2020-02-20"]}
    page = send(office, post, f"{preview}/create", sent).headers["Location"]
    draft = int(page.rpartition("/")[2])
    assert f'href="{page}/import"' in office.get(page).text
    assert office.get(f"{page}/import").status_code == 200
    rows = [list(row) for row in ONE]
    rows[8][5] = "确保通知到位"
    again = bring(office, post, as_csv(rows), "修订.csv", plan=draft)
    assert post(office, f"{again}/amend", {"reason": "文字修订"}).status_code == 303
    texts = db.session.scalars(select(Duty.text).where(Duty.plan_id == draft)).all()
    assert "确保通知到位" in texts
    assert db.session.scalar(select(func.count()).select_from(Notice)) == 0


@pytest.mark.parametrize(
    ("at", "said"),
    [("3", "第3行"), ("2!3", "第2张表第3行"), ("分工表!3", "工作表“分工表”第3行")],
)
def test_a_place_in_a_file_is_told_as_its_reader_would_find_it(
    app: Flask, at: str, said: str
) -> None:
    with app.test_request_context(headers={"Accept-Language": "zh-CN"}):
        assert place_words(at) == said


def test_a_stale_preview_is_shown_anew(office: FlaskClient, post: Post) -> None:
    rows = [list(row) for row in ONE]
    rows[8][5] = "确保通知到位"
    first, second = (bring(office, post, as_csv(rows), "修订.csv", plan=1) for _ in range(2))
    assert post(office, f"{first}/amend", {"reason": "修订"}).status_code == 303
    answer = post(office, f"{second}/amend", {"reason": "修订"})
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text


@pytest.mark.parametrize(("name", "data"), [("a.docx", b""), ("a.docx", b"\xd0\xcf\x11\xe0x")])
def test_a_bad_file_is_refused_on_its_own_page(
    office: FlaskClient, post: Post, name: str, data: bytes
) -> None:
    answer = post(office, "/plans/import", {"file": (io.BytesIO(data), name)})
    assert answer.status_code == 422
    assert 'id="file-problem"' in answer.text


def test_nobody_else_sees_a_notice_that_was_brought(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    notice_id = brought_notice(amends=False)
    assert sign_in(client, "president").get(f"/plans/import/{notice_id}").status_code == 404
    assert client.get("/plans/import").status_code == 403


def test_the_command_reads_and_makes_the_same_draft(app: Flask, tmp_path) -> None:
    path = tmp_path / "通知.docx"
    path.write_bytes(as_docx(ONE, lines=LINES))
    run = app.test_cli_runner().invoke
    arguments = ["tracker", "import", str(path), "--launches-on", "2020-02-24"]
    looked = run(args=arguments)
    assert looked.exit_code == 0, looked.output
    assert plans.count() == 1
    compared = run(args=[*arguments[:3], "--plan", "network-teaching-2020"])
    assert "rows: 0 added, 0 changed (0 moved), 0 dropped" in compared.output
    made = run(args=[*arguments, "--create"])
    assert "Draft notice-2020-02-20 is made" in made.output
    assert run(args=[*arguments, "--plan", "none"]).exit_code == 1


def test_a_deadline_that_waits_for_the_notice_s_days_is_not_called_unreadable(
    office: FlaskClient, post: Post
) -> None:
    file = {"file": (io.BytesIO(as_docx(ONE, lines=LINES)), "通知.docx")}
    page = words(office.get(post(office, "/plans/import", file).headers["Location"]))
    assert "填写通知日期和开课日期后，显示读取结果。" in page
    assert "未能读取。" not in page
