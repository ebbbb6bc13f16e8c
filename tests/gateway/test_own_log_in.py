"""What people do about their own log-in: second factor, password, sessions; and keys for other systems."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
from flask.testing import FlaskClient

from gateway import presets, two_factor
from gateway.app import create_app
from gateway.rules import REFRESH_GRACE
from gateway.service import IdentityService
from shared import clock, trail
from shared.caller import Caller
from shared.errors import Internal
from shared.settings import Settings
from shared.vault import Vault
from tests.doors import TestDoor

PASSWORD = "correct horse battery"


class Doorway:
    """A bus that ends at the identity door: what the gateway hands over is answered at once."""

    def __init__(self, door: TestDoor) -> None:
        self.door = door

    def call(self, method: str, kwargs: dict[str, Any], headers: dict[str, Any], **_: Any) -> dict[str, Any]:
        return self.door.handle_rpc(method.partition(".")[2], kwargs, headers)


class Person:
    """Somebody at the HTTP door."""

    def __init__(self, client: FlaskClient, token: str | None = None) -> None:
        self.client, self.headers = client, {"Accept-Language": "en"} | ({"Authorization": f"Bearer {token}"} if token else {})

    def __call__(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> Any:
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        return self.client.open(f"/api/v1{path}", method=method, json=body, headers=headers)


@pytest.fixture
def client(door_of: Any, tmp_path: Any) -> Iterator[FlaskClient]:
    door = door_of(IdentityService)
    settings = Settings(data_dir=tmp_path, admin_password=PASSWORD)
    door.settings = settings
    with door.database.transaction() as db:
        trail.begin(db, Caller.system(), clock.now())
        presets.load(db, settings)
    yield create_app(settings, client=Doorway(door), db=door.database).test_client()  # type: ignore[arg-type]


@pytest.fixture
def log_in(client: FlaskClient) -> Callable[..., Person]:
    def log_in(username: str = "admin", password: str = PASSWORD, **more: str) -> Person:
        answer = client.post("/api/v1/auth/login", json={"username": username, "password": password, **more})
        assert answer.status_code == 200, answer.json
        return Person(client, answer.json["access_token"])

    return log_in


def a_month_ahead() -> str:
    return (datetime.now(UTC) + timedelta(days=30)).isoformat()


def test_second_factor_is_asked_for_once_it_is_on(
    client: FlaskClient, log_in: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    me = log_in()
    told = me("POST", "/auth/two-factor/start").json
    assert told["uri"].startswith("otpauth://totp/")
    assert told["qr_code"].startswith("<svg")
    code = pyotp.TOTP(told["secret"])
    wrong = me("POST", "/auth/two-factor/confirm", {"code": "000000"})
    assert (wrong.status_code, wrong.json["errors"][0]["code"]) == (422, "wrong_otp")
    first = code.now()
    recovery = me("POST", "/auth/two-factor/confirm", {"code": first}).json["recovery_codes"]
    assert len(set(recovery)) == two_factor.RECOVERY_CODES

    without = Person(client)("POST", "/auth/login", {"username": "admin", "password": PASSWORD})
    assert (without.status_code, without.json["code"]) == (401, "otp_required")
    used = Person(client)("POST", "/auth/login", {"username": "admin", "password": PASSWORD, "otp": first})
    assert (used.status_code, used.json["code"]) == (401, "wrong_otp"), "the confirming code must not open the door again"
    log_in(otp=code.at(datetime.now() + timedelta(seconds=30)))
    log_in(otp=recovery[0])
    again = Person(client)("POST", "/auth/login", {"username": "admin", "password": PASSWORD, "otp": recovery[0]})
    assert again.status_code == 401, "a recovery code is good once"
    lost = {"username": "admin", "password": PASSWORD, "otp": recovery[1]}
    assert [Person(client)("POST", "/auth/login", lost, key="lost").status_code for _ in range(2)] == [200, 200], "its answer was lost"
    monkeypatch.setattr(clock, "now", lambda start=clock.now(): start + REFRESH_GRACE)
    assert Person(client)("POST", "/auth/login", lost, key="lost").json["code"] == "wrong_otp", "and was waited for too long"
    monkeypatch.undo()

    assert me("POST", "/auth/two-factor/off", {"current_password": "wrong"}).status_code == 422
    assert me("POST", "/auth/two-factor/off", {"current_password": PASSWORD}).status_code == 204
    log_in()


def test_second_factor_goes_through_its_steps_in_their_order(client: FlaskClient, log_in: Callable[..., Person]) -> None:
    me = log_in()
    early = me("POST", "/auth/two-factor/confirm", {"code": "000000"})
    assert (early.status_code, early.json["code"]) == (409, "two_factor_not_started")
    off = me("POST", "/auth/two-factor/off", {"current_password": PASSWORD})
    assert (off.status_code, off.json["code"]) == (409, "two_factor_is_off")
    code = pyotp.TOTP(me("POST", "/auth/two-factor/start").json["secret"])
    assert me("POST", "/auth/two-factor/confirm", {"code": code.now()}).status_code == 200
    assert me("POST", "/auth/two-factor/start").json["code"] == "two_factor_is_on"
    mine = me("GET", "/auth/me").json["user"]["id"]
    assert me("POST", f"/users/{mine}/reset-two-factor").status_code == 204
    log_in()
    assert me("GET", "/audit-log").json["items"][1]["action"] == "two_factor_reset"


def test_wrong_password_does_not_tell_of_the_second_factor(client: FlaskClient, log_in: Callable[..., Person]) -> None:
    me = log_in()
    secret = me("POST", "/auth/two-factor/start").json["secret"]
    me("POST", "/auth/two-factor/confirm", {"code": pyotp.TOTP(secret).now()})
    answer = Person(client)("POST", "/auth/login", {"username": "admin", "password": "wrong password"})
    assert (answer.status_code, answer.json["code"]) == (401, "wrong_login")


def test_stored_answer_holds_no_secret(log_in: Callable[..., Person]) -> None:
    me = log_in()
    assert "secret" in me("POST", "/auth/two-factor/start", key="k").json
    repeated = me("POST", "/auth/two-factor/start", key="k")
    assert repeated.headers["Idempotency-Replayed"] == "true"
    assert "secret" not in repeated.json


def test_sealed_secret_opens_only_for_its_purpose() -> None:
    sealed = Vault("key").seal("secret", "totp:1")
    assert Vault("key").open(sealed, "totp:1") == "secret"
    for vault, text, purpose in (
        (Vault("other"), sealed, "totp:1"),
        (Vault("key"), sealed, "totp:2"),
        (Vault("key"), sealed[:-4] + "AAAA", "totp:1"),
    ):
        with pytest.raises(Internal):
            vault.open(text, purpose)


def test_api_token_opens_what_it_was_given_and_no_more(client: FlaskClient, log_in: Callable[..., Person]) -> None:
    me = log_in()
    made = me("POST", "/api-tokens", {"name": "warehouse", "permissions": ["user:read"], "expires_at": a_month_ahead()}).json
    assert made["token"].startswith(made["prefix"])
    machine = Person(client, made["token"])
    assert machine("GET", "/users").json["total"] == 1
    refused = machine("GET", "/departments")
    assert (refused.status_code, refused.json["code"]) == (403, "lacks_permission")
    assert machine("POST", "/api-tokens", {}).status_code == 403
    for path in ("/auth/password", "/auth/two-factor/start"):
        personal = machine("POST", path, {})
        assert (personal.status_code, personal.json["code"]) == (403, "not_by_api_token")
    shown = me("GET", "/api-tokens").json["items"][0]
    assert shown["token"] is None
    assert shown["last_used_at"] is not None
    assert me("DELETE", f"/api-tokens/{made['id']}").status_code == 204
    assert machine("GET", "/users").status_code == 401


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"permissions": []}, "permissions"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "2199-01-01T00:00:00Z"}, "expires_at"),
        ({"name": ""}, "name"),
    ],
)
def test_api_token_with_bad_input_is_refused(log_in: Callable[..., Person], change: dict[str, Any], field: str) -> None:
    me = log_in()
    answer = me("POST", "/api-tokens", {"name": "x", "permissions": ["user:read"], "expires_at": a_month_ahead()} | change)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, field)
    assert me("GET", "/api-tokens").json["total"] == 0


def test_nobody_gives_a_token_more_than_they_have(client: FlaskClient, log_in: Callable[..., Person]) -> None:
    me = log_in()
    me("POST", "/roles", {"code": "keys", "name": "Keys", "permissions": ["api_token:create", "user:read"], "scopes": {}})
    me("POST", "/users", {"username": "ann", "display_name": "Ann", "password": PASSWORD, "roles": ["keys"]})
    ann = log_in("ann")
    refused = ann("POST", "/api-tokens", {"name": "x", "permissions": ["role:update"], "expires_at": a_month_ahead()})
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "permissions")
    token = ann("POST", "/api-tokens", {"name": "x", "permissions": ["user:read"], "expires_at": a_month_ahead()}).json["token"]
    machine = Person(client, token)
    assert machine("GET", "/users").status_code == 200
    user = next(one for one in me("GET", "/users").json["items"] if one["username"] == "ann")
    me("PATCH", f"/users/{user['id']}", {"version": user["version"], "roles": []})
    assert machine("GET", "/users").status_code == 403, "a token never has more than its owner has now"


def test_many_tokens_are_revoked_by_a_person(client: FlaskClient, log_in: Callable[..., Person]) -> None:
    me = log_in()
    given = {"permissions": ["api_token:delete", "user:read"], "expires_at": a_month_ahead()}
    made = [me("POST", "/api-tokens", {"name": name, **given}).json for name in ("one", "two", "three")]
    machine, ids = Person(client, made[0]["token"]), [one["id"] for one in made[:2]]
    assert machine("POST", "/api-tokens/batch-delete", {"ids": ids}).status_code == 403
    assert me("POST", "/api-tokens/batch-delete", {"ids": ids}).json["succeeded"] == 2
    assert machine("GET", "/users").status_code == 401
    assert [one["name"] for one in me("GET", "/api-tokens").json["items"]] == ["three"]


def test_sessions_are_seen_and_ended(client: FlaskClient, log_in: Callable[..., Person]) -> None:
    here, there = log_in(), log_in()
    sessions = here("GET", "/auth/sessions").json["items"]
    assert len(sessions) == 2
    oldest = sessions[-1]
    assert there("DELETE", f"/auth/sessions/{oldest['id']}").status_code == 204
    assert here("GET", "/users").status_code == 401
    me = there("GET", "/auth/me").json["user"]
    assert there("DELETE", f"/users/{me['id']}/sessions").status_code == 204
    assert there("GET", "/users").status_code == 401


def test_nobody_ends_somebody_elses_session(log_in: Callable[..., Person]) -> None:
    me = log_in()
    me("POST", "/users", {"username": "ann", "display_name": "Ann", "password": PASSWORD, "roles": ["sales_rep"]})
    session = me("GET", "/auth/sessions").json["items"][0]
    ann = log_in("ann")
    assert ann("DELETE", f"/auth/sessions/{session['id']}").status_code == 404
    assert ann("GET", "/audit-log").status_code == 403


def test_new_password_ends_every_log_in(client: FlaskClient, log_in: Callable[..., Person]) -> None:
    me = log_in()
    wrong = me("POST", "/auth/password", {"current_password": "not it", "new_password": "another long one"})
    assert (wrong.status_code, wrong.json["errors"][0]["code"]) == (422, "wrong_password")
    short = me("POST", "/auth/password", {"current_password": PASSWORD, "new_password": "short"})
    assert (short.status_code, short.json["errors"][0]["code"]) == (422, "password_too_short")
    assert me("POST", "/auth/password", {"current_password": PASSWORD, "new_password": "another long one"}).status_code == 204
    assert me("GET", "/users").status_code == 401
    log_in(password="another long one")


def test_profile_changes_only_what_is_ones_own(log_in: Callable[..., Person]) -> None:
    me = log_in()
    assert me("PATCH", "/auth/me", {"language": "en", "email": "admin@example.com"}).json["language"] == "en"
    assert me("GET", "/auth/me").json["user"]["email"] == "admin@example.com"
    assert me("PATCH", "/auth/me", {"roles": []}).status_code == 422


def test_audit_log_is_filtered_like_any_list(client: FlaskClient, log_in: Callable[..., Person]) -> None:
    me = log_in()
    Person(client)("POST", "/auth/login", {"username": "admin", "password": "wrong password"})
    page = me("GET", '/audit-log?filter={"field":"action","op":"eq","value":"login_failed"}').json
    assert page["total"] == 1
    assert page["items"][0]["detail"] == {"username": "admin"}
    assert me("GET", "/audit-log").json["items"][-1]["user_name"] == "管理员"
