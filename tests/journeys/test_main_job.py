"""From a claimed customer to the last instalment, over the real bus."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.journeys.client import Answered, Client, eventually

pytestmark = [pytest.mark.usefixtures("clean"), pytest.mark.timeout(400)]


def refused(call: Any, *arguments: Any) -> tuple[int, str]:
    """The status and code something is refused with; a batch's code is that of its first item."""
    with pytest.raises(Answered) as answer:
        call(*arguments)
    problem = answer.value.problem
    return answer.value.status, problem["failed"][0]["code"] if "failed" in problem else problem["code"]


def test_the_administrator_hired_the_company(company: Any) -> None:
    users = {user["id"]: user for user in company.director.get("/users", page_size=200)["items"]}
    assert users[company.director.id]["roles"] == ["sales_director"]
    for rep in (company.wang, company.li):
        assert (users[rep.id]["roles"], users[rep.id]["manager_id"]) == (["sales_rep"], company.director.id)
    assert users[company.cashier.id]["roles"] == ["finance"]
    assert (
        refused(company.director.post, "/users", {"username": "x", "display_name": "X", "password": "a-long-enough-password", "roles": []})[
            0
        ]
        == 403
    )
    with pytest.raises(Answered) as answer:
        Client(company.suite.url, "admin", "a-wrong-password")
    assert answer.value.status == 401


def test_instalments_add_up_to_the_cent(company: Any) -> None:
    customer = company.customer(company.wang)
    for total, amounts in {
        "100.01": ["33.33", "33.33", "33.35"],
        "0.05": ["0.02", "0.02", "0.01"],
        "0.01": ["0.01"],
        "99999999.99": ["33330000.00", "33330000.00", "33339999.99"],
    }.items():
        order, plans = company.approved(company.wang, customer["id"], price=total)
        assert order["total"] == total
        assert [plan["amount"] for plan in plans] == amounts
        assert sum(Decimal(plan["amount"]) for plan in plans) == Decimal(total)
        days = [date.fromisoformat(plan["due_on"]) - date.fromisoformat(order["order_date"]) for plan in plans]
        # Periods that would get nothing are left out; the last one is always there.
        assert days == [timedelta(days=days_after) for days_after in (0, 30, 60)][-len(plans) :]


def test_margin_by_customer_product_and_owner(company: Any) -> None:
    seller = company.hire("seller", "sales_rep", manager_id=company.director.id)
    product = company.admin.post("/products", {"code": f"M-{seller.id}", "name": "Valve", "list_price": "10.00", "cost": "7.00"})
    customer = company.customer(seller)
    for quantity in ("3", "4.5"):
        line = {"product_id": product["id"], "quantity": quantity, "discount": "10"}
        order = seller.post("/orders", {"customer_id": customer["id"], "subject": "Valves", "lines": [line]})
        seller.post(f"/orders/{order['id']}/submit", {"approver_id": company.director.id, "comment": ""})
        company.director.post(f"/orders/{order['id']}/approve")
    for by, key in (("customer", customer["id"]), ("product", product["id"]), ("owner", seller.id)):

        def row(by: str = by, key: str = key) -> Any:
            rows = [one for one in company.director.get("/summary/gross-margin", by=by)["items"] if one["id"] == key]
            return rows and rows[0]["revenue"] == "67.50" and rows[0]

        found = eventually(row)
        assert (found["cost"], found["margin"], found["margin_rate"]) == ("52.50", "15.00", "22.22"), by
        assert found["name"]
    assert [row["revenue"] for row in seller.get("/summary/gross-margin", by="owner")["items"]] == ["67.50"]


def test_refusals_of_the_pool(company: Any) -> None:
    customer = company.pooled(company.wang)
    ids = {"customer_ids": [customer["id"]]}
    outsider = company.hire("outsider", "sales_rep")
    assert refused(outsider.post, "/pool/claim", ids) == (403, "not_a_pool_member")
    assert refused(company.wang.post, "/pool/withdraw", ids)[0] == 403
    assert refused(company.wang.post, "/pool/assign", {**ids, "owner_id": company.li.id})[0] == 403
    assert refused(company.admin.post, "/pool/assign", {**ids, "owner_id": outsider.id}) == (422, "invalid")
    assert company.admin.post("/pool/assign", {**ids, "owner_id": company.li.id})["succeeded"] == 1
    for days in (0, -1, 366, "two", 1.5):
        assert refused(company.admin.post, "/pool/extend", {**ids, "days": days})[0] == 422
    before = company.li.get(f"/customers/{customer['id']}")["protected_until"]
    company.admin.post("/pool/extend", {**ids, "days": 3})
    extended = eventually(
        lambda: (
            company.li.get(f"/customers/{customer['id']}")["protected_until"] != before and company.li.get(f"/customers/{customer['id']}")
        )
    )
    assert datetime.fromisoformat(extended["protected_until"]) - datetime.fromisoformat(before) == timedelta(days=3)
    assert refused(company.wang.post, "/pool/release", ids) == (409, "not_found")
    assert company.li.post("/pool/release", ids)["succeeded"] == 1
    actions = [row["action"] for row in company.admin.get(f"/pool/customers/{customer['id']}/log")["items"]]
    assert actions == ["release", "extend", "assign", "send"]


