"""An administrator acts as somebody else to help them: for a while, within limits, and every trace names both."""

from __future__ import annotations

import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from sqlalchemy import select

from gateway.models import LoginSession
from gateway.rules import impersonation_problem
from services.pool.ledger.models import Ledger
from shared.caller import Caller
from tests.gateway.house import PASSWORD, House, Person


class Acting:
    """Somebody who acts as another: the same browser, another access token."""

    def __init__(self, helper: Person, told: dict[str, Any]) -> None:
        self.helper, self.told = helper, told

    def send(self, method: str, path: str, body: Any = None, **arguments: Any) -> Any:
        return self.helper.send(method, path, body, headers={"Authorization": f"Bearer {self.told['access_token']}"}, **arguments)


def begin(helper: Person, user_id: str, reason: str = "Cannot find an order") -> Acting:
    answer = helper.send("POST", f"/users/{user_id}/impersonate", {"reason": reason})
    assert answer.status_code == 200, answer.text
    return Acting(helper, answer.get_json())


def role(house: House, code: str, *permissions: str, scopes: dict[str, str] | None = None) -> str:
    given = {"code": code, "name": f"The {code}", "permissions": list(permissions), "scopes": scopes or {"*": "all"}}
    assert house.at().send("POST", "/roles", given).status_code == 201
    return code


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["code"]


def test_one_sees_and_does_what_the_user_may_and_no_more(house: House) -> None:
    user = house.employ("helped", "sales_rep")
    mine = user.send("POST", "/customers", {"name": "Helped's"}).get_json()
    other = house.at().send("POST", "/customers", {"name": "Somebody else's"}).get_json()
    acting = begin(house.at(), user.id)
    assert (acting.told["expires_in"], acting.told["token_type"]) == (3600, "Bearer")
    assert (
        acting.send("GET", f"/customers/{mine['id']}").get_json()["can"] == user.send("GET", f"/customers/{mine['id']}").get_json()["can"]
    )
    assert acting.send("GET", f"/customers/{other['id']}").status_code == 404
    assert acting.send("GET", "/audit-log").status_code == 403
    assert house.at().send("GET", f"/customers/{other['id']}").status_code == 200


def test_profile_says_who_acts_and_whether_a_second_factor_is_on(house: House) -> None:
    admin, user = house.at(), house.employ("profiled", "sales_rep")
    told = begin(admin, user.id).send("GET", "/auth/me").get_json()
    assert (told["user"]["id"], told["impersonated_by"], told["impersonated_by_name"]) == (user.id, admin.id, "管理员")
    plain = user.send("GET", "/auth/me").get_json()
    assert (plain["impersonated_by"], plain["impersonated_by_name"], plain["two_factor"]) == (None, None, False)


def test_every_trace_names_both(house: House) -> None:
    admin, user = house.at(), house.employ("traced", "sales_director")
    acting = begin(admin, user.id)
    customer = acting.send("POST", "/customers", {"name": "Traced"}).get_json()
    acting.send("PATCH", f"/customers/{customer['id']}", {"version": customer["version"], "phone": "021-1"})
    acting.send("GET", "/customers/export?format=csv")
    history = house.at().send("GET", f"/customers/{customer['id']}/history").get_json()["items"]
    assert [(one["action"], one["by_name"], one["impersonated_by_name"]) for one in history] == [
        ("updated", "Traced", "管理员"),
        ("created", "Traced", "管理员"),
    ]
    user.send("PATCH", f"/customers/{customer['id']}", {"version": history[0] and customer["version"] + 1, "phone": "021-2"})
    alone = house.at().send("GET", f"/customers/{customer['id']}/history").get_json()["items"][0]
    assert (alone["by"], alone["impersonated_by"], alone["impersonated_by_name"]) == (user.id, None, None)
    filter_ = f'{{"field": "impersonated_by", "op": "eq", "value": "{admin.id}"}}'
    log = admin.send("GET", "/audit-log", query_string={"filter": filter_}).get_json()["items"]
    exports = [one for one in log if one["user_id"] == user.id and one["action"] == "exported"]
    assert [(one["user_name"], one["impersonated_by_name"]) for one in exports] == [("Traced", "管理员")]


