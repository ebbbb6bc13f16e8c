"""Reads of products."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from services.sales.products.models import Product
from shared.caller import Caller, Rights
from shared.people import within_scope
from shared.resources import built_once


def products_for(db: Session, caller: Caller, ids: Collection[str], *, kept: Collection[str] = ()) -> dict[str, Product]:
    """Those of some products that exist for the caller, and of the `kept` ones all that exist, by id."""
    found = db.scalars(_live(caller.rights), {"ids": list(ids), "kept": list(kept)})
    return {product.id: product for product in found}


@built_once
def _live(rights: Rights) -> Select[Product]:
    seen = within_scope(Product.owner_id, rights, "products") | Product.id.in_(bindparam("kept", expanding=True))
    return select(Product).where(Product.id.in_(bindparam("ids", expanding=True)), Product.deleted_at.is_(None), seen)
