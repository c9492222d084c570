"""Settings: whatever is wrong with them is said at start, all of it together."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from tests import cast
from tests.databases import ROOT
from tracker.config import Settings, SettingsError, load
from tracker.db import db
from tracker.models.session import LoginDelay

REAL = {
    "REHEARSAL": "0",
    "PUBLIC_URL": "https://tracker.example.edu",
    "SMTP_URL": "smtp://tracker:secret@mail.example.edu:587?tls=starttls",
    "MAIL_FROM": "tracker@example.edu",
}


def settings(folder: Path, **given: str) -> Settings:
    environ = {f"TRACKER_{name}": value for name, value in given.items()}
    return load(environ, folder / "instance")


WRONG = [
    ("REHEARSAL", "perhaps"),
    ("HEARTBEAT", "on"),
    ("ENGINE", "steam"),
    ("UNCERTAIN", "guess"),
    ("DATABASE_URL", "mysql://host/db"),
    ("DATABASE_URL", "postgresql://user:password@host:port/db"),
    ("NOW", "yesterday"),
    ("NOW", "2020-02-21T08:00"),
    ("NOW", "0001-01-01T00:00+14:00"),
    ("PUBLIC_URL", "tracker.example.edu"),
    ("PUBLIC_URL", "https://tracker.example.edu/ x"),
    ("PUBLIC_URL", "javascript://x"),
    ("PUBLIC_URL", "https://host:99999"),
    ("SMTP_URL", "mail.example.edu"),
    ("SMTP_URL", "smtp://"),
    ("SMTP_URL", "smtp://host:99999"),
    ("SMTP_URL", "smtp://host:abc"),
    ("SMTP_URL", "smtp://user:pass#word@host"),
    ("SMTP_URL", "smtp://user:password@host?tls=starttsl"),
    ("SMTP_URL", "smtp://user:password@host?starttls=1"),
    ("SMTP_URL", "smtps://user:password@host?tls=starttls"),
    ("MAIL_FROM", "nobody"),
    ("MAIL_FROM", "a@x.edu, b@x.edu"),
    ("MAIL_FROM", "a@x.edu\r\nBcc: b@x.edu"),
    ("MAIL_FROM", "教务@example.edu"),
    ("IDLE_MINUTES", "soon"),
    ("IDLE_MINUTES", "4"),
    ("IDLE_MINUTES", "9" * 5000),
    ("IDLE_MINUTES", "１２０"),
    ("OFFICE_IDLE_MINUTES", "0"),
    ("SESSION_HOURS", "100"),
    ("TWO_FACTOR", "perhaps"),
    ("SIGN_ON_BY", "name"),
    ("SIGN_ON_IS_TWO_FACTOR", "often"),
    ("CAS_URL", "sso.example.edu/cas"),
    ("CAS_URL", "http://sso.example.edu/cas"),
    ("CAS_URL", "https://user:password@sso.example.edu/cas"),
    ("CAS_URL", "https://sso.example.edu/cas?x=1"),
    ("CAS_URL", "https:///cas"),
    ("PROXIES", "-1"),
    ("PROXIES", "many"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_setting_is_named(tmp_path: Path, name: str, value: str) -> None:
    """B-40: at start, not at 22:00."""
    with pytest.raises(SettingsError) as refused:
        settings(tmp_path, **{name: value})
    assert all(f"TRACKER_{name} " in problem for problem in refused.value.problems)


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    wrong = dict(WRONG)
    with pytest.raises(SettingsError) as refused:
        settings(tmp_path, **wrong)
    assert {name for name in wrong if f"TRACKER_{name} " in str(refused.value)} == set(wrong)
    assert not (tmp_path / "instance").exists()


def test_real_use_needs_its_addresses_and_a_secret_that_nobody_guesses(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        settings(tmp_path, REHEARSAL="0", NOW="2020-02-21T08:00+08:00", SECRET_KEY="secret")
    for name in ("PUBLIC_URL", "SMTP_URL", "MAIL_FROM", "NOW", "SECRET_KEY"):
        assert f"TRACKER_{name} " in str(refused.value)
    assert settings(tmp_path, **REAL).smtp_url == REAL["SMTP_URL"]


@pytest.mark.parametrize("key", ["", "x" * 40])
def test_a_folder_that_cannot_be_made_is_named_with_whose_it_should_be(
    tmp_path: Path, key: str
) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(SettingsError, match="The service's user must own"):
        load({"TRACKER_SECRET_KEY": key}, tmp_path / "file" / "instance")


MISSPELT = [
    ("TRACKER_DAILY_CPA", "is TRACKER_DAILY_CAP meant?"),
    ("TRACKER_SMPT_URL", "is TRACKER_SMTP_URL meant?"),
    ("TRACKER_REHERSAL", "is TRACKER_REHEARSAL meant?"),
    ("TRACKER_OIDC_SECRET", "is TRACKER_OIDC_CLIENT_SECRET meant?"),
    ("TRACKER_PORT", "is PORT meant?"),
    ("tracker_dry_run", "is TRACKER_DRY_RUN meant?"),
    ("TRACKER_COFFEE", "see the table in README.md."),
    ("TRACKER_", "see the table in README.md."),
]


@pytest.mark.parametrize(("name", "meant"), MISSPELT)
def test_a_setting_that_does_not_exist_is_refused_with_the_nearest_that_does(
    tmp_path: Path, name: str, meant: str
) -> None:
    """With TRACKER_DRY_RUNS=1 a site believed to be silent would mail a whole college."""
    with pytest.raises(SettingsError) as refused:
        load({name: "hunter2", "TRACKER_LOG": "xml"}, tmp_path)
    log = "TRACKER_LOG must be text or json."
    assert refused.value.problems == [log, f"{name} is not a setting: {meant}"]


def test_what_containers_add_for_a_service_called_tracker_is_no_misspelt_setting(
    tmp_path: Path,
) -> None:
    added = {
        "SERVICE_HOST": "10.0.0.7",
        "SERVICE_PORT": "5000",
        "SERVICE_PORT_HTTP": "5000",
        "PORT": "tcp://10.0.0.7:5000",
        "PORT_5000_TCP": "tcp://10.0.0.7:5000",
        "PORT_5000_TCP_ADDR": "10.0.0.7",
    }
    assert settings(tmp_path, **added).log == "text"
    for beside in ("DB", "WEB_BLUE"):  # tracker-db stands in the same namespace.
        others = {f"{beside}_{name}": value for name, value in added.items()}
        assert settings(tmp_path, **added, **others).log == "text"


OIDC = {
    "OIDC_ISSUER": "https://sso.example.edu/realms/campus",
    "OIDC_CLIENT_ID": "tracker",
    "OIDC_CLIENT_SECRET": "a secret of the client",
}


@pytest.mark.parametrize("missing", OIDC)
def test_a_campus_server_is_set_up_whole_and_alone(tmp_path: Path, missing: str) -> None:
    found = settings(tmp_path, **OIDC).sign_on
    assert found is not None
    assert (found.kind, found.server, found.by) == ("oidc", OIDC["OIDC_ISSUER"], "staff-number")
    assert OIDC["OIDC_CLIENT_SECRET"] not in repr(found)
    wrong = {name: value for name, value in OIDC.items() if name != missing}
    for given in (wrong, {**OIDC, "CAS_URL": "https://sso.example.edu/cas"}):
        with pytest.raises(SettingsError):
            settings(tmp_path, **given)


def test_without_its_packages_a_campus_server_is_a_problem_and_nothing_else_is(
    tmp_path: Path, sqlite_url: str
) -> None:
    """In a process that cannot import them: it starts, and says what to install."""
    program = f"""
