"""The door itself: permissions, problem documents, limits, headers, health."""

from __future__ import annotations

import io
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from gateway.operations import SECURITY_HEADERS
from gateway.routes import ROUTES
from gateway.rules import DEFAULT_ROLES, PERMISSIONS, unknown_permissions, widest
from gateway.table import get
from shared import clock
from shared.bus.idempotency import Repeat
from shared.bus.tables import IdempotencyKey
from shared.i18n import error_text
from shared.settings import Settings
from tests.conftest import open_doors
from tests.gateway.house import PASSWORD, House
from tests.office import some_id

OPEN = {
    "/", "/healthz", "/readyz", "/metrics", "/api/v1/openapi.json", "/api/v1/asyncapi.json", "/api/docs", "/api/v1/auth/login", "/api/v1/auth/options",
}  # fmt: skip


def addresses(house: House) -> list[tuple[str, str]]:
    return [
        (method, re.sub(r"<[^>]+>", some_id(), rule.rule))
        for rule in house.app.url_map.iter_rules()
        if "<page:" not in rule.rule  # The web's pages: tests/gateway/test_web.py.
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def test_without_a_token_every_address_but_a_few_is_401(house: House) -> None:
    client = house.app.test_client()
    for method, path in addresses(house):
        answer = client.open(path, method=method)
        assert (answer.status_code == 401) == (path not in OPEN), (method, path, answer.status_code)
        if answer.status_code == 401:
            assert answer.content_type == "application/problem+json"


def test_every_route_needs_a_permission_that_exists(house: House) -> None:
    assert [route for route in ROUTES if route.may is not None and route.may not in PERMISSIONS] == []
    with pytest.raises(ValueError, match="anyone"):
        get("/nowhere", "sales.nothing")
    nobody = house.employ("nobody", "marketing")
    with house.identity.database.transaction() as db:
        from gateway.models import Revision, Role

        db.query(Role).filter(Role.code == "marketing").one().permissions = []
        db.get_one(Revision, 1).number += 1
    for route in ROUTES:
        answer = nobody.send(route.method, re.sub(r"<[^>]+>", some_id(), route.path))
        assert (answer.status_code == 403) == (route.may is not None), (route, answer.status_code)


def test_default_roles_hold_known_permissions() -> None:
    assert {code: unknown_permissions(rights) for code, (rights, _) in DEFAULT_ROLES.items()} == {code: [] for code in DEFAULT_ROLES}
    assert unknown_permissions(["order:fly", "*"]) == ["order:fly"]


def test_scopes_of_several_roles_join_to_the_widest() -> None:
    assert widest([{"*": "own", "orders": "team"}, {"*": "department"}]) == {"*": "department", "orders": "department"}
    assert widest([]) == {}


@pytest.mark.parametrize(("asked", "title"), [("en", "Not found."), ("zh-TW", "找不到。"), ("zh-CN,zh;q=0.9", "找不到。"), ("fr", None)])
def test_problems_are_in_the_callers_language(house: House, asked: str, title: str | None) -> None:
    answer = house.at().send("GET", f"/customers/{some_id()}", headers={"Accept-Language": asked})
    problem = answer.get_json()
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    assert set(problem) >= {"type", "title", "status", "detail", "code", "request_id"}
    assert (problem["status"], problem["code"], problem["type"]) == (404, "not_found", "urn:highseas:problem:not_found")
    if asked == "en":
        assert problem["title"] == title
    else:
        assert not problem["title"].isascii()


@pytest.mark.parametrize(
    ("asked", "found"),
    [("zh-CN;q=0.3, en;q=0.9", "en"), ("en;q=0.2, zh-HK;q=0.8", "zh-TW"), ("en;q=0, zh", "zh-CN"), ("fr;q=1, zh-Hant-TW;q=0.1", "zh-TW"),
     ("zh-Hans-CN, en;q=0.9", "zh-CN"), ("en-US,en;q=0.9,zh-TW;q=0.8", "en"), ("*, zh-TW;q=0.5", "zh-TW"), ("fr, *;q=0.1", "zh-CN"), (";;q=x", "zh-CN")],
)  # fmt: skip
def test_the_browsers_best_liked_language_is_spoken(house: House, asked: str, found: str) -> None:
    answer = house.app.test_client().post("/api/v1/auth/refresh", json={}, headers={"Accept-Language": asked})
    assert answer.get_json()["detail"] == error_text("refresh_refused", found, "gateway", {})


def test_the_three_languages_differ(house: House) -> None:
    admin = house.at()
    told = [
        admin.send("POST", "/products", {"code": 5}, headers={"Accept-Language": one}).get_json()["errors"][0]["detail"]
        for one in ("en", "zh-CN", "zh-TW")
    ]
    assert len(set(told)) == 3


def test_request_ids(house: House) -> None:
    admin = house.at()
    kept = admin.send("GET", f"/customers/{some_id()}", headers={"X-Request-Id": "abcdefgh-1"})
    assert (kept.headers["X-Request-Id"], kept.get_json()["request_id"]) == ("abcdefgh-1", "abcdefgh-1")
    for odd in ("short", "x" * 65, "späße-12345"):
        fresh = admin.send("GET", "/auth/me", headers={"X-Request-Id": odd.encode().decode("latin-1")}).headers["X-Request-Id"]
        assert re.fullmatch(r"[0-9a-f]{32}", fresh)


@pytest.mark.parametrize(
    ("raw", "kind", "status", "code"),
    [
        (b"{", "application/json", 400, "malformed_json"),
        (b"[]", "application/json", 400, "body_must_be_object"),
        (b'"x"', "application/json", 400, "body_must_be_object"),
        (b"null", "application/json", 400, "body_must_be_object"),
        (b'{"a": 1, "a": 2}', "application/json", 400, "malformed_json"),
        (b'{"a": {"b": 1, "b": 2}}', "application/json", 400, "malformed_json"),
        (b'{"a": NaN}', "application/json", 400, "malformed_json"),
        (b'{"a": Infinity}', "application/json", 400, "malformed_json"),
        (b'{"a": 1e309}', "application/json", 400, "malformed_json"),
        (b'{"a": "\\ud800"}', "application/json", 400, "malformed_json"),
        (b'{"a": ' + b"9" * 5000 + b"}", "application/json", 400, "malformed_json"),
        (b"\xff\xfe", "application/json", 400, "malformed_json"),
        (b'{"a": ' + b"[" * 21 + b"]" * 21 + b"}", "application/json", 400, "malformed_json"),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "application/json", 400, "malformed_json"),
        (b'{"name": "' + b"x" * (1024 * 1024) + b'"}', "application/json", 413, "too_large"),
        (b'{"name": "x"}', "text/plain", 415, "unsupported_media_type"),
        (b"name=x", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b"<a/>", "application/xml", 415, "unsupported_media_type"),
    ],
)
def test_bodies_are_read_strictly(house: House, raw: bytes, kind: str, status: int, code: str) -> None:
    before = house.rows()
    for path in ("/customers", "/auth/login"):
        answer = house.at().client.post(
            "/api/v1" + path, data=raw, content_type=kind, headers={"Authorization": f"Bearer {house.at().tokens['access_token']}"}
        )
        assert (answer.status_code, answer.content_type, answer.get_json()["code"]) == (status, "application/problem+json", code)
    after = house.rows()
    quiet = set(before) - {"identity.login_sessions", "identity.refresh_tokens", "identity.audit_log"}
    assert {name: after[name] for name in quiet} == {name: before[name] for name in quiet}


