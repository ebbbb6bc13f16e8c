"""Reads of finance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.finance.models import ZERO, CustomerCopy, FinanceSettings, OrderCopy, PaymentPlan, Receipt
from services.finance.rules import PlanStatus, is_overdue
from shared.bus import Call


def settings_of(db: Session) -> FinanceSettings:
    """The settings row."""
    return db.scalars(select(FinanceSettings)).one()


def live_plans(db: Session, order_id: str) -> Sequence[PaymentPlan]:
    """The plans of an order that count, in order of their periods."""
    live = (PaymentPlan.order_id == order_id, PaymentPlan.deleted_at.is_(None), PaymentPlan.status != PlanStatus.CANCELLED.value)
    return db.scalars(select(PaymentPlan).where(*live).order_by(PaymentPlan.period)).all()


def received_on_order(db: Session, order_id: str) -> Decimal:
    """What live receipts on an order add up to, with or without a plan."""
    live = (Receipt.order_id == order_id, Receipt.status == "recorded", Receipt.deleted_at.is_(None))
    return db.scalar(select(func.sum(Receipt.amount)).where(*live)) or ZERO


def refunded(db: Session, receipt_id: str) -> Decimal:
    """How much of a receipt went back already."""
    live = (Receipt.refund_of_id == receipt_id, Receipt.status == "recorded")
    return -(db.scalar(select(func.sum(Receipt.amount)).where(*live)) or ZERO)


def has_receipts(db: Session, plan_id: str) -> bool:
    """Whether any live receipt belongs to a plan."""
    live = (Receipt.plan_id == plan_id, Receipt.status == "recorded")
    return db.scalar(select(Receipt.id).where(*live).limit(1)) is not None


def due_plans(db: Session, latest: date, *, limit: int) -> Sequence[PaymentPlan]:
    """Open plans due up to a day, locked; those another replica holds are left to it."""
    open_ = (PaymentPlan.status.in_(["unpaid", "partially_paid"]), PaymentPlan.deleted_at.is_(None), PaymentPlan.due_on <= latest)
    waiting = PaymentPlan.reminded.is_distinct_from("overdue")
    return db.scalars(select(PaymentPlan).where(*open_, waiting).limit(limit).with_for_update(skip_locked=True)).all()


def add_names(call: Call, records: list[Any], rows: list[dict[str, Any]]) -> None:
    """Put order numbers and customer names beside their ids, in one query each."""
    customers = {record.customer_id for record in records}
    orders = {record.order_id for record in records if record.order_id}
    found = call.db.execute(select(CustomerCopy.id, CustomerCopy.name).where(CustomerCopy.id.in_(customers))) if customers else ()
    names = {customer_id: name for customer_id, name in found}
    listed = call.db.execute(select(OrderCopy.id, OrderCopy.number).where(OrderCopy.id.in_(orders))) if orders else ()
    numbers = {order_id: number for order_id, number in listed}
    for row in rows:
        row["customer_name"] = names.get(row["customer_id"])
        row["order_number"] = numbers.get(row["order_id"])


def add_names_and_overdue(call: Call, records: list[Any], rows: list[dict[str, Any]]) -> None:
    """Names beside ids; and of each plan whether it is overdue today, so that it never waits for a job."""
    add_names(call, records, rows)
    for plan, row in zip(records, rows, strict=True):
        row["overdue"] = is_overdue(plan.status, plan.due_on, call.today)