import sys
for name in ("cas", "authlib", "joserfc", "requests"):
    sys.modules[name] = None
import importlib.util
importlib.util.find_spec, found = (lambda name: None if name in ("cas", "authlib")
                                   else found(name)), importlib.util.find_spec
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tracker.config import SettingsError, load
from tracker.factory import create_app
folder = Path({str(tmp_path)!r})
given = {{"TRACKER_HEARTBEAT": "0", "TRACKER_DATABASE_URL": {sqlite_url!r}}}
client = create_app(load(given, folder)).test_client()
assert client.get("/sign-on").status_code == 404
assert client.get("/login").status_code == 200
for name in ("CAS_URL", "OIDC_ISSUER"):
    try:
        load({{f"TRACKER_{{name}}": "https://sso.example.edu/x"}}, folder)
    except SettingsError as problem:
        print(problem)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("install requirements-sso.txt") == 2


def test_real_use_asks_whoever_administers_for_two_factors_a_rehearsal_nobody(
    tmp_path: Path,
) -> None:
    assert settings(tmp_path).two_factor == "off"
    assert settings(tmp_path, **REAL).two_factor == "required"


def test_a_port_that_is_none_is_not_blamed_on_the_address(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        load({"PORT": "abc"}, tmp_path)
    assert refused.value.problems == ["PORT must be a number from 1 to 65535."]


def test_the_command_line_says_it_without_a_traceback(tmp_path: Path) -> None:
    wrong = {"TRACKER_NOW": "yesterday", "TRACKER_UNCERTAIN": "guess"}
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "tracker", "tick"],
        cwd=ROOT,
        env={**os.environ, **wrong},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode != 0
    assert all(name in done.stderr for name in wrong)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("proxies", "counted"), [("0", "127.0.0.1"), ("1", "203.0.113.9")])
