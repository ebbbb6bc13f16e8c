"""How a record without a life of its own is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session


def adder(model: type[Any]) -> Callable[..., Any]:
    """A `create` that adds a row of a model with the fields given."""

    def add(db: Session, *, data: dict[str, Any], **_: Any) -> Any:
        record = model(**data)
        db.add(record)
        return record

    return add


def set_fields(db: Session, *, record: Any, changes: dict[str, Any], **_: Any) -> None:
    """Set the fields given."""
    for name, value in changes.items():
        setattr(record, name, value)


def mark_deleted(db: Session, *, record: Any, now: Any, **_: Any) -> None:
    """Put a record into the recycle bin."""
    record.deleted_at = now


def mark_restored(db: Session, *, record: Any, **_: Any) -> None:
    """Take a record out of the recycle bin."""
    record.deleted_at = None


def delete_row(db: Session, *, record: Any, **_: Any) -> None:
    """Delete a record for good."""
    db.delete(record)


def ask_nobody(call: Any, ids: list[str]) -> None:
    """Nothing elsewhere depends on the records."""
