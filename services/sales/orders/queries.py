"""Reads of orders."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from services.sales.orders.models import Order, ReceiptFact
from shared.caller import Rights
from shared.people import within_scope


def orders_in_scope(rights: Rights, module: str) -> ColumnElement[bool]:
    """Own and subordinates' orders as the scope says, and those one was asked to approve."""
    return or_(within_scope(Order.owner_id, rights, module), Order.approver_id == (rights.user_id or ""))


def received_on(db: Session, order_id: str) -> Decimal:
    """What live receipts on an order add up to, as far as sales has heard."""
    live = (ReceiptFact.order_id == order_id, ReceiptFact.is_live)
    return db.scalar(select(func.sum(ReceiptFact.amount)).where(*live)) or Decimal("0.00")
