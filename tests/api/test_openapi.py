"""The OpenAPI document is public, whole, and true."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tracker.api import schemas

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    answer = client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    found: dict[str, Any] = answer.get_json()
    return found


def _references(node: Any) -> set[str]:
    if isinstance(node, dict):
        return {node["$ref"]} if "$ref" in node else set().union(*map(_references, node.values()))
    return set().union(*map(_references, node)) if isinstance(node, list) else set()


def test_every_route_is_in_the_document_and_nothing_else(
    app: Flask, document: dict[str, Any]
) -> None:
    routes = {
        (re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and not rule.rule.endswith("/openapi.json")
        for method in (rule.methods or set()) & METHODS
    }
    documented = {
        (path, method)
        for path, item in document["paths"].items()
        for method in item
        if method.upper() in METHODS
    }
    assert documented == routes
    assert ("/api/v1/assignments/{assignment_id}/check-off", "post") in routes


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.")
    references = _references(document)
    assert references
    for reference in references:
        node = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]
        assert node


def test_every_operation_says_what_it_does_and_wants_a_token(document: dict[str, Any]) -> None:
    assert document["security"] == [{"bearer": []}]
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method.upper() not in METHODS:
                continue
            assert operation["summary"], path
            assert "200" in operation["responses"], path
            assert operation["responses"]["default"], path


def test_the_documented_assignment_is_the_one_that_is_sent(document: dict[str, Any]) -> None:
    documented = document["components"]["schemas"]["Assignment"]["properties"]
    assert set(documented) == set(schemas.Assignment().fields)
    for name in ("count", "target", "opens_at"):
        assert documented[name]["nullable"], name


def test_every_step_says_how_it_is_made_safe(document: dict[str, Any]) -> None:
    steps = [item["post"] for item in document["paths"].values() if "post" in item]
    assert len(steps) == 7
    for step in steps:
        told = {each["name"] for each in step["parameters"] if each["in"] == "header"}
        assert told == {"Idempotency-Key", "If-Match"}
        assert {"409", "412"} <= set(step["responses"])
