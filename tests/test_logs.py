"""A log: one line an event, whatever is in it, and nobody's secret."""

import json
import logging
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rehearsal import settings_for
from tracker import logs
from tracker.logs import JsonFormatter, Redactor, TextFormatter


def event(message: str, *args: object, problem: BaseException | None = None) -> logging.LogRecord:
    trace = (type(problem), problem, problem.__traceback__) if problem else None
    return logging.LogRecord("tracker.test", logging.WARNING, "x.py", 1, message, args, trace)


@given(said=st.text(st.characters(codec="utf-8"), max_size=60))
def test_whatever_is_said_it_is_one_line_and_json_reads_it_back(said: str) -> None:
    """Row 40: no address, name or header can begin a line of its own."""
    redact = Redactor([])
    line = JsonFormatter(redact).format(event("%s", said))
    assert len(line.splitlines()) == 1
    assert json.loads(line)["message"] == redact(said)
    plain = TextFormatter(redact).format(event("%s", said))
    assert len(plain.splitlines()) == 1


def test_a_traceback_cannot_pretend_to_be_another_event() -> None:
    try:
        raise ValueError("x\n2026-01-01T00:00:00.000+00:00 INFO tracker.requests all is well")
    except ValueError as problem:
        lines = TextFormatter(Redactor([])).format(event("failed", problem=problem)).split("\n")
    assert len(lines) > 3
    assert all(line.startswith("  | ") for line in lines[1:])


@pytest.mark.parametrize(
    "said",
    [
        "mail to zhang.san+x@campus.example.edu",
        "Authorization: Bearer S3CRET-token",
        "smtp://tracker:S3CRET@mail.example:587",
        "GET /a/S3CRET.x-y HTTP/1.1",
        "GET /password/new/S3CRET?x",
        "token trk_S3CRET-abc",
        "duplicate key\nDETAIL:  Key (email)=(S3CRET@x) exists.\nmore S3CRET\n[SQL: INSERT]",
        "whsec_S3CRET-abc",
        "GET /sign-on/back?ticket=ST-1-S3CRET-cas&x=1",
        "https://cas.example/serviceValidate?service=x%3Fstate%3DS3CRET&ticket=ST-S3CRET",
        "GET /sign-on/back?state=S3CRET&code=S3CRET.x",
        "otpauth://totp/x?secret=S3CRET&issuer=x",
        "grant_type=authorization_code&client_secret=S3CRET&refresh_token=S3CRET",
        "the key is a S3CRET of the settings",
    ],
)
def test_what_looks_like_a_secret_or_is_one_is_not_written(said: str) -> None:
    shown = Redactor(["a S3CRET of the settings"])(said)
    assert "S3CRET" not in shown
    assert "zhang" not in shown


def test_every_secret_of_the_settings_is_known(tmp_path: Path) -> None:
    settings = settings_for(
        tmp_path,
        "postgresql+psycopg://u:db%20pass@h/d",
        SMTP_URL="smtp://u:mail%20pass@h",
        SECRET_KEY="the signing key",
        METRICS_TOKEN="the token of metrics",
        ROBOTS="cs=dingtalk://robotkey",
        OIDC_ISSUER="https://id.campus.example",
        OIDC_CLIENT_ID="tracker",
        OIDC_CLIENT_SECRET="the campus's word",
    )
    found = set(logs.secrets_of(settings))
    assert {"db pass", "mail pass", "mail%20pass", "the signing key"} <= found
    assert {"the token of metrics", "dingtalk://robotkey", "the campus's word"} <= found


def test_as_text_only_what_is_not_well_and_as_json_every_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.getLogger()
    kept = root.handlers[:], root.level
    try:
        for kind, level in (("text", logging.WARNING), ("json", logging.INFO)):
            logs.configure(settings_for(tmp_path, "sqlite:///x", LOG=kind))
            assert root.level == level
            assert root.handlers[0].stream is sys.stderr  # type: ignore[attr-defined]
    finally:
        root.handlers[:], root.level = kept
