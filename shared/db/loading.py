"""Load a row by id, plainly or under a lock; add rows that may be there already."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from shared.errors import NotFound, StaleVersion

M = TypeVar("M")


def find(db: Session, model: type[M], row_id: str) -> M | None:
    """The row with this id, or None; a deleted record counts as none."""
    found = db.get(model, row_id)
    return None if found is not None and getattr(found, "deleted_at", None) else found


def existing(db: Session, model: type[M], row_id: str) -> M:
    """The row with this id. Raises NotFound; a deleted record is not found."""
    found = find(db, model, row_id)
    if found is None:
        raise NotFound()
    return found


def lock(db: Session, model: type[M], row_id: str, version: int | None = None) -> M:
    """The row with this id, locked until the transaction ends. Raises NotFound, also for a deleted record; StaleVersion when `version` is not its own."""
    query: Any = select(model).where(model.id == row_id).with_for_update()  # type: ignore[attr-defined]
    found: M | None = db.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None or getattr(found, "deleted_at", None):
        raise NotFound()
    if version is not None and version != found.version:  # type: ignore[attr-defined]
        raise StaleVersion
    return found


def add_missing(db: Session, model: type[Any], *rows: dict[str, Any]) -> None:
    """Insert rows; one that clashes with a row that is there already, or comes at the same moment, is left out."""
    db.execute(_insert_missing(model.__table__, db.get_bind().dialect.name), rows)


@cache
def _insert_missing(table: Any, dialect: str) -> Any:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing()
