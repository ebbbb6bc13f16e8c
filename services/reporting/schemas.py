"""Shapes in and out of reporting."""

from __future__ import annotations

from shared.schema import Choice, Day, Id, Many, Moment, Money, Percent, Quantity, Schema, Text, Whole


class PeriodInput(Schema):
    """A year, or months from–to ("2026-01")."""

    year = Whole(min=1900, max=2200)
    from_ = Text(max=10, data_key="from")
    to = Text(max=10)


class GrossMarginInput(PeriodInput):
    """毛利統計表: by what."""

    by = Choice(("customer", "product", "owner"), load_default="customer")


class MonthSchema(Schema):
    """One month's column."""

    month = Text()
    revenue = Money()
    cost = Money()
    margin = Money()


class MarginRowSchema(Schema):
    """One customer, product or owner."""

    id = Id(allow_none=True)
    name = Text()
    months = Many(MonthSchema)
    revenue = Money()
    cost = Money()
    margin = Money()
    margin_rate = Percent(allow_none=True)


class GrossMarginSchema(Schema):
    """The table with its totals; `as_of` is when the newest news came in."""

    by = Text()
    months = Many(Text())
    items = Many(MarginRowSchema, max=100_000)
    totals = Many(MonthSchema)
    revenue = Money()
    cost = Money()
    margin = Money()
    margin_rate = Percent(allow_none=True)
    as_of = Moment(allow_none=True)


class SalesDetailInput(PeriodInput):
    """銷售明細表: a year, or days or months from–to, a page at a time."""

    page = Whole(min=1, max=1_000_000, load_default=1)
    page_size = Whole(min=1, max=200, load_default=20)


class SaleSchema(Schema):
    """One sold line."""

    line_id = Id()
    order_id = Id(reference="orders")
    order_number = Text()
    order_date = Day()
    customer_id = Id(reference="customers")
    customer_name = Text(allow_none=True)
    owner_id = Id(allow_none=True, reference="users")
    owner_name = Text(allow_none=True)
    product_id = Id(reference="products")
    product_name = Text()
    quantity = Quantity()
    revenue = Money()
    cost = Money()
    margin = Money()


class SalesDetailSchema(Schema):
    """A page of sold lines."""

    items = Many(SaleSchema)
    page = Whole()
    page_size = Whole()
    total = Whole()
    as_of = Moment(allow_none=True)
