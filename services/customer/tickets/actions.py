"""Writes of tickets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.customer.actions import check_contact, visible_customer
from services.customer.models import Customer
from services.customer.tickets import queries, rules
from services.customer.tickets.models import ProductCopy, Ticket, TicketSettings
from shared.bus import Call, publish
from shared.caller import Caller
from shared.contracts.sales import ProductCreated
from shared.db import next_number
from shared.errors import Invalid
from shared.people import Person

ESCALATED_PER_RUN = 200


def create_ticket(db: Session, *, data: dict[str, Any], caller: Caller, now: datetime) -> Ticket:
    """Open a ticket; unless said, it is due by the service level of its priority."""
    visible_customer(db, caller, data["customer_id"])
    data.setdefault("priority", rules.Priority.NORMAL.value)
    data.setdefault("due_at", _due(db, data["priority"], now))
    ticket = Ticket(number=next_number(db, "TK"), **data)
    check_contact(db, ticket.customer_id, ticket.contact_id)
    db.add(ticket)
    return ticket


def update_ticket(db: Session, *, record: Ticket, changes: dict[str, Any], caller: Caller, now: datetime) -> None:
    """Correct a ticket; another priority brings its own deadline, unless one is given."""
    if changes.get("customer_id", record.customer_id) != record.customer_id:
        raise Invalid.field("customer_id", "ticket_cannot_move")
    if changes.get("priority", record.priority) != record.priority:
        changes.setdefault("due_at", _due(db, changes["priority"], record.created_at))
    for name, value in changes.items():
        setattr(record, name, value)
    check_contact(db, record.customer_id, record.contact_id)


def assign_ticket(call: Call, ticket: Ticket, assignee_id: str) -> Ticket:
    """Give a ticket to somebody to work on. Raises Invalid for somebody unknown."""
    person = call.db.get(Person, assignee_id)
    if person is None or not person.is_active:
        raise Invalid.field("assignee_id", "unknown_user")
    publish(call.db, ticket.assign(assignee_id=assignee_id))
    return ticket


def reopen_ticket(call: Call, ticket: Ticket) -> Ticket:
    """It was not solved after all; the time to solve it starts again."""
    publish(call.db, ticket.reopen(due_at=_due(call.db, ticket.priority, call.now)))
    return ticket


def hand_over_tickets(db: Session, customer: Customer, owner_id: str, *, with_related: bool) -> None:
    """A customer changes hands: the open tickets of its old owner go along, if wanted."""
    for ticket in queries.open_tickets(db, customer.id, customer.owner_id) if with_related else ():
        ticket.owner_id = owner_id


def move_tickets(db: Session, other: Customer, customer: Customer) -> None:
    """Two customers become one: the tickets of the one are the other's."""
    for ticket in queries.tickets_of(db, other.id):
        ticket.customer_id = customer.id


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
    copy = db.get(ProductCopy, event.product_id) or ProductCopy(id=event.product_id, version=-1)
    if event.version > copy.version:
        copy.name, copy.owner_id, copy.version = event.name, event.owner_id, event.version
        db.add(copy)


def _due(db: Session, priority: str, opened_at: datetime) -> datetime:
    return rules.due_at(opened_at, int(queries.settings_of(db).service_levels[priority]))
