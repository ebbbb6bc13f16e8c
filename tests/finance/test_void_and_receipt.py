"""An order is voided while money comes in on it: sales and finance hear of each other's part afterwards, in one order or the other.

Whichever it is, the books agree in the end, nothing more is expected of the order, and the money can be given back.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from deploy.audit import violations
from services.pool.service import PoolService
from services.reporting.service import ReportingService
from shared.contracts.finance import PlanCancelled, PlanPaid
from tests.finance.conftest import Till
from tests.kept import kept
from tests.office import refusal


class Books(Till):
    """The till with every service that keeps books."""

    services = (*Till.services, PoolService, ReportingService)

    def agree(self) -> None:
        """What `make audit` looks for is nowhere; but for what goes over a broker, which these doors have not."""
        found = violations([door.database for door in self.doors.values()])
        assert [str(one) for one in found if one.invariant != "outbox is empty"] == []

    def voided_while(self, order: Any, **receipt: str) -> Any:
        """Void an order; the receipt is recorded when finance has just said that there is none. Gives the receipt."""
        ask, booked = self.sales.asker, []

        def answer(method: str, *told: Any, **how: Any) -> Any:
            said = ask(method, *told, **how)  # type: ignore[misc]
            booked.append(self.receive(**receipt))
            return said

        self.sales.asker = answer
        assert self.sales.call("void_order", self.boss, id=order["id"], reason="x")["status"] == "voided"
        self.sales.asker = ask
        [made] = booked
        return made


@pytest.fixture
def books(door_of: Any) -> Books:
    return kept(Books, door_of)


@pytest.fixture(params=["sales", "finance"])
def first(request: pytest.FixtureRequest) -> str:
    """Whose news arrives first."""
    return str(request.param)


@pytest.mark.parametrize("amount", ["100.00", "333.30"])
def test_what_came_in_stays_and_nothing_more_is_expected(books: Books, first: str, amount: str) -> None:
    order = books.sold()
    plan = books.plans(order["id"])[0]
    books.voided_while(order, amount=amount, plan_id=plan["id"])
    books.doors[first].pass_on()
    books.settle()
    [left] = books.plans(order["id"])
    assert (left["id"], left["amount"], left["received"], left["outstanding"], left["status"]) == (
        plan["id"],
        amount,
        amount,
        "0.00",
        "paid",
    )
    assert (len(books.finance.published(PlanCancelled)), len(books.finance.published(PlanPaid))) == (2, 1)
    shown = books.sales.call("get_order", books.boss, id=order["id"])
    assert (shown["status"], shown["received"]) == ("voided", amount)
    assert books.customer_door.call("get_customer", books.rep, id=books.acme["id"])["received_total"] == amount
    books.agree()
    refused = refusal(books.finance, "batch_collect_payment_plans", books.cashier, ids=[plan["id"]])
    assert refused.problem["failed"][0]["code"] == "plan_is_paid"


def test_money_without_a_plan_stays_too(books: Books, first: str) -> None:
    order = books.sold()
    books.voided_while(order, amount="50.00", order_id=order["id"])
    books.doors[first].pass_on()
    books.settle()
    assert books.plans(order["id"]) == []
    assert books.sales.call("get_order", books.boss, id=order["id"])["received"] == "50.00"
    books.agree()


@pytest.mark.parametrize("way", ["void_receipt", "refund_receipt"])
def test_money_that_goes_back_leaves_no_open_plan(books: Books, first: str, way: str) -> None:
    order = books.sold()
    receipt = books.voided_while(order, amount="100.00", plan_id=books.plans(order["id"])[0]["id"])
    books.doors[first].pass_on()
    books.settle()
    if way == "refund_receipt":
        books.finance.call(way, books.admin, id=receipt["id"], amount="30.00", reason="x")
        assert [Decimal(one["amount"]) for one in books.plans(order["id"])] == [70]
        books.finance.call(way, books.admin, id=receipt["id"], amount="70.00", reason="x")
    else:
        books.finance.call(way, books.admin, id=receipt["id"], reason="x")
    books.settle()
    assert books.plans(order["id"]) == []
    assert books.sales.call("get_order", books.boss, id=order["id"])["received"] == "0.00"
    books.agree()


def test_refund_on_its_way_when_the_void_arrives(books: Books) -> None:
    """The whole receipt went back before finance heard of the void: the plan was open again, and is cancelled."""
    order = books.sold()
    receipt = books.voided_while(order, amount="100.00", plan_id=books.plans(order["id"])[0]["id"])
    books.finance.call("refund_receipt", books.admin, id=receipt["id"], amount="100.00", reason="x")
    books.settle()
    assert books.plans(order["id"]) == []
    books.agree()


def test_each_refuses_what_the_other_did_before(books: Books) -> None:
    order, other = books.sold(), books.sold()
    books.receive("100.00", plan_id=books.plans(order["id"])[0]["id"])
    assert refusal(books.sales, "void_order", books.boss, id=order["id"], reason="x").problem["code"] == "has_receipts"
    books.sales.call("void_order", books.boss, id=other["id"], reason="x")
    plan = books.plans(other["id"])[0]
    books.settle()
    refused = refusal(books.finance, "create_receipt", books.cashier, amount="1.00", plan_id=plan["id"])
    assert refused.problem["code"] == "order_not_approved"
    books.agree()
