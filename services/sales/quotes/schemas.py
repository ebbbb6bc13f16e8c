"""Shapes of quotes."""

from __future__ import annotations

from services.sales.quotes.rules import QuoteStatus
from services.sales.schemas import DocumentInput, DocumentRow, DocumentSchema
from shared.schema import Choice, Day, LongText, Schema, Text


class _QuoteFields(Schema):
    name = Text(required=True, max=200)
    status = Choice(QuoteStatus, dump_only=True, tones={"sent": "info", "accepted": "good", "rejected": "bad", "expired": "warn"})
    valid_until = Day(allow_none=True)
    terms = LongText(max=4000, allow_none=True)


class QuoteRow(_QuoteFields, DocumentRow):
    """A quote in a list."""


class QuoteSchema(_QuoteFields, DocumentSchema):
    """A quote with its lines."""


class QuoteInput(_QuoteFields, DocumentInput):
    """A quote as it is written."""
