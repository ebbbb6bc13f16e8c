"""Rows a new installation starts with: one pool, switched off."""

from __future__ import annotations

from sqlalchemy.orm import Session

from services.pool.pools.models import DEFAULT_POOL, Pool
from shared.i18n import label
from shared.settings import Settings


def load(db: Session, settings: Settings) -> None:
    """Add the default pool if it is missing."""
    if db.get(Pool, DEFAULT_POOL) is None:
        db.add(Pool(id=DEFAULT_POOL, name=label("presets", "pool", settings.language, "services.pool")))