def test_queries_are_read_strictly(house: House) -> None:
    admin = house.at()
    for path, field, code in (
        ("/customers?page=1&page=2", "page", "repeated_parameter"),
        ("/customers?colour=red", "colour", "unknown_field"),
        ("/customers?q=%00", "q", "forbidden_characters"),
        ("/customers?page=99999999999999999999", "page", "invalid_whole_number"),
        ('/customers?filter={"field":"name","op":"contains","value":"%5Cud800"}', "filter", "filter_malformed"),
        ('/customers?filter={"field":"name","op":"contains","value":"%5Cu0000"}', "filter", "invalid_filter_value"),
        ('/customers?filter={"field":"name","op":"eq","value":"%5Cud800"}', "filter", "filter_malformed"),
        ('/customers?filter={"field":"%5Cud800","op":"eq","value":1}', "filter", "filter_malformed"),
        ('/customers?filter={"field":"name","op":"%5Cud800","value":1}', "filter", "filter_malformed"),
        ("/customers?sort=%F0%9F%90%8B", "sort", "unknown_sort_field"),
        ("/customers?filter=" + "[" * 15_000, "filter", "filter_malformed"),
        (f"/customers/{some_id()}?id=x", "id", "stands_in_path"),
    ):
        answer = admin.send("GET", path)
        assert answer.status_code == 400, (path[:80], answer.text)
        assert {(one["field"], one["code"]) for one in answer.get_json()["errors"]} == {(field, code)}
    assert admin.send("POST", "/customers?name=x", {"name": "Query Ltd"}).status_code == 400


