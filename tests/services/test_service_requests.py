"""Requests for the platform's services: asked by a unit, seen by it and the office, answered."""

import pytest
from flask import Flask
from sqlalchemy import select

from tests import cast
from tests.test_permissions import give_post
from tests.web.duties import held
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.errors import IllegalStep, InvalidInput, NotPermitted
from tracker.domain.service_requests import RequestState
from tracker.models.audit import AuditEvent
from tracker.models.org import Unit, User
from tracker.models.service_entry import ServiceEntry
from tracker.models.service_request import ServiceRequest
from tracker.permissions import SYSTEM, actor_for, can_see, sees
from tracker.queries.service_entries import entries, serving
from tracker.queries.service_requests import requests_of
from tracker.services import service_requests
from tracker.services.seeding import SEED_FOLDER, seed


def service(number: int = 7) -> ServiceEntry:
    return db.session.scalars(select(ServiceEntry).where(ServiceEntry.number == number)).one()


def unit(code: str) -> Unit:
    return db.session.scalars(select(Unit).where(Unit.code == code)).one()


def ask(who: str = "cs", code: str = "cs", purpose: str = "直播培训", number: int = 7) -> int:
    with transaction():
        made = service_requests.ask(
            service(number), unit(code), cast.actor(who), clock.now(), purpose=purpose
        )
        return made.id


def answer(request_id: int, to: RequestState, words: str = "", who: str = "affairs") -> None:
    with transaction():
        asked = db.session.get_one(ServiceRequest, request_id)
        service_requests.answer(asked, to, cast.actor(who), clock.now(), words=words)


def test_eight_services_stand_on_the_rows_they_serve(app: Flask) -> None:
    assert [entry.number for entry in entries()] == list(range(1, 9))
    rows = {
        number: [entry.number for entry in serving(held(number, "cs").duty_id)]
        for number in (3, 9, 12, 16)
    }
    assert rows == {3: [], 9: [4, 8], 12: [5, 6, 7], 16: [7]}
    assert "1037042598" in service(7).contact
    assert "卓越智慧树" in service(7).contact


def test_a_database_of_before_gets_them_with_the_next_seed_once(app: Flask) -> None:
    with transaction():
        for entry in entries():
            db.session.delete(entry)
    for _ in range(2):
        with transaction():
            seed(SEED_FOLDER, clock.now(), SYSTEM)
        assert len(entries()) == 8
        assert [each.number for each in service(4).tasks] == [9]


def test_a_request_goes_its_way_and_is_on_record(both_app: Flask) -> None:
    one, other = ask(), ask(purpose="录制实验课", number=8)
    answer(one, RequestState.PASSED_ON)
    answer(one, RequestState.DONE, "周六上午直播培训")
    answer(one, RequestState.DONE, "周六上午直播培训")
    answer(other, RequestState.DECLINED, "本周无录制场地")
    found = [(each.state, each.answer) for each in requests_of(cast.actor("cs"))]
    assert found == [
        (RequestState.DECLINED, "本周无录制场地"),
        (RequestState.DONE, "周六上午直播培训"),
    ]
    told = select(AuditEvent.action).where(AuditEvent.action.like("service_request.%"))
    assert list(db.session.scalars(told.order_by(AuditEvent.id))) == [
        *["service_request.asked"] * 2,
        *["service_request.answered"] * 3,
    ]


def test_asked_twice_in_a_row_it_is_one_request(app: Flask) -> None:
    """B-17."""
    assert ask() == ask()
    assert ask(purpose="另一次培训") != ask()


def test_a_last_word_needs_its_answer_and_stays_the_last(app: Flask) -> None:
    one = ask()
    for to in (RequestState.DONE, RequestState.DECLINED):
        with pytest.raises(InvalidInput):
            answer(one, to, " ")
    answer(one, RequestState.DECLINED, "不适用")
    for to in (RequestState.PASSED_ON, RequestState.DONE, RequestState.ASKED):
        with pytest.raises(IllegalStep):
            answer(one, to, "改变主意")


@pytest.mark.parametrize("purpose", ["", " \n", "长" * 201])
def test_what_says_nothing_is_refused(app: Flask, purpose: str) -> None:
    with pytest.raises(InvalidInput):
        ask(purpose=purpose)
    assert requests_of(cast.actor("affairs")) == []


def test_nobody_asks_for_another_unit_and_only_the_office_answers(app: Flask) -> None:
    for who in ("info", "president", "affairs"):
        with pytest.raises(NotPermitted):
            ask(who)
    one = ask()
    for who in ("cs", "president"):
        with pytest.raises(NotPermitted):
            answer(one, RequestState.PASSED_ON, who=who)


def test_who_sees_a_request_is_the_same_as_predicate_and_as_sql(both_app: Flask) -> None:
    for who, code in (("cs", "cs"), ("info", "info"), ("students", "students")):
        ask(who, code)
    with transaction():
        give_post(cast.user("info"), "students")
        cast.user("network").is_active = False
    people = [
        *(actor_for(user, clock.now()) for user in db.session.scalars(select(User))),
        SYSTEM,
    ]
    everything = db.session.scalars(select(ServiceRequest)).all()
    seen = {}
    for actor in people:
        listed = select(ServiceRequest.id).where(sees(actor, ServiceRequest.unit_id))
        ids = set(db.session.scalars(listed))
        assert ids == {each.id for each in everything if can_see(actor, each)}
        seen[actor.user_id] = len(ids)
    assert seen[cast.user("cs").id] == 1
    assert seen[cast.user("info").id] == 2
    assert seen[cast.user("affairs").id] == seen[cast.user("president").id] == 3
    assert seen[cast.user("sports").id] == 0
