"""Shapes that quotes and orders share."""

from __future__ import annotations

from services.sales.rules import MAX_LINES
from shared.resources import ActionInput, RecordSchema
from shared.schema import Flag, Id, LongText, Many, Money, Percent, Quantity, Schema, Text


class LineInput(Schema):
    """A line as it is asked for: without a price it gets that of the price list or the product; `total` is only checked."""

    product_id = Id(required=True, reference="products")
    quantity = Quantity(required=True, positive=True, max="1000000")
    unit_price = Money(min="0", max="100000000")
    discount = Percent(min="0", max="100")
    tax_rate = Percent(min="0", max="100")
    note = Text(max=300, allow_none=True)
    total = Money()


class LineSchema(Schema):
    """A line as it stands."""

    id = Id()
    product_id = Id(reference="products")
    product_code = Text()
    product_name = Text()
    quantity = Quantity()
    unit_price = Money()
    discount = Percent()
    tax_rate = Percent()
    total = Money()
    cost = Money()
    in_price_list = Flag(allow_none=True)
    note = Text(allow_none=True)


class ApplyPriceListInput(ActionInput):
    """Which price list."""

    price_list_id = Id(required=True, reference="price-lists")


class DocumentRow(RecordSchema):
    """A quote or order in a list: without its lines."""

    number = Text(dump_only=True)
    customer_id = Id(required=True, reference="customers")
    customer_name = Text(dump_only=True)
    contact_id = Id(allow_none=True, reference="contacts")
    price_list_id = Id(allow_none=True, reference="price-lists")
    discount = Money(min="0")
    total = Money()
    description = LongText(max=4000, allow_none=True)


class DocumentSchema(DocumentRow):
    """A quote or order with its lines."""

    lines = Many(LineSchema, dump_only=True, filterable=False)


class DocumentInput(DocumentRow):
    """A quote or order as it is written; `total` is only checked against what the lines add up to."""

    lines = Many(LineInput, min=1, max=MAX_LINES, required=True)


class CustomerIdsInput(Schema):
    """Of which customers another service asks."""

    customer_ids = Many(Id(), min=1, max=1000, required=True)
