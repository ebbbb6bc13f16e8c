"""Reads of orders."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, selectinload

from services.sales.approval_rules.models import ApprovalRule
from services.sales.approval_rules.rules import Key, first_for, sale_of
from services.sales.orders.models import Approver, Order, ReceiptFact
from services.sales.orders.rules import OrderStatus
from services.sales.queries import add_customer_names
from shared.bus import Call
from shared.caller import Rights
from shared.db import one_of
from shared.people import within_scope


def orders_in_scope(rights: Rights, module: str) -> ColumnElement[bool]:
    """Own and subordinates' orders as the scope says, and those one was asked to approve."""
    me = rights.user_id or ""
    asked = select(Approver.order_id).where(Approver.user_id == me)
    return or_(within_scope(Order.owner_id, rights, module), Order.approver_id == me, one_of(Order.id, asked))


def waits_for_me(call: Call) -> ColumnElement[bool]:
    """Whether an order waits for the caller's decision, for filters; the rule is `Order.asked`."""
    me = call.caller.user_id or ""
    asked = select(Approver.order_id).where(Approver.user_id == me, Approver.waits)
    return and_(Order.status == OrderStatus.PENDING_APPROVAL.value, or_(Order.approver_id == me, Order.id.in_(asked)))


def add_names_and_waiting(call: Call, orders: list[Any], rows: list[dict[str, Any]]) -> None:
    """Put customer names beside customer ids, and whether each order waits for the caller."""
    add_customer_names(call, orders, rows)
    for order, row in zip(orders, rows, strict=True):
        row["waits_for_me"] = call.caller.user_id in order.asked


def live_orders_of(db: Session, customer_ids: Sequence[str]) -> Sequence[Order]:
    """The orders of some customers that count: neither voided nor in the recycle bin."""
    live = (Order.customer_id.in_(customer_ids), Order.deleted_at.is_(None), Order.status != OrderStatus.VOIDED.value)
    return db.scalars(select(Order).where(*live).options(selectinload(Order.lines))).all()


def received_on(db: Session, order_id: str) -> Decimal:
    """What live receipts on an order add up to, as far as sales has heard."""
    live = (ReceiptFact.order_id == order_id, ReceiptFact.is_live)
    return db.scalar(select(func.sum(ReceiptFact.amount)).where(*live)) or Decimal("0.00")


def plan_key(rules: Sequence[ApprovalRule], order: Order) -> Key | None:
    """What the plan of an order's approval must be made of now; None where no rule is for it."""
    rule = first_for(rules, sale_of(order.lines, order.total))
    return Key(rule.id, rule.version, order.owner_id) if rule else None


def plan_keys(db: Session, rules: Sequence[ApprovalRule], ids: Sequence[str], rights: Rights) -> dict[str, Key]:
    """The same for each of some orders that the caller sees and a rule is for."""
    seen = (Order.id.in_(ids), Order.deleted_at.is_(None), orders_in_scope(rights, "orders"))
    orders = db.scalars(select(Order).where(*seen).options(selectinload(Order.lines)))
    return {order.id: key for order in orders if (key := plan_key(rules, order)) is not None}
