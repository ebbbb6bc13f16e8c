"""The gateway as a web server: built files, caching, the policy, and the log-in cookie."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from gateway import presets
from gateway.app import create_app
from gateway.service import IdentityService
from shared import clock, trail
from shared.caller import Caller
from shared.db.engine import Database
from shared.settings import Settings
from tests.conftest import DoorOf

PASSWORD = "a-long-enough-password"


class NoBus:
    """A bus nobody may call here."""

    def call(self, *_: Any, **__: Any) -> Any:
        raise AssertionError("the bus was asked")


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    page = b'<!doctype html><div id="root"></div><script type="module" src="/assets/index-1a2b.js"></script>'
    for name, content in {"index.html": page, "assets/index-1a2b.js": b"console.log(1)", "icon.svg": b"<svg/>"}.items():
        (folder / name).write_bytes(content)
        (folder / f"{name}.gz").write_bytes(gzip.compress(content))
    return folder


@pytest.fixture
def visitor(tmp_path: Path, built: Path) -> Iterator[FlaskClient]:
    """Somebody who only fetches files; no table is touched."""
    settings = Settings(data_dir=tmp_path, web_dir=built)
    database = Database("identity", settings.database_for("identity"))
    yield create_app(settings, client=NoBus(), db=database).test_client()  # type: ignore[arg-type]
    database.close()


@pytest.fixture
def browser(door_of: DoorOf, tmp_path: Path, built: Path) -> FlaskClient:
    settings = Settings(data_dir=tmp_path, web_dir=built, admin_password=PASSWORD)
    database = door_of(IdentityService).database
    with database.transaction() as db:
        trail.begin(db, Caller.system(), clock.now())
        presets.load(db, settings)
    return create_app(settings, client=NoBus(), db=database).test_client()  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["/", "/customers", "/orders/0190/edit", "/index.html"])
def test_pages_get_the_application_and_are_asked_for_each_time(visitor: FlaskClient, path: str) -> None:
    answer = visitor.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert b'id="root"' in answer.data
    assert answer.headers["Cache-Control"] == "no-cache"


def test_built_files_are_kept_for_ever_and_come_packed(visitor: FlaskClient) -> None:
    plain = visitor.get("/assets/index-1a2b.js")
    packed = visitor.get("/assets/index-1a2b.js", headers={"Accept-Encoding": "gzip, br"})
    assert "immutable" in plain.headers["Cache-Control"]
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert packed.mimetype == "text/javascript"
    assert gzip.decompress(packed.data) == plain.data == b"console.log(1)"


@pytest.mark.parametrize("path", ["/assets/gone-9z.js", "/robots.txt", "/../secrets.env", "/assets/%2e%2e/%2e%2e/token.key", "/.stamp"])
def test_files_that_are_not_there_are_not_found(visitor: FlaskClient, path: str) -> None:
    assert visitor.get(path, headers={"Accept-Encoding": "gzip"}).status_code == 404


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/v1/nothing"), ("POST", "/api/v1/nothing"), ("GET", "/api")])
def test_unknown_api_addresses_stay_problems(visitor: FlaskClient, method: str, path: str) -> None:
    answer = visitor.open(path, method=method)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_policy_lets_scripts_come_from_files_only(visitor: FlaskClient) -> None:
    policy = dict(part.strip().split(" ", 1) for part in visitor.get("/").headers["Content-Security-Policy"].split(";"))
    assert policy["script-src"] == policy["default-src"] == policy["connect-src"] == "'self'"
    assert policy["object-src"] == policy["frame-ancestors"] == "'none'"


def test_without_a_build_the_page_says_how_and_the_api_answers(tmp_path: Path, visitor: FlaskClient, built: Path) -> None:
    (built / "index.html").unlink()
    answer = visitor.get("/customers")
    assert answer.status_code == 200
    assert b"make web" in answer.data
    assert visitor.get("/assets/index-2.js").status_code == 404
    assert visitor.get("/healthz").json == {"status": "alive"}


def test_browser_stays_logged_in_by_a_cookie_no_script_reads(browser: FlaskClient) -> None:
    opened = browser.post("/api/v1/auth/login", json={"username": "admin", "password": PASSWORD})
    cookie = opened.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Path=/api/v1/auth" in cookie
    assert "Secure" not in cookie
    fresh = browser.post("/api/v1/auth/refresh")
    assert fresh.status_code == 200
    assert "refresh_token" not in fresh.json
    assert browser.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {fresh.json['access_token']}"}).status_code == 200


def test_cookie_is_secure_over_https(browser: FlaskClient) -> None:
    opened = browser.post("/api/v1/auth/login", json={"username": "admin", "password": PASSWORD}, base_url="https://crm.example")
    assert "Secure" in opened.headers["Set-Cookie"]


def test_token_in_the_body_still_works_and_comes_back_in_the_body(browser: FlaskClient) -> None:
    token = browser.post("/api/v1/auth/login", json={"username": "admin", "password": PASSWORD}).json["refresh_token"]
    browser.delete_cookie("highseas_refresh", path="/api/v1/auth")
    fresh = browser.post("/api/v1/auth/refresh", json={"refresh_token": token})
    assert fresh.json["refresh_token"] != token


def test_logging_out_clears_the_cookie_and_ends_the_session(browser: FlaskClient) -> None:
    token = browser.post("/api/v1/auth/login", json={"username": "admin", "password": PASSWORD}).json["access_token"]
    gone = browser.post("/api/v1/auth/logout", headers={"Authorization": f"Bearer {token}"})
    assert gone.status_code == 204
    assert "Max-Age=0" in gone.headers["Set-Cookie"]
    assert browser.post("/api/v1/auth/refresh").json["code"] == "refresh_refused"


def test_refresh_without_any_token_is_refused(browser: FlaskClient) -> None:
    answer = browser.post("/api/v1/auth/refresh")
    assert (answer.status_code, answer.json["code"]) == (401, "refresh_refused")
