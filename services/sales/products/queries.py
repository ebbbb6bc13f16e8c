"""Reads of products."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.sales.products.models import Product
from shared.caller import Caller, Rights
from shared.db import Records, among
from shared.people import within_scope
from shared.resources import built_once


def products_for(db: Session, caller: Caller, ids: Collection[str], *, kept: Collection[str] = ()) -> dict[str, Product]:
    """Those of some products that exist for the caller, and of the `kept` ones all that exist, by id; to look at, not to write."""
    found = _live(caller.rights).apart(db, ids=list(ids), kept=list(kept))
    return {product.id: product for product in found}


@built_once
def _live(rights: Rights) -> Records:
    seen = within_scope(Product.owner_id, rights, "products") | among(Product.id, "kept")
    return Records(select(Product).where(among(Product.id, "ids"), Product.deleted_at.is_(None), seen))
