"""Shapes of price lists."""

from __future__ import annotations

from decimal import Decimal

from shared.codes import Currency
from shared.resources import ActionInput, RecordSchema
from shared.schema import Day, Flag, Id, Many, Money, Quantity, Schema, Text


class PriceListItemSchema(Schema):
    """A product's price; with a minimum quantity it is a tier of its own."""

    product_id = Id(required=True, reference="products")
    price = Money(required=True, min="0", max="100000000")
    min_quantity = Quantity(min="0", max="1000000", load_default=Decimal("0.000"))


class PriceListItemRow(PriceListItemSchema):
    """A product's price as a file names it: with its price list."""

    price_list_id = Id(required=True, reference="price-lists")


class PriceListRow(RecordSchema):
    """A price list in a list of them."""

    name = Text(required=True, max=120)
    description = Text(max=1000, allow_none=True)
    currency = Currency()
    valid_from = Day(allow_none=True)
    valid_to = Day(allow_none=True)
    customer_levels = Many(Text(max=40), max=50, allow_none=True, filterable=False)
    is_active = Flag()


class PriceListSchema(PriceListRow):
    """A price list with its items."""

    items = Many(PriceListItemSchema, max=10_000, dump_only=True, filterable=False)


class AddItemsInput(ActionInput):
    """Prices to add or change."""

    items = Many(PriceListItemSchema, min=1, max=1000, required=True)
