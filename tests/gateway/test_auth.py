"""Who comes in: log-in, lock-out, refresh, log-out, tokens."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from gateway.models import AuditEntry, LoginFailure
from gateway.rules import lock_time
from shared import clock
from shared.bus.tables import IdempotencyKey
from shared.vault import token_key
from tests.gateway.house import PASSWORD, House, Person
from tests.office import at_once


def login(house: House, username: str, password: str) -> Any:
    return house.app.test_client().post(
        "/api/v1/auth/login", json={"username": username, "password": password}, headers={"Accept-Language": "en"}
    )


def refresh(house: House, token: str) -> Any:
    return house.app.test_client().post("/api/v1/auth/refresh", json={"refresh_token": token})


def without_id(answer: Any) -> Any:
    return {name: value for name, value in answer.get_json().items() if name != "request_id"}


def test_log_in_by_name_or_mail_whatever_the_case(house: House) -> None:
    house.employ("Lin", "sales_rep", email="Lin@Example.com")
    for name in ("Lin", "lin", "LIN", "lin@example.com", "LIN@EXAMPLE.COM"):
        answer = login(house, name, PASSWORD)
        assert (answer.status_code, answer.get_json()["user"]["username"]) == (200, "Lin")
    assert "password" not in answer.text


def test_a_wrong_name_and_a_wrong_password_look_the_same(house: House) -> None:
    house.employ("known", "sales_rep")
    wrong = [login(house, "known", "wrong-password"), login(house, "nobody", "wrong-password"), login(house, "known@nowhere.com", PASSWORD)]
    assert [answer.status_code for answer in wrong] == [401] * 3
    assert without_id(wrong[0]) == without_id(wrong[1]) == without_id(wrong[2])


def test_five_failures_lock_the_name_for_a_while_that_doubles(house: House) -> None:
    house.employ("locked", "sales_rep")
    assert [login(house, "locked", "wrong").status_code for _ in range(6)] == [401] * 5 + [429]
    right = login(house, "locked", PASSWORD)
    assert (right.status_code, right.get_json()["code"]) == (429, "login_locked")
    assert int(right.headers["Retry-After"]) in (1, 2)
    with house.identity.database.transaction() as db:
        row = db.get_one(LoginFailure, "name:locked")
        row.locked_until = row.locked_until and row.locked_until - timedelta(seconds=5)
    assert login(house, "locked", "wrong").status_code == 401
    with house.identity.database.transaction() as db:
        row = db.get_one(LoginFailure, "name:locked")
        assert row.failures == 6
        assert row.locked_until is not None
        assert row.locked_until - row.last_at == timedelta(seconds=4)
        row.locked_until = row.last_at
    assert login(house, "locked", PASSWORD).status_code == 200
    with house.identity.database.transaction(read=True) as db:
        assert db.get(LoginFailure, "name:locked") is None
        assert db.query(AuditEntry).filter(AuditEntry.action == "login_failed").count() >= 6


def test_failures_at_the_same_moment_are_all_counted(house: House) -> None:
    for name in ("at.once.1", "at.once.2", "at.once.3"):
        answers = at_once([lambda name=name: login(house, name, "wrong")] * 4)
        assert [answer.status_code for answer in answers] == [401] * 4  # type: ignore[union-attr]
        with house.identity.database.transaction(read=True) as db:
            assert db.get_one(LoginFailure, f"name:{name}").failures == 4


@pytest.mark.parametrize(("failures", "seconds"), [(0, 0), (4, 0), (5, 2), (6, 4), (7, 8), (13, 512), (14, 900), (10_000, 900)])
def test_lock_time(failures: int, seconds: int) -> None:
    assert lock_time(failures) == timedelta(seconds=seconds)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let seconds pass."""
    start, passed = clock.now(), [0.0]
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(seconds=passed[0]))

    def wait(seconds: float) -> None:
        passed[0] += seconds

    return wait


def replays(house: House, person: Person) -> int:
    with house.identity.database.transaction(read=True) as db:
        return db.query(AuditEntry).filter_by(action="refresh_token_replayed", user_id=person.id).count()


