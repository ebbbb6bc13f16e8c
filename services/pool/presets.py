"""Rows a new installation starts with: one pool, switched off."""

from __future__ import annotations

from sqlalchemy.orm import Session

from services.pool.models import DEFAULT_POOL, PoolSettings
from shared.settings import Settings


def load(db: Session, settings: Settings) -> None:
    """Add the default pool if it is missing."""
    if db.get(PoolSettings, DEFAULT_POOL) is None:
        db.add(PoolSettings(id=DEFAULT_POOL, name="公海", admin_ids=[], user_ids=[]))
