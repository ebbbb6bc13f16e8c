"""Reads of pool customers and of the copies of all others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session

from services.pool.customers.models import CustomerCopy, CustomerFact, PoolEntry
from services.pool.pools.queries import all_pools, levels_of, pools_where
from services.pool.rules import Fact, Level, State
from shared.caller import Caller, Rights
from shared.db import existing
from shared.errors import Forbidden, NotFound
from shared.people import owned_by_or_below, within_scope
from shared.resources import built_once


def entries_in_scope(db: Session, caller: Caller, module: str) -> ColumnElement[bool]:
    """A pool's administrators see all of it, its users the unassigned; an assigned one its owner and those above the owner."""
    levels = levels_of(all_pools(db), caller)
    ruled = frozenset(pool_id for pool_id, level in levels.items() if level >= Level.ADMIN)
    return _entries_in(caller.rights, ruled, frozenset(pool_id for pool_id, level in levels.items() if level >= Level.USER))


@built_once
def _entries_in(rights: Rights, ruled: frozenset[str], shared: frozenset[str]) -> ColumnElement[bool]:
    assigned = and_(PoolEntry.state == State.ASSIGNED.value, owned_by_or_below(PoolEntry.owner_id, rights, "customers"))
    free = and_(PoolEntry.state == State.UNASSIGNED.value, PoolEntry.pool_id.in_(shared))
    return and_(PoolEntry.state != State.LEFT.value, or_(PoolEntry.pool_id.in_(ruled), free, assigned))


def entry_of(db: Session, customer_id: str) -> PoolEntry:
    """The entry of a customer that is or was in a pool; a row that only waited to be locked says nothing. Raises NotFound."""
    entry = existing(db, PoolEntry, customer_id)
    if not entry.pool_id:
        raise NotFound()
    return entry


def check_tab(db: Session, caller: Caller, state: str | None) -> None:
    """Raise Forbidden when somebody who works with no pool asks for the unassigned."""
    if state == State.UNASSIGNED and not pools_where(db, caller, Level.USER):
        raise Forbidden("not_a_pool_member")


def only_tab(query: Select[Any], params: dict[str, Any]) -> Select[Any]:
    """One of the two tabs, of all pools or of one."""
    if params.get("state"):
        query = query.where(PoolEntry.state == params["state"])
    return query.where(PoolEntry.pool_id == params["pool_id"]) if params.get("pool_id") else query


def locked_entries(db: Session, customer_ids: Collection[str]) -> dict[str, PoolEntry]:
    """The entries of some customers, locked in one order whoever asks, so that two batches never wait for each other in a ring."""
    query = select(PoolEntry).where(PoolEntry.id.in_(customer_ids)).order_by(PoolEntry.id).with_for_update()
    return {entry.id: entry for entry in db.scalars(query.execution_options(populate_existing=True))}


def copies(db: Session, customer_ids: Collection[str]) -> dict[str, CustomerCopy]:
    """What is known of some customers; deleted ones are left out."""
    known = (CustomerCopy.id.in_(customer_ids), CustomerCopy.is_deleted.is_(False))
    return {copy.id: copy for copy in db.scalars(select(CustomerCopy).where(*known))}


def customers_of(db: Session, user_id: str) -> list[str]:
    """Ids of the customers somebody owns, ordinary ones and those of a pool."""
    ordinary = select(CustomerCopy.id).where(CustomerCopy.owner_id == user_id, CustomerCopy.is_deleted.is_(False))
    pooled = select(PoolEntry.id).where(PoolEntry.owner_id == user_id, PoolEntry.state == State.ASSIGNED.value)
    return list(db.scalars(ordinary.union(pooled)))


def locked_copies(db: Session, customer_ids: Collection[str]) -> Sequence[CustomerCopy]:
    """What is known of some customers, locked; those another replica holds are left to it."""
    query = select(CustomerCopy).where(CustomerCopy.id.in_(customer_ids)).order_by(CustomerCopy.id).with_for_update(skip_locked=True)
    return db.scalars(query.execution_options(populate_existing=True)).all()


def seen_copies(db: Session, caller: Caller, customer_ids: Collection[str]) -> set[str]:
    """Those of some customers that exist for the caller as ordinary ones."""
    seen = (CustomerCopy.id.in_(customer_ids), CustomerCopy.is_deleted.is_(False), within_scope(CustomerCopy.owner_id, caller, "customers"))
    return set(db.scalars(select(CustomerCopy.id).where(*seen)))


