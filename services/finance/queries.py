"""Reads of finance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, null, or_, select, type_coerce
from sqlalchemy.orm import Session

from services.finance import rules
from services.finance.models import ZERO, CustomerCopy, FinanceSettings, OrderCopy, PaymentPlan, Receipt
from services.finance.rules import AGEING, OPEN, REMIND_AGAIN_AFTER, PlanStatus, is_overdue
from shared.bus import Call
from shared.db import MoneyType


def settings_of(db: Session) -> FinanceSettings:
    """The settings row."""
    return db.scalars(select(FinanceSettings)).one()


def live_plans(db: Session, order_id: str) -> Sequence[PaymentPlan]:
    """The plans of an order that count, in order of their periods."""
    live = (PaymentPlan.order_id == order_id, PaymentPlan.deleted_at.is_(None), PaymentPlan.status != PlanStatus.CANCELLED.value)
    return db.scalars(select(PaymentPlan).where(*live).order_by(PaymentPlan.period)).all()


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


def plans_to_remind_of(db: Session, today: date, *, days_before: int, limit: int) -> Sequence[PaymentPlan]:
    """Open plans whose owner is to be told now, locked; those another replica holds are left to it.

    Once within the days before the due date, once on it, once when it has passed, and again each week while it is overdue.
    """
    due, told = PaymentPlan.due_on, PaymentPlan.reminded_on
    open_ = (PaymentPlan.status.in_(OPEN), PaymentPlan.deleted_at.is_(None), due <= today + timedelta(days=days_before))
    waiting = or_(
        told.is_(None),
        and_(due <= today, told < due),
        and_(due < today, or_(told <= due, told <= today - REMIND_AGAIN_AFTER)),
    )
    return db.scalars(select(PaymentPlan).where(*open_, waiting).limit(limit).with_for_update(skip_locked=True)).all()


def overdue(call: Call) -> ColumnElement[bool]:
    """Whether a plan is overdue today, for filters."""
    return and_(PaymentPlan.status.in_(OPEN), PaymentPlan.due_on < call.today)


def ageing(call: Call) -> ColumnElement[str | None]:
    """How late a plan is today, for filters; the rule is `rules.ageing`."""
    steps = [(PaymentPlan.due_on >= call.today - timedelta(days=last), name) for name, last in AGEING.items() if last is not None]
    return case((PaymentPlan.status.not_in(OPEN), null()), *steps, else_="over_90_days")


def outstanding(call: Call) -> ColumnElement[Decimal]:
    """What is open of a plan, for filters."""
    is_open = PaymentPlan.amount - PaymentPlan.received
    return case((PaymentPlan.status == PlanStatus.CANCELLED.value, literal(ZERO, MoneyType())), else_=type_coerce(is_open, MoneyType()))


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
    """Names beside ids; and of each plan how late it is today, so that it never waits for a job."""
    add_names(call, records, rows)
    for plan, row in zip(records, rows, strict=True):
        row["overdue"] = is_overdue(plan.status, plan.due_on, call.today)
        row["ageing"] = rules.ageing(plan.status, plan.due_on, call.today)
