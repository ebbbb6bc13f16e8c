"""Reads of products."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.sales.products.models import Product
from shared.caller import Caller
from shared.people import within_scope


def products_for(db: Session, caller: Caller, ids: Collection[str], *, kept: Collection[str] = ()) -> dict[str, Product]:
    """Those of some products that exist for the caller, and of the `kept` ones all that exist, by id."""
    seen = within_scope(Product.owner_id, caller, "products") | Product.id.in_(kept)
    found = db.scalars(select(Product).where(Product.id.in_(ids), Product.deleted_at.is_(None), seen))
    return {product.id: product for product in found}
