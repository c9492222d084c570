"""Starting a case of table 2 in the browser, its log, and one plan per student."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from werkzeug.test import TestResponse

from tests import cast
from tests.rehearsal import StandingClock
from tests.services.test_care import load, next_notice, record, student
from tests.services.test_contingencies import activation, case, check_off, held, start
from tests.web import mails
from tests.web.duties import words
from tests.web.test_routes import address, rules
from tracker import clock
from tracker.db import db, transaction
from tracker.models.activation import Activation
from tracker.models.audit import AuditEvent
from tracker.models.contingency import ContingencyDuty
from tracker.models.plan import Plan

SignIn = Callable[[FlaskClient, str], FlaskClient]
Post = Callable[..., TestResponse]

FORM = {
    **{"drill": "no", "branch": "", "announce": "yes", "reason": "一名学生发热"},
    **{"hours": ["1", "2", ""], "moment": ["", "", "2020-02-26T20:00"]},
}


class TestStart:
    def test_the_preview_says_whom_it_reaches_and_changes_nothing(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, post: Post, at: StandingClock
    ) -> None:
        at("2020-02-26T10:20")
        sign_in(client, "affairs")
        page = post(client, f"/contingencies/{case(8).id}/start", {**FORM, "go": "preview"})
        seen = words(page)
        assert page.status_code == 200
        assert "启动后1小时内" in seen or "within 1 hour" in seen
        assert "26日20:00" in seen
        assert "一名学生发热" in seen
        assert db.session.scalars(select(Activation)).all() == []

    def test_colleges_are_chosen_and_none_is_refused(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, post: Post, at: StandingClock
    ) -> None:
        at("2020-02-26T10:20")
        here = f"/contingencies/{case(8).id}/start"
        assert 'name="colleges" value="cs" checked' in sign_in(client, "affairs").get(here).text
        few = {**FORM, "listed": "yes", "colleges": ["cs", "info"]}
        page = post(client, here, {**few, "go": "preview"})
        assert 'name="colleges" value="info"' in page.text
        assert "法学院" not in words(page)
        assert post(client, here, {**few, "colleges": [], "go": "preview"}).status_code == 422
        post(client, here, {**few, "go": "start"})
        made = db.session.scalars(select(Activation)).one()
        assert held(made.plan_id, "law") == []
        post(client, f"/activations/{made.id}/stand-down", {"outcome": "已排除"})
        assert sign_in(client, "cs").get(f"/activations/{made.id}").status_code == 200

    def test_what_was_previewed_is_started_and_mailed(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, post: Post, at: StandingClock
    ) -> None:
        at("2020-02-26T10:20")
        sign_in(client, "affairs")
        answer = post(client, f"/contingencies/{case(8).id}/start", {**FORM, "go": "start"})
        made = db.session.scalars(select(Activation)).one()
        assert answer.headers["Location"] == f"/activations/{made.id}"
        only_what_was_started()
        mails.tick(app, at, "2020-02-26T10:21")
        assert all(case(8).trigger in each for each in subjects(app))
        assert len(subjects(app)) == 26
        sign_in(client, "cs")
        assert "迅速上报" in words(client.get("/mine"))
        assert "体温测量" in words(client.get(f"/plans/{made.plan_id}"))
        duty = held(made.plan_id, "cs")[0]
        assert "体温测量" in words(client.get(f"/assignments/{duty.id}"))

    def test_a_wrong_hour_comes_back_at_its_field_and_everything_stays_typed(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, post: Post
    ) -> None:
        sign_in(client, "affairs")
        sent = {**FORM, "hours": ["1", "abc", "3"], "moment": ["", "", ""], "go": "start"}
        page = post(client, f"/contingencies/{case(8).id}/start", sent)
        assert page.status_code == 422
        assert 'value="abc"' in page.text
        assert 'id="hours-problem"' in page.text
        assert "一名学生发热" in page.text
        assert db.session.scalars(select(Activation)).all() == []

    def test_the_start_page_of_a_divided_case_proposes_online_and_offers_the_other(
        self, app: Flask, client: FlaskClient, sign_in: SignIn
    ) -> None:
        sign_in(client, "affairs")
        url = f"/contingencies/{case(6).id}/start"
        assert "接受网络教学" in words(client.get(url))
        other = client.get(f"{url}?branch=classroom")
        assert 'name="branch" value="classroom"' in other.text
        assert "班级同学" in words(other)

    @pytest.mark.parametrize(("query", "chosen"), [("", "yes"), ("?drill=yes", "no")])
    def test_mailing_at_once_is_proposed_in_earnest_only(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, query: str, chosen: str
    ) -> None:
        sign_in(client, "affairs")
        page = client.get(f"/contingencies/{case(8).id}/start{query}").text
        assert f'name="announce" value="{chosen}" checked' in page


class TestDuties:
    def test_a_case_that_asks_nothing_says_so_and_starts_once_it_has_a_duty(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, post: Post
    ) -> None:
        """As every case of an imported notice."""
        number = case(8).id
        with transaction():
            asks_nothing = delete(ContingencyDuty).where(ContingencyDuty.contingency_id == number)
            db.session.execute(asks_nothing)
        sign_in(client, "affairs")
        page = client.get(f"/contingencies/{number}/start")
        assert f'href="/contingencies/{number}#add"' in page.text
        assert 'name="go"' not in page.text
        asked = {"title": "核实", "unit_kind": "college", "role": "PERFORM", "text": "电话联系"}
        url = f"/contingencies/{number}/duties"
        for wrong, field in (({"hours": 0}, "hours"), ({"hours": 2, "title": " "}, "title")):
            refused = post(client, url, asked | wrong)
            assert (refused.status_code, f'id="{field}-problem"' in refused.text) == (422, True)
        for _twice in range(2):
            assert post(client, url, {**asked, "hours": 2}).status_code == 303
        again = post(client, url, {**asked, "hours": 3})
        assert 'id="unit_kind-problem"' in again.text
        other = {**asked, "unit_kind": "student_affairs", "hours": 3}
        assert post(client, url, other).status_code == 303
        duties = db.session.scalars(
            select(ContingencyDuty).where(ContingencyDuty.contingency_id == number)
        ).all()
        assert [(duty.step, duty.hours) for duty in duties] == [(1, 3), (1, 3)]
        form = {**FORM, "hours": ["3"], "moment": [""], "go": "start"}
        assert post(client, f"/contingencies/{number}/start", form).status_code == 303


class TestDrill:
    def test_every_page_and_mail_of_a_drill_says_so(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, at: StandingClock
    ) -> None:
        at("2020-02-26T10:20")
        made = activation(start(8, drill=True, announce=True))
        duty = held(made.plan_id, "cs")[0].id
        only_what_was_started()
        mails.tick(app, at, "2020-02-26T10:21", "2020-02-26T18:01")
        assert len(subjects(app)) > 30
        assert {each for each in subjects(app) if "【演练】" not in each} == set()
        sign_in(client, "cs")
        for page in (
            *(f"/board?plan={made.plan_id}", f"/plans/{made.plan_id}", f"/assignments/{duty}"),
            *(f"/activations/{made.id}", "/mine"),
        ):
            assert "演练】" in words(client.get(page)), page


class TestLog:
    def test_it_is_kept_and_read_by_who_was_asked(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, post: Post
    ) -> None:
        made = start(8)
        sign_in(client, "affairs")
        post(client, f"/activations/{made}/note", {"text": "已联系校医院"})
        check_off(held(activation(made).plan_id, "cs")[0])
        post(client, f"/activations/{made}/stand-down", {"outcome": "已排除"})
        sign_in(client, "cs")
        seen = words(client.get(f"/activations/{made}"))
        for word in ("发现情况", "已联系校医院", "迅速上报", "已排除"):
            assert word in seen
        assert client.get(f"/plans/{case(8).plan_id}/contingencies").status_code == 200
        sign_in(client, "network")
        assert client.get(f"/activations/{made}").status_code == 404

    @pytest.mark.parametrize(("path", "field"), [("note", "text"), ("stand-down", "outcome")])
    def test_an_empty_word_is_refused_at_its_field(
        self,
        app: Flask,
        client: FlaskClient,
        sign_in: SignIn,
        post: Post,
        path: str,
        field: str,
    ) -> None:
        made = start(8)
        sign_in(client, "affairs")
        page = post(client, f"/activations/{made}/{path}", {field: "  "})
        assert page.status_code == 422
        assert f'id="{field}-problem"' in page.text


class TestCare:
    def test_a_college_writes_and_a_lost_race_shows_both(
        self, app: Flask, client: FlaskClient, sign_in: SignIn, post: Post
    ) -> None:
        load(("A1", "cs"))
        url = f"/care/{student('A1').id}"
        sign_in(client, "cs")
        assert "学生A1" in words(client.get("/care"))
        first = {"version": 0, "need": "家中没有电脑", "help": "", "outcome": ""}
        assert post(client, url, first).status_code == 303
        lost = post(client, url, {**first, "need": "手机流量不够"})
        assert lost.status_code == 409
        assert "家中没有电脑" in lost.text
        assert "手机流量不够" in lost.text
        assert 'name="version" value="1"' in lost.text
        again = post(client, url, {**first, "version": 1, "need": "手机流量不够"})
        assert again.status_code == 303
        kept = record("A1")
        assert kept is not None
        assert kept.need == "手机流量不够"

    def test_a_record_stays_in_reach_when_the_next_notice_is_published(
        self,
        app: Flask,
        client: FlaskClient,
        sign_in: SignIn,
        post: Post,
        count_queries: Callable[[], AbstractContextManager[list[str]]],
    ) -> None:
        load(("A1", "cs"))
        item = student("A1")
        url, running = f"/care/{item.id}", case(8).plan_id
        sign_in(client, "cs")
        client.get("/care")
        with count_queries() as before:
            assert "学生A1" in words(client.get("/care"))
        later = next_notice().id
        sent = {"version": 0, "need": "家中没有电脑", "help": "", "outcome": ""}
        assert post(client, url, sent).headers["Location"] == f"/care?plan={running}"
        assert "家中没有电脑" in words(client.get(url))
        client.get(f"/care?plan={running}")
        with count_queries() as after:
            page = client.get(f"/care?plan={running}")
        assert "学生A1" in words(page)
        assert f'href="/care?plan={later}"' in page.text
        assert len(after) == len(before)
        assert f'href="/care?plan={running}"' in client.get("/care").text
        assert client.get("/care?plan=999999").status_code == 404
        with transaction():
            db.session.get_one(Plan, running).archived_at = clock.now()
        assert client.get(url).status_code == 404

    def test_who_sees_counts_sees_no_name(
        self, app: Flask, client: FlaskClient, sign_in: SignIn
    ) -> None:
        load(("A1", "cs"))
        for who in ("affairs", "students", "president"):
            sign_in(client, who)
            page = client.get("/care")
            assert page.status_code == 200
            assert "学生A1" not in page.text
            assert client.get(f"/care/{student('A1').id}").status_code == 404

    def test_a_record_s_words_are_on_no_page_of_anybody_else(
        self, app: Flask, client: FlaskClient, samples: Mapping[str, Any]
    ) -> None:
        """Every account of the cast but the college's own, on every page and file of the site."""
        secret = "只有本学院知道的话"
        words_of = dict.fromkeys(("need", "help", "outcome"), secret)
        cast.sign_in(client, "cs")
        url = f"/care/{samples['item_id']}"
        assert cast.post(client, url, {"version": 0, **words_of}).status_code == 303
        assert secret in client.get(url).text
        looked = 0
        for who in OTHERS:
            cast.sign_in(client, who)
            for rule in rules(app, "GET"):
                if rule.endpoint not in NEEDLESS:
                    with client.get(address(app, rule, samples)) as answer:
                        assert secret.encode() not in answer.data, (who, rule.endpoint)
                        looked += answer.status_code == 200
        assert looked > 100

    @settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(half=st.text("甲乙丙丁戊己庚辛壬癸", min_size=6, max_size=9))
    def test_a_record_s_words_are_never_found_nor_logged(
        self, app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture, half: str
    ) -> None:
        """Whoever searches for the beginning learns nothing of the end."""
        end = "".join(reversed(half)) + "子丑"
        load(("A1", "cs"))
        item, before = student("A1"), record("A1")
        cast.sign_in(client, "cs")
        texts = dict.fromkeys(("need", "help", "outcome"), half + end)
        sent = {"version": before.version if before else 0, **texts}
        assert cast.post(client, f"/care/{item.id}", sent).status_code == 303
        for who in ("cs", *OTHERS):
            cast.sign_in(client, who)
            pages = (f"/care?q={half}", f"/search?q={half}", f"/rosters/{item.task_id}?q={half}")
            for page in pages:
                assert end not in client.get(page).text, (who, page)
        details = [event.detail for event in db.session.scalars(select(AuditEvent))]
        assert end not in f"{details}{caplog.text}"


OTHERS = tuple(who for who in cast.CAST if who not in ("cs", "cs.dean"))
NEEDLESS = ("static", "reports.as_pdf", "reports.as_document")
"""The PDF and the document say what the page of the report says."""


def only_what_was_started() -> None:
    """The notice asks nothing more, so that every mail is about what was started."""
    with transaction():
        db.session.get_one(Plan, case(8).plan_id).closed_at = clock.now()


def subjects(app: Flask) -> list[str]:
    return [
        str(message_from_bytes(path.read_bytes(), policy=policy.default)["Subject"])
        for path in sorted(Path(app.config["TRACKER"].mailbox).glob("*.eml"))
    ]