def test_the_login_delay_is_the_reader_s_and_not_the_proxy_s(
    make_app: Callable[..., Flask], sqlite_url: str, proxies: str, counted: str
) -> None:
    """The last address is the proxy's word, those before it are the reader's own invention."""
    client = make_app(sqlite_url, PROXIES=proxies).test_client()
    token = cast.csrf_token(client.get("/login"))
    said = client.post(
        "/login",
        data={"email": "cs@campus.example", "password": "guess", "csrf_token": token},
        headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.9", "X-Forwarded-Host": "evil"},
    )
    assert said.status_code == 422
    assert f"address:{counted}" in set(db.session.scalars(select(LoginDelay.key)))


def test_a_statement_that_fails_tells_the_log_no_value(app: Flask) -> None:
    """Neither an address nor a hash: logs are read by more people than the database."""
    with pytest.raises(OperationalError) as failed:
        db.session.execute(text("SELECT :value FROM nowhere"), {"value": "hunter2"})
    db.session.rollback()
    assert "hunter2" not in str(failed.value)


def test_a_key_that_is_made_is_its_owners_alone(tmp_path: Path) -> None:
    made = settings(tmp_path, **REAL)
    path = made.instance / "secret_key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(made.secret_key) >= 43
    assert settings(tmp_path, **REAL).secret_key == made.secret_key


def test_processes_that_start_at_once_have_one_key_and_none_an_empty_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: settings(tmp_path, **REAL), range(24)))
    assert len({one.secret_key for one in made}) == 1
    assert made[0].secret_key
    assert [path.name for path in made[0].instance.iterdir()] == ["secret_key"]


def test_a_key_that_was_emptied_is_refused_by_its_name(tmp_path: Path) -> None:
    path = settings(tmp_path, **REAL).instance / "secret_key"
    path.write_text("")
    with pytest.raises(SettingsError, match=re.escape(str(path))):
        settings(tmp_path, **REAL)


def test_where_no_file_has_two_names_a_key_is_made_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", refuse)
    made = settings(tmp_path, **REAL)
    assert settings(tmp_path, **REAL).secret_key == made.secret_key
    assert [path.name for path in made.instance.iterdir()] == ["secret_key"]
