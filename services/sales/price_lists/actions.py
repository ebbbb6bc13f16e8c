"""Writes of price lists."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.sales.price_lists.models import PriceList, PriceListItem
from services.sales.products.models import Product
from shared.bus import Call
from shared.db import existing, new_id
from shared.errors import Invalid


def create_item(call: Call, item: dict[str, Any]) -> PriceListItem:
    """Add one price to a list, from a file."""
    created = PriceListItem(id=new_id(), **item)
    call.db.add(created)
    return created


def change_item(call: Call, item_id: str, changes: dict[str, Any]) -> None:
    """Change one price, from a file."""
    existing(call.db, PriceListItem, item_id).price = changes["price"]


def add_items(db: Session, price_list: PriceList, items: list[dict[str, Any]]) -> None:
    """Add prices, or change those that are there. Raises Invalid for an unknown product."""
    wanted = {item["product_id"] for item in items}
    known = set(db.scalars(select(Product.id).where(Product.id.in_(wanted), Product.deleted_at.is_(None))))
    present = {item.product_id: item for item in price_list.items}
    for index, item in enumerate(items):
        if item["product_id"] not in known:
            raise Invalid.field(f"items.{index}.product_id", "not_found")
        if item["product_id"] in present:
            present[item["product_id"]].price = item["price"]
        else:
            present[item["product_id"]] = PriceListItem(**item)
            price_list.items.append(present[item["product_id"]])