def seen_entries(db: Session, caller: Caller, customer_ids: Collection[str]) -> set[str]:
    """Those of some customers that exist for the caller as customers of a pool."""
    return set(db.scalars(select(PoolEntry.id).where(PoolEntry.id.in_(customer_ids), entries_in_scope(db, caller, "pool-customers"))))


def customer_names(db: Session, customer_ids: Collection[str]) -> dict[str, str]:
    """Names by id, in one query."""
    rows = db.execute(select(CustomerCopy.id, CustomerCopy.name).where(CustomerCopy.id.in_(customer_ids)))
    return {customer_id: name for customer_id, name in rows}


def goal_facts(db: Session, customer_ids: Collection[str] | Select[str]) -> dict[str, list[Fact]]:
    """The live orders and receipts of some customers (ids, or a query that finds them); a receipt is worth what its refunds left of it."""
    live = (CustomerFact.customer_id.in_(customer_ids), CustomerFact.is_live, CustomerFact.kind.in_(("order", "receipt", "refund")))
    rows = db.scalars(select(CustomerFact).where(*live)).all()
    refunded: dict[str | None, Decimal] = defaultdict(Decimal)
    for row in rows:
        if row.kind == "refund":
            refunded[row.of_id] -= row.amount
    found: dict[str, list[Fact]] = defaultdict(list)
    for row in rows:
        if row.kind != "refund":
            found[row.customer_id].append(Fact(row.kind, row.at, row.amount - refunded[row.source_id]))
    return found


def latest_facts(db: Session, customer_id: str) -> tuple[datetime | None, datetime | None, Decimal]:
    """A customer's last follow-up, last approved order, and what its approved orders add up to."""
    live = (CustomerFact.customer_id == customer_id, CustomerFact.is_live)
    last = {
        kind: at for kind, at in db.execute(select(CustomerFact.kind, func.max(CustomerFact.at)).where(*live).group_by(CustomerFact.kind))
    }
    total = db.scalar(select(func.sum(CustomerFact.amount)).where(*live, CustomerFact.kind == "order"))
    return last.get("follow_up"), last.get("order"), total or Decimal("0.00")


def in_pool(db: Session, pool_ids: Iterable[str]) -> dict[str, int]:
    """How many customers are in each of some pools."""
    wanted = list(pool_ids)
    inside = (PoolEntry.pool_id.in_(wanted), PoolEntry.state != State.LEFT.value)
    counts = {
        pool_id: count for pool_id, count in db.execute(select(PoolEntry.pool_id, func.count()).where(*inside).group_by(PoolEntry.pool_id))
    }
    return {pool_id: counts.get(pool_id, 0) for pool_id in wanted}


def expiring(db: Session, pool_id: str, user_id: str, until: datetime) -> int:
    """How many of somebody's customers of a pool run out until a moment."""
    soon = (PoolEntry.owner_id == user_id, PoolEntry.pool_id == pool_id, PoolEntry.goal == "pending", PoolEntry.protected_until <= until)
    return db.scalar(select(func.count()).select_from(PoolEntry).where(*soon)) or 0


def due_entries(db: Session, now: datetime, *, limit: int) -> Sequence[PoolEntry]:
    """Entries whose time has passed, locked; those another replica holds are left to it."""
    due = (PoolEntry.state == "assigned", PoolEntry.goal == "pending", PoolEntry.protected_until < now)
    query = select(PoolEntry).where(*due).order_by(PoolEntry.protected_until, PoolEntry.id).limit(limit)
    return db.scalars(query.with_for_update(skip_locked=True)).all()


def entries_to_warn(db: Session, now: datetime, until: dict[str, datetime], *, limit: int) -> Sequence[PoolEntry]:
    """Entries whose deadline comes until their pool's moment and whose owner was not warned of it yet, locked."""
    near = [and_(PoolEntry.pool_id == pool_id, PoolEntry.protected_until <= moment) for pool_id, moment in until.items()]
    soon = (
        PoolEntry.state == "assigned", PoolEntry.goal == "pending", PoolEntry.protected_until >= now,
        PoolEntry.warned_for.is_distinct_from(PoolEntry.protected_until), or_(false(), *near),
    )  # fmt: skip
    return db.scalars(select(PoolEntry).where(*soon).order_by(PoolEntry.id).limit(limit).with_for_update(skip_locked=True)).all()
