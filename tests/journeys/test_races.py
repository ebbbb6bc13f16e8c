"""Many people press at once: one effect, and everybody is told the truth."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from tests.journeys.client import Answered, Client, at_once, eventually

pytestmark = [pytest.mark.usefixtures("clean"), pytest.mark.timeout(400)]


def steps(client: Client, order_id: str) -> list[str]:
    return [one["step"] for one in client.get(f"/orders/{order_id}")["approvals"]]


def test_two_hundred_clients_claim_a_hundred_customers(company: Any) -> None:
    """200 connections of twenty people make 5,000 claims, single and in batches, fifty on each customer: one winner each, and the others hear who it was."""
    people = [company.hire(f"claimer{number}", "sales_rep") for number in range(20)]
    settings = company.admin.get("/pool/settings")
    company.admin.put("/pool/settings", {"user_ids": [*settings["user_ids"], *(person.id for person in people)]})
    customers = [company.customer(company.wang)["id"] for _ in range(100)]
    assert company.wang.post("/pool/send", {"customer_ids": customers})["succeeded"] == 100
    # Those who go through the same customers keep pace with each other.
    clients = [person.twin() for person in people for _ in range(10)]
    told = at_once([partial(claim_all, client, customers[number % 4 :: 4]) for number, client in enumerate(clients)])
    answers = [answer for one in told if not isinstance(one, Answered) for answer in one]
    won = [(customer_id, client) for customer_id, client, refused in answers if refused is None]
    assert len(answers) == 5_000
    assert sorted(customer_id for customer_id, _ in won) == sorted(customers)
    owners = {customer_id: client for customer_id, client in won}
    for customer_id, _, refused in answers:
        if refused is not None:
            assert refused["code"] == "already_claimed"
            assert owners[customer_id].name in refused["detail"]
    expected = {customer_id: client.id for customer_id, client in won}
    assert owners_in(company.admin, "/pool/customers", "customer_id", customers) == expected
    eventually(lambda: owners_in(company.admin, "/customers", "id", customers) == expected)
    for customer_id in customers:
        log = company.admin.get(f"/pool/customers/{customer_id}/log", page_size=100)["items"]
        assert [(row["action"], row["to_owner_id"]) for row in log] == [("claim", expected[customer_id]), ("send", None)]


def claim_all(client: Client, customers: list[str]) -> list[tuple[str, Client, dict[str, str] | None]]:
    """Claim customers, the first five one by one and the others as a batch: which, by whom, and how it was refused."""
    answers: list[tuple[str, Client, dict[str, str] | None]] = []
    for some in (*([one] for one in customers[:5]), customers[5:]):
        try:
            told = client.post("/pool/claim", {"customer_ids": some})
        except Answered as refused:
            assert refused.status == 409
            told = refused.problem
        failed = {one["id"]: one for one in told["failed"]}
        assert told["succeeded"] == len(some) - len(failed)
        answers += [(customer_id, client, failed.get(customer_id)) for customer_id in some]
    return answers


def owners_in(client: Client, path: str, field: str, customers: list[str]) -> dict[str, str]:
    """Whose a list says some customers are."""
    wanted = json.dumps({"field": field, "op": "in", "value": customers})
    return {one[field]: one["owner_id"] for one in client.get(path, filter=wanted, page_size=200)["items"]}


@pytest.mark.parametrize("same_key", [True, False])
def test_approval_pressed_many_times(company: Any, same_key: bool) -> None:
    order_id = company.submitted(company.wang, company.customer(company.wang)["id"])["id"]
    keys = ["pressed-" + order_id] * 8 if same_key else [None] * 8
    answers = at_once([partial(company.director.twin().post, f"/orders/{order_id}/approve", {"comment": "yes"}, key=key) for key in keys])
    refused = [answer for answer in answers if isinstance(answer, Answered)]
    assert len(refused) == (0 if same_key else 7)
    assert {answer.status for answer in refused} <= {409}
    assert steps(company.wang, order_id) == ["submitted", "approved"]
    plans = eventually(lambda: company.plans(order_id))
    assert [plan["period"] for plan in plans] == [1, 2, 3]


def test_approval_and_rejection_at_once(company: Any) -> None:
    """The approver accepts and rejects on two screens while an administrator presses too: one decision stands."""
    for _ in range(5):
        order_id = company.submitted(company.wang, company.customer(company.wang)["id"])["id"]
        answers = at_once([
            partial(company.director.twin().post, f"/orders/{order_id}/approve"),
            partial(company.director.twin().post, f"/orders/{order_id}/reject", {"comment": "no"}),
            partial(company.admin.twin().post, f"/orders/{order_id}/approve"),
        ])  # fmt: skip
        accepted = [answer for answer in answers if not isinstance(answer, Answered)]
        assert len(accepted) == 1
        assert isinstance(answers[2], Answered)
        assert answers[2].status == 409
        decided = "approved" if accepted[0]["status"] == "approved" else "rejected"
        assert steps(company.wang, order_id) == ["submitted", decided]
        if decided == "approved":
            assert len(eventually(lambda order_id=order_id: company.plans(order_id))) == 3


def test_two_cashiers_collect_the_same_plans(company: Any) -> None:
    second = company.hire("cashier", "finance")
    for _ in range(5):
        customer = company.customer(company.wang)
        order, plans = company.approved(company.wang, customer["id"], price="1000.00")
        body = {"ids": [plan["id"] for plan in plans], "method": "bank_transfer"}
        answers = at_once([partial(client.post, "/payment-plans/batch-collect", body) for client in (company.cashier.twin(), second)])
        told = [answer.problem if isinstance(answer, Answered) else answer for answer in answers]
        assert sum(one["succeeded"] for one in told) == 3
        assert {failed["code"] for one in told for failed in one["failed"]} == {"plan_is_paid"}
        receipts = company.cashier.find("/receipts", order_id=order["id"])
        assert sorted(receipt["plan_id"] for receipt in receipts) == sorted(body["ids"])
        assert sum(Decimal(receipt["amount"]) for receipt in receipts) == Decimal("1000.00")


def test_twenty_pay_one_plan(company: Any) -> None:
    """Twenty payments of a tenth each, under keys of their own: ten fit, to the cent."""
    customer = company.customer(company.wang)
    _order, plans = company.approved(company.wang, customer["id"], price="1000.00")
    plan = plans[0]
    assert plan["amount"] == "333.30"
    body = {"customer_id": customer["id"], "plan_id": plan["id"], "amount": "33.33"}
    answers = at_once([partial(company.cashier.twin().post, "/receipts", body) for _ in range(20)])
    refused = [answer for answer in answers if isinstance(answer, Answered)]
    assert len(refused) == 10
    assert {(answer.status, answer.problem["code"]) for answer in refused} == {(409, "over_collected")}
    after = company.plans(plan["order_id"])[0]
    assert (after["received"], after["outstanding"], after["status"]) == ("333.30", "0.00", "paid")


def test_one_payment_sent_twenty_times(company: Any) -> None:
    customer = company.customer(company.wang)
    _order, plans = company.approved(company.wang, customer["id"], price="1000.00")
    plan = plans[1]
    body = {"customer_id": customer["id"], "plan_id": plan["id"], "amount": "10.00", "reference": f"once-{plan['id']}"}
    answers = at_once([partial(company.cashier.twin().post, "/receipts", body, key=f"pay-{plan['id']}") for _ in range(20)])
    assert not [answer for answer in answers if isinstance(answer, Answered)]
    assert len({answer["id"] for answer in answers if not isinstance(answer, Answered)}) == 1
    assert len(company.cashier.find("/receipts", plan_id=plan["id"])) == 1
    assert company.plans(plan["order_id"])[1]["received"] == "10.00"
    with pytest.raises(Answered) as refused:
        company.cashier.post("/receipts", body | {"amount": "11.00"}, key=f"pay-{plan['id']}")
    assert (refused.value.status, refused.value.problem["code"]) == (422, "idempotency_key_reused")


def test_void_and_payment_at_once(company: Any) -> None:
    """An order is voided while money comes in on it: one is refused, or both stand and nothing more is expected; the money is there in the end."""
    for round_ in range(6):
        customer = company.customer(company.wang)
        order, plans = company.approved(company.wang, customer["id"], price="1000.00")
        body = {"customer_id": customer["id"], "plan_id": plans[0]["id"], "amount": "100.00"}
        jobs = [
            partial(company.admin.twin().post, f"/orders/{order['id']}/void", {"reason": "wrong"}),
            partial(company.cashier.twin().post, "/receipts", body),
        ]
        voided, paid = at_once(jobs if round_ % 2 else jobs[::-1])[:: 1 if round_ % 2 else -1]
        refused = {answer.problem["code"] for answer in (voided, paid) if isinstance(answer, Answered)}
        assert refused <= {"has_receipts", "order_not_approved", "wrong_state"}
        received = "0.00" if isinstance(paid, Answered) else "100.00"
        eventually(lambda order=order, received=received: company.admin.get(f"/orders/{order['id']}")["received"] == received)
        if not isinstance(voided, Answered):
            eventually(lambda order=order: {plan["outstanding"] for plan in company.plans(order["id"])} == {"0.00"})
            assert sum(Decimal(plan["received"]) for plan in company.plans(order["id"])) == Decimal(received)