def test_what_follows_elsewhere_names_both(house: House) -> None:
    admin, user = house.at(), house.employ("follower", "sales_director")
    customer = user.send("POST", "/customers", {"name": "Handed over"}).get_json()
    product = user.send("POST", "/products", {"code": "F1", "name": "Pump", "list_price": "1.00", "cost": "1.00"}).get_json()
    quote = {"customer_id": customer["id"], "name": "Pumps", "lines": [{"product_id": product["id"], "quantity": "1"}]}
    quote = user.send("POST", "/quotes", quote).get_json()
    house.settle()
    moved = begin(admin, user.id).send("POST", f"/customers/{customer['id']}/transfer", {"owner_id": admin.id, "with_related": True})
    assert moved.status_code == 200, moved.text
    house.settle()
    last = admin.send("GET", f"/quotes/{quote['id']}/history").get_json()["items"][0]
    assert (last["channel"], last["by_name"], last["impersonated_by_name"]) == ("event", "Follower", "管理员")


def test_the_ledger_names_both(house: House) -> None:
    admin, user = house.at(), house.employ("claimer", "sales_rep")
    settings = {"enabled": True, "admin_ids": [admin.id], "user_ids": [user.id]}
    assert admin.send("PUT", "/pool/settings", settings).status_code == 200
    customer = admin.send("POST", "/customers", {"name": "In the pool"}).get_json()
    house.settle()
    assert admin.send("POST", "/pool/send", {"customer_ids": [customer["id"]]}).status_code == 200
    house.settle()
    assert begin(admin, user.id).send("POST", "/pool/claim", {"customer_ids": [customer["id"]]}).status_code == 200
    log = admin.send("GET", f"/pool/customers/{customer['id']}/log").get_json()["items"]
    assert [(one["action"], one["actor_name"], one["impersonated_by_name"]) for one in log] == [
        ("claim", "Claimer", "管理员"),
        ("send", "管理员", None),
    ]
    with house.pool.database.transaction(read=True) as db:
        assert db.scalars(select(Ledger.impersonated_by).where(Ledger.action == "claim", Ledger.customer_id == customer["id"])).all() == [
            admin.id
        ]


def test_the_user_is_told_and_sees_the_session(house: House) -> None:
    admin, user = house.at(), house.employ("told", "sales_rep")
    begin(admin, user.id, "You asked for help")
    house.settle()
    [reminder] = user.send("GET", "/reminders").get_json()["items"]
    assert (reminder["kind"], reminder["text"]) == ("impersonated", "管理员 acts as you for up to an hour: You asked for help")
    for sessions in (user.send("GET", "/auth/sessions"), admin.send("GET", f"/users/{user.id}/sessions")):
        begun = [one for one in sessions.get_json()["items"] if one["impersonated_by"]]
        assert [(one["impersonated_by"], one["impersonated_by_name"], one["reason"]) for one in begun] == [
            (admin.id, "管理员", "You asked for help")
        ]


def test_the_user_ends_it(house: House) -> None:
    user = house.employ("unwilling", "sales_rep")
    acting = begin(house.at(), user.id)
    [begun] = [one for one in user.send("GET", "/auth/sessions").get_json()["items"] if one["impersonated_by"]]
    assert user.send("DELETE", f"/auth/sessions/{begun['id']}").status_code == 204
    assert acting.send("GET", "/customers").status_code == 401


def test_log_out_ends_it_and_leaves_the_helper_logged_in(house: House) -> None:
    house.employ("boss", "admin")
    helper, user = house.at("boss"), house.employ("short", "sales_rep")
    acting = begin(helper, user.id)
    ended = acting.send("POST", "/auth/logout")
    assert (ended.status_code, ended.headers.getlist("Set-Cookie")) == (204, [])
    assert acting.send("GET", "/customers").status_code == 401
    assert helper.send("GET", "/customers").status_code == 200
    assert helper.client.post("/api/v1/auth/refresh", json={}).status_code == 200
    log = house.at().send("GET", "/audit-log").get_json()["items"]
    steps = [(one["action"], one["user_name"], one["detail"]["user"]) for one in log if one["action"].startswith("impersonation")]
    assert steps[:2] == [("impersonation_ended", "Boss", user.id), ("impersonation_started", "Boss", user.id)]


