"""What reporting takes over from the others' news; each may come twice."""

from __future__ import annotations

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from services.reporting import rules
from services.reporting.models import BookedOrder, CustomerCopy, Freshness, SaleFact
from shared.bus import Call
from shared.contracts.customer import CustomerCreated, CustomerMerged
from shared.contracts.sales import OrderApproved, OrderUpdated, OrderVoided
from shared.db import keep_newest, merged_into, note_merge


def book_order(call: Call, event: OrderApproved) -> None:
    """Take an approved order into the facts, once."""
    if call.db.get(BookedOrder, event.order_id) is not None:
        return
    call.db.add(BookedOrder(order_id=event.order_id, total=event.total, is_voided=False))
    customer_id = merged_into(call.db, CustomerCopy, event.customer_id)
    revenues = rules.spread(event.total, [line.total for line in event.lines])
    call.db.add_all(
        SaleFact(
            line_id=line.line_id, order_id=event.order_id, order_number=event.number, customer_id=customer_id,
            owner_id=event.owner_id, product_id=line.product_id, product_name=line.product_name, order_date=event.order_date,
            month=f"{event.order_date:%Y-%m}", quantity=line.quantity, revenue=revenue, cost=line.cost,
        )
        for line, revenue in zip(event.lines, revenues, strict=True)
    )  # fmt: skip
    _note(call)


def follow_order(call: Call, event: OrderUpdated) -> None:
    """An order may have another owner: who sees it sees what was sold, and nobody else."""
    call.db.execute(update(SaleFact).where(SaleFact.order_id == event.order_id).values(owner_id=event.owner_id))
    _note(call)


def unbook_order(call: Call, event: OrderVoided) -> None:
    """Take a voided order out of the facts."""
    call.db.execute(delete(SaleFact).where(SaleFact.order_id == event.order_id))
    call.db.merge(BookedOrder(order_id=event.order_id, total=event.total, is_voided=True))
    _note(call)


def keep_customer(db: Session, event: CustomerCreated) -> None:
    """Keep a customer's name; older news is ignored."""
    keep_newest(db, CustomerCopy, id=event.customer_id, name=event.name, version=event.version)


def move_sales(db: Session, event: CustomerMerged) -> None:
    """Two customers became one: what was sold to the one counts for the other."""
    into_id = note_merge(db, CustomerCopy, from_id=event.from_id, into_id=event.customer_id)
    db.execute(update(SaleFact).where(SaleFact.customer_id == event.from_id).values(customer_id=into_id))


def _note(call: Call) -> None:
    call.db.merge(Freshness(id=1, as_of=call.now))
