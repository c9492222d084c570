"""Frozen reports over the API: whole, provable, and for those who see every unit."""

import hashlib
import json

from flask import Flask

from tests.rehearsal import StandingClock
from tests.services.test_reports import freeze, plan


def test_a_report_comes_whole_and_its_digest_can_be_checked(
    app: Flask, api, at: StandingClock
) -> None:
    report_id = freeze(at, moment="2020-02-22T22:00")
    caller = api("president")
    (listed,) = caller.get(f"/plans/{plan().id}/reports").get_json()["items"]
    assert (listed["id"], listed["at"]) == (report_id, "2020-02-22T22:00:00+08:00")
    assert listed["due_on"] is None
    whole = caller.get(f"/reports/{report_id}").get_json()
    assert {name: whole[name] for name in listed} == listed
    assert "截至22日22:00" in whole["text"]["zh"]
    canonical = json.dumps(
        whole["content"], ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    assert hashlib.sha256(canonical.encode()).hexdigest() == whole["digest"]


def test_a_college_s_program_sees_none(app: Flask, api, at: StandingClock) -> None:
    report_id = freeze(at)
    assert api("cs.dean").get(f"/reports/{report_id}").status_code == 404
    assert api("cs.dean").get(f"/plans/{plan().id}/reports").status_code == 404
