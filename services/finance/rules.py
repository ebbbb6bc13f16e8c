"""Pure decisions about money: splitting a total into instalments, the status of a plan, ageing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

CENT = Decimal("0.01")
HUNDRED = Decimal(100)


class PlanStatus(StrEnum):
    """How much of a plan came in; "overdue" is a flag beside it, computed when read."""

    UNPAID = "unpaid"
    PARTIALLY_PAID = "partially_paid"
    PAID = "paid"
    CANCELLED = "cancelled"


OPEN = (PlanStatus.UNPAID, PlanStatus.PARTIALLY_PAID)
AGEING: dict[str, int | None] = {"not_due": 0, "days_1_30": 30, "days_31_60": 60, "days_61_90": 90, "over_90_days": None}
"""Buckets of lateness with the last day, counted from the due date, that belongs to each."""

REMIND_AGAIN_AFTER = timedelta(days=7)


@dataclass(frozen=True)
class Instalment:
    """One period of a split."""

    period: int
    due_on: date
    amount: Decimal


def split(total: Decimal, shares: Sequence[tuple[Decimal, int]], order_date: date) -> list[Instalment]:
    """Split a total by shares of (percent, days after the order date); the last period takes the rounding remainder.

    Periods that would get nothing are left out, so that a tiny total makes no empty plan.
    """
    found: list[Instalment] = []
    left = total
    for index, (share, days_after) in enumerate(shares):
        last = index == len(shares) - 1
        amount = left if last else min(left, (total * share / HUNDRED).quantize(CENT, ROUND_HALF_UP))
        left -= amount
        if amount > 0:
            found.append(Instalment(len(found) + 1, order_date + timedelta(days=days_after), amount))
    return found


def shares_problem(shares: Sequence[Decimal]) -> str | None:
    """What is wrong with a default split, as an error code, or None."""
    return None if sum(shares, Decimal(0)) == HUNDRED else "shares_must_add_up_to_100"


def plan_status(amount: Decimal, received: Decimal) -> PlanStatus:
    """The status that follows from what was received."""
    if received <= 0:
        return PlanStatus.UNPAID
    return PlanStatus.PAID if received >= amount else PlanStatus.PARTIALLY_PAID


def is_overdue(status: str, due_on: date, today: date) -> bool:
    """Whether a plan is past its day and not paid."""
    return status in OPEN and due_on < today


def ageing(status: str, due_on: date, today: date) -> str | None:
    """How late an open plan is, as one of AGEING; None when nothing is expected any more."""
    if status not in OPEN:
        return None
    late = (today - due_on).days
    return next(name for name, last_day in AGEING.items() if last_day is None or late <= last_day)
