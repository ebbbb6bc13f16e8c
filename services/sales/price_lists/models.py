"""Tables of price lists."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.sales.models import Base
from shared.db import MoneyType, Plain, Record


class PriceList(Record, Base):
    """A named set of prices."""

    __tablename__ = "price_lists"

    name: Mapped[str] = mapped_column(String(120), index=True)
    description: Mapped[str | None] = mapped_column(String(1000))
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    customer_levels: Mapped[list[str] | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    items: Mapped[list[PriceListItem]] = relationship(cascade="all, delete-orphan", lazy="selectin")


class PriceListItem(Plain, Base):
    """A product's price in a list."""

    __tablename__ = "price_list_items"

    price_list_id: Mapped[str] = mapped_column(ForeignKey("price_lists.id"), index=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"), index=True)
    price: Mapped[Decimal] = mapped_column(MoneyType())

    __table_args__ = (UniqueConstraint("price_list_id", "product_id"),)