def test_refusals_of_orders_and_plans(company: Any) -> None:
    customer = company.customer(company.wang)
    order = company.order(company.wang, customer["id"])
    path = f"/orders/{order['id']}"
    assert refused(company.director.post, f"{path}/approve") == (409, "wrong_state")
    assert refused(company.wang.post, f"{path}/submit", {"approver_id": company.wang.id, "comment": ""})[0] == 422
    company.wang.post(f"{path}/submit", {"approver_id": company.director.id, "comment": "please"})
    assert refused(company.wang.patch, path, {"version": 2, "subject": "Changed"})[0] == 409
    assert refused(company.wang.delete, path)[0] == 409
    assert refused(company.wang.post, f"{path}/approve")[0] == 403
    assert refused(company.cashier.post, f"{path}/approve")[0] == 403
    assert refused(company.admin.post, f"{path}/approve") == (409, "not_the_approver")
    company.director.post(f"{path}/reject", {"comment": "too cheap"})
    assert company.wang.get(path)["status"] == "draft"
    assert company.plans(order["id"]) == []
    stale = order["version"]
    assert refused(company.wang.patch, path, {"version": stale, "subject": "Changed"})[0] == 409
    company.wang.post(f"{path}/submit", {"approver_id": company.director.id, "comment": "again"})
    company.director.post(f"{path}/approve")
    plan = eventually(lambda: company.plans(order["id"]))[0]
    more = {"order_id": order["id"], "due_on": plan["due_on"], "amount": "0.01"}
    assert refused(company.cashier.post, "/payment-plans", more)[0] == 409
    assert refused(company.wang.post, "/receipts", {"plan_id": plan["id"], "amount": "1.00"})[0] == 403
    for amount in ("0.00", "-1.00", "1.001", "many"):
        assert refused(company.cashier.post, "/receipts", {"plan_id": plan["id"], "amount": amount})[0] == 422
    assert refused(company.admin.delete, f"/customers/{customer['id']}") == (409, "has_orders")


def test_from_claimed_customer_to_last_instalment(company: Any) -> None:
    customer = company.customer(company.wang)
    assert customer["pool_status"] == "ordinary"
    assert company.wang.post("/pool/send", {"customer_ids": [customer["id"]]})["succeeded"] == 1

    assert company.li.post("/pool/claim", {"customer_ids": [customer["id"]]})["succeeded"] == 1
    assert refused(company.wang.post, "/pool/claim", {"customer_ids": [customer["id"]]}) == (409, "already_claimed")
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
    with pytest.raises(Answered) as answer:
        company.cashier.post("/receipts", {"customer_id": customer["id"], "amount": "300.00", "plan_id": plans[0]["id"]})
    assert (answer.value.status, answer.value.problem["code"]) == (409, "over_collected")
    assert "233.30" in answer.value.problem["detail"]
    assert refused(company.cashier.delete, f"/payment-plans/{plans[0]['id']}")[0] == 409
    company.cashier.post("/receipts", {"customer_id": customer["id"], "amount": "233.30", "plan_id": plans[0]["id"]})
    rest = company.cashier.post("/payment-plans/batch-collect", {"ids": [plan["id"] for plan in plans], "method": "bank_transfer"})
    assert rest["succeeded"] == 2
    assert [item["code"] for item in rest["failed"]] == ["plan_is_paid"]
    assert [plan["status"] for plan in company.plans(order["id"])] == ["paid", "paid", "paid"]
    eventually(lambda: company.li.get(f"/customers/{customer['id']}")["received_total"] == "1000.00")
    eventually(lambda: company.li.get(f"/orders/{order['id']}")["received"] == "1000.00")
    assert refused(company.admin.post, f"/orders/{order['id']}/void", {"reason": "oops"}) == (409, "has_receipts")

    def reminded() -> bool:
        reminders = company.director.get("/reminders", sort="-remind_at", page_size=200)["items"]
        return any(order["number"] in reminder["text"] for reminder in reminders)

    eventually(reminded)


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


def test_an_approval_rule_asks_one_after_the_other(company: Any) -> None:
    [admins] = company.admin.find("/roles", code="admin")
    steps = [{"kind": "manager"}, {"kind": "role", "role_id": admins["id"]}]
    assert refused(company.director.post, "/approval-rules", {"name": "Mine", "steps": steps})[0] == 403
    rule = company.admin.post("/approval-rules", {"name": "Very large", "min_amount": "500000000.00", "steps": steps})
    try:
        order = company.order(company.wang, company.customer(company.wang)["id"], price="100000000.00", quantity=6)
        path = f"/orders/{order['id']}"
        plan = company.wang.get(f"{path}/approval-plan")
        assert (plan["rule_name"], plan["steps"][0]["approver_ids"]) == ("Very large", [company.director.id])
        company.wang.post(f"{path}/submit", {"comment": "please"})
        assert refused(company.admin.post, f"{path}/approve") == (409, "not_the_approver")
        passed = company.director.post(f"{path}/approve")
        assert (passed["status"], passed["approval_step"], company.plans(order["id"])) == ("pending_approval", 2, [])
        eventually(lambda: company.admin.find("/reminders", kind="approval_waiting", record_id=order["id"]))
        assert [one["id"] for one in company.admin.find("/orders", waits_for_me=True)] == [order["id"]]
        assert company.admin.post(f"{path}/approve")["status"] == "approved"
        plans = eventually(lambda: company.plans(order["id"]))
        assert sum(Decimal(one["amount"]) for one in plans) == Decimal("600000000.00")
        assert refused(company.admin.post, f"{path}/approve")[0] == 409
    finally:
        company.admin.delete(f"/approval-rules/{rule['id']}")


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
        assert refused(company.li.get, path)[0] == 404, path
        assert company.director.get(path)
    with pytest.raises(Answered) as answer:
        company.order(company.li, customer["id"])
    assert (answer.value.status, answer.value.problem["errors"][0]["field"]) == (422, "customer_id")
    assert refused(company.li.post, "/products", {"code": "X", "name": "X", "list_price": "1.00", "cost": "1.00"})[0] == 403
