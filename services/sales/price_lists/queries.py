"""Reads of price lists."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.sales.price_lists.models import PriceList, PriceListItem
from shared.caller import Caller
from shared.db import find
from shared.errors import Invalid
from shared.people import in_scope

Tiers = dict[str, list[tuple[Decimal, Decimal]]]


def tiers_of(db: Session, price_list_id: str) -> Tiers:
    """The prices of a list: (minimum quantity, price) by product."""
    tiers: Tiers = {}
    item = PriceListItem
    for product_id, least, price in db.execute(
        select(item.product_id, item.min_quantity, item.price).where(item.price_list_id == price_list_id)
    ):
        tiers.setdefault(product_id, []).append((least, price))
    return tiers


def check_choice(db: Session, caller: Caller, price_list_id: str, day: date) -> None:
    """Raise Invalid when there is no such list for the caller, or it does not hold on this day."""
    price_list = find(db, PriceList, price_list_id)
    if price_list is None or not in_scope(db, price_list.owner_id, caller, "price-lists"):
        raise Invalid.field("price_list_id", "not_found")
    if not price_list.is_valid(day):
        raise Invalid.field("price_list_id", "price_list_not_valid", day=day.isoformat())
