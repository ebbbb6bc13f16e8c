"""Tables of reporting: facts, ready to be added up."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.db import IdType, Mergeable, Model, MoneyType, QuantityType, new_metadata, remote_id


class Base(Model):
    """The root of all tables of reporting."""

    __abstract__ = True
    metadata = new_metadata()


class SaleFact(Base):
    """A line of an approved order. `revenue` is the line's share of the order's total after the document discount."""

    __tablename__ = "sale_facts"

    line_id: Mapped[str] = mapped_column(IdType(), primary_key=True)
    order_id: Mapped[str] = remote_id("sales")
    order_number: Mapped[str] = mapped_column(String(30))
    customer_id: Mapped[str] = remote_id("customer")
    owner_id: Mapped[str | None] = mapped_column(IdType(), index=True)
    product_id: Mapped[str] = remote_id("sales")
    product_name: Mapped[str] = mapped_column(String(200))
    order_date: Mapped[date]
    month: Mapped[str] = mapped_column(String(7))
    quantity: Mapped[Decimal] = mapped_column(QuantityType())
    revenue: Mapped[Decimal] = mapped_column(MoneyType())
    cost: Mapped[Decimal] = mapped_column(MoneyType())

    __table_args__ = (
        Index("ix_sale_facts_month", "month", "customer_id", "product_id", "owner_id"),
        Index("ix_sale_facts_day", "order_date", "line_id"),
    )


class BookedOrder(Base):
    """Which orders are in the facts, and which were voided, even before they came."""

    __tablename__ = "booked_orders"

    order_id: Mapped[str] = mapped_column(IdType(), primary_key=True)
    total: Mapped[Decimal] = mapped_column(MoneyType())
    is_voided: Mapped[bool]


class CustomerCopy(Mergeable, Base):
    """What reporting knows of a customer."""

    __tablename__ = "customer_copies"

    name: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=0)


class Freshness(Base):
    """When the newest news came in."""

    __tablename__ = "freshness"

    id: Mapped[int] = mapped_column(primary_key=True)
    as_of: Mapped[datetime]
