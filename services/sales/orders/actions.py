"""Writes of orders: load and lock, let the order decide, publish what it says."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.sales import rules
from services.sales.actions import add_up, check_customer, copy_lines, write_lines
from services.sales.orders.models import Order, OrderLine, ReceiptFact
from services.sales.orders.queries import received_on
from services.sales.price_lists.queries import prices_of
from services.sales.quotes.models import Quote
from shared.bus import Call, publish
from shared.caller import Caller
from shared.contracts.finance import ReceiptRecorded
from shared.contracts.sales import OrderCreated, OrderUpdated
from shared.db import find, new_id, next_number
from shared.errors import Conflict, Invalid, NotFound
from shared.people import Person, learn_person


def create_order(db: Session, *, data: dict[str, Any], caller: Caller, now: datetime) -> Order:
    """Write a draft order."""
    check_customer(db, caller, data["customer_id"])
    _check_quote(db, data)
    lines, total = data.pop("lines"), data.pop("total", None)
    order = Order(id=new_id(), number=next_number(db, "SO", data["order_date"]), **data)
    write_lines(db, order, OrderLine, lines, total)
    db.add(order)
    return order


def update_order(db: Session, *, record: Order, changes: dict[str, Any], caller: Caller, now: datetime) -> None:
    """Change a draft; lines given replace the old ones. Only the owner may change later. Raises WrongState."""
    if set(changes) - {"owner_id"}:
        record.check_draft()
    if "customer_id" in changes:
        check_customer(db, caller, changes["customer_id"])
    _check_quote(db, changes)
    lines, total = changes.pop("lines", None), changes.pop("total", None)
    for name, value in changes.items():
        setattr(record, name, value)
    if lines is not None:
        write_lines(db, record, OrderLine, lines, total)
        record.updated_at = now
    add_up(record)


def delete_order(db: Session, *, record: Order, caller: Caller, now: datetime) -> None:
    """Delete a draft. Raises WrongState."""
    record.check_draft()
    record.deleted_at = now


def create_order_from_quote(db: Session, quote: Quote, *, call: Call) -> Order:
    """A new draft with the quote's customer, contact, lines and prices, pointing back to it."""
    order = Order(
        id=new_id(), number=next_number(db, "SO", call.today), subject=quote.name, order_date=call.today, customer_id=quote.customer_id,
        contact_id=quote.contact_id, price_list_id=quote.price_list_id, discount=quote.discount, quote_id=quote.id, owner_id=quote.owner_id,
        lines=copy_lines(quote.lines, OrderLine),
    )  # fmt: skip
    add_up(order)
    db.add(order)
    db.flush()
    publish(db, order.told(OrderCreated))
    return order


def submit_order(call: Call, order: Order, *, approver_id: str, comment: str) -> Order:
    """Ask an active colleague to approve."""
    approver = call.db.get(Person, approver_id)
    if approver is None or not approver.is_active:
        raise Invalid.field("approver_id", "unknown_user")
    if approver_id in (call.caller.user_id, order.owner_id):
        raise Invalid.field("approver_id", "own_order")
    publish(call.db, order.submit(approver_id=approver_id, by=call.caller.user_id, comment=comment, at=call.now))
    return order


def apply_price_list(db: Session, order: Order, price_list_id: str) -> Order:
    """Reprice the lines that have an item in the list; the others keep their price."""
    order.check_draft()
    prices = prices_of(db, price_list_id)
    for line in order.lines:
        if line.product_id in prices:
            line.unit_price = prices[line.product_id]
            line.total = rules.line_total(line.quantity, line.unit_price, line.discount)
    order.price_list_id = price_list_id
    add_up(order)
    publish(db, order.told(OrderUpdated))
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


def check_nothing_received(call: Call, data: dict[str, Any]) -> None:
    """Before voiding: ask finance, which knows of a receipt before we hear of it. Raises Conflict."""
    try:
        told = call.ask("finance.vouch_for_order", order_id=data["id"])
    except NotFound:
        return
    if Decimal(told["received"]) > 0:
        raise Conflict("has_receipts")


def prepare_submit(call: Call, data: dict[str, Any]) -> None:
    """Before submitting: know the approver."""
    learn_person(call, data["approver_id"])


def _check_quote(db: Session, data: dict[str, Any]) -> None:
    if data.get("quote_id") and find(db, Quote, data["quote_id"]) is None:
        raise Invalid.field("quote_id", "not_found")
