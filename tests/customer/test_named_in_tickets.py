"""What tickets and articles name of sales: a product or an order that exists, for the caller, heard of or not."""

from __future__ import annotations

from typing import Any

import pytest

from services.customer.service import CustomerService
from services.sales.service import SalesService
from shared.caller import Caller
from shared.db import new_id
from tests.office import Office, refusal

WORK = ("customer:read", "ticket:read", "ticket:create", "ticket:update", "article:create", "article:update", "article:read")


@pytest.fixture
def office(door_of: Any) -> Office:
    return Office(door_of, CustomerService, SalesService)


def a_ticket(office: Office, caller: Caller, customer_id: str, **fields: Any) -> Any:
    given = {"customer_id": customer_id, "title": "Leak", "fault_description": "It drips", **fields}
    return office.customer_door.call("create_ticket", caller, **given)


def no_ticket(office: Office, caller: Caller, customer_id: str, **fields: Any) -> dict[str, str]:
    given = {"customer_id": customer_id, "title": "Leak", "fault_description": "It drips", **fields}
    return refusal(office.customer_door, "create_ticket", caller, **given).fields


def test_what_was_made_a_moment_ago_is_accepted_before_its_news(office: Office) -> None:
    customer, product = office.customer(office.admin), office.product(name="Valve")
    office.settle()
    order = office.order(office.admin, customer["id"], {"product_id": product["id"], "quantity": "1"})
    fresh = office.product(name="Brand new")
    ticket = a_ticket(office, office.admin, customer["id"], product_id=fresh["id"], order_id=order["id"])
    assert (ticket["product_name"], ticket["order_id"]) == ("Brand new", order["id"])
    article = office.customer_door.call(
        "create_article", office.admin, title="t", problem="p", solution="s", product_id=office.product()["id"]
    )
    assert article["product_id"]
    # The news that comes afterwards is no newer than what was asked.
    office.settle()
    assert office.customer_door.call("get_customer", office.admin, id=customer["id"])["order_total"] == "0.00"


def test_what_does_not_exist_is_named(office: Office) -> None:
    customer = office.customer(office.admin)
    assert no_ticket(office, office.admin, customer["id"], product_id=new_id()) == {"product_id": "not_found"}
    assert no_ticket(office, office.admin, customer["id"], order_id=new_id()) == {"order_id": "not_found"}
    ticket = a_ticket(office, office.admin, customer["id"])
    told = refusal(office.customer_door, "update_ticket", office.admin, id=ticket["id"], version=ticket["version"], product_id=new_id())
    assert told.fields == {"product_id": "not_found"}
    batch = refusal(office.customer_door, "batch_update_tickets", office.admin, ids=[ticket["id"]], changes={"order_id": new_id()})
    assert [one["code"] for one in batch.problem["failed"]] == ["not_found"]
    assert office.customer_door.call("get_ticket", office.admin, id=ticket["id"]) == ticket
    for method, given in (("create_article", {"title": "t", "problem": "p", "solution": "s"}),):
        assert refusal(office.customer_door, method, office.admin, **given, product_id=new_id()).fields == {"product_id": "not_found"}


def test_an_order_must_be_the_customers_and_stand(office: Office) -> None:
    customer, other, product = office.customer(office.admin), office.customer(office.admin), office.product()
    boss = office.hire("Boss")
    line = {"product_id": product["id"], "quantity": "1"}
    foreign = office.order(office.admin, other["id"], line)
    assert no_ticket(office, office.admin, customer["id"], order_id=foreign["id"]) == {"order_id": "not_found"}
    thrown = office.order(office.admin, customer["id"], line)
    office.sales.call("delete_order", office.admin, id=thrown["id"])
    office.settle()
    assert no_ticket(office, office.admin, customer["id"], order_id=thrown["id"]) == {"order_id": "not_found"}
    approved = office.approved(office.admin, customer["id"], line, by=boss)
    assert a_ticket(office, office.admin, customer["id"], order_id=approved["id"])["order_id"] == approved["id"]


def test_what_is_out_of_scope_does_not_exist_and_what_stands_there_stays(office: Office) -> None:
    engineer = office.hire("Engineer", *WORK)
    customer, product = office.customer(office.admin, owner_id=engineer.user_id), office.product()
    office.settle()
    order = office.order(office.admin, customer["id"], {"product_id": product["id"], "quantity": "1"})
    assert no_ticket(office, engineer, customer["id"], order_id=order["id"]) == {"order_id": "not_found"}
    hidden = Caller(**{**vars(engineer), "scopes": {"*": "own"}})
    assert no_ticket(office, hidden, customer["id"], product_id=product["id"]) == {"product_id": "not_found"}
    ticket = a_ticket(office, office.admin, customer["id"], order_id=order["id"], product_id=product["id"], owner_id=engineer.user_id)
    changed = office.customer_door.call(
        "update_ticket", hidden, id=ticket["id"], version=ticket["version"], title="Floods", order_id=order["id"], product_id=product["id"]
    )
    assert (changed["title"], changed["order_id"]) == ("Floods", order["id"])


def test_a_deleted_product_keeps_its_name_and_gets_no_new_tickets(office: Office) -> None:
    customer, product = office.customer(office.admin), office.product(name="Old pump")
    ticket = a_ticket(office, office.admin, customer["id"], product_id=product["id"])
    office.sales.call("delete_product", office.admin, id=product["id"])
    office.settle()
    assert no_ticket(office, office.admin, customer["id"], product_id=product["id"]) == {"product_id": "not_found"}
    assert office.customer_door.call("get_ticket", office.admin, id=ticket["id"])["product_name"] == "Old pump"
    office.sales.call("restore_product", office.admin, id=product["id"])
    office.settle()
    assert a_ticket(office, office.admin, customer["id"], product_id=product["id"])["product_name"] == "Old pump"
