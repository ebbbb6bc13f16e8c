"""Writes of finance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.finance import queries, rules
from services.finance.models import ZERO, CustomerCopy, FinanceSettings, OrderCopy, PaymentPlan, Receipt
from services.finance.rules import Instalment, PlanStatus
from shared.bus import Call, publish
from shared.caller import Caller
from shared.contracts.customer import CustomerCreated, CustomerMerged, CustomerUpdated
from shared.contracts.finance import PlanDue, PlanOverdue
from shared.contracts.sales import OrderDeleted, OrderEvent, OrderUpdated
from shared.db import find, keep_newest, lock, merged_into, next_number, note_merge
from shared.errors import Conflict, Invalid, NotFound, StaleVersion
from shared.i18n import amount_text
from shared.people import in_scope
from shared.resources import batch

REMINDED_PER_RUN = 500


def keep_order(db: Session, event: OrderEvent) -> None:
    """Keep an order's facts; older news is ignored."""
    keep_newest(
        db, OrderCopy, id=event.order_id, number=event.number, customer_id=merged_into(db, CustomerCopy, event.customer_id),
        owner_id=event.owner_id, order_date=event.order_date, total=event.total, status=event.status, version=event.version,
        is_deleted=isinstance(event, OrderDeleted),
    )  # fmt: skip


def keep_customer(db: Session, event: CustomerCreated) -> None:
    """Keep a customer's facts; older news is ignored."""
    keep_newest(db, CustomerCopy, id=event.customer_id, name=event.name, owner_id=event.owner_id, version=event.version, is_deleted=False)


def move_money(db: Session, event: CustomerMerged) -> None:
    """Two customers became one: orders, plans and receipts of the one are the other's."""
    into_id = note_merge(db, CustomerCopy, from_id=event.from_id, into_id=event.customer_id)
    for kind in cast(tuple[Any, ...], (PaymentPlan, Receipt)):
        for record in db.scalars(select(kind).where(kind.customer_id == event.from_id).with_for_update()):
            record.customer_id = into_id
    db.execute(update(OrderCopy).where(OrderCopy.customer_id == event.from_id).values(customer_id=into_id))
    forget_customer(db, event.from_id)


def forget_customer(db: Session, customer_id: str) -> None:
    """A deleted customer gets no new receipts."""
    if copy := db.get(CustomerCopy, customer_id):
        copy.is_deleted = True


def create_payment_plans(db: Session, event: OrderEvent) -> None:
    """Plan an approved order's instalments, once: by the split chosen for it, else by the default."""
    order = _kept_order(db, event)
    if order.status != "approved" or queries.live_plans(db, order.id):
        return
    for instalment in _instalments(db, order):
        publish(db, _add_plan(db, order, instalment).created())


def cancel_payment_plans(call: Call, event: OrderEvent) -> None:
    """Expect nothing more of a voided order; what came in meanwhile stays on its plan."""
    order = _kept_order(call.db, event)
    for plan in queries.live_plans(call.db, order.id):
        if plan.outstanding > 0:
            publish(call.db, plan.close())


def choose_split(call: Call, *, order_id: str, version: int | None, instalments: list[dict[str, Any]]) -> dict[str, Any]:
    """Say how an order is to be paid: used at approval, or replacing the unpaid plans of an approved one. Raises StaleVersion, Conflict."""
    order = visible_order(call, order_id)
    if version is not None and version != order.version:
        raise StaleVersion
    if order.status in ("voided", "completed"):
        raise Conflict("order_is_closed")
    plans = queries.live_plans(call.db, order.id)
    kept = [plan for plan in plans if plan.received > 0]
    _check_sum(order, sum((plan.amount for plan in kept), ZERO) + sum((one["amount"] for one in instalments), ZERO))
    if order.status != "approved":
        _check_whole(order, instalments)
        order.split = [{"due_on": one["due_on"].isoformat(), "amount": str(one["amount"])} for one in instalments]
        return {"items": [], "chosen": instalments}
    for plan in plans:
        if plan not in kept:
            publish(call.db, plan.cancel())
    call.db.flush()
    first = max((plan.period for plan in kept), default=0) + 1
    added = [
        _add_plan(call.db, order, Instalment(period, one["due_on"], one["amount"])) for period, one in enumerate(instalments, start=first)
    ]
    for plan in added:
        publish(call.db, plan.created())
    return {"items": [*kept, *added], "chosen": []}


