"""What changed among the children of records (an order's lines), for the history of the record they belong to.

A relationship says which columns of its children are told there: `relationship(..., info=kept_in_history("quantity", "unit_price"))`.
Only what a flush has at hand is looked at, so that nothing is read for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import inspect
from sqlalchemy.orm import Mapper, RelationshipProperty, Session

from shared.db.base import KEPT_IN_HISTORY, Record

Owner = tuple[str, str]
"""A record as the history names it: its class and its id."""


class Kept(NamedTuple):
    """A relationship whose children stand in the history: the record's class, the field, the column that names the record, and the columns told."""

    owner: str
    field: str
    key: str
    columns: tuple[str, ...]


class Difference:
    """The children of one record in one field that are other than they were."""

    def __init__(self) -> None:
        self.before: list[dict[str, Any]] = []
        self.after: list[dict[str, Any]] = []

    def told(self) -> list[list[dict[str, Any]]]:
        """What was there and is no more, and what is there instead; a child written anew as it was is no change."""
        after = list(self.after)
        gone = [one for one in self.before if not _taken(after, one)]
        return [gone, after]


def changes_of_children(db: Session) -> dict[Owner, dict[str, list[list[dict[str, Any]]]]]:
    """Per record that stays, what this flush changes among its children: {field: [before, after]}."""
    found: dict[tuple[Owner, str], Difference] = {}
    seen: set[int] = set()
    for record in db.dirty:
        for kept in _of_record(inspect(record).mapper) if isinstance(record, Record) else ():
            difference = found.setdefault(((kept.owner, record.id), kept.field), Difference())
            seen.update(_compare(record, kept, difference))
    for child, came, goes in _children(db):
        kept_of = _of_child(inspect(child).mapper)
        record_id = getattr(child, kept_of.key) if kept_of else None
        if kept_of and record_id and id(child) not in seen:
            _note(found.setdefault(((kept_of.owner, record_id), kept_of.field), Difference()), child, kept_of, came=came, goes=goes)
    passing = {(type(record).__name__, record.id) for record in (*db.new, *db.deleted) if isinstance(record, Record)}
    changes: dict[Owner, dict[str, list[list[dict[str, Any]]]]] = {}
    for (owner, field), difference in found.items():
        told = difference.told()
        if any(told) and owner not in passing:
            changes.setdefault(owner, {})[field] = told
    return changes


def _children(db: Session) -> Iterator[tuple[Any, bool, bool]]:
    """What a flush writes, each with whether it is new and whether it goes."""
    for rows, came, goes in ((db.new, True, False), (db.dirty, False, False), (db.deleted, False, True)):
        for row in rows:
            yield row, came, goes


def _compare(record: Record, kept: Kept, difference: Difference) -> Iterator[int]:
    """Note what a record's own list tells; gives the children met."""
    history = inspect(record).attrs[kept.field].history
    for rows, came, goes in ((history.added, True, False), (history.unchanged, False, False), (history.deleted, False, True)):
        for child in rows or ():
            if came or goes or inspect(child).modified:
                yield id(child)
                _note(difference, child, kept, came=came, goes=goes)


def _note(difference: Difference, child: Any, kept: Kept, *, came: bool, goes: bool) -> None:
    state = inspect(child)
    now = {name: state.dict.get(name) for name in kept.columns}
    if not came:
        old = {name: state.attrs[name].history.deleted for name in kept.columns}
        difference.before.append(now | {name: values[0] for name, values in old.items() if values})
    if not goes:
        difference.after.append(now)


def _taken(rows: list[dict[str, Any]], row: dict[str, Any]) -> bool:
    if row not in rows:
        return False
    rows.remove(row)
    return True


@cache
def _of_record(mapper: Mapper[Any]) -> tuple[Kept, ...]:
    return tuple(_kept(one) for one in mapper.relationships if KEPT_IN_HISTORY in one.info)


@cache
def _of_child(mapper: Mapper[Any]) -> Kept | None:
    return next((_kept(one) for one in _relationships(mapper) if one.mapper is mapper and KEPT_IN_HISTORY in one.info), None)


def _relationships(mapper: Mapper[Any]) -> Iterable[RelationshipProperty[Any]]:
    return (one for other in mapper.registry.mappers for one in other.relationships)


def _kept(relationship: RelationshipProperty[Any]) -> Kept:
    (_, column), *_ = relationship.local_remote_pairs or ()
    key = relationship.mapper.get_property_by_column(column).key
    return Kept(relationship.parent.class_.__name__, relationship.key, key, relationship.info[KEPT_IN_HISTORY])
