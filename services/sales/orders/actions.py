"""Writes of orders: load and lock, let the order decide, publish what it says."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.sales.actions import add_up, check_customer, check_not_deleted, copy_lines, write_document
from services.sales.approval_rules.actions import MAY_APPROVE, ask_for_holders
from services.sales.approval_rules.queries import active_rules
from services.sales.approval_rules.rules import Plan, plan_of
from services.sales.orders.models import Order, OrderLine, ReceiptFact
from services.sales.orders.queries import plan_key, plan_keys, received_on
from services.sales.orders.rules import OrderStatus
from services.sales.products.models import Product
from services.sales.quotes.models import Quote
from shared.bus import Call, publish
from shared.caller import Caller
from shared.contracts.finance import ReceiptRecorded
from shared.contracts.sales import OrderCreated
from shared.db import find, new_id, next_number
from shared.db.organisation import today
from shared.errors import Conflict, Invalid, NotFound, StaleVersion
from shared.people import Person, in_scope, learn_person


def create_order(db: Session, *, data: dict[str, Any], caller: Caller, now: datetime) -> Order:
    """Write a draft order, of today unless it is dated."""
    check_customer(db, caller, data["customer_id"])
    data.setdefault("order_date", today(db))
    order = Order(id=new_id(), number=next_number(db, "SO"), approvals=[])
    write_document(db, order, OrderLine, data, caller=caller, day=data["order_date"])
    _check_quote(db, order, caller)
    db.add(order)
    return order


def update_order(db: Session, *, record: Order, changes: dict[str, Any], caller: Caller, now: datetime) -> None:
    """Change a draft; lines given replace the old ones. Only the owner may change later. Raises WrongState."""
    if set(changes) - {"owner_id"}:
        record.check_draft()
    if "customer_id" in changes:
        check_customer(db, caller, changes["customer_id"])
    if "lines" in changes:
        # The version belongs to the order, and lines live in other rows.
        record.updated_at = now
    write_document(db, record, OrderLine, changes, caller=caller, day=changes.get("order_date", record.order_date))
    if changes.keys() & {"quote_id", "customer_id"}:
        _check_quote(db, record, caller)


def delete_order(db: Session, *, record: Order, caller: Caller, now: datetime) -> None:
    """Delete a draft. Raises WrongState."""
    record.check_draft()
    record.deleted_at = now


def restore_order(db: Session, *, record: Order, caller: Caller, now: datetime) -> None:
    """Take a draft out of the recycle bin. Raises Conflict while its customer is in there, or another order that counts was made of its quote."""
    check_not_deleted(db, record.customer_id)
    quote = find(db, Quote, record.quote_id) if record.quote_id else None
    if quote is not None:
        _check_no_order(db, quote)
    record.deleted_at = None


def create_order_from_quote(db: Session, quote: Quote, *, call: Call) -> Order:
    """A new draft with the locked quote's customer, contact, lines and prices, pointing back to it; the quote is accepted.

    Raises WrongState, and Conflict while another order that counts was made of it, its customer is deleted or a product is not sold any more.
    """
    check_not_deleted(db, quote.customer_id)
    _check_no_order(db, quote)
    _check_products(db, quote)
    order = Order(
        id=new_id(), number=next_number(db, "SO"), subject=quote.name, order_date=call.today, customer_id=quote.customer_id,
        contact_id=quote.contact_id, price_list_id=quote.price_list_id, discount=quote.discount, quote_id=quote.id, owner_id=quote.owner_id,
        lines=copy_lines(quote.lines, OrderLine),
    )  # fmt: skip
    add_up(order)
    db.add(order)
    publish(db, quote.accept())
    publish(db, order.told(OrderCreated))
    return order


def submit_order(call: Call, order: Order, *, approver_id: str | None, comment: str, plan: Plan | None) -> Order:
    """Ask those whom the first approval rule for the order names, or, where none is for it, an active colleague.

    Raises StaleVersion when order or rules changed since the plan was made, Invalid when nobody can be asked.
    """
    order.check_draft()
    if plan_key(active_rules(call.db), order) != (plan.key if plan else None):
        raise StaleVersion
    if plan is None:
        _check_approver(call, order, approver_id)
        event = order.submit(approver_id=approver_id, by=call.caller.user_id, comment=comment, at=call.now)
    else:
        if step := plan.first_without_people():
            raise Invalid.field("approver_id", "step_without_approver", step=step, rule=plan.rule_name)
        event = order.submit(plan=plan.as_kept(), by=call.caller.user_id, comment=comment, at=call.now)
    publish(call.db, event)
    return order


def book_receipt(db: Session, event: ReceiptRecorded, *, is_live: bool) -> None:
    """Keep what was received on an order."""
    if event.order_id is None:
        return
    db.merge(ReceiptFact(receipt_id=event.receipt_id, order_id=event.order_id, amount=event.amount, is_live=is_live))
    db.flush()
    order = db.scalars(select(Order).where(Order.id == event.order_id).with_for_update()).one_or_none()
    if order is not None:
        order.received = received_on(db, order.id)


def ask_what_was_received(call: Call, data: dict[str, Any]) -> None:
    """Before voiding: ask finance, which knows of a receipt before we hear of it."""
    data.update(ask_what_was_received_on(call, [data["id"]], data)[data["id"]])


def ask_what_was_received_on(call: Call, ids: list[str], values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The same before voiding many, asked once."""
    received = call.ask("finance.vouch_for_orders", order_ids=ids)["received"]
    return {order_id: {**values, "received": Decimal(received[order_id])} for order_id in ids}