def test_a_replay_after_the_grace_ends_the_session(house: House, later: Callable[[float], None]) -> None:
    person = house.employ("refresher", "sales_rep")
    first = person.tokens["refresh_token"]
    second = refresh(house, first).get_json()
    assert second["refresh_token"] != first
    assert person.send("GET", "/auth/me").status_code == 200
    later(30)
    replayed = refresh(house, first)
    assert (replayed.status_code, replayed.get_json()["code"]) == (401, "refresh_refused")
    assert refresh(house, second["refresh_token"]).status_code == 401
    assert person.send("GET", "/auth/me").status_code == 401
    assert replays(house, person) == 1


def test_a_lost_answer_is_asked_for_again(house: House, later: Callable[[float], None]) -> None:
    person = house.employ("reloader", "sales_rep")
    first = person.tokens["refresh_token"]
    refresh(house, first)
    later(29)
    again = refresh(house, first)
    assert again.status_code == 200
    later(600)
    assert refresh(house, again.get_json()["refresh_token"]).status_code == 200
    assert (person.send("GET", "/auth/me").status_code, replays(house, person)) == (200, 0)


def test_the_grace_is_counted_from_the_first_exchange(house: House, later: Callable[[float], None]) -> None:
    person = house.employ("repeater", "sales_rep")
    first = person.tokens["refresh_token"]
    for _ in range(3):
        assert refresh(house, first).status_code == 200
        later(10)
    assert (refresh(house, first).status_code, replays(house, person)) == (401, 1)


def test_a_thief_within_the_grace_is_found_out_at_the_next_exchange(house: House, later: Callable[[float], None]) -> None:
    person = house.employ("robbed", "sales_rep")
    first = person.tokens["refresh_token"]
    own, stolen = (refresh(house, first).get_json()["refresh_token"] for _ in range(2))
    later(600)
    assert refresh(house, own).status_code == 200
    later(30)
    assert refresh(house, stolen).status_code == 401
    assert (person.send("GET", "/auth/me").status_code, replays(house, person)) == (401, 1)


def test_twenty_equal_refreshes_keep_the_session(house: House, later: Callable[[float], None]) -> None:
    """Two tabs at once: whichever answer the browser keeps, it goes on with that one."""
    person = house.employ("racer", "sales_rep")
    answers = at_once([lambda: refresh(house, person.tokens["refresh_token"])] * 20)
    tokens = {answer.get_json()["refresh_token"] for answer in answers}  # type: ignore[union-attr]
    assert len(tokens) == 20
    later(600)
    kept = refresh(house, tokens.pop())
    assert (kept.status_code, person.send("GET", "/auth/me").status_code) == (200, 200)
    assert refresh(house, kept.get_json()["refresh_token"]).status_code == 200
    later(30)
    assert refresh(house, tokens.pop()).status_code == 401


def test_log_out_ends_this_session_alone(house: House) -> None:
    person = house.employ("leaver", "sales_rep")
    elsewhere = house.at("leaver")
    assert person.send("POST", "/auth/logout").status_code == 204
    assert person.send("GET", "/auth/me").status_code == 401
    assert refresh(house, person.tokens["refresh_token"]).status_code == 401
    assert elsewhere.send("GET", "/auth/me").status_code == 200


def under(house: House, key: str, path: str, body: Any, token: str = "") -> Any:
    headers = {"Idempotency-Key": key, "Accept-Language": "en"} | ({"Authorization": f"Bearer {token}"} if token else {})
    return house.app.test_client().post(f"/api/v1/auth/{path}", json=body, headers=headers)


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["code"]