def create_plan(db: Session, *, data: dict[str, Any], caller: Caller, now: datetime) -> PaymentPlan:
    """Add a plan by hand, as the next period of an approved order. Raises Conflict beyond the order's total."""
    order = _locked_order(db, data["order_id"])
    if order is None or not in_scope(db, order.owner_id, caller, "payment-plans"):
        raise Invalid.field("order_id", "not_found")
    if order.status != "approved":
        raise Conflict("order_not_approved")
    plans = queries.live_plans(db, order.id)
    _check_sum(order, sum((plan.amount for plan in plans), ZERO) + data["amount"])
    period = max((plan.period for plan in plans), default=0) + 1
    plan = _add_plan(db, order, Instalment(period, data["due_on"], data["amount"]))
    plan.note = data.get("note")
    publish(db, plan.created())
    return plan


def update_plan(db: Session, *, record: PaymentPlan, changes: dict[str, Any], caller: Caller, now: datetime) -> None:
    """Change an unpaid plan. Raises WrongState once money came in, Conflict beyond the order's total."""
    order = _locked_order(db, record.order_id)
    if set(changes) - {"owner_id"}:
        record.check_untouched()
    if changes.get("order_id", record.order_id) != record.order_id:
        raise Invalid.field("order_id", "plan_stays_with_order")
    others = sum((plan.amount for plan in queries.live_plans(db, record.order_id) if plan.id != record.id), ZERO)
    if order is not None and "amount" in changes:
        _check_sum(order, others + changes["amount"])
    for name, value in changes.items():
        setattr(record, name, value)


def delete_plan(db: Session, *, record: PaymentPlan, caller: Caller, now: datetime) -> None:
    """Delete an unpaid plan. Raises WrongState once money came in."""
    record.check_untouched()
    record.deleted_at = now
    publish(db, record.cancel())


def restore_plan(db: Session, *, record: PaymentPlan, caller: Caller, now: datetime) -> None:
    """Take a plan out of the recycle bin, as the next period where its own is taken. Raises Conflict beyond the order's total."""
    order = _locked_order(db, record.order_id)
    if order is None or order.status != "approved":
        raise Conflict("order_not_approved")
    plans = queries.live_plans(db, order.id)
    _check_sum(order, sum((plan.amount for plan in plans), ZERO) + record.amount)
    if record.period in {plan.period for plan in plans}:
        record.period = max(plan.period for plan in plans) + 1
    record.deleted_at, record.status = None, PlanStatus.UNPAID.value


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
        order = _locked_order(call.db, plans.visible(call.db, call.caller, plan_id).order_id)
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


def save_settings(call: Call, changes: dict[str, Any]) -> FinanceSettings:
    """Change the settings given. Raises Invalid when the shares do not add up, StaleVersion."""
    settings = call.db.scalars(select(FinanceSettings).with_for_update()).one()
    version = changes.pop("version", None)
    if version is not None and version != settings.version:
        raise StaleVersion
    instalments = changes.pop("default_instalments", None)
    if instalments is not None:
        problem = rules.shares_problem([one["share"] for one in instalments])
        if problem:
            raise Invalid.field("default_instalments", problem)
        settings.default_instalments = [{"share": str(one["share"]), "days_after": one["days_after"]} for one in instalments]
    for name, value in changes.items():
        setattr(settings, name, value)
    return settings


def remind_of_plans(call: Call) -> None:
    """Tell the owners of plans that fall due soon or today, and of those that are overdue."""
    days = queries.settings_of(call.db).remind_days_before
    for plan in queries.plans_to_remind_of(call.db, call.today, days_before=days, limit=REMINDED_PER_RUN):
        plan.reminded_on = call.today
        publish(call.db, plan.told(PlanOverdue if plan.due_on < call.today else PlanDue))


def learn(call: Call, data: dict[str, Any]) -> None:
    """After a refusal: ask about an order not heard of or not heard approved, a customer not heard of, or either with an owner out of sight."""
    order_id, customer_id = data.get("order_id"), data.get("customer_id")
    with call.transaction(read=True) as db:
        order = db.get(OrderCopy, order_id) if order_id else None
        approved = order is not None and order.status == "approved"
        knows_order = order_id is None or (approved and _sees(db, OrderCopy, order_id, call.caller, "orders"))
        knows_customer = customer_id is None or _sees(db, CustomerCopy, customer_id, call.caller, "customers")
    if not knows_order:
        _learn_order(call, str(order_id))
    if not knows_customer:
        _learn_customer(call, str(customer_id))


