"""Load a row by id, plainly or under a lock; add rows that may be there already."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from sqlalchemy import inspect, or_, select, update
from sqlalchemy.orm import Session

from shared.db.base import Mergeable
from shared.db.quick import INSERTS, QuickInsert
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


def add_missing(db: Session, model: type[Any], *rows: dict[str, Any]) -> int:
    """Insert rows; one that clashes with a row that is there already, or comes at the same moment, is left out. Says how many were new."""
    return _missing(model.__table__).add(db, *rows)


@cache
def _missing(table: Any) -> QuickInsert:
    return QuickInsert(table, unless_there=True)


def keep_newest(db: Session, model: type[Any], **values: Any) -> bool:
    """Keep what another service tells of a record: a row of `model` with these values, of which one is `version`. Says whether it was news.

    A row that is there takes them over where their version is higher than its own; older news, and the same once more, changes nothing.
    """
    mapper = inspect(model)
    if db.identity_map:
        db.flush()
    written: Any = db.connection().execute(_upsert(mapper.local_table, db.get_bind().dialect.name, tuple(values)), values)
    loaded = db.identity_map.get(mapper.identity_key_from_primary_key(tuple(values[column.key] for column in mapper.primary_key)))
    if loaded is not None:
        db.expire(loaded)
    return bool(written.rowcount)


def note_merge(db: Session, model: type[Mergeable], *, from_id: str, into_id: str) -> str:
    """Know that one record became part of another: what is heard of the one, however late, is the other's. Gives the id both are found by now."""
    target = merged_into(db, model, into_id)
    became_part = or_(model.id == from_id, model.merged_into_id == from_id)
    db.execute(update(model).where(became_part).values(merged_into_id=target))
    return target


def merged_into(db: Session, model: type[Mergeable], record_id: str) -> str:
    """The id a record is found by now: its own, or that of the one it became part of."""
    return db.scalar(select(model.merged_into_id).where(model.id == record_id)) or record_id


@cache
def _upsert(table: Any, dialect: str, names: tuple[str, ...]) -> Any:
    insert = INSERTS[dialect](table)
    keys = [column.name for column in table.primary_key]
    new = {name: insert.excluded[name] for name in names if name not in keys}
    is_newer = table.c.version < insert.excluded.version
    return insert.on_conflict_do_update(index_elements=keys, set_=new, where=is_newer).execution_options(preserve_rowcount=True)