def test_it_ends_with_the_helpers_own_log_in_and_with_their_next_one(house: House) -> None:
    house.employ("second", "admin")
    helper, user, other = house.at("second"), house.employ("first.user", "sales_rep"), house.employ("second.user", "sales_rep")
    first = begin(helper, user.id)
    second = begin(helper, other.id)
    assert [one.send("GET", "/customers").status_code for one in (first, second)] == [401, 200]
    assert helper.send("POST", "/auth/logout").status_code == 204
    assert second.send("GET", "/customers").status_code == 401


def test_it_ends_when_either_person_loses_the_right(house: House) -> None:
    admin = house.at()
    code = role(house, "helpers", "user:read", "user:impersonate", "customer:read", "pool:read")
    helper, user = house.employ("demoted", code), house.employ("promoted", role(house, "plain", "customer:read"))
    acting = begin(helper, user.id)
    assert acting.send("GET", "/customers").status_code == 200

    def give(person: Person, *roles: str) -> None:
        version = admin.send("GET", f"/users/{person.id}").get_json()["version"]
        assert admin.send("PATCH", f"/users/{person.id}", {"version": version, "roles": list(roles)}).status_code == 200

    give(user, "admin")
    assert acting.send("GET", "/customers").status_code == 401
    give(user, "plain")
    assert acting.send("GET", "/customers").status_code == 200
    give(helper, "plain")
    assert acting.send("GET", "/customers").status_code == 401
    give(helper, code)
    assert admin.send("POST", f"/users/{helper.id}/deactivate", {"handover_to": admin.id}).status_code == 200
    assert acting.send("GET", "/customers").status_code == 401
    assert admin.send("POST", f"/users/{helper.id}/reactivate").status_code == 200
    assert acting.send("GET", "/customers").status_code == 401, "deactivating ended it for good"


def test_nobody_acts_as_whom_they_must_not(house: House) -> None:
    admin, user = house.at(), house.employ("target", "sales_rep")
    house.employ("peer", "admin")
    peer, gone = house.at("peer"), house.employ("gone", "sales_rep")
    assert admin.send("POST", f"/users/{gone.id}/deactivate", {"handover_to": admin.id}).status_code == 200
    director = house.employ("director", "sales_director")
    helper = house.employ("helper", role(house, "narrow", "user:read", "user:impersonate", "customer:read"))
    reason = {"reason": "Because"}
    tries = [
        (director, user.id, (403, "lacks_permission")), (admin, admin.id, (409, "not_oneself")), (admin, peer.id, (403, "administrator_not_impersonated")),
        (admin, gone.id, (409, "user_is_inactive")), (helper, user.id, (403, "user_may_do_more")), (helper, admin.id, (403, "administrator_not_impersonated")),
        (admin, "0198a000-0000-7000-8000-000000000000", (404, "not_found")),
    ]  # fmt: skip
    before = house.rows()["identity.login_sessions"]
    assert [refused(who.send("POST", f"/users/{target}/impersonate", reason)) for who, target, _ in tries] == [
        expected for *_, expected in tries
    ]
    for body in ({}, {"reason": ""}, {"reason": None}, {"reason": "x" * 501}, {"reason": "Because", "minutes": 600}):
        answer = admin.send("POST", f"/users/{user.id}/impersonate", body)
        assert answer.status_code == 422, body
    version = admin.send("GET", f"/users/{user.id}").get_json()["version"]
    meanwhile = {**reason, "version": version}
    assert admin.send("PATCH", f"/users/{user.id}", {"version": version, "job_title": "Director"}).status_code == 200
    assert refused(admin.send("POST", f"/users/{user.id}/impersonate", meanwhile)) == (409, "stale_version")
    assert house.rows()["identity.login_sessions"] == before
    rows = {one["id"]: one["can"] for one in admin.send("GET", "/users?page_size=200").get_json()["items"]}
    assert {name: "impersonate" in rows[one] for name, one in (("user", user.id), ("me", admin.id), ("peer", peer.id), ("gone", gone.id))} == {
        "user": True, "me": False, "peer": False, "gone": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("own", "theirs", "problem"),
    [
        ((("*",), {}), (("a",), {}), None),
        ((("*",), {}), (("*",), {}), "administrator_not_impersonated"),
        ((("a", "b"), {}), (("a",), {}), None),
        ((("a",), {}), (("a", "b"), {}), "user_may_do_more"),
        ((("a",), {"m": {"cost": "hidden"}}), (("a",), {}), "user_may_do_more"),
        ((("a",), {"m": {"cost": "hidden"}}), (("a",), {"m": {"cost": "read_only"}}), "user_may_do_more"),
        ((("a",), {"m": {"cost": "read_only"}}), (("a",), {"m": {"cost": "hidden"}}), None),
        ((("a",), {"m": {"cost": "hidden"}}), (("a",), {"m": {"cost": "hidden", "phone": "hidden"}}), None),
    ],
)
def test_it_opens_no_more_than_one_has(own: Any, theirs: Any, problem: str | None) -> None:
    one, other = (Caller(user_id=None, permissions=frozenset(given), field_rights=rights) for given, rights in (own, theirs))
    assert impersonation_problem(one, other) == problem


