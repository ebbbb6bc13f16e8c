"""Writes of price lists."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from services.sales.price_lists.models import PriceList, PriceListItem
from services.sales.products.queries import products_for
from shared.bus import Call
from shared.caller import Caller
from shared.db import existing, new_id
from shared.db.organisation import organisation_of
from shared.errors import Invalid


def create_price_list(db: Session, *, data: dict[str, Any], caller: Caller, now: datetime) -> PriceList:
    """Add a price list, in the organisation's currency unless another is said. Raises Invalid when it ends before it begins."""
    price_list = PriceList(**{"currency": organisation_of(db).currency, **data})
    _check_period(price_list)
    db.add(price_list)
    return price_list


def update_price_list(db: Session, *, record: PriceList, changes: dict[str, Any], caller: Caller, now: datetime) -> None:
    """Change a price list; documents keep the prices they were written with. Raises Invalid."""
    for name, value in changes.items():
        setattr(record, name, value)
    _check_period(record)


def create_item(call: Call, item: dict[str, Any]) -> PriceListItem:
    """Add one price to a list, from a file."""
    created = PriceListItem(id=new_id(), **item)
    call.db.add(created)
    return created


def change_item(call: Call, item_id: str, changes: dict[str, Any]) -> None:
    """Change one price, from a file."""
    existing(call.db, PriceListItem, item_id).price = changes["price"]


def add_items(call: Call, price_list: PriceList, items: list[dict[str, Any]]) -> None:
    """Add prices, or change those that are there for the same product and minimum quantity. Raises Invalid for an unknown product."""
    known = products_for(call.db, call.caller, {item["product_id"] for item in items}).keys()
    present = {(item.product_id, item.min_quantity): item for item in price_list.items}
    for index, item in enumerate(items):
        tier = (item["product_id"], item["min_quantity"])
        if item["product_id"] not in known:
            raise Invalid.field(f"items.{index}.product_id", "not_found")
        if tier in present:
            present[tier].price = item["price"]
        else:
            present[tier] = PriceListItem(**item)
            price_list.items.append(present[tier])
    # The version belongs to the list, and its prices live in other rows.
    price_list.updated_at = call.now


def _check_period(price_list: PriceList) -> None:
    if price_list.valid_from and price_list.valid_to and price_list.valid_to < price_list.valid_from:
        raise Invalid.field("valid_to", "ends_before_it_begins")