def test_uploads_are_read_strictly(house: House) -> None:
    admin = house.at()
    path = f"/customers/{admin.send('POST', '/customers', {'name': 'Upload Ltd'}).get_json()['id']}/attachments"

    def upload(path: str, *fields: str, key: str = "") -> Any:
        files = MultiDict((name, (io.BytesIO(b"hello"), f"{name}.txt")) for name in fields)
        return admin.send("POST", path, data=files, headers={"Idempotency-Key": key} if key else {})

    for given, fields in ((path, ("file", "file")), (path, ("file", "other")), ("/customers/import", ("file", "file"))):
        answer = upload(given, *fields)
        assert (answer.status_code, [one["code"] for one in answer.get_json()["errors"]]) == (422, ["one_file_only"])
    for given in (path, "/customers/import"):
        answer = upload(f"{given}?name=x", "file")
        assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (400, "name")
    assert admin.send("GET", path).get_json()["items"] == []
    first, again = (upload(path, "file", key="u-1") for _ in range(2))
    assert (first.status_code, first.get_json()) == (201, again.get_json())
    assert (first.headers.get("Idempotency-Replayed"), again.headers.get("Idempotency-Replayed")) == (None, "true")


def test_unknown_addresses_and_methods(house: House) -> None:
    admin = house.at()
    unknown = admin.send("GET", "/nothing")
    assert (unknown.status_code, unknown.get_json()["code"]) == (404, "no_such_address")
    wrong = admin.send("DELETE", "/customers")
    assert (wrong.status_code, wrong.get_json()["code"], set(wrong.headers["Allow"].split(", ")) >= {"GET", "POST"}) == (
        405,
        "method_not_allowed",
        True,
    )
    assert admin.send("GET", "/customers/not-an-id").status_code in (400, 404)


def test_idempotency_keys(house: House) -> None:
    admin = house.at()
    key = {"Idempotency-Key": "k-1"}
    first = admin.send("POST", "/customers", {"name": "Once Ltd"}, headers=key)
    again = admin.send("POST", "/customers", {"name": "Once Ltd"}, headers=key)
    assert (first.get_json(), first.status_code) == (again.get_json(), again.status_code)
    assert (first.headers.get("Idempotency-Replayed"), again.headers["Idempotency-Replayed"]) == (None, "true")
    other = admin.send("POST", "/customers", {"name": "Twice Ltd"}, headers=key)
    assert (other.status_code, other.get_json()["code"]) == (422, "idempotency_key_reused")
    for odd in ("", "a b", "x" * 201, "ключ"):
        answer = admin.send("POST", "/customers", {"name": "Odd Ltd"}, headers={"Idempotency-Key": odd.encode().decode("latin-1")})
        assert (answer.status_code, answer.get_json()["errors"][0]["code"]) == (400, "invalid_idempotency_key")


def test_what_is_kept_of_a_request_with_a_password_lets_nobody_guess_it(house: House) -> None:
    admin = house.at()
    body = {"username": "guessed", "display_name": "Guessed", "password": "highseas-123", "roles": ["sales_rep"]}
    key = {"Idempotency-Key": "with-password"}
    first = admin.send("POST", "/users", body, headers=key)
    again = admin.send("POST", "/users", body, headers=key)
    assert (first.status_code, again.get_json(), again.headers["Idempotency-Replayed"]) == (201, first.get_json(), "true")
    other = admin.send("POST", "/users", body | {"password": "highseas-124"}, headers=key)
    assert (other.status_code, other.get_json()["code"]) == (422, "idempotency_key_reused")
    with house.identity.database.transaction(read=True) as db:
        kept = db.scalars(select(IdempotencyKey.body_hash).where(IdempotencyKey.key == "with-password")).one()
    assert kept != Repeat.of(None, "", "create_user", body).body_hash


