"""Pure arithmetic of documents with lines (quotes and orders).

line total = round(quantity × unit price × (1 − discount / 100), 2), half up; document total = Σ lines − document discount.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
MAX_LINES = 200
MAX_TOTAL = Decimal("99999999999.99")


def line_total(quantity: Decimal, unit_price: Decimal, discount: Decimal) -> Decimal:
    """What a line costs; `discount` is a percentage."""
    return (quantity * unit_price * (1 - discount / 100)).quantize(CENT, ROUND_HALF_UP)


def tier_price(tiers: Sequence[tuple[Decimal, Decimal]], quantity: Decimal) -> Decimal | None:
    """The price for a quantity, from (minimum quantity, price) tiers: that of the highest minimum reached; None below all."""
    reached = [tier for tier in tiers if tier[0] <= quantity]
    return max(reached)[1] if reached else None


def line_cost(quantity: Decimal, unit_cost: Decimal) -> Decimal:
    """What a line costs us."""
    return (quantity * unit_cost).quantize(CENT, ROUND_HALF_UP)


def document_total(line_totals: Iterable[Decimal], discount: Decimal) -> Decimal:
    """What a document adds up to; `discount` is an amount."""
    return sum(line_totals, Decimal("0.00")) - discount
