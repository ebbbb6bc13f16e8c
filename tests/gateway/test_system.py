"""What administrators look at: how every service is, what was given up and another try for it, and the audit log in words."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway import VERSION
from gateway.routes import SERVICES
from shared import clock
from shared.bus.tables import Inbox
from shared.db import new_id
from shared.i18n import LANGUAGES
from tests.gateway.house import House, Person


@pytest.fixture
def operator(house: House) -> Person:
    """Somebody who may look after the system and nothing else."""
    admin = house.at()
    code = f"operator{new_id()[-12:]}"
    admin.send("POST", "/roles", {"code": code, "name": "Operator", "permissions": ["system:status", "system:retry"], "scopes": {}})
    return house.employ(code, code)


@pytest.fixture
def given_up(house: House) -> Iterator[dict[str, list[int]]]:
    """Two parked events in pool and one in finance, the latter the oldest; none when the test is over."""
    yield {"pool": [park(house, "pool", minutes) for minutes in (20, 10)], "finance": [park(house, "finance", 30)]}
    for service in ("pool", "finance"):
        with house.doors[service].database.transaction() as db:
            db.query(Inbox).delete()


def park(house: House, service: str, minutes: int, **values: Any) -> int:
    now = clock.now()
    row = Inbox(
        event_id=new_id(), handler="keep_customer", publisher="customer", name="customer_created", key=f"key-{minutes}", sequence=1, envelope={},
        status="parked", attempts=10, last_error="RuntimeError: no luck", received_at=now - timedelta(minutes=minutes), next_attempt_at=now,
    )  # fmt: skip
    with house.doors[service].database.transaction() as db:
        db.add(row)
        db.flush()
        return row.id


def rows(house: House, service: str) -> dict[int, tuple[str, int]]:
    with house.doors[service].database.transaction(read=True) as db:
        return {row.id: (row.status, row.attempts) for row in db.query(Inbox)}


def status(person: Person) -> dict[str, Any]:
    answer = person.send("GET", "/system/status")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.get_json()
    return told


def test_status_tells_of_every_service(house: House, operator: Person) -> None:
    told = status(operator)
    assert (told["version"], told["broker"]) == (VERSION, "ready")
    assert [one["service"] for one in told["services"]] == list(SERVICES)
    for one in told["services"]:
        assert (one["status"], one["replicas"], one["inbox"]["parked"]) == ("ready", 1, 0)
        assert one["database_bytes"] > 100_000
    assert told["storage"]["database_bytes"] == sum(one["database_bytes"] for one in told["services"])


def test_the_version_is_the_packages() -> None:
    declared = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert declared["project"]["version"] == VERSION


def test_status_tells_what_waits_and_since_when(house: House, operator: Person, given_up: dict[str, list[int]]) -> None:
    with house.doors["pool"].database.transaction() as db:
        db.get_one(Inbox, given_up["pool"][0]).status = "pending"
    found = {one["service"]: one["inbox"] for one in status(operator)["services"]}
    assert (found["pool"]["pending"], found["pool"]["parked"], found["finance"]["parked"]) == (1, 1, 1)
    assert 1200 <= found["pool"]["oldest_seconds"] < 1300


def test_a_service_that_is_away_is_told_as_such(house: House, operator: Person, given_up: dict[str, list[int]]) -> None:
    lost = house.doors.pop("pool")
    try:
        told = {one["service"]: one for one in status(operator)["services"]}
        assert told["pool"] == {"service": "pool", "status": "away", "replicas": 0}
        assert told["finance"]["status"] == "ready"
        listed = operator.send("GET", "/system/parked").get_json()
        assert (listed["away"], [one["service"] for one in listed["items"]], listed["total"]) == (["pool"], ["finance"], 1)
        answer = operator.send("POST", "/system/parked/retry", {"service": "pool", "ids": given_up["pool"]})
        assert answer.status_code == 503
    finally:
        house.doors["pool"] = lost
    assert {state for state, _ in rows(house, "pool").values()} == {"parked"}


def test_parked_events_are_listed_oldest_first(operator: Person, given_up: dict[str, list[int]]) -> None:
    told = operator.send("GET", "/system/parked").get_json()
    assert [(one["service"], one["id"]) for one in told["items"]] == [
        ("finance", given_up["finance"][0]),
        *(("pool", one) for one in given_up["pool"]),
    ]
    assert (told["total"], told["away"]) == (3, [])
    first = told["items"][0]
    assert (first["handler"], first["publisher"], first["name"], first["key"]) == (
        "keep_customer",
        "customer",
        "customer_created",
        "key-30",
    )
    assert (first["attempts"], first["last_error"]) == (10, "RuntimeError: no luck")
    assert first["since"].endswith("Z")


def test_parked_events_get_ten_more_attempts_once(house: House, operator: Person, given_up: dict[str, list[int]]) -> None:
    first, second = given_up["pool"]
    sent = {"service": "pool", "ids": [first, 999_999]}
    key = {"Idempotency-Key": new_id()}
    answer = operator.send("POST", "/system/parked/retry", sent, headers=key)
    told = {"succeeded": 1, "failed": [{"id": 999_999, "code": "not_parked", "detail": "This event is not parked, or no longer."}]}
    assert (answer.status_code, answer.get_json()) == (200, told)
    assert rows(house, "pool") == {first: ("pending", 0), second: ("parked", 10)}
    again = operator.send("POST", "/system/parked/retry", sent, headers=key)
    assert (again.get_json(), again.headers["Idempotency-Replayed"]) == (told, "true")
    anew = operator.send("POST", "/system/parked/retry", {"service": "pool", "ids": [first]})
    assert (anew.status_code, anew.get_json()["succeeded"]) == (409, 0)
    log = (
        house.at()
        .send("GET", "/audit-log", query_string={"filter": '{"field": "action", "op": "eq", "value": "parked_retried"}'})
        .get_json()
    )
    mine = [entry for entry in log["items"] if entry["user_id"] == operator.id]
    assert [entry["detail"] for entry in mine] == [{"service": "pool", "ids": [first, 999_999]}]


@pytest.mark.parametrize(
    ("sent", "field"),
    [({"service": "nobody", "ids": [1]}, "service"), ({"ids": [1]}, "service"), ({"service": "pool", "ids": []}, "ids"), ({"service": "pool"}, "ids"),
     ({"service": "pool", "ids": ["1"]}, "ids.0"), ({"service": "pool", "ids": [1, 1]}, "ids")],
)  # fmt: skip
def test_bad_input_names_the_field(operator: Person, sent: dict[str, Any], field: str) -> None:
    answers = [operator.send("POST", "/system/parked/retry", sent, headers={"Accept-Language": one}) for one in LANGUAGES]
    assert {(answer.status_code, answer.get_json()["errors"][0]["field"]) for answer in answers} == {(422, field)}


def test_it_is_for_administrators(house: House) -> None:
    rep = house.employ(f"rep{new_id()[-12:]}", "sales_rep")
    for method, path, body in (("GET", "/system/status", None), ("GET", "/system/parked", None), ("POST", "/system/parked/retry", {})):
        assert rep.send(method, path, body).status_code == 403


def test_the_audit_log_is_told_in_the_readers_language(house: House) -> None:
    admin = house.at()
    person = house.employ(f"new{new_id()[-12:]}", "sales_rep", display_name="Wang Wei")
    asked = {"filter": '{"field": "action", "op": "eq", "value": "user_created"}', "page_size": "1"}
    for language, words in (("en", ["User", "Roles"]), ("zh-CN", ["用户", "角色"]), ("zh-TW", ["使用者", "角色"])):
        [entry] = admin.send("GET", "/audit-log", query_string=asked, headers={"Accept-Language": language}).get_json()["items"]
        assert [fact["label"] for fact in entry["facts"]] == words
        assert [fact["value"] for fact in entry["facts"]] == ["Wang Wei", "sales_rep"]
        assert entry["detail"] == {"user": person.id, "roles": ["sales_rep"]}
