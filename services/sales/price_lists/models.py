"""Tables of price lists."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.sales.models import Base
from shared.db import MoneyType, Plain, QuantityType, Record, kept_in_history


class PriceList(Record, Base):
    """A named set of prices."""

    __tablename__ = "price_lists"

    name: Mapped[str] = mapped_column(String(120), index=True)
    description: Mapped[str | None] = mapped_column(String(1000))
    currency: Mapped[str] = mapped_column(String(3))
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    customer_levels: Mapped[list[str] | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    items: Mapped[list[PriceListItem]] = relationship(
        cascade="all, delete-orphan", order_by="PriceListItem.id", info=kept_in_history("product_id", "min_quantity", "price")
    )

    def is_valid(self, day: date) -> bool:
        """Whether it may be chosen for a document of this day."""
        begun = self.valid_from is None or self.valid_from <= day
        return self.is_active and begun and (self.valid_to is None or day <= self.valid_to)


class PriceListItem(Plain, Base):
    """A product's price in a list, from a quantity on."""

    __tablename__ = "price_list_items"

    price_list_id: Mapped[str] = mapped_column(ForeignKey("price_lists.id"), index=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"), index=True)
    min_quantity: Mapped[Decimal] = mapped_column(QuantityType(), default=Decimal("0.000"))
    price: Mapped[Decimal] = mapped_column(MoneyType())

    __table_args__ = (UniqueConstraint("price_list_id", "product_id", "min_quantity"),)
