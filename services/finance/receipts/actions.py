"""Writes of receipts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.finance.actions import locked_order
from services.finance.models import ZERO, CustomerCopy, OrderCopy, PaymentPlan
from services.finance.queries import settings_of
from services.finance.receipts import queries, rules
from services.finance.receipts.models import Receipt
from services.finance.rules import PlanStatus
from shared.bus import Call, publish
from shared.caller import Caller
from shared.db import find, next_number
from shared.errors import Conflict, Invalid
from shared.i18n import amount_text
from shared.people import in_scope
from shared.resources import batch


def move_receipts(db: Session, from_id: str, into_id: str) -> None:
    """A customer became part of another: its receipts are the other's."""
    for receipt in db.scalars(select(Receipt).where(Receipt.customer_id == from_id).with_for_update()):
        receipt.customer_id = into_id


def record_receipt(db: Session, *, data: dict[str, Any], caller: Caller, now: datetime) -> Receipt:
    """Book money: on a plan, on an order, or only for a customer.

    More than is open is refused, or becomes an advance of the customer, as the settings say. Raises Invalid, Conflict.
    """
    plan = _plan_for(db, data, caller)
    order = _order_for(db, data, caller)
    customer_id = data.get("customer_id") or (order.customer_id if order else None)
    if customer_id is None:
        raise Invalid.field("customer_id", "required")
    if order is not None and order.customer_id != customer_id:
        raise Invalid.field("customer_id", "not_the_orders_customer")
    _check_customer(db, customer_id, order, caller)
    data["customer_id"], data["owner_id"] = customer_id, order.owner_id if order else data["owner_id"]
    return _book(db, data, order=order, plan=plan)


def collect(call: Call, ids: Sequence[str], *, received_on: date, method: str, plans: Any) -> dict[str, Any]:
    """批量收款: one receipt per plan over all that is open; a paid plan is reported, not collected twice."""

    def one(plan_id: str) -> None:
        order = locked_order(call.db, plans.visible(call.db, call.caller, plan_id).order_id)
        plan: PaymentPlan = plans.locked(call.db, call.caller, plan_id)
        if plan.outstanding <= 0:
            raise Conflict("plan_is_paid" if plan.status == PlanStatus.PAID else "plan_is_cancelled")
        if order is not None and plan.outstanding > queries.left_on_order(call.db, order):
            raise Conflict("over_collected", open=amount_text(queries.left_on_order(call.db, order)))
        data = {
            "customer_id": plan.customer_id, "order_id": plan.order_id, "plan_id": plan.id, "amount": plan.outstanding,
            "received_on": received_on, "method": method, "owner_id": plan.owner_id,
        }  # fmt: skip
        receipt = _add_receipt(call.db, data)
        publish(call.db, plan.book(receipt.amount))
        publish(call.db, receipt.told())

    return batch(call, ids, one)


def void_receipt(call: Call, receipt: Receipt, reason: str) -> Receipt:
    """Undo a receipt; its plan is open again. Raises Conflict while parts of it were refunded."""
    if queries.refunded(call.db, receipt.id) > 0:
        raise Conflict("receipt_has_refunds")
    event = receipt.void(reason)
    _rebook(call.db, receipt, -receipt.amount)
    publish(call.db, event)
    return receipt


def refund_receipt(call: Call, receipt: Receipt, *, amount: Decimal, reason: str) -> Receipt:
    """Give money back: a negative receipt tied to its original, never beyond it."""
    if receipt.status != "recorded" or receipt.refund_of_id:
        raise Conflict("not_refundable")
    left = receipt.amount - queries.refunded(call.db, receipt.id)
    if amount > left:
        raise Conflict("refund_exceeds_receipt", left=amount_text(left))
    copied = ("customer_id", "order_id", "plan_id", "method", "account", "owner_id")
    data = {name: getattr(receipt, name) for name in copied}
    refund = _add_receipt(call.db, data | {"amount": -amount, "received_on": call.today, "refund_of_id": receipt.id, "note": reason})
    _rebook(call.db, receipt, -amount)
    publish(call.db, refund.told())
    return refund


def _book(db: Session, data: dict[str, Any], *, order: OrderCopy | None, plan: PaymentPlan | None) -> Receipt:
    if order is None:
        return _add_receipt(db, data)
    settings = settings_of(db)
    is_open = queries.left_on_order(db, order) if plan is None else min(plan.outstanding, queries.left_on_order(db, order))
    parts = rules.divide(data["amount"], is_open, tolerated=settings.tolerated_excess, allow_prepayment=settings.allow_prepayment)
    if parts is None:
        raise Conflict("over_collected", open=amount_text(max(is_open, ZERO)))
    booked, excess = parts
    advance = _add_receipt(db, data | {"amount": excess, "order_id": None, "plan_id": None}) if excess else None
    if advance is not None and not booked:
        return advance
    receipt = _add_receipt(db, data | {"amount": booked, "advance_id": advance.id if advance else None})
    if plan is not None:
        publish(db, plan.book(booked))
    if advance is not None:
        publish(db, advance.told())
    return receipt


def _add_receipt(db: Session, data: dict[str, Any]) -> Receipt:
    receipt = Receipt(number=next_number(db, "RC"), **data)
    db.add(receipt)
    db.flush()
    return receipt


def _plan_for(db: Session, data: dict[str, Any], caller: Caller) -> PaymentPlan | None:
    if not data.get("plan_id"):
        return None
    live = (PaymentPlan.id == data["plan_id"], PaymentPlan.deleted_at.is_(None))
    locked_order(db, db.scalar(select(PaymentPlan.order_id).where(*live)))
    plan = db.scalars(select(PaymentPlan).where(*live).with_for_update()).one_or_none()
    if plan is None or not in_scope(db, plan.owner_id, caller, "payment-plans"):
        raise Invalid.field("plan_id", "not_found")
    if data.get("order_id") not in (None, plan.order_id):
        raise Invalid.field("order_id", "not_the_plans_order")
    data["order_id"] = plan.order_id
    return plan


def _order_for(db: Session, data: dict[str, Any], caller: Caller) -> OrderCopy | None:
    if not data.get("order_id"):
        return None
    order = locked_order(db, data["order_id"])
    if order is None or not in_scope(db, order.owner_id, caller, "receipts"):
        raise Invalid.field("order_id", "not_found")
    if order.status not in ("approved", "completed"):
        raise Conflict("order_not_approved")
    return order


def _check_customer(db: Session, customer_id: str, order: OrderCopy | None, caller: Caller) -> None:
    copy = db.get(CustomerCopy, customer_id)
    if order is None and (copy is None or copy.is_deleted or not in_scope(db, copy.owner_id, caller, "receipts")):
        raise Invalid.field("customer_id", "not_found")


def _rebook(db: Session, receipt: Receipt, amount: Decimal) -> None:
    plan = find(db, PaymentPlan, receipt.plan_id) if receipt.plan_id else None
    if plan is not None:
        order = locked_order(db, plan.order_id)
        db.refresh(plan, with_for_update=True)
        event = plan.book(amount)
        publish(db, plan.close() if order is not None and order.status == "voided" else event)
