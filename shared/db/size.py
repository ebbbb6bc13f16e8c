"""How much a service's database takes on disk."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

SIZES = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class"
    " WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'm')",
}


def bytes_of(db: Session) -> int:
    """The bytes that the tables and indexes of this service take."""
    return int(db.scalar(text(SIZES[db.get_bind().dialect.name])) or 0)