def test_a_log_in_sent_again_under_its_key_opens_no_second_session(house: House) -> None:
    person = house.employ("twice", "sales_rep", email="twice@example.com")
    body = {"username": "twice", "password": PASSWORD}
    answers = at_once([lambda: under(house, "log-in", "login", body)] * 5)
    assert [answer.status_code for answer in answers] == [200] * 5
    assert len(person.send("GET", "/auth/sessions").get_json()["items"]) == 2, "the one of employ, and one for the five"
    again = under(house, "log-in", "login", body)
    assert (again.headers["Idempotency-Replayed"], again.get_json()["user"]) == ("true", answers[0].get_json()["user"])
    assert refresh(house, again.get_json()["refresh_token"]).status_code == 200

    assert code_of(under(house, "log-in", "login", body | {"username": "twice@example.com"})) == (422, "idempotency_key_reused")
    assert code_of(under(house, "log-in", "login", body | {"password": "wrong-password"})) == (401, "wrong_login")
    other = house.employ("another", "sales_rep")
    mine = under(house, "log-in", "login", {"username": "another", "password": PASSWORD})
    assert (mine.status_code, mine.get_json()["user"]["id"]) == (200, other.id), "everybody has their own keys"
    with house.identity.database.transaction(read=True) as db:
        kept = db.query(IdempotencyKey).filter_by(user_id=person.id, key="log-in").one()
    plain = hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()
    assert plain not in (kept.body_hash, kept.answer), "whoever reads the database cannot try passwords on it"

    token = again.get_json()["access_token"]
    assert under(house, "out", "logout", {}, token).status_code == 204
    assert under(house, "log-in", "login", body).status_code == 401, "what it opened is over"
    assert under(house, "log-in-2", "login", body).status_code == 200


def test_a_refresh_and_a_log_out_are_known_by_their_keys(house: House) -> None:
    person = house.employ("keyed", "sales_rep")
    first = person.tokens["refresh_token"]
    answers = [under(house, "r1", "refresh", {"refresh_token": first}) for _ in range(2)]
    assert [(one.status_code, one.headers.get("Idempotency-Replayed")) for one in answers] == [(200, None), (200, "true")]
    second = answers[1].get_json()["refresh_token"]
    assert code_of(under(house, "r1", "refresh", {"refresh_token": second})) == (422, "idempotency_key_reused")
    assert under(house, "r2", "refresh", {"refresh_token": second}).status_code == 200, "what was refused has used nothing up"
    token = person.tokens["access_token"]
    outs = [under(house, "o1", "logout", {}, token) for _ in range(2)]
    assert [(one.status_code, one.headers.get("Idempotency-Replayed")) for one in outs] == [(204, None), (204, "true")]
    assert code_of(under(house, "o1", "logout", {"why": "home"}, token)) == (422, "idempotency_key_reused")
    assert person.send("POST", "/auth/logout").status_code == 204, "logged out is logged out"
    assert person.send("GET", "/auth/me").status_code == 401
    assert code_of(under(house, "no key at all", "login", {"username": "keyed", "password": PASSWORD}))[0] == 400


def test_a_changed_role_and_a_deactivated_user_count_at_once(house: House) -> None:
    admin, person = house.at(), house.employ("changing", "sales_rep")
    assert person.send("POST", "/products", {"code": "X1", "name": "X", "list_price": "1", "cost": "1"}).status_code == 403
    user = admin.send("GET", f"/users/{person.id}").get_json()
    changed = admin.send("PATCH", f"/users/{person.id}", {"version": user["version"], "roles": ["sales_director"]})
    assert changed.status_code == 200
    assert person.send("POST", "/products", {"code": "X1", "name": "X", "list_price": "1", "cost": "1"}).status_code == 201
    gone = admin.send("POST", f"/users/{person.id}/deactivate", {"handover_to": admin.id})
    assert gone.status_code == 200, gone.text
    assert person.send("GET", "/products").status_code == 401
    assert refresh(house, person.tokens["refresh_token"]).status_code == 401
    assert login(house, "changing", PASSWORD).status_code == 401


def test_a_new_password_ends_the_sessions(house: House) -> None:
    admin, person = house.at(), house.employ("forgetful", "sales_rep")
    user = admin.send("GET", f"/users/{person.id}").get_json()
    assert admin.send("PATCH", f"/users/{person.id}", {"version": user["version"], "password": "another-password"}).status_code == 200
    assert person.send("GET", "/auth/me").status_code == 401
    assert login(house, "forgetful", PASSWORD).status_code == 401
    assert login(house, "forgetful", "another-password").status_code == 200


