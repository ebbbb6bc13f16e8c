"""The workbench at the API: who gets it, who may say what is on it, and that a change of roles counts at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.reporting import presets
from shared import clock
from shared.db import new_id
from tests.gateway.house import House, Person

SALES = [
    {"code": "orders_this_month", "size": "small"},
    {"code": "due_plans", "size": "half"},
    {"code": "orders_to_approve", "size": "half"},
]


@pytest.fixture
def started(house: House) -> House:
    """The house with the templates an installation starts with."""
    with house.reporting.database.transaction() as db:
        presets.load(db, house.reporting.settings)
    return house


def shown(person: Person) -> list[str]:
    answer = person.send("GET", "/workbench")
    assert answer.status_code == 200, answer.text
    return [one["code"] for one in answer.get_json()["items"]]


def test_everybody_has_one_and_administrators_say_what_is_on_it(started: House) -> None:
    admin, rep = started.at(), started.employ("bench.rep", "sales_rep")
    before = shown(rep)
    assert {"orders_this_month", "due_plans"} <= set(before)
    assert "orders_to_approve" not in before
    for method, path, body in (
        ("GET", "/workbench/templates", None), ("GET", "/workbench/widgets", None), ("GET", "/meta/workbench-templates", None),
        ("POST", "/workbench/templates", {"name": "Mine", "widgets": SALES, "roles": ["sales_rep"]}),
        ("DELETE", f"/workbench/templates/{new_id()}", None),
    ):  # fmt: skip
        assert rep.send(method, path, body).status_code == 403, path
    widgets = {one["code"]: one for one in admin.send("GET", "/workbench/widgets").get_json()["items"]}
    assert widgets["orders_to_approve"]["permissions"] == ["order:read", "order:approve"]
    made = admin.send("POST", "/workbench/templates", {"name": "Sales", "widgets": SALES, "roles": ["sales_rep"]})
    assert made.status_code == 201, made.text
    # The older template comes first, and what both have stands there.
    assert shown(rep) == before
    for row in admin.send("GET", "/workbench/templates").get_json()["items"]:
        if row["roles"] == ["sales_rep"] and row["name"] != "Sales":
            assert admin.send("DELETE", f"/workbench/templates/{row['id']}").status_code == 204
    assert shown(rep) == ["orders_this_month", "due_plans"]
    assert admin.send("DELETE", f"/workbench/templates/{made.get_json()['id']}").status_code == 204
    assert "my_customers" in shown(rep)


def test_a_change_of_roles_counts_at_once(started: House) -> None:
    admin, person = started.at(), started.employ("bench.mover", "finance")
    assert shown(person)[0] == "overdue_plans"
    user = admin.send("GET", f"/users/{person.id}").get_json()
    assert admin.send("PATCH", f"/users/{person.id}", {"version": user["version"], "roles": ["service_engineer"]}).status_code == 200
    assert shown(person) == ["late_tickets", "my_tickets", "open_reminders", "recent_follow_ups"]
    code = f"watcher{new_id()[-12:]}"
    role = admin.send("POST", "/roles", {"code": code, "name": "Watcher", "permissions": ["customer:read"], "scopes": {}}).get_json()
    given = {
        "name": "Watching",
        "roles": [code],
        "widgets": [{"code": "my_customers", "size": "small"}, {"code": "due_plans", "size": "half"}],
    }
    assert admin.send("POST", "/workbench/templates", given).status_code == 201
    user = admin.send("GET", f"/users/{person.id}").get_json()
    assert admin.send("PATCH", f"/users/{person.id}", {"version": user["version"], "roles": [code]}).status_code == 200
    assert shown(person) == ["my_customers"]
    more = {"version": role["version"], "permissions": ["customer:read", "payment_plan:read"]}
    assert admin.send("PATCH", f"/roles/{role['id']}", more).status_code == 200
    assert shown(person) == ["my_customers", "due_plans"]


def test_a_token_shows_what_it_may_see(started: House) -> None:
    admin, ends = started.at(), (clock.now() + timedelta(days=1)).isoformat()
    made = admin.send("POST", "/api-tokens", {"name": "Board", "permissions": ["customer:read"], "expires_at": ends})
    asked = {"Authorization": f"Bearer {made.get_json()['token']}"}
    answer = admin.client.get("/api/v1/workbench", headers=asked)
    assert [one["code"] for one in answer.get_json()["items"]] == ["new_customers", "customers_by_status"]
