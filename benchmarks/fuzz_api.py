"""`python -m benchmarks.fuzz_api`: cases made from the API's own document, right and wrong ones.

Every answer is held against the document, and none may be an error of ours."""

import argparse
import contextvars
import logging
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import select

from benchmarks.campus import build
from tracker import clock
from tracker.db import db, transaction
from tracker.models.assignment import Assignment
from tracker.models.org import User
from tracker.models.plan import Plan
from tracker.permissions import SYSTEM, actor_for
from tracker.services import api_tokens, reports

PEOPLE = ("affairs", "students", "network", "cs", "cs.dean", "president")
TOKENS = 15
"""Of each person: no run shall meet the budget of one token only."""

CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
CHANGES = ("post", "put", "patch", "delete")


@dataclass
class Verdict:
    """How many cases were sent, what was answered, and what was wrong with it, each kind once with
    how often."""

    cases: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        said = ", ".join(f"{status}: {count}" for status, count in sorted(self.statuses.items()))
        wrong = [f"{count} x {text}" for text, count in self.problems.most_common()]
        return "\n".join([f"{self.cases} cases; {said}; {len(wrong)} kinds of problem", *wrong])


def fuzz(app: Flask, cases: int, number: int) -> Verdict:
    """About `cases` cases over every operation of a seeded application; `number` seeds them."""
    tokens = cycle(_tokens())
    known = _known()
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    operations = [found.ok() for found in schema.get_all_operations()]
    verdict, each = Verdict(), -(-cases // len(operations))
    for operation in operations:

        def meet(case: Any, there: int | None, key: str | None) -> None:
            """`there`: which of what exists the address shall lead to, where it leads anywhere."""
            for name in case.path_parameters or {}:
                if there is not None and name in known:
                    case.path_parameters[name] = known[name][there % len(known[name])]
            if there is not None:  # No ETag is ever guessed: every step would stop at a 412.
                (case.headers or {}).pop("If-Match", None)
            headers = {"Authorization": f"Bearer {next(tokens)}"}
            if key is not None and case.method.lower() in CHANGES:
                headers["Idempotency-Key"] = key
            _judge(case, headers, verdict)

        strategy = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
        wrong = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
        run = given(
            st.one_of(strategy, strategy, wrong),
            st.one_of(st.integers(0, 10_000), st.integers(0, 10_000), st.none()),
            st.none() | st.sampled_from([f"key-{n}" for n in range(50)]),
        )(meet)
        seed(number)(
            settings(
                max_examples=each,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )(run)
        )()
    return verdict


def _judge(case: Any, headers: Mapping[str, str], verdict: Verdict) -> None:
    response = contextvars.Context().run(case.call, headers=dict(headers))  # As on a real server.
    verdict.cases += 1
    verdict.statuses[response.status_code] += 1
    checks = [*CHECKS, negative_data_rejection] if _is_spoilt(case) else CHECKS
    try:
        case.validate_response(response, checks=checks, headers=dict(headers))
    except (FailureGroup, AssertionError) as problem:
        found: Sequence[BaseException] = getattr(problem, "exceptions", [problem])
        where = f"{case.method} {case.operation.path}"
        for one in found:
            title = getattr(one, "title", type(one).__name__)
            sent = f"query {case.query!r}: {str(one)[:300]}"
            verdict.problems[f"{where} {response.status_code} {title}: {sent}"] += 1


def _is_spoilt(case: Any) -> bool:
    """Whether what is wrong with it still is: its token, and mostly its address, are put right, and
    a parameter with no value at all is not sent."""
    parts = {where.value: part.mode for where, part in case.meta.components.items()}
    wrong = {where for where, mode in parts.items() if mode is GenerationMode.NEGATIVE}
    if [] in (case.query or {}).values():
        wrong.discard("query")
    return bool(wrong & {"query", "body"})


def _tokens() -> list[str]:
    with transaction():
        people = [
            db.session.scalars(select(User).where(User.email == f"{name}@campus.example")).one()
            for name in PEOPLE
        ]
        return [
            api_tokens.create(user, SYSTEM, clock.now(), clock.real_now())
            for _ in range(TOKENS)
            for user in people
        ]


def _known() -> dict[str, list[int]]:
    """What there is, by the name of the part of an address that leads to it; one report is made."""
    with transaction():
        plan = db.session.scalars(select(Plan).order_by(Plan.id).limit(1)).one()
        affairs = db.session.scalars(
            select(User).where(User.email == "affairs@campus.example")
        ).one()
        report = reports.freeze(plan, actor_for(affairs, clock.now()), clock.now())
        return {
            "plan_id": [plan.id],
            "report_id": [report.id],
            "assignment_id": list(db.session.scalars(select(Assignment.id))),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cases", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=20200220)
    parser.add_argument("--database", help="URL of an empty database; by default SQLite")
    given_ = parser.parse_args()
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        app = build(Path(folder), 12, given_.database)
        with app.app_context():
            verdict = fuzz(app, given_.cases, given_.seed)
            db.session.remove()
            db.engine.dispose()
    print(verdict)
    sys.exit(bool(verdict.problems))


if __name__ == "__main__":
    main()
