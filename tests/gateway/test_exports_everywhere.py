"""Every list of records can be taken along as a file; what has none is named here."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest

from gateway.routes import ROUTES
from shared import clock
from shared.resources import exports
from tests.gateway.house import House, Person

LISTS = sorted(
    route.path.removeprefix("/meta/")
    for route in ROUTES
    if route.method == "GET" and route.path.startswith("/meta/") and route.path.count("/") == 2
)
PLACES = {"pool-customers": "pool/customers", "extension-requests": "pool/extension-requests", "workbench-templates": "workbench/templates"}


@pytest.mark.parametrize("module", LISTS)
def test_the_list_comes_as_csv_and_workbook(house: House, module: str) -> None:
    path = f"/{PLACES.get(module, module)}/export"
    told = house.at().send("GET", path, query_string={"format": "csv"})
    assert told.status_code == 200, told.text
    headings = next(csv.reader(io.StringIO(told.get_data().decode("utf-8-sig"))))
    assert len(headings) > 1
    assert house.at().send("GET", path).get_data().startswith(b"PK")


def lines(house: House, person: Person, path: str) -> list[dict[str, str]]:
    told = person.send("GET", path)
    assert told.status_code == 200, told.text
    return list(csv.DictReader(io.StringIO(told.get_data().decode("utf-8-sig"))))


def test_the_audit_log_in_words(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "PAGE", 3)
    admin = house.at()
    auditor = house.employ("auditor", "sales_rep", language="en")
    assert auditor.send("GET", "/audit-log/export?format=csv").status_code == 403
    admin.send(
        "POST",
        "/roles",
        {"code": "audit", "name": "Audit", "permissions": ["audit:read", "audit:export"], "scopes": {}, "field_rights": {}},
    )
    user = admin.send("GET", f"/users/{auditor.id}").get_json()
    assert admin.send("PATCH", f"/users/{auditor.id}", {"version": user["version"], "roles": ["audit"]}).status_code == 200
    total = admin.send("GET", "/audit-log").get_json()["total"]
    # The same where it must be counted: a page that is full, without a filter.
    assert admin.send("GET", "/audit-log?page_size=1").get_json()["total"] == total
    assert admin.send("GET", "/audit-log?page_size=1&exact_total=true").get_json()["total"] == total
    told = lines(house, auditor, "/audit-log/export?format=csv")
    assert len(told) == total > 3
    assert list(told[0]) == ["Time", "Who", "In their place", "Action", "Detail"]
    assert (told[0]["Action"], "Audit" in told[0]["Detail"]) == ("Roles changed", True)
    assert [one["Time"] for one in told] == sorted((one["Time"] for one in told), reverse=True)
    wanted = {"format": "csv", "filter": json.dumps({"field": "action", "op": "eq", "value": "role_created"}), "fields": "action_name"}
    narrowed = list(csv.reader(io.StringIO(auditor.send("GET", "/audit-log/export", query_string=wanted).get_data().decode("utf-8-sig"))))
    assert narrowed == [["Action"], ["Role created"]]
    newest = admin.send("GET", "/audit-log").get_json()["items"][0]
    assert (newest["action"], newest["detail"]["module"], newest["user_name"]) == ("exported", "audit-log", "Auditor")


def test_the_ledger_as_its_filter_shows_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "PAGE", 3)
    admin, rep = house.at(), house.employ("outsider", "sales_rep")
    assert admin.send("PUT", "/pool/settings", {"enabled": True, "admin_ids": [admin.id], "user_ids": [admin.id]}).status_code == 200
    ids = [admin.send("POST", "/customers", {"name": f"Ledger {number}"}).get_json()["id"] for number in range(7)]
    house.settle()
    admin.send("POST", "/pool/send", {"customer_ids": ids, "reason": "quiet"})
    admin.send("POST", "/pool/claim", {"customer_ids": ids[:1], "reason": ""})
    total = admin.send("GET", "/pool/ledger").get_json()["total"]
    told = lines(house, admin, "/pool/ledger/export?format=csv")
    assert len(told) == total >= 8
    sent = admin.send("GET", "/pool/ledger", query_string={"action": "send"}).get_json()
    narrowed = lines(house, admin, "/pool/ledger/export?format=csv&action=send")
    assert [list(one.values())[1] for one in narrowed] == [one["customer_name"] for one in sent["items"]]
    assert [list(one.values())[3] for one in narrowed] == ["管理员"] * len(narrowed)
    of_admin = lines(house, admin, f"/pool/ledger/export?format=csv&user_id={admin.id}")
    assert len(of_admin) >= len(narrowed)
    line = admin.send("GET", "/audit-log").get_json()["items"][0]
    assert {one["name"]: one["value"] for one in line["facts"]}["user_id"] == "管理员"
    assert rep.send("GET", "/pool/ledger/export").status_code == 403


def test_a_token_is_in_no_file(house: House) -> None:
    given = {"name": "key", "permissions": ["user:read"], "expires_at": (clock.now() + timedelta(days=30)).isoformat()}
    token = house.at().send("POST", "/api-tokens", given).get_json()["token"]
    told = house.at().send("GET", "/api-tokens/export?format=csv").get_data().decode()
    assert "key" in told
    assert token not in told
