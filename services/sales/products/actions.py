"""Writes of products."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.sales.orders.models import OrderLine
from services.sales.products.models import Product
from services.sales.quotes.models import QuoteLine
from shared.caller import Caller
from shared.errors import Conflict


def delete_product(db: Session, *, record: Product, caller: Caller, now: datetime) -> None:
    """Delete a product no document mentions; others are deactivated. Raises Conflict."""
    for line in (OrderLine, QuoteLine):
        if db.scalar(select(line.id).where(line.product_id == record.id).limit(1)):
            raise Conflict("product_in_use")
    record.deleted_at = now
