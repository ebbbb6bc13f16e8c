"""Reads of tickets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from services.customer.queries import add_customer_names
from services.customer.tickets.models import ProductCopy, Ticket, TicketSettings
from services.customer.tickets.rules import WORKABLE, is_overdue
from services.customer.tickets.schemas import TicketSchema
from shared import clock
from shared.bus import Call
from shared.caller import Rights
from shared.i18n import label
from shared.people import names_of, within_scope
from shared.resources import choice_labels
from shared.schema import Dictionary

DICTIONARIES = {name: field for name, field in TicketSchema().fields.items() if isinstance(field, Dictionary)}

GROUPS: dict[str, Any] = {
    "fault_type": Ticket.fault_type,
    "product": Ticket.product_id,
    "assignee": Ticket.assignee_id,
    "priority": Ticket.priority,
    "channel": Ticket.channel,
}


def tickets_in_scope(rights: Rights, module: str) -> ColumnElement[bool]:
    """Those one owns or works on, and those of one's people, as the scope says."""
    return or_(within_scope(Ticket.owner_id, rights, module), within_scope(Ticket.assignee_id, rights, module))


def settings_of(db: Session) -> TicketSettings:
    """The settings row."""
    return db.scalars(select(TicketSettings)).one()


def to_escalate(db: Session, now: datetime, *, limit: int) -> Sequence[Ticket]:
    """Tickets past their time that nobody was told of, locked; those another replica holds are left to it."""
    late = (Ticket.due_at < now, Ticket.escalated_at.is_(None), Ticket.resolved_at.is_(None), Ticket.deleted_at.is_(None))
    return db.scalars(select(Ticket).where(*late).order_by(Ticket.due_at).limit(limit).with_for_update(skip_locked=True)).all()


def tickets_of(db: Session, customer_id: str) -> Sequence[Ticket]:
    """All tickets of a customer, locked."""
    return db.scalars(select(Ticket).where(Ticket.customer_id == customer_id).with_for_update()).all()


def open_tickets(db: Session, customer_id: str, owner_id: str | None) -> Sequence[Ticket]:
    """The tickets of a customer that are not solved and belong to somebody, locked."""
    workable = Ticket.status.in_([status.value for status in WORKABLE])
    mine = (Ticket.customer_id == customer_id, Ticket.owner_id == owner_id, workable, Ticket.deleted_at.is_(None))
    return db.scalars(select(Ticket).where(*mine).with_for_update()).all()


def add_names(call: Call, records: list[Ticket], rows: list[dict[str, Any]]) -> None:
    """Names of customers, products and assignees beside their ids, in a query each, as far as the caller sees products; and what is overdue now."""
    add_customer_names(call, records, rows)
    people = names_of(call.db, (ticket.assignee_id for ticket in records))
    products = _product_names(call, {ticket.product_id for ticket in records if ticket.product_id})
    for ticket, row in zip(records, rows, strict=True):
        row["assignee_name"] = people.get(ticket.assignee_id or "")
        row["product_name"] = products.get(ticket.product_id or "")
        row["overdue"] = is_overdue(ticket.status, ticket.due_at, call.now)


def statistics(call: Call, *, by: str, first: date, last: date) -> list[dict[str, Any]]:
    """Tickets opened in a period by one of their marks: how many, how long they took, how many in time."""
    zone, column = call.organisation.time_zone, GROUPS[by]
    opened = and_(
        Ticket.created_at >= clock.start_of_day(first, zone), Ticket.created_at < clock.start_of_day(last + timedelta(days=1), zone),
        Ticket.deleted_at.is_(None), tickets_in_scope(call.caller.rights, "tickets"),
    )  # fmt: skip
    late = and_(Ticket.status.in_([status.value for status in WORKABLE]), Ticket.due_at < call.now)
    query = (
        select(
            column, func.count(), func.count(Ticket.resolved_at), func.sum(case((late, 1), else_=0)), func.avg(Ticket.minutes_to_resolve),
            func.sum(case((Ticket.resolved_at <= Ticket.due_at, 1), else_=0)), func.sum(Ticket.cost),
        )
        .where(opened)
        .group_by(column)
        .order_by(func.count().desc(), column)
    )  # fmt: skip
    found = call.db.execute(query).all()
    labels = _labels(call, by, {key for key, *_ in found if key})
    return [
        {
            "key": key, "label": labels.get(key, "-"), "tickets": tickets, "resolved": resolved, "overdue": overdue,
            "average_minutes": None if average is None else round(average),
            "in_time_rate": (Decimal(in_time) * 100 / resolved).quantize(Decimal("0.01")) if resolved else None, "cost": cost or Decimal(0),
        }
        for key, tickets, resolved, overdue, average, in_time, cost in found
    ]  # fmt: skip


def _labels(call: Call, by: str, keys: set[str]) -> dict[str, str]:
    if by == "assignee":
        return names_of(call.db, keys)
    if by == "product":
        return _product_names(call, keys)
    if by in DICTIONARIES:
        return choice_labels(call, "ticket", DICTIONARIES[by])
    return {key: label("choices", f"ticket.{by}.{key}", call.caller.language, call.package) for key in keys}


def _product_names(call: Call, ids: set[str]) -> dict[str, str]:
    named = select(ProductCopy.id, ProductCopy.name).where(
        ProductCopy.id.in_(ids), within_scope(ProductCopy.owner_id, call.caller, "products")
    )
    rows = call.db.execute(named) if ids else ()
    return {product_id: name for product_id, name in rows}