def test_history_tells_through_which_channel_a_record_was_changed(house: House) -> None:
    admin = house.at()
    customer = admin.send("POST", "/customers", {"name": "Channel Ltd"}).get_json()
    ends = (clock.now() + timedelta(days=1)).isoformat()
    given = {"name": "Channel", "permissions": ["customer:read", "customer:update"], "expires_at": ends}
    token = admin.send("POST", "/api-tokens", given).get_json()["token"]
    body = {"version": customer["version"], "region": "North"}
    changed = admin.client.patch(f"/api/v1/customers/{customer['id']}", json=body, headers={"Authorization": f"Bearer {token}"})
    assert changed.status_code == 200, changed.text
    admin.send("PUT", "/pool/settings", {"enabled": True, "admin_ids": [admin.id], "user_ids": []})
    house.settle()
    assert admin.send("POST", "/pool/send", {"customer_ids": [customer["id"]]}).status_code == 200
    house.settle()
    history = admin.send("GET", f"/customers/{customer['id']}/history").get_json()["items"]
    assert [(entry["channel"], entry["by"]) for entry in history] == [("event", admin.id), ("token", admin.id), ("web", admin.id)]
    address = f"/customers/{customer['id']}/history"
    assert {admin.send(method, address, {}).status_code for method in ("POST", "PUT", "PATCH", "DELETE")} == {405}


def test_security_headers_on_every_answer(house: House) -> None:
    admin = house.at()
    for method, path in addresses(house):
        for client_headers in ({}, {"Authorization": f"Bearer {admin.tokens['access_token']}"}):
            if path.endswith("/logout"):
                continue
            answer = admin.client.open(path, method=method, headers=client_headers)
            missing = [name for name in (*SECURITY_HEADERS, "X-Request-Id") if name not in answer.headers]
            assert missing == [], (method, path)
            assert answer.status_code != 500, (method, path, answer.text)
            assert "Server" not in answer.headers


def test_health_metrics_and_published_documents(house: House) -> None:
    client = house.app.test_client()
    assert client.get("/healthz").get_json() == {"status": "alive"}
    ready = client.get("/readyz")
    assert (ready.status_code, set(ready.get_json()["parts"].values())) == (200, {"ready"})
    assert b"highseas_http_requests_total" in client.get("/metrics").data
    assert client.get("/api/v1/openapi.json").get_json()["openapi"].startswith("3.1")
    assert client.get("/api/v1/asyncapi.json").get_json()["asyncapi"] == "3.0.0"
    page = client.get("/api/docs")
    assert (page.status_code, page.content_type) == (200, "text/html; charset=utf-8")
    lost = house.doors.pop("pool")
    try:
        waiting = client.get("/readyz")
        assert (waiting.status_code, waiting.get_json()["parts"]["pool"]) == (503, "waiting")
        assert "Retry-After" in waiting.headers
    finally:
        house.doors["pool"] = lost


def test_behind_a_proxy_limits_go_by_the_address_it_tells(tmp_path: Any) -> None:
    with open_doors(Settings(data_dir=tmp_path)) as door_of:
        for proxies, statuses in ((1, [200, 200, 429, 200]), (0, [200, 200, 429, 429])):
            client = House(door_of, login_rate_limit="2/minute", proxies=proxies).app.test_client()
            addresses = ("198.51.100.1", "203.0.113.9, 198.51.100.1", "198.51.100.1", "198.51.100.2")
            body = {"username": "admin", "password": PASSWORD}
            tries = [client.post("/api/v1/auth/login", json=body, headers={"X-Forwarded-For": address}) for address in addresses]
            assert [answer.status_code for answer in tries] == statuses


def test_rate_limits_tell_when_to_come_again(tmp_path: Any) -> None:
    with open_doors(Settings(data_dir=tmp_path)) as door_of:
        slow = House(door_of, rate_limit="3/minute", login_rate_limit="2/minute")
        admin = slow.at()
        answers = [admin.send("GET", "/auth/me") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert (answers[-1].content_type, answers[-1].get_json()["code"]) == ("application/problem+json", "too_many_requests")
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
        tries = [slow.app.test_client().post("/api/v1/auth/login", json={"username": "admin", "password": PASSWORD}) for _ in range(3)]
        assert [answer.status_code for answer in tries] == [200, 429, 429]
        assert [slow.app.test_client().get("/healthz").status_code for _ in range(10)] == [200] * 10


def test_an_unforeseen_error_tells_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = house.at()

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("secret: SELECT * FROM users")

    monkeypatch.setattr("tests.gateway.house.Wire.call", broken)
    answer = admin.send("GET", "/customers")
    assert (answer.status_code, answer.get_json()["code"]) == (500, "internal_error")
    assert "secret" not in answer.text
    assert json.loads(answer.text)["request_id"] == answer.headers["X-Request-Id"]
