"""Orders, their instalments and receipts, and what the services say of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from sqlalchemy import String, func, or_, select
from sqlalchemy.orm import Session

from deploy.audit.books import COUNTS, ZERO, Books, Violation, pairs
from services.finance.models import FinanceSettings, OrderCopy, PaymentPlan
from services.finance.receipts.models import Receipt
from services.reporting.models import SaleFact
from services.sales.orders.models import Approval, Approver, Order, OrderLine
from shared.trail import History


def orders_are_decided_once(books: Books) -> Iterator[Violation]:
    """An order stands approved because of exactly one approval, by somebody other than who submitted it."""
    steps: dict[str, list[Approval]] = defaultdict(list)
    for step in books.sales.scalars(select(Approval).where(Approval.step == "approved")):
        steps[step.order_id].append(step)
    for order in books.sales.scalars(select(Order).where(Order.deleted_at.is_(None))):
        expected = 1 if order.status in (*COUNTS, "voided") else 0
        if len(steps[order.id]) != expected:
            yield Violation("each approval stands once", order.number, f"{len(steps[order.id])} approvals, {order.status}")
        may_be_own = order.approval_plan is not None and order.approval_plan["may_approve_own"]
        if any(step.by == order.submitted_by for step in steps[order.id]) and not may_be_own:
            yield Violation("nobody approves their own order", order.number, str(order.submitted_by))


def orders_wait_for_those_they_ask(books: Books) -> Iterator[Violation]:
    """Those for whom an order waits are the people of the step its approval rule is at."""
    waiting: dict[str, set[str]] = defaultdict(set)
    for order_id, user_id in books.sales.execute(select(Approver.order_id, Approver.user_id).where(Approver.waits)):
        waiting[order_id].add(user_id)
    for order in books.sales.scalars(select(Order).where(or_(Order.status == "pending_approval", Order.id.in_(waiting)))):
        asked = set(order.asked) if order.approval_plan else set()
        if waiting[order.id] != asked:
            yield Violation("an order waits for those it asks", order.number, f"{len(waiting[order.id])} of {len(asked)}")


def plans_add_up(books: Books) -> Iterator[Violation]:
    """Approved orders have plans up to their total and not beyond; of others nothing is expected; each period stands once."""
    plans: dict[str, list[PaymentPlan]] = defaultdict(list)
    for plan in books.finance.scalars(select(PaymentPlan).where(PaymentPlan.deleted_at.is_(None), PaymentPlan.status != "cancelled")):
        plans[plan.order_id].append(plan)
    changed = _orders_replanned(books.finance)
    for order in books.sales.scalars(select(Order).where(Order.deleted_at.is_(None))):
        mine = plans.pop(order.id, [])
        planned = sum((plan.amount for plan in mine), ZERO)
        if order.status == "approved" and order.total > 0 and not mine and order.id not in changed:
            yield Violation("approved order has plans", order.number, "none")
        if planned > order.total:
            yield Violation("plans stay within the order", order.number, f"{planned} of {order.total}")
        if order.status == "approved" and planned < order.total and order.id not in changed:
            yield Violation("plans add up to the order", order.number, f"{planned} of {order.total}")
        if order.status not in COUNTS and any(plan.outstanding > 0 for plan in mine):
            yield Violation("only approved orders have plans", order.number, f"{order.status} with {len(mine)}")
        if len({plan.period for plan in mine}) < len(mine):
            yield Violation("each period stands once", order.number, f"{len(mine)} plans")
    for order_id in plans:
        yield Violation("plans belong to an order", order_id, "unknown to sales")


def _orders_replanned(db: Session) -> set[str]:
    """Orders whose instalments somebody changed, removed or replaced: those may add up to less."""
    edited = (
        select(History.record_id)
        .where(History.record_type == PaymentPlan.__name__, History.changes.cast(String).contains('"amount"'))
        .scalar_subquery()
    )
    gone = or_(PaymentPlan.deleted_at.is_not(None), PaymentPlan.status == "cancelled", PaymentPlan.id.in_(edited))
    return set(db.scalars(select(PaymentPlan.order_id).where(gone)))


def received_is_sum_of_receipts(books: Books) -> Iterator[Violation]:
    """Per plan: received = Σ live receipts, 0 ≤ received ≤ amount; refunds stay within their receipt."""
    by_plan: dict[str | None, Decimal] = defaultdict(lambda: ZERO)
    by_order: dict[str | None, Decimal] = defaultdict(lambda: ZERO)
    refunds: dict[str, Decimal] = defaultdict(lambda: ZERO)
    receipts = {one.id: one for one in books.finance.scalars(select(Receipt).where(Receipt.status == "recorded"))}
    for receipt in receipts.values():
        by_plan[receipt.plan_id] += receipt.amount
        by_order[receipt.order_id] += receipt.amount
        if receipt.refund_of_id:
            refunds[receipt.refund_of_id] -= receipt.amount
    for plan in books.finance.scalars(select(PaymentPlan)):
        if plan.received != by_plan[plan.id] or not 0 <= plan.received <= plan.amount:
            yield Violation("received is the sum of receipts", plan.number, f"{plan.received}, receipts {by_plan[plan.id]}")
    if not books.finance.scalars(select(FinanceSettings)).one().allow_prepayment:
        totals = {order.id: order for order in books.finance.scalars(select(OrderCopy))}
        for order_id, paid in by_order.items():
            if order_id in totals and not 0 <= paid <= totals[order_id].total:
                yield Violation("receipts stay within the order", totals[order_id].number, f"{paid} of {totals[order_id].total}")
    for receipt_id, amount in refunds.items():
        if receipt_id not in receipts or amount > receipts[receipt_id].amount:
            yield Violation("refunds stay within their receipt", receipt_id, str(amount))


def orders_agree(books: Books) -> Iterator[Violation]:
    """Sales, finance and reporting say the same of every order: total, status, what was received, revenue, cost and owner."""
    copies = {copy.id: copy for copy in books.finance.scalars(select(OrderCopy))}
    live = select(Receipt.order_id, func.sum(Receipt.amount)).where(Receipt.status == "recorded").group_by(Receipt.order_id)
    received = pairs(books.finance, live)
    facts = select(SaleFact.order_id, func.sum(SaleFact.revenue), func.sum(SaleFact.cost), func.max(SaleFact.owner_id))
    booked = {order_id: tuple(found) for order_id, *found in books.reporting.execute(facts.group_by(SaleFact.order_id))}
    spent = pairs(books.sales, select(OrderLine.order_id, func.sum(OrderLine.cost)).group_by(OrderLine.order_id))
    for order in books.sales.scalars(select(Order).where(Order.deleted_at.is_(None))):
        copy = copies.get(order.id)
        if copy is None or (copy.total, copy.status) != (order.total, order.status):
            yield Violation("finance knows the order", order.number, f"{copy.status if copy else None} for {order.status}")
        if order.received != received.get(order.id, ZERO):
            yield Violation("order shows its receipts", order.number, f"{order.received} for {received.get(order.id)}")
        nothing = (ZERO, ZERO, None)
        expected = (order.total, spent.get(order.id, ZERO), order.owner_id) if order.status in COUNTS else nothing
        found = booked.pop(order.id, nothing)
        if found != expected:
            yield Violation("reporting books the order", order.number, f"{found} for {expected} {order.status}")
    for order_id in booked:
        yield Violation("reporting books the order", order_id, "unknown to sales")
