"""Reads of receipts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.finance.models import ZERO, OrderCopy
from services.finance.receipts.models import Receipt


def received_on_order(db: Session, order_id: str) -> Decimal:
    """What live receipts on an order add up to, with or without a plan."""
    return received_on_orders(db, [order_id]).get(order_id, ZERO)


def received_on_orders(db: Session, order_ids: Sequence[str]) -> dict[str, Decimal]:
    """The same for each of some orders; those without a receipt are left out."""
    live = (Receipt.order_id.in_(order_ids), Receipt.status == "recorded", Receipt.deleted_at.is_(None))
    rows = db.execute(select(Receipt.order_id, func.sum(Receipt.amount)).where(*live).group_by(Receipt.order_id))
    return {order_id: total for order_id, total in rows if order_id}


def live_receipts_of(db: Session, customer_ids: Sequence[str]) -> Sequence[Receipt]:
    """The receipts of some customers that count."""
    return db.scalars(select(Receipt).where(Receipt.customer_id.in_(customer_ids), Receipt.status == "recorded")).all()


def left_on_order(db: Session, order: OrderCopy) -> Decimal:
    """What no receipt has covered of an order yet, whichever plans there are."""
    return max(order.total - received_on_order(db, order.id), ZERO)


def refunded(db: Session, receipt_id: str) -> Decimal:
    """How much of a receipt went back already."""
    live = (Receipt.refund_of_id == receipt_id, Receipt.status == "recorded")
    return -(db.scalar(select(func.sum(Receipt.amount)).where(*live)) or ZERO)