IN_PERSON = [
    ("POST", "/users/{user}/impersonate", {"reason": "Further"}), ("POST", "/auth/password", {"current_password": PASSWORD, "new_password": "another-password"}),
    ("POST", "/auth/two-factor/start", None), ("POST", "/auth/two-factor/confirm", {"code": "123456"}), ("POST", "/auth/two-factor/off", {"current_password": PASSWORD}),
    ("GET", "/auth/sessions", None), ("DELETE", "/auth/sessions/{user}", None), ("PATCH", "/auth/me", {"email": "mine@example.com"}),
    ("POST", "/api-tokens", {"name": "key", "permissions": ["user:read"], "expires_at": "2030-01-01T00:00:00Z"}), ("DELETE", "/api-tokens/{user}", None),
    ("POST", "/users/{user}/reset-two-factor", None), ("POST", "/users/{user}/deactivate", {}), ("DELETE", "/users/{user}/sessions", None),
]  # fmt: skip


def test_log_ins_stay_the_persons_own(house: House) -> None:
    code = role(house, "clerk", *[f"user:{verb}" for verb in ("read", "update", "create", "impersonate")], "session:read", "session:end",
                *[f"api_token:{verb}" for verb in ("read", "create", "delete")])  # fmt: skip
    user, other = house.employ("clerk", code), house.employ("bystander", "sales_rep")
    acting = begin(house.at(), user.id)
    answers = [acting.send(method, path.format(user=other.id), body) for method, path, body in IN_PERSON]
    assert [refused(answer) for answer in answers] == [(403, "not_while_impersonating")] * len(IN_PERSON)
    for person in (user, other):
        version = acting.send("GET", f"/users/{person.id}").get_json()["version"]
        changed = acting.send("PATCH", f"/users/{person.id}", {"version": version, "password": "another-password"})
        assert refused(changed) == (403, "not_while_impersonating")
        assert person.send("GET", "/auth/me").status_code == 200
        assert house.at(person.tokens["user"]["username"], PASSWORD)


def test_an_api_token_does_not_act_as_others(house: House) -> None:
    admin, user = house.at(), house.employ("tokened", "sales_rep")
    given = {
        "name": "key",
        "permissions": ["user:impersonate", "user:read"],
        "expires_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 86400)),
    }
    token = admin.send("POST", "/api-tokens", given).get_json()["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert refused(admin.send("POST", f"/users/{user.id}/impersonate", {"reason": "x"}, headers=bearer)) == (403, "not_by_api_token")
    assert refused(admin.send("POST", "/auth/logout", headers=bearer)) == (403, "not_by_api_token")


def test_nothing_lengthens_it(house: House) -> None:
    admin, user = house.at(), house.employ("timed", "sales_rep")
    key = {"Idempotency-Key": "act-once"}
    first = admin.send("POST", f"/users/{user.id}/impersonate", {"reason": "x"}, headers=key).get_json()
    again = admin.send("POST", f"/users/{user.id}/impersonate", {"reason": "x"}, headers=key)
    assert (again.headers["Idempotency-Replayed"], "access_token" in again.get_json()) == ("true", False)
    with house.identity.database.transaction(read=True) as db:
        session = db.get_one(LoginSession, first["session_id"])
        claims = jwt.decode(first["access_token"], OctKey.import_key("k" * 40), algorithms=["HS256"]).claims
        assert (session.expires_at - session.started_at).total_seconds() == 3600
        assert abs(claims["exp"] - session.expires_at.timestamp()) <= 2
    # The browser's cookie is the helper's own: a refresh gives them themselves back.
    renewed = admin.client.post("/api/v1/auth/refresh", json={}).get_json()
    assert renewed["user"]["id"] == admin.id
