"""Shapes of products."""

from __future__ import annotations

from shared.resources import RecordSchema
from shared.schema import Flag, Id, LongText, Money, Percent, Schema, Text


class ProductSchema(RecordSchema):
    """A product."""

    code = Text(required=True, max=60)
    name = Text(required=True, max=200)
    category = Text(max=120, allow_none=True)
    unit = Text(max=20, allow_none=True)
    list_price = Money(required=True, min="0", max="100000000")
    cost = Money(required=True, min="0", max="100000000")
    tax_rate = Percent(min="0", max="100")
    description = LongText(allow_none=True)
    is_active = Flag()


class ProductIdInput(Schema):
    """Which product another service asks about."""

    product_id = Id(required=True)
