"""Arithmetic of documents, tiers, and the moves of quotes and orders."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest

from services.sales import rules
from services.sales.orders import rules as order_rules
from services.sales.orders.rules import OrderStatus
from services.sales.quotes import rules as quote_rules
from services.sales.quotes.rules import QuoteStatus

D = Decimal


@pytest.mark.parametrize(
    ("quantity", "unit_price", "discount", "total"),
    [
        ("1", "0.01", "50", "0.01"),  # 0.005 goes up
        ("3", "33.33", "0", "99.99"),
        ("0.001", "5.00", "0", "0.01"),  # 0.005 goes up
        ("0.001", "4.99", "0", "0.00"),
        ("1", "2.675", "0", "2.68"),
        ("10", "99.99", "12.5", "874.91"),  # 874.9125
        ("7", "0.99", "33.33", "4.62"),  # 4.620231
        ("5", "100.00", "100", "0.00"),
        ("0.333", "0.30", "0", "0.10"),  # 0.0999
    ],
)
def test_line_total_is_rounded_half_up(quantity: str, unit_price: str, discount: str, total: str) -> None:
    assert rules.line_total(D(quantity), D(unit_price), D(discount)) == D(total)


def test_document_total_is_the_sum_less_the_discount() -> None:
    assert rules.document_total([D("10.10"), D("0.05")], D("1.15")) == D("9.00")
    assert rules.document_total([], D("0")) == D("0.00")


@pytest.mark.parametrize(
    ("quantity", "price"),
    [("0.5", None), ("1", "9.00"), ("9.999", "9.00"), ("10", "8.00"), ("99", "8.00"), ("100", "7.00"), ("5000", "7.00")],
)
def test_tier_of_the_highest_minimum_reached(quantity: str, price: str | None) -> None:
    tiers = [(D("10"), D("8.00")), (D("1"), D("9.00")), (D("100"), D("7.00"))]
    assert rules.tier_price(tiers, D(quantity)) == (D(price) if price else None)


ORDER_MOVES = {
    ("draft", "pending_approval"), ("pending_approval", "draft"), ("pending_approval", "approved"), ("approved", "completed"), ("approved", "voided"),
}  # fmt: skip
QUOTE_MOVES = {
    ("draft", "sent"), ("draft", "accepted"), ("sent", "draft"), ("sent", "accepted"), ("sent", "rejected"), ("sent", "expired"),
    ("accepted", "accepted"), ("rejected", "draft"), ("expired", "draft"),
}  # fmt: skip


@pytest.mark.parametrize(("current", "wanted"), list(product(OrderStatus, OrderStatus)))
def test_moves_of_an_order(current: OrderStatus, wanted: OrderStatus) -> None:
    assert order_rules.may_move(current, wanted) == ((current.value, wanted.value) in ORDER_MOVES)


@pytest.mark.parametrize(("current", "wanted"), list(product(QuoteStatus, QuoteStatus)))
def test_moves_of_a_quote(current: QuoteStatus, wanted: QuoteStatus) -> None:
    assert quote_rules.may_move(current, wanted) == ((current.value, wanted.value) in QUOTE_MOVES)
