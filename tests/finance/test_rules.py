"""Splitting, ageing and over-collection."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.finance import rules
from services.finance.receipts.rules import divide

D = Decimal
DAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("total", "shares", "amounts"),
    [
        ("1000.00", [("100", 0)], ["1000.00"]),
        ("1000.00", [("33.33", 0), ("33.33", 30), ("33.34", 60)], ["333.30", "333.30", "333.40"]),
        ("100.00", [("33.33", 0), ("33.33", 0), ("33.34", 0)], ["33.33", "33.33", "33.34"]),
        ("0.01", [("50", 0), ("50", 30)], ["0.01"]),
        ("0.05", [("50", 0), ("50", 30)], ["0.03", "0.02"]),
        ("0.00", [("100", 0)], []),
    ],
)
def test_split(total: str, shares: list[tuple[str, int]], amounts: list[str]) -> None:
    found = rules.split(D(total), [(D(share), days) for share, days in shares], DAY)
    assert [str(one.amount) for one in found] == amounts
    assert [one.period for one in found] == list(range(1, len(found) + 1))


@given(
    some.decimals(min_value=0, max_value="99999999999.99", places=2),
    some.lists(some.tuples(some.integers(1, 10_000), some.integers(0, 3650)), min_size=1, max_size=60),
)
def test_a_split_adds_up_to_the_cent_whatever_the_shares(total: Decimal, weights: list[tuple[int, int]]) -> None:
    whole = sum(weight for weight, _ in weights)
    shares = [(D(weight * 100) / whole, days) for weight, days in weights]
    found = rules.split(total, shares, DAY)
    assert sum((one.amount for one in found), D(0)) == total
    assert all(one.amount > 0 for one in found)


def test_shares_add_up_to_100() -> None:
    assert rules.shares_problem([D("33.33"), D("33.33"), D("33.34")]) is None
    assert rules.shares_problem([D("50"), D("49.99")]) == "shares_must_add_up_to_100"
    assert rules.shares_problem([]) == "shares_must_add_up_to_100"


@pytest.mark.parametrize(
    ("received", "status"), [("0", "unpaid"), ("0.01", "partially_paid"), ("99.99", "partially_paid"), ("100", "paid")]
)
def test_status_follows_what_was_received(received: str, status: str) -> None:
    assert rules.plan_status(D("100"), D(received)) == status


@pytest.mark.parametrize(
    ("late", "bucket"),
    [(-5, "not_due"), (0, "not_due"), (1, "days_1_30"), (30, "days_1_30"), (31, "days_31_60"), (60, "days_31_60"), (61, "days_61_90"),
     (90, "days_61_90"), (91, "over_90_days"), (4000, "over_90_days")],
)  # fmt: skip
def test_ageing(late: int, bucket: str) -> None:
    due_on = DAY - timedelta(days=late)
    assert [rules.ageing(status, due_on, DAY) for status in rules.PlanStatus] == [bucket, bucket, None, None]
    assert [rules.is_overdue(status, due_on, DAY) for status in rules.PlanStatus] == [late > 0, late > 0, False, False]


@pytest.mark.parametrize(
    ("amount", "is_open", "tolerated", "prepay", "parts"),
    [
        ("10", "10", "0", False, ("10", "0")),
        ("10.01", "10", "0", False, None),
        ("10.01", "10", "0.01", False, ("10", "0.01")),
        ("10.02", "10", "0.01", False, None),
        ("50", "10", "0", True, ("10", "40")),
        ("50", "-5", "0", True, ("0", "50")),
        ("1", "0", "0", False, None),
    ],
)
def test_more_than_is_open(amount: str, is_open: str, tolerated: str, prepay: bool, parts: tuple[str, str] | None) -> None:
    found = divide(D(amount), D(is_open), tolerated=D(tolerated), allow_prepayment=prepay)
    assert found == (tuple(D(part) for part in parts) if parts else None)
