"""Writes of pools: their rules, their switch, and taking one away."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from services.pool.customers.actions import Desk, change_all
from services.pool.customers.queries import in_pool
from services.pool.ledger.queries import was_used
from services.pool.pools import queries
from services.pool.pools.models import Pool
from services.pool.rules import Goal, State
from shared.bus import Call, publish
from shared.caller import Caller
from shared.contracts.pool import PoolDisabled
from shared.db import lock
from shared.errors import Conflict, Invalid
from shared.people import learn_people


def learn_members(call: Call, data: dict[str, Any]) -> None:
    """Before saving: ask identity about members not heard of yet."""
    learn_people(call, [*data.get("admin_ids", ()), *data.get("user_ids", ())])


def create_pool(db: Session, *, data: dict[str, Any], caller: Caller, now: datetime) -> Pool:
    """Add a pool. Raises Invalid naming members or departments that nobody knows."""
    data.pop("confirm", None)
    _check(db, data)
    pool = Pool(**data)
    db.add(pool)
    return pool


def save_pool(call: Call, pool_id: str, changes: dict[str, Any]) -> Pool:
    """Change a pool's rules. Raises StaleVersion, Invalid.

    Switching off makes each of its customers an ordinary one with the owner it has; with customers in it that takes
    `confirm`, else it raises Conflict with their number.
    """
    pool, confirmed = lock(call.db, Pool, pool_id, changes.pop("version", None)), changes.pop("confirm", False)
    _check(call.db, changes)
    if pool.enabled and changes.get("enabled") is False:
        _switch_off(call, pool, confirmed=confirmed)
    for name, value in changes.items():
        setattr(pool, name, value)
    publish(call.db, pool.told())
    return pool


def empty_pool(call: Call, pool_id: str, into_id: str, version: int | None) -> int:
    """Put every customer of a pool into another one. Answers how many. Raises NotFound, StaleVersion, Conflict, Invalid."""
    lock(call.db, Pool, pool_id, version)
    pools = queries.all_pools(call.db, hold=True)
    target = next((pool for pool in pools if pool.id == into_id and pool.id != pool_id), None)
    if target is None:
        raise Invalid.field("into_id", "not_found")
    if not target.enabled:
        raise Conflict("pool_is_off")
    return change_all(Desk.by_itself(call, ()), pool_id, "move", {"pool_id": into_id})


def delete_pool(db: Session, *, record: Pool, caller: Caller, now: datetime) -> None:
    """Put an empty pool into the recycle bin. Raises Conflict for the default pool and for one with customers in it."""
    if record.is_default:
        raise Conflict("default_pool_stays")
    if inside := in_pool(db, [record.id])[record.id]:
        raise Conflict("pool_not_empty", affected=inside)
    record.deleted_at = now


def purge_pool(db: Session, *, record: Pool, caller: Caller, now: datetime) -> None:
    """Delete a pool for good. Raises Conflict for one that the ledger names."""
    if was_used(db, record.id):
        raise Conflict("others_depend")
    db.delete(record)


def show_affected(call: Call, pools: list[Pool], rows: list[dict[str, Any]]) -> None:
    """Put beside each pool how many customers are in it."""
    counts = in_pool(call.db, [pool.id for pool in pools])
    for pool, row in zip(pools, rows, strict=True):
        row["affected"] = counts[pool.id]


def _switch_off(call: Call, pool: Pool, *, confirmed: bool) -> None:
    inside = in_pool(call.db, [pool.id])[pool.id]
    if inside and not confirmed:
        raise Conflict("confirm_switch_off", affected=inside)
    left = {"state": State.LEFT.value, "goal": Goal.NONE.value, "protected_until": None}
    affected = change_all(Desk.by_itself(call, ()), pool.id, "switch_off", left)
    publish(call.db, PoolDisabled(pool_id=pool.id, affected=affected))


def _check(db: Session, data: dict[str, Any]) -> None:
    for name in ("admin_ids", "user_ids"):
        unknown = queries.unknown_users(db, data.get(name, ()))
        for index, user_id in enumerate(data.get(name, ())):
            if user_id in unknown:
                raise Invalid.field(f"{name}.{index}", "unknown_user")
    departments = data.get("department_ids", [])
    for unknown_id in queries.unknown_departments(db, departments):
        raise Invalid.field(f"department_ids.{departments.index(unknown_id)}", "unknown_department")
    levels = [one["level"] for one in data.get("auto_entry", {}).get("by_level", ())]
    if len(set(levels)) < len(levels):
        raise Invalid.field("auto_entry.by_level", "repeated_items")
