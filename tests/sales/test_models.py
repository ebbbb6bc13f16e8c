"""Every verb of an order and of a quote in every status: what it does, or how it refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.sales.orders.models import Order, OrderLine
from services.sales.orders.rules import OrderStatus
from services.sales.price_lists.models import PriceList
from services.sales.quotes.models import Quote
from services.sales.quotes.rules import QuoteStatus
from shared.contracts.sales import OrderApproved, OrderRejected, OrderSubmitted, OrderVoided, OrderWithdrawn
from shared.errors import Conflict, WrongState

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def order_in(status: str, **fields: Any) -> Order:
    line = OrderLine(
        id="l", product_id="p", product_code="P", product_name="Pump", quantity=Decimal(1), unit_price=Decimal(1), discount=Decimal(0),
        total=Decimal(1), cost=Decimal(1),
    )  # fmt: skip
    given = {"received": Decimal(0), "approver_id": "boss", "submitted_by": "me", "owner_id": "owner", "lines": [line], **fields}
    return Order(
        id="o", number="SO1", subject="s", customer_id="c", order_date=date(2026, 11, 24), total=Decimal(1), status=status, **given
    )  # fmt: skip


ORDER_VERBS: dict[str, tuple[Callable[[Order], Any], str, str, type]] = {
    "submit": (lambda o: o.submit(approver_id="boss", by="me", comment="please", at=NOW), "draft", "pending_approval", OrderSubmitted),
    "withdraw": (lambda o: o.withdraw(by="me", at=NOW), "pending_approval", "draft", OrderWithdrawn),
    "approve": (lambda o: o.approve(by="boss", comment="good", at=NOW), "pending_approval", "approved", OrderApproved),
    "reject": (lambda o: o.reject(by="boss", comment="no", at=NOW), "pending_approval", "draft", OrderRejected),
    "void": (lambda o: o.void(by="boss", reason="wrong", at=NOW), "approved", "voided", OrderVoided),
}


@pytest.mark.parametrize("verb", ORDER_VERBS)
@pytest.mark.parametrize("status", [status.value for status in OrderStatus])
def test_verbs_of_an_order(verb: str, status: str) -> None:
    act, allowed_in, leads_to, kind = ORDER_VERBS[verb]
    order = order_in(status)
    if status != allowed_in:
        with pytest.raises(WrongState) as refused:
            act(order)
        assert (order.status, refused.value.params["status"], order.approvals) == (status, f"order.status.{status}", [])
        return
    event = act(order)
    assert (order.status, type(event), event.status) == (leads_to, kind, leads_to)
    assert [step.by for step in order.approvals] == ["boss" if verb in ("approve", "reject", "void") else "me"]


@pytest.mark.parametrize("verb", ["approve", "reject"])
@pytest.mark.parametrize(
    ("by", "code"), [("me", "own_order"), ("owner", "own_order"), ("stranger", "not_the_approver"), (None, "not_the_approver")]
)
def test_only_the_named_approver_decides_and_nobody_their_own(verb: str, by: str | None, code: str) -> None:
    order = order_in("pending_approval")
    with pytest.raises(Conflict) as refused:
        getattr(order, verb)(by=by, comment="", at=NOW)
    assert (refused.value.code, order.status) == (code, "pending_approval")


def test_submit_without_lines_is_refused() -> None:
    order = order_in("draft", lines=[])
    with pytest.raises(Conflict) as refused:
        order.submit(approver_id="boss", by="me", comment="", at=NOW)
    assert (refused.value.code, order.status) == ("order_without_lines", "draft")


def test_void_with_receipts_is_refused() -> None:
    order = order_in("approved", received=Decimal("0.01"))
    with pytest.raises(Conflict) as refused:
        order.void(by="boss", reason="wrong", at=NOW)
    assert (refused.value.code, order.status) == ("has_receipts", "approved")


def test_a_withdrawn_order_has_no_approver_any_more() -> None:
    order = order_in("pending_approval")
    order.withdraw(by="me", at=NOW)
    assert order.approver_id is None


@pytest.mark.parametrize("status", [status.value for status in OrderStatus])
def test_only_a_draft_is_edited(status: str) -> None:
    if status == "draft":
        order_in(status).check_draft()
    else:
        with pytest.raises(WrongState):
            order_in(status).check_draft()


QUOTE_VERBS = {
    "send": ({"draft"}, "sent"), "accept": ({"draft", "sent", "accepted"}, "accepted"), "reject": ({"sent"}, "rejected"),
    "expire": ({"sent"}, "expired"), "revise": ({"sent", "rejected", "expired"}, "draft"),
}  # fmt: skip


@pytest.mark.parametrize("verb", QUOTE_VERBS)
@pytest.mark.parametrize("status", [status.value for status in QuoteStatus])
def test_verbs_of_a_quote(verb: str, status: str) -> None:
    allowed_in, leads_to = QUOTE_VERBS[verb]
    quote = Quote(id="q", number="QT1", name="n", customer_id="c", total=Decimal(1), status=status)
    if status in allowed_in:
        event = getattr(quote, verb)()
        assert (quote.status, event.status) == (leads_to, leads_to)
    else:
        with pytest.raises(WrongState):
            getattr(quote, verb)()
        assert quote.status == status


@pytest.mark.parametrize(
    ("begins", "ends", "active", "valid"),
    [
        (None, None, True, True), (date(2026, 11, 24), date(2026, 11, 24), True, True), (date(2026, 11, 25), None, True, False),
        (None, date(2026, 11, 23), True, False), (None, None, False, False),
    ],
)  # fmt: skip
def test_a_price_list_holds_on_its_days(begins: date | None, ends: date | None, active: bool, valid: bool) -> None:
    assert PriceList(name="n", valid_from=begins, valid_to=ends, is_active=active).is_valid(date(2026, 11, 24)) is valid
