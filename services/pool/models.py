"""The root of the pool's tables."""

from __future__ import annotations

from shared.db import Model, new_metadata


class Base(Model):
    """The root of all tables of pool."""

    __abstract__ = True
    metadata = new_metadata()
