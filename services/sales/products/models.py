"""The products table."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from services.sales.models import Base
from shared.contracts.sales import ProductCreated, ProductDeleted, ProductUpdated
from shared.db import Customizable, MoneyType, PercentType, Record


class Product(Customizable, Record, Base):
    """Something we sell. Deactivated ones stay on old documents and cannot be chosen on new ones."""

    __tablename__ = "products"

    code: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(200), index=True)
    category: Mapped[str | None] = mapped_column(String(120), index=True)
    unit: Mapped[str | None] = mapped_column(String(20))
    list_price: Mapped[Decimal] = mapped_column(MoneyType(), index=True)
    cost: Mapped[Decimal] = mapped_column(MoneyType())
    tax_rate: Mapped[Decimal] = mapped_column(PercentType(), default=Decimal("0.00"))
    description: Mapped[str | None] = mapped_column(Text())
    is_active: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (
        Index(
            "uq_products_code", "code", unique=True, sqlite_where=text("deleted_at IS NULL"), postgresql_where=text("deleted_at IS NULL")
        ),
    )

    def told(self, kind: type[ProductCreated] = ProductUpdated) -> ProductCreated:
        """The event that tells of the product as it is now."""
        return kind(product_id=self.id, code=self.code, name=self.name, is_active=self.is_active, owner_id=self.owner_id)

    def gone(self) -> ProductDeleted:
        """The event that tells it was deleted."""
        return ProductDeleted(product_id=self.id)
