"""Proof on the page of a duty: uploaded, shown, and sent only as a file to save."""

import io
from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.services.test_evidence import PDF, files, picture
from tests.web.duties import held_id, words
from tracker.db import db
from tracker.models.evidence import Evidence

SignIn = Callable[[FlaskClient, str], FlaskClient]
Send = Callable[..., TestResponse]


def send(post: Send, client: FlaskClient, *uploads: tuple[str, bytes], **more: str) -> TestResponse:
    data = {"files": [(io.BytesIO(content), name) for name, content in uploads], **more}
    url = f"/assignments/{held_id(3, 'cs')}/evidence"
    return post(client, url, data, content_type="multipart/form-data", follow_redirects=True)


def test_a_file_and_a_link_stand_on_the_page_and_come_down_as_a_file(
    client: FlaskClient, sign_in: SignIn, post: Send
) -> None:
    sign_in(client, "cs")
    page = send(post, client, ("通知.pdf", PDF), link="https://example.edu/x")
    assert "通知.pdf" in words(page)
    assert 'href="https://example.edu/x"' in page.text
    with sign_in(client, "affairs").get("/evidence/1") as answer:
        assert answer.data == PDF
        assert answer.headers["Content-Disposition"].startswith("attachment; filename")
        assert "UTF-8''%E9%80%9A%E7%9F%A5.pdf" in answer.headers["Content-Disposition"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_stranger_finds_neither_file_nor_thumbnail(
    client: FlaskClient, sign_in: SignIn, post: Send
) -> None:
    """B-62."""
    send(post, sign_in(client, "cs"), ("截图.png", picture()))
    with client.get("/evidence/1/thumbnail") as seen:
        assert seen.mimetype == "image/jpeg"
    sign_in(client, "info")
    assert client.get("/evidence/1").status_code == 404
    assert client.get("/evidence/1/thumbnail").status_code == 404


def test_of_two_files_one_of_which_is_bad_none_is_kept(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Send
) -> None:
    sign_in(client, "cs")
    answer = send(post, client, ("好.pdf", PDF), ("坏.pdf", b"<html>"))
    assert answer.status_code == 422
    assert "坏.pdf的内容与扩展名不符，或已损坏。" in words(answer)
    assert files(app.config["TRACKER"].evidence) == []
    assert db.session.query(Evidence).count() == 0


def test_a_link_that_is_refused_keeps_no_file_either(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Send
) -> None:
    answer = send(post, sign_in(client, "cs"), ("好.pdf", PDF), link="javascript:alert(1)")
    assert answer.status_code == 422
    assert files(app.config["TRACKER"].evidence) == []


def test_names_are_shown_as_text(client: FlaskClient, sign_in: SignIn, post: Send) -> None:
    page = send(post, sign_in(client, "cs"), ("<img src=x onerror=alert(1)>.pdf", PDF))
    assert "<img src=x" not in page.text


def test_a_body_that_is_too_large_is_refused_before_it_is_read(
    client: FlaskClient, sign_in: SignIn
) -> None:
    answer = sign_in(client, "cs").post(
        f"/assignments/{held_id(3, 'cs')}/evidence",
        data=b"--x",
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(31 * 1024 * 1024)},
    )
    assert answer.status_code == 413


def test_removed_it_is_gone_and_stays_in_the_story(
    client: FlaskClient, sign_in: SignIn, post: Send
) -> None:
    send(post, sign_in(client, "cs"), ("通知.pdf", PDF))
    page = post(client, "/evidence/1/remove", follow_redirects=True)
    assert "暂无文件或链接。" in words(page)
    assert "移除佐证" in words(page)
    assert client.get("/evidence/1").status_code == 404
