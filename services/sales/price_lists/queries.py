"""Reads of price lists."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.sales.price_lists.models import PriceList, PriceListItem
from shared.db import find
from shared.errors import Invalid


def prices_of(db: Session, price_list_id: str) -> dict[str, Decimal]:
    """The prices of a list by product. Raises Invalid when there is no such active list."""
    price_list = find(db, PriceList, price_list_id)
    if price_list is None or not price_list.is_active:
        raise Invalid.field("price_list_id", "not_found")
    rows = db.execute(select(PriceListItem.product_id, PriceListItem.price).where(PriceListItem.price_list_id == price_list_id))
    return {product_id: price for product_id, price in rows}
