"""ETags: what has not changed is not sent again, and a write may name what it saw."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from tests.api.conftest import Caller

Api = Callable[[str], Caller]
Cell = Callable[[str, int], int]


def _ask(caller: Caller, path: str, etag: str) -> int:
    headers = {**caller.headers, "If-None-Match": etag}
    return caller.client.get(f"/api/v1{path}", headers=headers).status_code


def test_every_look_carries_an_etag_and_what_stands_is_304(
    client: FlaskClient, api: Api, cell: Cell
) -> None:
    document = client.get("/api/v1/openapi.json").get_json()
    affairs = api("affairs")
    for path, item in document["paths"].items():
        if "get" not in item or "{report_id}" in path:
            continue
        assert "304" in item["get"]["responses"], path
        url = path.removeprefix("/api/v1").replace("{plan_id}", "1")
        url = url.replace("{assignment_id}", str(cell("cs", 3)))
        first = affairs.get(url)
        assert first.status_code == 200, path
        assert first.headers["Cache-Control"] == "private, no-cache", path
        assert "Authorization" in first.headers["Vary"]
        assert _ask(affairs, url, first.headers["ETag"]) == 304, path
        assert _ask(affairs, url, '"of another time"') == 200, path


def test_a_change_changes_the_etag_of_whoever_sees_it(api: Api, cell: Cell) -> None:
    cs, path = api("cs"), f"/assignments/{cell('cs', 1)}"
    etags = {url: cs.get(url).headers["ETag"] for url in (path, "/assignments", "/plans/1/board")}
    assert cs.post(f"{path}/check-off").status_code == 200
    assert [_ask(cs, url, etag) for url, etag in etags.items()] == [200, 200, 200]


def test_if_match_takes_the_step_only_where_nothing_has_changed(
    both_app: Flask, api: Api, cell: Cell
) -> None:
    cs, path = api("cs"), f"/assignments/{cell('cs', 3)}"
    seen = {"If-Match": cs.get(path).headers["ETag"]}
    assert cs.post(f"{path}/check-off", {"count": 12}, headers=seen).status_code == 200
    late = cs.post(f"{path}/undo", {}, headers=seen)
    assert late.status_code == 412
    assert late.get_json()["message"]
    assert cs.get(path).get_json()["state"] == "DONE"
    assert cs.post(f"{path}/undo", {}, headers={"If-Match": "*"}).status_code == 200


def test_every_list_is_paged(client: FlaskClient) -> None:
    document = client.get("/api/v1/openapi.json").get_json()
    lists = 0
    for path, item in document["paths"].items():
        shape = item.get("get", {}).get("responses", {}).get("200", {}).get("content")
        if not shape:
            continue
        name = shape["application/json"]["schema"]["$ref"].rpartition("/")[2]
        fields = document["components"]["schemas"][name]["properties"]
        if "items" in fields:
            lists += 1
            assert set(fields) == {"items", "next"}, path
            asked = {each["name"] for each in item["get"]["parameters"]}
            assert {"cursor", "limit"} <= asked, path
    assert lists == 5