KEY = OctKey.import_key("k" * 40)


def _sign(claims: dict[str, Any], *, alg: str = "HS256", key: Any = KEY, typ: str | None = "at+jwt") -> str:
    return jwt.encode({"alg": alg} | ({"typ": typ} if typ else {}), claims, key, algorithms=[alg])


def _segment(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _forgeries(token: str, good: dict[str, Any]) -> dict[str, str]:
    header, payload, signature = token.split(".")
    now = int(time.time())
    return {
        "no signature": f"{header}.{payload}.",
        "alg none": f"{_segment({'alg': 'none', 'typ': 'at+jwt'})}.{payload}.",
        "alg None": f"{_segment({'alg': 'None', 'typ': 'at+jwt'})}.{payload}.{signature}",
        "alg swapped": _sign(good, alg="HS512"),
        "alg RS256 in the header": f"{_segment({'alg': 'RS256', 'typ': 'at+jwt'})}.{payload}.{signature}",
        "wrong key": _sign(good, key=OctKey.import_key("x" * 40)),
        "empty key": _sign(good, key=OctKey.import_key("\0" * 32)),
        "wrong type": _sign(good, typ="JWT"),
        "no type": _sign(good, typ=None),
        "wrong audience": _sign(good | {"aud": "someone-else"}),
        "no audience": _sign({name: value for name, value in good.items() if name != "aud"}),
        "wrong issuer": _sign(good | {"iss": "elsewhere"}),
        "expired": _sign(good | {"exp": now - 60}),
        "no expiry": _sign({name: value for name, value in good.items() if name != "exp"}),
        "from the future": _sign(good | {"nbf": now + 600, "iat": now + 600}),
        "unknown session": _sign(good | {"sid": "019b0000-0000-7000-8000-000000000000"}),
        "session is no text": _sign(good | {"sid": ["x"]}),
        "huge": "x" * 100_000,
        "truncated": token[:-10],
        "payload changed": f"{header}.{_segment(good | {'sub': 'admin'})}.{signature}",
        "claims twice": f"{header}.{_segment(json.dumps(good)[:-1].encode() + b', ' + json.dumps(good)[1:].encode())}.{signature}",
        "no JSON": f"{header}.{_segment(b'hello')}.{signature}",
        "not three parts": "a.b",
        "empty": "",
        "text": "☃" * 3,
    }


def test_forged_tokens_are_401(house: House) -> None:
    person = house.employ("victim", "admin")
    token = person.tokens["access_token"]
    good = dict(jwt.decode(token, KEY, algorithms=["HS256"]).claims)
    client = house.app.test_client()

    def status(sent: str) -> int:
        return client.get("/api/v1/auth/me", headers={"Authorization": sent.encode().decode("latin-1")}).status_code

    assert (status(f"Bearer {token}"), status(f"Bearer {_sign(good)}")) == (200, 200)
    forged = _forgeries(token, good)
    assert len(forged) >= 20
    assert {name: status(f"Bearer {one}") for name, one in forged.items()} == dict.fromkeys(forged, 401)
    others: dict[str, Callable[[], str]] = {
        "basic": lambda: f"Basic {token}",
        "bare": lambda: token,
        "twice": lambda: f"Bearer Bearer {token}",
    }
    assert {name: status(make()) for name, make in others.items()} == dict.fromkeys(others, 401)


def test_processes_that_start_at_once_sign_with_one_key(tmp_path: Path) -> None:
    for number in range(20):
        folder = tmp_path / str(number)
        start = threading.Barrier(8)

        def read(folder: Path = folder, start: threading.Barrier = start) -> str:
            start.wait(60)
            return token_key("", folder)

        with ThreadPoolExecutor(8) as pool:
            keys = {one.result() for one in [pool.submit(read) for _ in range(8)]}
        assert len(keys) == 1
        assert len(keys.pop()) == 64
        assert [(one.name, oct(one.stat().st_mode & 0o777)) for one in folder.iterdir()] == [("token.key", "0o600")]
