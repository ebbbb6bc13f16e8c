"""The trail of records: who made and changed them when, and a history row per change that nobody can edit.

A session hook does it, so no write can forget it. Bulk statements bypass the hook; they are for tables that are no
records.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, String, bindparam, event, inspect, update
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.orm.util import identity_key

from shared import clock
from shared.caller import Caller
from shared.children import Owner, changes_of_children
from shared.db.base import ChassisBase, Record, new_id
from shared.db.quick import QuickInsert
from shared.db.types import IdType


class History(ChassisBase):
    """One change of one record: `changes` is {field: [old, new]}, for children the rows that went and that came; `action` is created, updated, deleted, restored, purged, attached or detached.

    `by` is the person in whose name it was done, `impersonated_by` who really did it, where that is somebody else.
    """

    __tablename__ = "history"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    record_type: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[str] = mapped_column(IdType())
    action: Mapped[str] = mapped_column(String(20))
    changes: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    by: Mapped[str | None] = mapped_column(IdType())
    channel: Mapped[str] = mapped_column(String(20))
    impersonated_by: Mapped[str | None] = mapped_column(IdType())

    __table_args__ = (Index("ix_history_record", "record_type", "record_id", "id"),)


ADD = QuickInsert(History.__table__)


def begin(db: Session, caller: Caller, now: datetime) -> None:
    """Tell a session who is at work and when, for everything it will write."""
    db.info["caller"], db.info["now"] = caller, now


def note(db: Session, record: Record, action: str, changes: dict[str, Any]) -> None:
    """Write into a record's history what happened to it beside its own fields, as a file attached."""
    _write(db, [_entry(_name(record), action, changes, db.info["caller"], db.info["now"])])


def change(db: Session, model: type[Record], record_id: str, changes: dict[str, tuple[Any, Any]]) -> None:
    """Write new values into a record that is locked, as a flush does: with a history row, a new version, and who changed it when.

    `changes` is {field: (old, new)}. It spares loading a wide row and all that follows for the sake of a figure in it.
    """
    caller, now = db.info["caller"], db.info["now"]
    loaded = db.identity_map.get(identity_key(model, record_id))
    if loaded is not None:
        db.flush()
    values = {f"new_{name}": new for name, (_, new) in changes.items()}
    db.connection().execute(
        _update(inspect(model).local_table, tuple(changes)), {"record_id": record_id, "now": now, "by": caller.user_id, **values}
    )
    if loaded is not None:
        db.expire(loaded)
    _write(db, [_entry((model.__name__, record_id), "updated", {name: list(values) for name, values in changes.items()}, caller, now)])


@cache
def _update(table: Any, names: tuple[str, ...]) -> Any:
    given: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    stamps = {"version": table.c.version + 1, "updated_at": bindparam("now"), "updated_by": bindparam("by")}
    return update(table).where(table.c.id == bindparam("record_id")).values(**given, **stamps)


@event.listens_for(Session, "before_flush")
def _stamp(db: Session, flush_context: Any, instances: Any) -> None:
    caller: Caller = db.info.get("caller") or Caller.system()
    now: datetime = db.info.get("now") or clock.now()
    entries, of_children = [], changes_of_children(db)
    for record in db.new:
        if isinstance(record, Record):
            _stamp_new(record, caller, now)
            entries.append(_entry(_name(record), "created", {}, caller, now))
    for record in db.dirty:
        if isinstance(record, Record):
            changes = _changes(record) | of_children.pop(_name(record), {})
            if changes:
                record.updated_at, record.updated_by = now, caller.user_id
                entries.append(_entry(_name(record), _action(changes), changes, caller, now))
    entries += [_entry(owner, "updated", changes, caller, now) for owner, changes in of_children.items()]
    entries += [_entry(_name(record), "purged", {}, caller, now) for record in db.deleted if isinstance(record, Record)]
    _write(db, entries)


def _stamp_new(record: Record, caller: Caller, now: datetime) -> None:
    record.created_at = record.created_at or now
    record.created_by = record.created_by or caller.user_id
    record.updated_at, record.updated_by = record.created_at, record.created_by
    if record.id is None:
        record.id = new_id()


def _name(record: Record) -> Owner:
    return type(record).__name__, record.id


def _entry(owner: Owner, action: str, changes: dict[str, Any], caller: Caller, now: datetime) -> dict[str, Any]:
    return {
        "record_type": owner[0], "record_id": owner[1], "action": action, "changes": _plain(changes), "at": now,
        "by": caller.user_id, "channel": caller.channel, "impersonated_by": caller.impersonated_by,
    }  # fmt: skip


def _write(db: Session, entries: list[dict[str, Any]]) -> None:
    """History is only ever added to, so it needs no objects: an import of thousands feels the difference."""
    if entries and not db.info.get("rehearsal"):
        ADD.add(db, *entries)


def _changes(record: Record) -> dict[str, Any]:
    state = inspect(record)
    found: dict[str, Any] = {}
    for attribute in state.mapper.column_attrs:
        name = attribute.key
        if name not in state.committed_state or name in record.untracked:
            continue
        history = state.attrs[name].history
        if history.has_changes():
            old, new = (values[0] if values else None for values in (history.deleted, history.added))
            if name in record.unfolded:
                found |= _unfolded(old or {}, new or {})
            elif old != new:
                found[name] = [old, new]
    return found


def _unfolded(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    return {key: [old.get(key), new.get(key)] for key in sorted(old.keys() | new.keys()) if old.get(key) != new.get(key)}


def _action(changes: dict[str, Any]) -> str:
    if "deleted_at" not in changes:
        return "updated"
    return "deleted" if changes["deleted_at"][1] else "restored"


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value
