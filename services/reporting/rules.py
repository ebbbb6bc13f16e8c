"""Pure arithmetic of reports."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def spread(total: Decimal, parts: Sequence[Decimal]) -> list[Decimal]:
    """Share a document's total over its lines in proportion; the last line takes the remainder, so they add up exactly."""
    whole = sum(parts, ZERO)
    if not parts:
        return []
    shares = [(total * part / whole).quantize(CENT, ROUND_HALF_UP) if whole else ZERO for part in parts[:-1]]
    return [*shares, total - sum(shares, ZERO)]


def margin_rate(revenue: Decimal, cost: Decimal) -> Decimal | None:
    """Margin in percent of revenue, two places; None without revenue. margin = revenue − cost."""
    if not revenue:
        return None
    return ((revenue - cost) * 100 / revenue).quantize(CENT, ROUND_HALF_UP)
