"""Writes of the knowledge base."""

from __future__ import annotations

from sqlalchemy.orm import Session

from services.customer.articles.models import Article
from services.customer.tickets.models import Ticket
from shared.caller import Caller
from shared.errors import WrongState


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
