"""Row scope: the condition that records must meet to exist for a caller, and the statements that read them.

Building a statement costs more than running it. A scope that depends on the caller's rights alone gives the same condition for the
same rights, so the statements made of it are built once and kept.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import ColumnElement, Select, bindparam, select, true
from sqlalchemy.orm import Session

from shared.caller import Caller, Rights
from shared.db.quick import Records
from shared.people import within_scope

Scope = Callable[[Session, Caller, str], ColumnElement[bool]]

EVERYTHING = true()

P = ParamSpec("P")
T = TypeVar("T")

KEPT = 256
"""Conditions and statements kept per scope and kind: as many as there are people who work at once."""


def built_once(build: Callable[P, T]) -> Callable[P, T]:
    """Keep what a function builds out of rights, conditions and names; it must depend on nothing else."""
    return lru_cache(KEPT)(build)  # type: ignore[return-value]


def by_rights(build: Callable[[Rights, str], ColumnElement[bool]]) -> Scope:
    """The scope that `build(rights, module)` works out from the caller's rights and nothing else, once for all who have the same."""
    known = built_once(build)

    @wraps(build)
    def scope(db: Session, caller: Caller, module: str) -> ColumnElement[bool]:
        return known(caller.rights, module)

    return scope


def of_owner(model: Any) -> Scope:
    """The scope of a module whose records are seen by their owner, and by others as their scope says."""
    return by_rights(lambda rights, module: within_scope(model.owner_id, rights, module))


def everybody(db: Session, caller: Caller, module: str) -> ColumnElement[bool]:
    """The scope of a module whose records are no secret among those who may see the module."""
    return EVERYTHING


@built_once
def all_in(model: Any, condition: ColumnElement[bool], *, deleted: bool = False) -> Select[Any]:
    """The live or the deleted records that meet a condition."""
    return select(model).where(model.deleted_at.is_not(None) if deleted else model.deleted_at.is_(None), condition)


@built_once
def one_in(
    model: Any, condition: ColumnElement[bool], *, deleted: bool = False, locked: bool = False, children: tuple[Any, ...] = ()
) -> Records:
    """The same for the one whose id is the parameter `record_id`, with its `children` in the same query; `locked` until the transaction
    ends, and as it is now.
    """  # fmt: skip
    query = all_in(model, condition, deleted=deleted).where(model.id == bindparam("record_id"))
    if locked:
        query = query.with_for_update(of=model).execution_options(populate_existing=True)
    return Records(query, is_whole=True, together=children)
