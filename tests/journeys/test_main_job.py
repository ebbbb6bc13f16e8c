"""From a claimed customer to the last instalment, over the real bus."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.journeys.client import Answered, eventually

pytestmark = pytest.mark.usefixtures("clean")


def test_from_claimed_customer_to_last_instalment(company: Any) -> None:
    customer = company.customer(company.wang)
    assert customer["pool_status"] == "ordinary"
    assert company.wang.post("/pool/send", {"customer_ids": [customer["id"]]})["succeeded"] == 1

    assert company.li.post("/pool/claim", {"customer_ids": [customer["id"]]})["succeeded"] == 1
    with pytest.raises(Answered) as refused:
        company.wang.post("/pool/claim", {"customer_ids": [customer["id"]]})
    assert refused.value.status == 409
    assert refused.value.problem["failed"][0]["code"] == "already_claimed"
    claimed = company.li.get(f"/customers/{customer['id']}")
    assert (claimed["owner_id"], claimed["pool_goal"], claimed["pool_status"]) == (company.li.id, "pending", "assigned")
    assert claimed["protected_until"]

    quote = company.li.post("/quotes", {
        "name": "Pumps", "customer_id": customer["id"], "lines": [{"product_id": company.product["id"], "quantity": "10", "discount": "0"}],
    })  # fmt: skip
    assert quote["total"] == "1000.00"
    order = company.li.post(f"/quotes/{quote['id']}/create-order")
    assert (order["quote_id"], order["total"], order["status"]) == (quote["id"], "1000.00", "draft")
    order = company.li.post(f"/orders/{order['id']}/submit", {"approver_id": company.director.id, "comment": "please"})
    assert order["status"] == "pending_approval"
    assert "approve" in company.director.get(f"/orders/{order['id']}")["can"]
    approved = company.director.post(f"/orders/{order['id']}/approve", {"comment": "good"})
    assert approved["status"] == "approved"

    plans = eventually(lambda: company.plans(order["id"]))
    assert [plan["amount"] for plan in plans] == ["333.30", "333.30", "333.40"]
    assert sum(Decimal(plan["amount"]) for plan in plans) == Decimal("1000.00")

    def achieved() -> bool:
        shown = company.li.get(f"/customers/{customer['id']}")
        return bool(
            shown["pool_goal"] == "achieved"
            and shown["protected_until"] is None
            and shown["last_order_on"]
            and shown["order_total"] == "1000.00"
        )

    eventually(achieved)
    margin = eventually(
        lambda: [row for row in company.director.get("/summary/gross-margin", by="customer")["items"] if row["id"] == customer["id"]]
    )
    assert (margin[0]["revenue"], margin[0]["cost"], margin[0]["margin"], margin[0]["margin_rate"]) == (
        "1000.00",
        "600.00",
        "400.00",
        "40.00",
    )

    part = company.cashier.post(
        "/receipts", {"customer_id": customer["id"], "amount": "100.00", "plan_id": plans[0]["id"], "method": "cash"}
    )
    assert part["order_id"] == order["id"]
    assert company.plans(order["id"])[0]["status"] == "partially_paid"
    with pytest.raises(Answered) as refused:
        company.cashier.post("/receipts", {"customer_id": customer["id"], "amount": "300.00", "plan_id": plans[0]["id"]})
    assert (refused.value.status, refused.value.problem["code"]) == (409, "over_collected")
    assert "233.30" in refused.value.problem["detail"]
    with pytest.raises(Answered) as refused:
        company.cashier.delete(f"/payment-plans/{plans[0]['id']}")
    assert refused.value.status == 409
    company.cashier.post("/receipts", {"customer_id": customer["id"], "amount": "233.30", "plan_id": plans[0]["id"]})
    rest = company.cashier.post("/payment-plans/batch-collect", {"ids": [plan["id"] for plan in plans], "method": "bank_transfer"})
    assert rest["succeeded"] == 2
    assert [item["code"] for item in rest["failed"]] == ["plan_is_paid"]
    assert [plan["status"] for plan in company.plans(order["id"])] == ["paid", "paid", "paid"]
    eventually(lambda: company.li.get(f"/customers/{customer['id']}")["received_total"] == "1000.00")
    eventually(lambda: company.li.get(f"/orders/{order['id']}")["received"] == "1000.00")
    with pytest.raises(Answered) as refused:
        company.admin.post(f"/orders/{order['id']}/void", {"reason": "oops"})
    assert (refused.value.status, refused.value.problem["code"]) == (409, "has_receipts")

    reminders = company.director.get("/reminders")["items"]
    assert any(order["number"] in reminder["text"] for reminder in reminders)


def test_what_one_service_acknowledged_the_next_accepts_at_once(company: Any) -> None:
    for _ in range(10):
        customer = company.customer(company.wang)
        order = company.order(company.wang, customer["id"])
        assert order["customer_id"] == customer["id"]
        assert company.cashier.post("/receipts", {"customer_id": customer["id"], "amount": "5.00"})["customer_id"] == customer["id"]
        assert company.wang.post("/pool/send", {"customer_ids": [customer["id"]]})["succeeded"] == 1
        assert company.li.post("/pool/claim", {"customer_ids": [customer["id"]]})["succeeded"] == 1
        assert company.li.get(f"/customers/{customer['id']}")["owner_id"] == company.li.id
        assert company.order(company.li, customer["id"])["status"] == "draft"


def test_voided_order_undoes_plans_goal_and_figures(company: Any) -> None:
    customer = company.customer(company.wang)
    company.wang.post("/pool/send", {"customer_ids": [customer["id"]]})
    company.wang.post("/pool/claim", {"customer_ids": [customer["id"]]})
    order = company.submitted(company.wang, customer["id"])
    company.director.post(f"/orders/{order['id']}/approve")
    eventually(lambda: company.wang.get(f"/customers/{customer['id']}")["pool_goal"] == "achieved")
    eventually(lambda: len(company.plans(order["id"])) == 3)
    company.admin.post(f"/orders/{order['id']}/void", {"reason": "wrong customer"})
    eventually(lambda: company.wang.get(f"/customers/{customer['id']}")["pool_goal"] == "pending")
    shown = company.wang.get(f"/customers/{customer['id']}")
    assert shown["protected_until"] is not None
    eventually(lambda: {plan["status"] for plan in company.plans(order["id"])} == {"cancelled"})
    eventually(lambda: company.wang.get(f"/customers/{customer['id']}")["order_total"] == "0.00")


def test_foreign_records_are_not_found(company: Any) -> None:
    customer = company.customer(company.wang)
    order = company.order(company.wang, customer["id"])
    for path in (f"/customers/{customer['id']}", f"/orders/{order['id']}", f"/orders/{order['id']}/history"):
        with pytest.raises(Answered) as refused:
            company.li.get(path)
        assert refused.value.status == 404, path
        assert company.director.get(path)
    with pytest.raises(Answered) as refused:
        company.order(company.li, customer["id"])
    assert (refused.value.status, refused.value.problem["errors"][0]["field"]) == (422, "customer_id")
    with pytest.raises(Answered) as refused:
        company.li.post("/products", {"code": "X", "name": "X", "list_price": "1.00", "cost": "1.00"})
    assert refused.value.status == 403