def learn_split(call: Call, data: dict[str, Any]) -> None:
    """Before choosing a split: the order may be brand new, changed or approved a moment ago."""
    _learn_order(call, data["id"])


def visible_order(call: Call, order_id: str) -> OrderCopy:
    """The order, locked, if the caller's scope holds it. Raises NotFound."""
    order = _locked_order(call.db, order_id)
    if order is None or not in_scope(call.db, order.owner_id, call.caller, "orders"):
        raise NotFound()
    return order


def _sees(db: Session, kind: type[Any], record_id: str, caller: Caller, module: str) -> bool:
    copy = db.get(kind, record_id)
    return copy is not None and in_scope(db, copy.owner_id, caller, module)


def _learn_order(call: Call, order_id: str) -> None:
    try:
        told = call.ask("sales.vouch_for_order", order_id=order_id)
    except NotFound:
        return
    with call.transaction() as db:
        copy = db.get(OrderCopy, order_id)
        # An approval makes the plans, once, whether its event or this answer comes first.
        keep = keep_order if copy is not None and copy.status == "approved" else create_payment_plans
        keep(db, OrderUpdated.decode(told))


def _learn_customer(call: Call, customer_id: str) -> None:
    try:
        told = call.ask("customer.vouch_for_customer", customer_id=customer_id)
    except NotFound:
        return
    with call.transaction() as db:
        keep_customer(db, CustomerUpdated.decode(told))


def _kept_order(db: Session, event: OrderEvent) -> OrderCopy:
    """The order with the newest that is known of it, locked."""
    keep_order(db, event)
    return lock(db, OrderCopy, event.order_id)


def _instalments(db: Session, order: OrderCopy) -> list[Instalment]:
    if order.split and sum((Decimal(one["amount"]) for one in order.split), ZERO) == order.total:
        return [
            Instalment(period, date.fromisoformat(one["due_on"]), Decimal(one["amount"])) for period, one in enumerate(order.split, start=1)
        ]
    shares = [(Decimal(one["share"]), one["days_after"]) for one in queries.settings_of(db).default_instalments]
    return rules.split(order.total, shares, order.order_date)


def _add_plan(db: Session, order: OrderCopy, instalment: Instalment) -> PaymentPlan:
    plan = PaymentPlan(
        number=next_number(db, "PP"), order_id=order.id, customer_id=order.customer_id, owner_id=order.owner_id,
        period=instalment.period, due_on=instalment.due_on, amount=instalment.amount,
    )  # fmt: skip
    db.add(plan)
    db.flush()
    return plan


def _book(db: Session, data: dict[str, Any], *, order: OrderCopy | None, plan: PaymentPlan | None) -> Receipt:
    if order is None:
        return _add_receipt(db, data)
    settings = queries.settings_of(db)
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


def _check_whole(order: OrderCopy, instalments: list[dict[str, Any]]) -> None:
    """A split chosen before approval stands for the default one, so it covers the order."""
    planned = sum((one["amount"] for one in instalments), ZERO)
    if planned != order.total:
        raise Conflict("split_must_add_up", total=amount_text(order.total), planned=amount_text(planned))


def _check_sum(order: OrderCopy, planned: Decimal) -> None:
    if planned > order.total:
        raise Conflict("exceeds_order", total=amount_text(order.total), planned=amount_text(planned))


def _plan_for(db: Session, data: dict[str, Any], caller: Caller) -> PaymentPlan | None:
    if not data.get("plan_id"):
        return None
    live = (PaymentPlan.id == data["plan_id"], PaymentPlan.deleted_at.is_(None))
    _locked_order(db, db.scalar(select(PaymentPlan.order_id).where(*live)))
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
    order = _locked_order(db, data["order_id"])
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
        order = _locked_order(db, plan.order_id)
        db.refresh(plan, with_for_update=True)
        event = plan.book(amount)
        publish(db, plan.close() if order is not None and order.status == "voided" else event)


def _locked_order(db: Session, order_id: str | None) -> OrderCopy | None:
    """The order, locked, before any of its plans; None for one that is not known or in the recycle bin."""
    return db.scalars(select(OrderCopy).where(OrderCopy.id == order_id, OrderCopy.is_deleted.is_(False)).with_for_update()).one_or_none()
