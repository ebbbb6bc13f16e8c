"""Shapes of the knowledge base."""

from __future__ import annotations

from services.customer.tickets.rules import FAULT_TYPES
from shared.resources import ActionInput, RecordSchema
from shared.schema import Dictionary, Id, LongText, Text


class ArticleSchema(RecordSchema):
    """A problem met before and what solved it."""

    title = Text(required=True, max=200)
    problem = LongText(required=True, max=10_000)
    solution = LongText(required=True, max=20_000)
    fault_type = Dictionary("ticket_fault_type", FAULT_TYPES, allow_none=True)
    product_id = Id(allow_none=True, reference="products")
    ticket_id = Id(dump_only=True, reference="tickets")


class ArticleFromTicketInput(ActionInput):
    """A title, where the ticket's own says too little."""

    title = Text(max=200, load_default=None)