def prepare_submit(call: Call, data: dict[str, Any]) -> None:
    """Before submitting: find out whom to ask. Raises Invalid."""
    data.update(prepare_submit_of(call, [data["id"]], data)[data["id"]])


def prepare_submit_of(call: Call, ids: list[str], values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The same before submitting many, asked once: the plan of each to which a rule applies, and for the others the approver named."""
    plans = plans_for(call, ids)
    if values["approver_id"] is not None and len(plans) < len(set(ids)):
        _learn_approver(call, values["approver_id"])
    return {order_id: {**values, "plan": plans.get(order_id)} for order_id in ids}


def plans_for(call: Call, ids: list[str]) -> dict[str, Plan]:
    """How those of some orders to which a rule applies would be approved; identity is asked once. Outside of a transaction."""
    with call.transaction(read=True) as db:
        rules = {rule.id: rule for rule in active_rules(db)}
        keys = plan_keys(db, list(rules.values()), ids, call.caller.rights) if rules else {}
        db.expunge_all()
    steps = [step for rule_id in {key.rule_id for key in keys.values()} for step in rules[rule_id].steps]
    holders = ask_for_holders(call, steps, {key.owner_id for key in keys.values()})
    return {order_id: plan_of(key, rules[key.rule_id], holders, call.caller.user_id) for order_id, key in keys.items()}


def plan_ahead(call: Call, data: dict[str, Any]) -> None:
    """Before showing how an order would be approved: work it out."""
    data["plan"] = plans_for(call, [data["id"]]).get(data["id"])


def _learn_approver(call: Call, approver_id: str) -> None:
    """Know the approver, and that they may approve at all. Raises Invalid."""
    learn_person(call, approver_id)
    try:
        told = call.ask("identity.vouch_for_permission", user_id=approver_id, permission=MAY_APPROVE)
    except NotFound:
        raise Invalid.field("approver_id", "unknown_user") from None
    if not told["may"]:
        raise Invalid.field("approver_id", "may_not_approve")


def _check_approver(call: Call, order: Order, approver_id: str | None) -> None:
    if approver_id is None:
        raise Invalid.field("approver_id", "required")
    approver = call.db.get(Person, approver_id)
    if approver is None or not approver.is_active:
        raise Invalid.field("approver_id", "unknown_user")
    if approver_id in (call.caller.user_id, order.owner_id):
        raise Invalid.field("approver_id", "own_order")


def _check_quote(db: Session, order: Order, caller: Caller) -> None:
    with db.no_autoflush:
        quote = find(db, Quote, order.quote_id) if order.quote_id else None
        seen = quote is not None and in_scope(db, quote.owner_id, caller, "quotes") and quote.customer_id == order.customer_id
    if order.quote_id and not seen:
        raise Invalid.field("quote_id", "not_found")


def _check_no_order(db: Session, quote: Quote) -> None:
    counts = (Order.quote_id == quote.id, Order.deleted_at.is_(None), Order.status != OrderStatus.VOIDED.value)
    number = db.scalar(select(Order.number).where(*counts).limit(1))
    if number is not None:
        raise Conflict("quote_has_order", number=number)


def _check_products(db: Session, quote: Quote) -> None:
    sold = select(Product.code).where(Product.id.in_({line.product_id for line in quote.lines}), ~Product.is_active)
    code = db.scalar(sold.order_by(Product.code).limit(1))
    if code is not None:
        raise Conflict("product_inactive", product=code)
