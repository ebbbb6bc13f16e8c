"""Pure decisions about receipts: how money may come in, and what of it is an advance."""

from __future__ import annotations

from decimal import Decimal

METHODS = ("bank_transfer", "cash", "cheque", "online", "alipay", "wechat", "other")


def divide(amount: Decimal, is_open: Decimal, *, tolerated: Decimal, allow_prepayment: bool) -> tuple[Decimal, Decimal] | None:
    """What of an amount is booked where it was meant for, and what is the customer's advance; None when that much is refused.

    More than is open becomes an advance where prepayment is allowed, or as far as it is tolerated.
    """
    excess = max(amount - max(is_open, Decimal(0)), Decimal(0))
    if excess and not allow_prepayment and excess > tolerated:
        return None
    return amount - excess, excess
