"""Writes of tickets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.customer.actions import book_order, check_contact, visible_customer
from services.customer.models import Customer, OrderFact
from services.customer.tickets import queries, rules
from services.customer.tickets.models import ProductCopy, Ticket, TicketSettings
from shared.bus import Call, publish
from shared.caller import Caller
from shared.contracts.sales import OrderUpdated, ProductCreated, ProductDeleted, ProductUpdated
from shared.db import keep_newest, next_number
from shared.db.organisation import organisation_of
from shared.errors import Invalid, NotFound
from shared.people import find_person, in_scope

ESCALATED_PER_RUN = 200


def create_ticket(db: Session, *, data: dict[str, Any], caller: Caller, now: datetime) -> Ticket:
    """Open a ticket; unless said, it is due by the service level of its priority."""
    visible_customer(db, caller, data["customer_id"])
    data.setdefault("priority", rules.Priority.NORMAL.value)
    data.setdefault("due_at", _due(db, data["priority"], now))
    ticket = Ticket(number=next_number(db, "TK"), **data)
    check_contact(db, ticket.customer_id, ticket.contact_id)
    check_product(db, caller, ticket.product_id)
    _check_order(db, caller, ticket)
    db.add(ticket)
    return ticket


def update_ticket(db: Session, *, record: Ticket, changes: dict[str, Any], caller: Caller, now: datetime) -> None:
    """Correct a ticket; another priority brings its own deadline, unless one is given."""
    if changes.get("customer_id", record.customer_id) != record.customer_id:
        raise Invalid.field("customer_id", "ticket_cannot_move")
    if changes.get("priority", record.priority) != record.priority:
        changes.setdefault("due_at", _due(db, changes["priority"], record.created_at))
    if changes.get("due_at", record.due_at) != record.due_at:
        record.escalated_at = None
    named = {name for name in ("product_id", "order_id") if changes.get(name, getattr(record, name)) != getattr(record, name)}
    for name, value in changes.items():
        setattr(record, name, value)
    check_contact(db, record.customer_id, record.contact_id)
    # What stands on it already stays, whoever changes the rest.
    if "product_id" in named:
        check_product(db, caller, record.product_id)
    if "order_id" in named:
        _check_order(db, caller, record)


def learn_named(call: Call, data: dict[str, Any]) -> None:
    """After a refusal: ask sales about the product and the order named, which may be news."""
    if data.get("product_id") and (told := _asked(call, "sales.vouch_for_product", product_id=data["product_id"])):
        with call.transaction() as db:
            keep_product(db, ProductUpdated.decode(told))
    if data.get("order_id") and (told := _asked(call, "sales.vouch_for_order", order_id=data["order_id"])):
        order = OrderUpdated.decode(told)
        with call.transaction() as db:
            book_order(db, order, is_live=True)


def check_product(db: Session, caller: Caller, product_id: str | None) -> None:
    """Raise Invalid when the product named does not exist for the caller."""
    with db.no_autoflush:
        product = db.get(ProductCopy, product_id) if product_id else None
        if product_id and (product is None or product.is_deleted or not in_scope(db, product.owner_id, caller, "products")):
            raise Invalid.field("product_id", "not_found")


def assign_ticket(call: Call, ticket: Ticket, assignee_id: str) -> Ticket:
    """Give a ticket to somebody to work on. Raises Invalid for somebody unknown."""
    if find_person(call.db, assignee_id) is None:
        raise Invalid.field("assignee_id", "unknown_user")
    publish(call.db, ticket.assign(assignee_id=assignee_id))
    return ticket


def reopen_ticket(call: Call, ticket: Ticket) -> Ticket:
    """It was not solved after all; the time to solve it starts again."""
    publish(call.db, ticket.reopen(due_at=_due(call.db, ticket.priority, call.now)))
    return ticket


def hand_over_tickets(db: Session, customer: Customer, owner_id: str, *, with_related: bool) -> None:
    """A customer changes hands: the open tickets of its old owner go along, if wanted."""
    tickets = queries.open_tickets(db, customer.id, customer.owner_id) if with_related else ()
    for ticket in tickets:
        ticket.owner_id = owner_id
    publish(db, *(ticket.told() for ticket in tickets))


def move_tickets(db: Session, other: Customer, customer: Customer) -> None:
    """Two customers become one: the tickets of the one are the other's."""
    tickets = queries.tickets_of(db, other.id)
    for ticket in tickets:
        ticket.customer_id = customer.id
    publish(db, *(ticket.told() for ticket in tickets if ticket.deleted_at is None))


def escalate_overdue(call: Call) -> None:
    """Tell of tickets whose time is over, each once."""
    for ticket in queries.to_escalate(call.db, call.now, limit=ESCALATED_PER_RUN):
        publish(call.db, ticket.escalate(at=call.now))


def save_service_levels(db: Session, levels: dict[str, int]) -> dict[str, Any]:
    """Change the hours per priority; tickets that are open keep their deadlines."""
    settings = db.scalars(select(TicketSettings).with_for_update()).one()
    settings.service_levels = levels
    return settings.service_levels


def keep_product(db: Session, event: ProductCreated) -> None:
    """Keep a product's name and owner; older news is ignored."""
    keep_newest(db, ProductCopy, id=event.product_id, name=event.name, owner_id=event.owner_id, version=event.version, is_deleted=False)


def forget_product(db: Session, event: ProductDeleted) -> None:
    """No new ticket is about a deleted product, unless newer news has it restored."""
    copy = db.get(ProductCopy, event.product_id)
    if copy is not None and event.version > copy.version:
        copy.is_deleted, copy.version = True, event.version


def _check_order(db: Session, caller: Caller, ticket: Ticket) -> None:
    with db.no_autoflush:
        order = db.get(OrderFact, ticket.order_id) if ticket.order_id else None
        if order is not None and (
            not order.is_live or order.customer_id != ticket.customer_id or not in_scope(db, order.owner_id, caller, "orders")
        ):
            order = None
        if ticket.order_id and order is None:
            raise Invalid.field("order_id", "not_found")


def _asked(call: Call, method: str, **named: str) -> Any:
    try:
        return call.ask(method, **named)
    except NotFound:
        return None


def _due(db: Session, priority: str, opened_at: datetime) -> datetime:
    organisation, hours = organisation_of(db), int(queries.settings_of(db).service_levels[priority])
    return rules.due_at(opened_at, hours, working_days=organisation.working_days, zone=organisation.time_zone)
