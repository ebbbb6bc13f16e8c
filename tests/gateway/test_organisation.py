"""The organisation's settings: who may change them, what is refused, and that every service goes by them at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway import presets
from gateway.service import IdentityService
from services.pool import presets as pool_presets
from services.pool.service import PoolService
from shared.caller import Caller
from shared.contracts.identity import OrganisationUpdated
from shared.i18n import LANGUAGES
from shared.settings import Settings
from tests.conftest import open_doors
from tests.gateway.house import House

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
    assert rep.send("GET", "/organisation").get_json() == told


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
