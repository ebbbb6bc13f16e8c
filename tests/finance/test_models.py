"""What a plan and a receipt do in every status."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from services.finance.models import PaymentPlan
from services.finance.receipts.models import Receipt
from services.finance.rules import PlanStatus
from shared.contracts.finance import PlanCancelled, PlanPaid, PlanUpdated
from shared.errors import Conflict, WrongState

D = Decimal


def plan_in(status: str, received: str) -> PaymentPlan:
    return PaymentPlan(
        id="p",
        number="PP1",
        order_id="o",
        customer_id="c",
        period=1,
        due_on=date(2026, 1, 1),
        amount=D("100"),
        received=D(received),
        status=status,
    )


@pytest.mark.parametrize(
    ("received", "booked", "status", "kind"),
    [("0", "40", "partially_paid", PlanUpdated), ("40", "60", "paid", PlanPaid), ("100", "-100", "unpaid", PlanUpdated), ("100", "-1", "partially_paid", PlanUpdated)],
)  # fmt: skip
def test_book(received: str, booked: str, status: str, kind: type) -> None:
    plan = plan_in("unpaid", received)
    event = plan.book(D(booked))
    assert (plan.status, type(event), plan.outstanding) == (status, kind, D("100") - D(received) - D(booked))


def test_more_than_is_open_is_refused_and_says_how_much_is() -> None:
    plan = plan_in("partially_paid", "40")
    with pytest.raises(Conflict) as refused:
        plan.book(D("60.01"))
    assert (refused.value.code, refused.value.params["open"], plan.received) == ("over_collected", "60.00", D("40"))


@pytest.mark.parametrize("status", list(PlanStatus))
def test_only_an_unpaid_plan_is_touched_and_a_cancelled_one_takes_no_money(status: PlanStatus) -> None:
    plan = plan_in(status.value, "0")
    if status == PlanStatus.UNPAID:
        plan.check_untouched()
        assert isinstance(plan.cancel(), PlanCancelled)
    else:
        with pytest.raises(WrongState):
            plan.check_untouched()
    if plan.status == PlanStatus.CANCELLED:
        with pytest.raises(WrongState):
            plan.book(D("1"))
        assert plan.outstanding == 0


def test_a_receipt_is_voided_once() -> None:
    receipt = Receipt(
        id="r", number="RC1", customer_id="c", amount=D("5"), received_on=date(2026, 1, 1), method="cash", status="recorded",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    assert receipt.void("typo").reason == "typo"
    with pytest.raises(WrongState):
        receipt.void("again")
