"""Writes of the knowledge base."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from services.customer.articles.models import Article
from services.customer.tickets.actions import check_product
from services.customer.tickets.models import Ticket
from shared.caller import Caller
from shared.errors import WrongState


def create_article(db: Session, *, data: dict[str, Any], caller: Caller, now: datetime) -> Article:
    """Write down what solved a problem."""
    check_product(db, caller, data.get("product_id"))
    article = Article(**data)
    db.add(article)
    return article


def update_article(db: Session, *, record: Article, changes: dict[str, Any], caller: Caller, now: datetime) -> None:
    """Change an article; a product that stands in it already stays."""
    if changes.get("product_id") != record.product_id:
        check_product(db, caller, changes.get("product_id"))
    for name, value in changes.items():
        setattr(record, name, value)


def create_article_from_ticket(db: Session, ticket: Ticket, *, title: str | None, caller: Caller) -> Article:
    """Make an article of a resolved ticket: its fault is the problem, its resolution the solution. Raises WrongState."""
    if not ticket.resolution:
        raise WrongState(ticket.status, code="ticket_without_resolution")
    article = Article(
        title=title or ticket.title, problem=ticket.fault_description, solution=ticket.resolution, fault_type=ticket.fault_type,
        product_id=ticket.product_id, ticket_id=ticket.id, owner_id=caller.user_id,
    )  # fmt: skip
    db.add(article)
    return article
