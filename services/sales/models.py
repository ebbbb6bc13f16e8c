"""The base of all tables of sales, what documents have in common, and the copy of customers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from shared.db import IdType, Model, MoneyType, PercentType, Plain, QuantityType, kept_in_history, new_metadata, remote_id


class Base(Model):
    """The root of all tables of sales."""

    __abstract__ = True
    metadata = new_metadata()


class CustomerCopy(Base):
    """What sales knows of a customer."""

    __tablename__ = "customer_copies"

    id: Mapped[str] = mapped_column(IdType(), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    owner_id: Mapped[str | None] = mapped_column(IdType(), index=True)
    version: Mapped[int] = mapped_column(default=0)
    is_deleted: Mapped[bool] = mapped_column(default=False)


class Line(Plain):
    """A line of a document. Price, tax and cost are those of the moment it was written; they never move later.

    `in_price_list` says whether the document's price list has a price for it; None where no price list was chosen.
    """

    position: Mapped[int]
    product_id: Mapped[str] = remote_id("sales")
    product_code: Mapped[str] = mapped_column(String(60))
    product_name: Mapped[str] = mapped_column(String(200))
    quantity: Mapped[Decimal] = mapped_column(QuantityType())
    unit_price: Mapped[Decimal] = mapped_column(MoneyType())
    discount: Mapped[Decimal] = mapped_column(PercentType())
    tax_rate: Mapped[Decimal] = mapped_column(PercentType())
    total: Mapped[Decimal] = mapped_column(MoneyType())
    cost: Mapped[Decimal] = mapped_column(MoneyType())
    in_price_list: Mapped[bool | None]
    note: Mapped[str | None] = mapped_column(String(300))


LINE_IN_HISTORY = kept_in_history("product_id", "product_name", "quantity", "unit_price", "discount", "tax_rate", "note")


class Document:
    """What a quote and an order have in common: a number, a customer, lines and a total."""

    number: Mapped[str] = mapped_column(String(30), unique=True)
    customer_id: Mapped[str] = remote_id("customer")
    contact_id: Mapped[str | None] = remote_id("customer", nullable=True, index=False)
    price_list_id: Mapped[str | None] = mapped_column(IdType())
    discount: Mapped[Decimal] = mapped_column(MoneyType(), default=Decimal("0.00"))
    total: Mapped[Decimal] = mapped_column(MoneyType(), index=True)
    description: Mapped[str | None] = mapped_column(String(4000))

    lines: Any
