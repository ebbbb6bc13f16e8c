"""Customers, contacts and follow-ups through the door."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.customer.service import CustomerService
from services.finance.service import FinanceService
from services.sales.service import SalesService
from tests.kept import kept
from tests.office import Office, at_once, refusal, some_id

SYSTEM = {
    "latest_progress": "x", "last_contacted_at": "2026-01-01T00:00:00Z", "next_visit_on": "2026-01-01", "last_order_on": "2026-01-01",
    "pool_status": "assigned", "protected_until": "2026-01-01T00:00:00Z", "pool_goal": "achieved", "order_total": "1.00", "received_total": "1.00",
}  # fmt: skip


class Desk(Office):
    """Two representatives who see their own, and their boss."""

    def __init__(self, door_of: Any) -> None:
        super().__init__(door_of, CustomerService, SalesService, FinanceService)
        doing = (
            "customer:read",
            "customer:create",
            "customer:update",
            "customer:delete",
            "order:read",
            "order:create",
            "order:submit",
            "order:delete",
        )
        self.boss = self.hire("Boss", *doing, "customer:transfer", "customer:assign", "order:approve", "order:void", scope="team")
        self.rep = self.hire("Rep", *doing, manager=self.boss)
        self.other = self.hire("Other", *doing, manager=self.boss)
        self.acme = self.customer(self.rep, name="Acme Ltd.")

    def shown(self) -> Any:
        """Acme as it is now."""
        return self.customer_door.call("get_customer", self.rep, id=self.acme["id"])

    def follow_up(self, summary: str, at: str, **fields: Any) -> Any:
        """A follow-up on Acme."""
        given = {"customer_id": self.acme["id"], "kind": "call", "summary": summary, "contacted_at": at, **fields}
        return self.customer_door.call("create_follow_up", self.rep, **given)


@pytest.fixture
def desk(door_of: Any) -> Desk:
    return kept(Desk, door_of)


def test_fields_of_the_system_are_read_only_on_every_path(desk: Desk) -> None:
    for name, value in SYSTEM.items():
        for method, asked, field in (
            ("create_customer", {"name": "New", name: value}, name),
            ("update_customer", {"id": desk.acme["id"], "version": 1, name: value}, name),
            ("batch_update_customers", {"ids": [desk.acme["id"]], "changes": {name: value}}, f"changes.{name}"),
        ):
            refused = refusal(desk.customer_door, method, desk.rep, **asked)
            assert (refused.status, refused.fields) == (422, {field: "read_only"})
    assert desk.shown() == desk.acme
    assert desk.customer_door.call("list_customers", desk.admin)["total"] == 1


@pytest.mark.parametrize("field", ["phone", "email", "website", "address"])
def test_what_was_left_blank_is_empty_to_a_filter(desk: Desk, field: str) -> None:
    desk.customer(desk.rep, name="Blank Ltd.", **{field: ""})
    known = {"phone": "12345", "email": "a@example.com", "website": "example.com", "address": "Here"}
    desk.customer(desk.rep, name="Known Ltd.", **known)
    for op, found in (("is_empty", ["Acme Ltd.", "Blank Ltd."]), ("is_not_empty", ["Known Ltd."])):
        asked = {"filter": json.dumps({"field": field, "op": op}), "sort": "name"}
        assert [row["name"] for row in desk.customer_door.call("list_customers", desk.rep, **asked)["items"]] == found


def test_names_are_unique_among_live_customers(desk: Desk) -> None:
    door = desk.customer_door
    for name in ("acme ltd", "ACME-LTD", " Acme  Ltd. "):
        refused = refusal(door, "create_customer", desk.other, name=name)
        assert (refused.status, refused.fields) == (409, {"name": "name_taken"})
    assert refusal(door, "create_customer", desk.rep, name="...").fields == {"name": "name_without_letters"}
    other = desk.customer(desk.rep, name="Beta")
    assert refusal(door, "update_customer", desk.rep, id=other["id"], version=1, name="ACME LTD").status == 409
    answers = at_once([lambda: door.call("create_customer", desk.rep, name="Gamma")] * 5)
    assert sum(isinstance(answer, dict) for answer in answers) == 1
    door.call("delete_customer", desk.rep, id=desk.acme["id"])
    assert desk.customer(desk.other, name="Acme Ltd")["id"] != desk.acme["id"]


def test_the_customer_follows_its_follow_ups_edited_and_deleted(desk: Desk) -> None:
    def figures() -> tuple[Any, Any, Any]:
        shown = desk.shown()
        return shown["latest_progress"], shown["last_contacted_at"], shown["next_visit_on"]

    old = desk.follow_up("old", "2026-01-01T08:00:00Z", next_visit_on="2026-02-02")
    new = desk.follow_up("new", "2026-01-05T08:00:00Z")
    desk.follow_up("in between", "2026-01-03T08:00:00Z")
    assert figures() == ("new", "2026-01-05T08:00:00Z", "2026-02-02")
    door = desk.customer_door
    new = door.call("update_follow_up", desk.rep, id=new["id"], version=1, summary="newer", next_visit_on="2026-03-03")
    assert figures() == ("newer", "2026-01-05T08:00:00Z", "2026-03-03")
    door.call("update_follow_up", desk.rep, id=new["id"], version=new["version"], contacted_at="2025-12-31T08:00:00Z")
    assert figures() == ("in between", "2026-01-03T08:00:00Z", "2026-02-02")
    door.call("delete_follow_up", desk.rep, id=old["id"])
    assert figures() == ("in between", "2026-01-03T08:00:00Z", "2026-03-03")
    door.call("batch_delete_follow_ups", desk.rep, ids=[one["id"] for one in door.call("list_follow_ups", desk.rep)["items"]])
    assert figures() == (None, None, None)
    moved = refusal(
        door, "update_follow_up", desk.rep, id=desk.follow_up("x", "2026-01-01T00:00:00Z")["id"], version=1, customer_id=some_id()
    )
    assert moved.fields == {"customer_id": "cannot_move"}


def test_the_visit_stays_however_many_follow_ups_come_after(desk: Desk) -> None:
    desk.follow_up("first", "2026-01-01T08:00:00Z", next_visit_on="2026-02-02")
    for minute in range(52):
        desk.follow_up(f"call {minute}", f"2026-01-02T08:{minute:02}:00Z")
    assert (desk.shown()["latest_progress"], desk.shown()["next_visit_on"]) == ("call 51", "2026-02-02")


def test_what_was_taken_a_moment_ago_keeps_a_customer(desk: Desk) -> None:
    line = {"product_id": desk.product()["id"], "quantity": 1}
    ordered, paid, free = (desk.customer(desk.rep) for _ in range(3))
    desk.settle()
    desk.order(desk.rep, ordered["id"], line)
    desk.finance.call("create_receipt", desk.admin, customer_id=paid["id"], amount="40.00")
    for customer in (ordered, paid):
        assert refusal(desk.customer_door, "delete_customer", desk.rep, id=customer["id"]).problem["code"] == "has_orders"
    deleted = desk.customer_door.call("batch_delete_customers", desk.rep, ids=[one["id"] for one in (ordered, paid, free)])
    assert (deleted["succeeded"], {one["id"] for one in deleted["failed"]}) == (1, {ordered["id"], paid["id"]})


def test_a_voided_order_with_another_owner_stays_voided(desk: Desk) -> None:
    order = desk.approved(desk.rep, desk.acme["id"], {"product_id": desk.product()["id"], "quantity": 1}, by=desk.boss)
    order = desk.sales.call("void_order", desk.boss, id=order["id"], reason="x")
    desk.sales.call("update_order", desk.admin, id=order["id"], version=order["version"], owner_id=desk.other.user_id)
    desk.settle()
    assert (desk.shown()["last_order_on"], desk.shown()["order_total"]) == (None, "0.00")


def test_orders_and_receipts_are_followed_and_undone(desk: Desk) -> None:
    pump = desk.product()
    line = {"product_id": pump["id"], "quantity": 1}
    first = desk.approved(desk.rep, desk.acme["id"], line, by=desk.boss, order_date="2026-03-01")
    second = desk.order(desk.rep, desk.acme["id"], line, order_date="2026-04-01")
    desk.settle()
    assert (desk.shown()["last_order_on"], desk.shown()["order_total"]) == ("2026-04-01", "100.00")
    desk.sales.call("delete_order", desk.rep, id=second["id"])
    receipt = desk.finance.call("create_receipt", desk.admin, order_id=first["id"], amount="40.00")
    desk.settle()
    assert (desk.shown()["last_order_on"], desk.shown()["received_total"]) == ("2026-03-01", "40.00")
    assert refusal(desk.customer_door, "delete_customer", desk.rep, id=desk.acme["id"]).problem["code"] == "has_orders"
    desk.finance.call("void_receipt", desk.admin, id=receipt["id"], reason="x")
    desk.settle()
    desk.sales.call("void_order", desk.boss, id=first["id"], reason="x")
    desk.settle()
    shown = desk.shown()
    assert (shown["last_order_on"], shown["order_total"], shown["received_total"]) == (None, "0.00", "0.00")


def test_foreign_records_and_references_are_not_found(desk: Desk) -> None:
    door = desk.customer_door
    contact = door.call("create_contact", desk.rep, customer_id=desk.acme["id"], name="Ann")
    told = desk.follow_up("x", "2026-01-01T00:00:00Z")
    for noun, record in (("customer", desk.acme), ("contact", contact), ("follow_up", told)):
        for method, asked in ((f"get_{noun}", {}), (f"{noun}_history", {}), (f"update_{noun}", {"version": 1}), (f"delete_{noun}", {})):
            assert refusal(door, method, desk.other, id=record["id"], **asked).status == 404, method
        assert door.call(f"list_{noun}s", desk.other)["total"] == 0
        assert refusal(door, f"batch_delete_{noun}s", desk.other, ids=[record["id"]]).problem["failed"][0]["code"] == "not_found"
    mine = desk.customer(desk.other)
    for method, asked, field in (
        ("create_contact", {"name": "Bob", "customer_id": desk.acme["id"]}, "customer_id"),
        ("create_contact", {"name": "Bob", "customer_id": mine["id"], "reports_to_id": contact["id"]}, "reports_to_id"),
        ("create_follow_up", {"kind": "call", "summary": "s", "customer_id": desk.acme["id"]}, "customer_id"),
        ("create_follow_up", {"kind": "call", "summary": "s", "customer_id": mine["id"], "contact_id": contact["id"]}, "contact_id"),
        ("create_customer", {"name": "Child", "parent_id": desk.acme["id"]}, "parent_id"),
        ("update_customer", {"id": mine["id"], "version": 1, "parent_id": desk.acme["id"]}, "parent_id"),
        ("update_customer", {"id": mine["id"], "version": 1, "parent_id": mine["id"]}, "parent_id"),
    ):
        refused = refusal(door, method, desk.other, **asked)
        assert (refused.status, list(refused.fields)) == (422, [field]), method


def test_nobody_takes_a_customer_by_an_edit(desk: Desk) -> None:
    door = desk.customer_door
    for caller, owner, status in ((desk.rep, desk.other.user_id, 403), (desk.rep, None, 422), (desk.boss, some_id(), 422)):
        assert refusal(door, "update_customer", caller, id=desk.acme["id"], version=1, owner_id=owner).status == status
    ids = [desk.acme["id"], desk.customer(desk.rep)["id"]]
    assert door.call("batch_assign_customers", desk.boss, ids=ids, owner_id=desk.other.user_id)["succeeded"] == 2
    assert {row["owner_id"] for row in door.call("list_customers", desk.boss)["items"]} == {desk.other.user_id}


def test_transfer_hands_over_the_contacts_too(desk: Desk) -> None:
    door = desk.customer_door
    contact = door.call("create_contact", desk.rep, customer_id=desk.acme["id"], name="Ann")
    assert door.call("transfer_customer", desk.boss, id=desk.acme["id"], owner_id=desk.other.user_id)["owner_id"] == desk.other.user_id
    assert door.call("get_contact", desk.other, id=contact["id"])["owner_id"] == desk.other.user_id
    assert refusal(door, "get_customer", desk.rep, id=desk.acme["id"]).status == 404
