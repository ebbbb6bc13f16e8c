"""The control panel: the organisation's settings, the state of the system with what was given up, and the audit log in words."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway import VERSION, presets
from gateway.routes import SERVICES
from gateway.service import IdentityService
from services.pool import presets as pool_presets
from services.pool.service import PoolService
from shared import clock
from shared.bus.tables import Inbox
from shared.caller import Caller
from shared.contracts.identity import OrganisationUpdated
from shared.db import new_id
from shared.i18n import LANGUAGES
from shared.settings import Settings
from tests.conftest import open_doors
from tests.gateway.house import House, Person

EARLY, LATE = "Etc/GMT+12", "Pacific/Kiritimati"
"""It is never the same day in both."""
STARTED_WITH = {"name": "我们公司", "time_zone": "Asia/Shanghai", "currency": "CNY", "working_days": [1, 2, 3, 4, 5]}


@pytest.fixture
def settings(house: House) -> Iterator[dict[str, Any]]:
    """The settings, put back when the test is over."""
    before = house.at().send("GET", "/organisation").get_json()
    yield before
    change(house, **{name: before[name] for name in STARTED_WITH})


def change(house: House, **changes: Any) -> dict[str, Any]:
    admin = house.at()
    answer = admin.send("PATCH", "/organisation", {"version": admin.send("GET", "/organisation").get_json()["version"], **changes})
    assert answer.status_code == 200, answer.text
    house.settle()
    told: dict[str, Any] = answer.get_json()
    return told


def day_in(zone: str) -> str:
    return datetime.now(ZoneInfo(zone)).strftime("%Y%m%d")


def test_everybody_sees_them_and_administrators_change_them(house: House, settings: dict[str, Any]) -> None:
    rep = house.employ("reader", "sales_rep")
    assert rep.send("GET", "/organisation").get_json() == settings == STARTED_WITH | {"version": settings["version"]}
    assert rep.send("PATCH", "/organisation", {"name": "Mine", "version": settings["version"]}).status_code == 403
    assert rep.send("GET", "/organisation/history").status_code == 403
    told = change(house, name="Northwind", currency="TWD", working_days=[1, 2, 3, 4, 5, 6])
    assert told == settings | {
        "name": "Northwind",
        "currency": "TWD",
        "working_days": [1, 2, 3, 4, 5, 6],
        "version": settings["version"] + 1,
    }
    assert rep.send("GET", "/organisation").get_json() == told == rep.send("GET", "/auth/me").get_json()["organisation"]


def test_a_change_is_kept_in_history_and_audit_log(house: House, settings: dict[str, Any]) -> None:
    change(house, time_zone="Asia/Taipei", currency="TWD")
    admin = house.at()
    newest = admin.send("GET", "/organisation/history").get_json()["items"][0]
    assert (newest["by"], newest["action"]) == (admin.id, "updated")
    assert {one["field"]: (one["old"], one["new"]) for one in newest["changes"]} == {
        "time_zone": ("Asia/Shanghai", "Asia/Taipei"), "currency": ("CNY", "TWD"),
    }  # fmt: skip
    told = '{"field": "action", "op": "eq", "value": "organisation_changed"}'
    entry = admin.send("GET", "/audit-log", query_string={"filter": told}).get_json()["items"][0]
    assert (entry["user_id"], entry["detail"]) == (admin.id, {"time_zone": "Asia/Shanghai → Asia/Taipei", "currency": "CNY → TWD"})


def test_an_exported_list_stands_in_words_in_the_file_of_the_log(house: House) -> None:
    admin = house.at()
    chosen = json.dumps(
        {"and": [{"field": "manager_id", "op": "eq", "value": admin.id}, {"field": "is_active", "op": "eq", "value": True}]}
    )
    assert admin.send("GET", "/users/export", query_string={"format": "csv", "filter": chosen}).status_code == 200
    exports = '{"field": "action", "op": "eq", "value": "exported"}'
    file = admin.send("GET", "/audit-log/export", query_string={"format": "csv", "filter": exports}).get_data(as_text=True)
    name = admin.send("GET", f"/users/{admin.id}").get_json()["display_name"]
    assert f"Manager is {name} and Active is Yes" in file


def test_what_changes_nothing_is_no_news(house: House, settings: dict[str, Any]) -> None:
    before = len(house.identity.published(OrganisationUpdated))
    assert change(house, currency=settings["currency"]) == settings
    assert len(house.identity.published(OrganisationUpdated)) == before


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", "", "must_not_be_blank"), ("name", "   ", "must_not_be_blank"), ("name", None, "must_not_be_null"), ("name", "x" * 121, "too_long"),
        ("time_zone", "Mars/Base", "unknown_time_zone"), ("time_zone", "../../etc/passwd", "unknown_time_zone"), ("time_zone", "Factory", "unknown_time_zone"),
        ("currency", "XXX", "unknown_currency"), ("currency", "cny", "unknown_currency"), ("currency", "DEM", "unknown_currency"), ("currency", "EURO", "too_long"),
        ("working_days", [], "too_few_items"), ("working_days", [1, 1], "repeated_items"), ("working_days", "1", "invalid_list"),
        ("version", "1", "invalid_whole_number"), ("owner_id", "x", "unknown_field"),
    ],
)  # fmt: skip
def test_bad_input_names_the_field_in_three_languages(house: House, settings: dict[str, Any], field: str, value: Any, code: str) -> None:
    sent = {"version": settings["version"], field: value}
    answers = [house.at().send("PATCH", "/organisation", sent, headers={"Accept-Language": one}) for one in LANGUAGES]
    assert {answer.status_code for answer in answers} == {422}
    errors = [answer.get_json()["errors"][0] for answer in answers]
    assert {(error["field"], error["code"]) for error in errors} == {(field, code)}
    assert len({error["detail"] for error in errors}) >= 2
    assert house.at().send("GET", "/organisation").get_json() == settings


def test_a_day_of_the_week_that_does_not_exist_is_named(house: House, settings: dict[str, Any]) -> None:
    answer = house.at().send("PATCH", "/organisation", {"version": settings["version"], "working_days": [1, 8]})
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (422, "working_days.1")


def test_a_stale_version_changes_nothing(house: House, settings: dict[str, Any]) -> None:
    change(house, name="First")
    stale = house.at().send("PATCH", "/organisation", {"name": "Second", "version": settings["version"]})
    assert (stale.status_code, stale.get_json()["code"]) == (409, "stale_version")
    assert house.at().send("GET", "/organisation").get_json()["name"] == "First"


def test_every_service_goes_by_its_days_at_once(house: House, settings: dict[str, Any]) -> None:
    admin = house.at()
    customer = admin.send("POST", "/customers", {"name": "Days Ltd"}).get_json()["id"]
    change(house, time_zone=EARLY)
    first = admin.send("POST", "/tickets", {"customer_id": customer, "title": "Early", "fault_description": "It stopped."}).get_json()
    assert first["number"] == f"TK{day_in(EARLY)}-0001"
    assert admin.send("GET", "/meta/orders/numbering").get_json()["example"] == f"SO{day_in(EARLY)}-0001"
    change(house, time_zone=LATE)
    second = admin.send("POST", "/tickets", {"customer_id": customer, "title": "Late", "fault_description": "It stopped."}).get_json()
    assert second["number"] == f"TK{day_in(LATE)}-0001"
    assert admin.send("GET", "/meta/receipts/numbering").get_json()["example"] == f"RC{day_in(LATE)}-0001"
    assert admin.send("GET", f"/tickets/{first['id']}").get_json() == first
    day = datetime.strptime(day_in(LATE), "%Y%m%d").date().isoformat()
    assert day in admin.send("GET", "/customers/export?format=csv").headers["Content-Disposition"]


def test_the_pool_counts_days_of_the_changed_zone(house: House, settings: dict[str, Any]) -> None:
    admin = house.at()
    admin.send("PUT", "/pool/settings", {"enabled": True, "protection_days": 3, "admin_ids": [admin.id], "user_ids": [admin.id]})
    ids = [admin.send("POST", "/customers", {"name": f"Pooled {zone}"}).get_json()["id"] for zone in (EARLY, LATE)]
    house.settle()
    deadlines = []
    for zone, customer_id in zip((EARLY, LATE), ids, strict=True):
        change(house, time_zone=zone)
        assert admin.send("POST", "/pool/send", {"customer_ids": [customer_id]}).status_code == 200
        claimed = admin.send("POST", "/pool/assign", {"customer_ids": [customer_id], "owner_id": admin.id})
        assert claimed.status_code == 200, claimed.text
        deadlines.append(datetime.fromisoformat(admin.send("GET", f"/pool/customers/{customer_id}").get_json()["protected_until"]))
    early, late = (deadline.astimezone(ZoneInfo(zone)) for deadline, zone in zip(deadlines, (EARLY, LATE), strict=True))
    assert (early.hour, early.minute, late.hour, late.minute) == (23, 59, 23, 59)
    kept = admin.send("GET", f"/pool/customers/{ids[0]}").get_json()["protected_until"]
    assert datetime.fromisoformat(kept) == deadlines[0]


def test_price_lists_are_in_its_currency_unless_they_say_another(house: House, settings: dict[str, Any]) -> None:
    change(house, currency="EUR")
    admin = house.at()
    assert admin.send("POST", "/price-lists", {"name": "Ours"}).get_json()["currency"] == "EUR"
    assert admin.send("POST", "/price-lists", {"name": "Theirs", "currency": "USD"}).get_json()["currency"] == "USD"
    wrong = admin.send("POST", "/price-lists", {"name": "Nobody's", "currency": "ZZZ"})
    assert (wrong.status_code, wrong.get_json()["errors"][0]["code"]) == (422, "unknown_currency")


@pytest.mark.parametrize(
    ("language", "names"),
    [("zh-CN", ("我们公司", "管理员", "系统管理员", "公海")), ("zh-TW", ("我們公司", "管理員", "系統管理員", "公海")),
     ("en", ("Our company", "Administrator", "System administrator", "Public pool"))],
)  # fmt: skip
def test_a_new_installation_has_names_in_the_language_of_the_settings(tmp_path: Path, language: str, names: tuple[str, ...]) -> None:
    with open_doors(
        Settings(data_dir=tmp_path, language=language, currency="TWD", time_zone="Asia/Taipei", admin_password="x" * 10)
    ) as make:
        identity = make(IdentityService, PoolService)
        pool = identity.neighbours["pool"]
        for load, door in ((presets.load, identity), (pool_presets.load, pool), (presets.load, identity)):
            with door.database.transaction() as db:
                load(db, door.settings)
        admin = Caller.system()
        organisation = identity.call("get_organisation", admin)
        assert (organisation["time_zone"], organisation["currency"]) == ("Asia/Taipei", "TWD")
        user = identity.call("list_users", admin)["items"][0]["display_name"]
        role = next(one["name"] for one in identity.call("list_roles", admin)["items"] if one["code"] == "admin")
        assert (organisation["name"], user, role, pool.call("list_pools", admin)["items"][0]["name"]) == names
        assert len(identity.published(OrganisationUpdated)) == 1


def test_people_cannot_choose_a_zone_that_does_not_exist(house: House) -> None:
    answer = house.at().send("PATCH", "/auth/me", {"time_zone": "Mars/Base"})
    assert (answer.status_code, answer.get_json()["errors"][0]["code"]) == (422, "unknown_time_zone")


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


def inbox(house: House, service: str) -> dict[int, tuple[str, int]]:
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
    assert {state for state, _ in inbox(house, "pool").values()} == {"parked"}


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
    assert inbox(house, "pool") == {first: ("pending", 0), second: ("parked", 10)}
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
def test_a_wrong_retry_names_the_field(operator: Person, sent: dict[str, Any], field: str) -> None:
    answers = [operator.send("POST", "/system/parked/retry", sent, headers={"Accept-Language": one}) for one in LANGUAGES]
    assert {(answer.status_code, answer.get_json()["errors"][0]["field"]) for answer in answers} == {(422, field)}


def test_the_system_is_for_administrators(house: House) -> None:
    rep = house.employ(f"rep{new_id()[-12:]}", "sales_rep")
    for method, path, body in (("GET", "/system/status", None), ("GET", "/system/parked", None), ("POST", "/system/parked/retry", {})):
        assert rep.send(method, path, body).status_code == 403


def test_the_audit_log_is_told_in_the_readers_language(house: House) -> None:
    admin = house.at()
    person = house.employ(f"new{new_id()[-12:]}", "sales_rep", display_name="Wang Wei")
    asked = {"filter": '{"field": "action", "op": "eq", "value": "user_created"}', "page_size": "1"}
    told = {
        "en": (["User", "Roles"], "Sales representative"), "zh-CN": (["用户", "角色"], "销售代表"), "zh-TW": (["使用者", "角色"], "銷售代表"),
    }  # fmt: skip
    for language, (words, role) in told.items():
        [entry] = admin.send("GET", "/audit-log", query_string=asked, headers={"Accept-Language": language}).get_json()["items"]
        assert [fact["label"] for fact in entry["facts"]] == words
        assert [fact["value"] for fact in entry["facts"]] == ["Wang Wei", role]
        assert entry["detail"] == {"user": person.id, "roles": ["sales_rep"]}
