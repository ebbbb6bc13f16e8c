"""Reads of the pool; quotas, cool-downs and who holds what come from the ledger, the one truth."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from services.pool import rules
from services.pool.models import DEFAULT_POOL, CustomerCopy, GoalFact, Ledger, PoolEntry, PoolSettings
from services.pool.rules import Level, State
from shared.caller import Caller
from shared.people import names_of, within_scope


def settings_of(db: Session, pool_id: str = DEFAULT_POOL) -> PoolSettings:
    """The rules of a pool."""
    return db.get_one(PoolSettings, pool_id)


def level_of(db: Session, caller: Caller) -> Level:
    """Who the caller is to the pool."""
    settings = settings_of(db)
    return rules.level_of(caller.user_id, caller.may("pool:settings"), settings.admin_ids, settings.user_ids)


def entries_in_scope(db: Session, caller: Caller, module: str) -> ColumnElement[bool]:
    """Administrators see all; users see the unassigned, their own, and those of people below them."""
    inside = PoolEntry.state != State.LEFT.value
    level = level_of(db, caller)
    if level >= Level.ADMIN:
        return inside
    owned = and_(PoolEntry.state == State.ASSIGNED.value, within_scope(PoolEntry.owner_id, caller, "customers"))
    if level is Level.OUTSIDER:
        return owned
    return or_(PoolEntry.state == State.UNASSIGNED.value, owned)


def only_state(query: Select[Any], params: dict[str, Any]) -> Select[Any]:
    """One of the two tabs."""
    return query.where(PoolEntry.state == params["state"]) if params.get("state") else query


def held(db: Session, user_id: str, *, count_achieved: bool) -> int:
    """How many customers somebody holds: those whose newest ledger row names them."""
    newer = aliased(Ledger)
    last = ~select(newer.id).where(newer.customer_id == Ledger.customer_id, newer.id > Ledger.id).exists()
    nothing = [action for action in rules.HOLDS_NOTHING if not (count_achieved and action == "goal_achieved")]
    mine = (Ledger.to_owner_id == user_id, Ledger.action.not_in(nothing))
    return db.scalar(select(func.count()).select_from(Ledger).where(*mine, last)) or 0


def claims_since(db: Session, user_id: str, start: datetime) -> int:
    """How often somebody claimed since a moment; giving back does not undo it."""
    claims = (Ledger.actor_id == user_id, Ledger.action == "claim", Ledger.at >= start)
    return db.scalar(select(func.count()).select_from(Ledger).where(*claims)) or 0


def lost_at(db: Session, customer_id: str, user_id: str) -> datetime | None:
    """When somebody last lost a customer."""
    lost = (Ledger.customer_id == customer_id, Ledger.from_owner_id == user_id, Ledger.to_owner_id.is_distinct_from(user_id))
    return db.scalar(select(Ledger.at).where(*lost).order_by(Ledger.id.desc()).limit(1))


def due_entries(db: Session, now: datetime, *, limit: int) -> Sequence[PoolEntry]:
    """Entries whose time has passed, locked; those another replica holds are left to it."""
    due = (PoolEntry.state == "assigned", PoolEntry.goal == "pending", PoolEntry.protected_until < now)
    query = select(PoolEntry).where(*due).order_by(PoolEntry.protected_until).limit(limit)
    return db.scalars(query.with_for_update(skip_locked=True)).all()


def entries_to_warn(db: Session, now: datetime, before: datetime, *, limit: int) -> Sequence[PoolEntry]:
    """Entries whose deadline comes before a moment and whose owner was not warned of it yet."""
    soon = (
        PoolEntry.state == "assigned", PoolEntry.goal == "pending", PoolEntry.protected_until >= now, PoolEntry.protected_until < before,
        PoolEntry.warned_for.is_distinct_from(PoolEntry.protected_until),
    )  # fmt: skip
    return db.scalars(select(PoolEntry).where(*soon).limit(limit).with_for_update(skip_locked=True)).all()


def goal_facts(db: Session, customer_id: str) -> Sequence[GoalFact]:
    """The live orders and receipts of a customer."""
    return db.scalars(select(GoalFact).where(GoalFact.customer_id == customer_id, GoalFact.is_live)).all()


def ledger_page(db: Session, condition: Any, page: int, page_size: int) -> dict[str, Any]:
    """A page of the ledger with names, newest first."""
    total = db.scalar(select(func.count()).select_from(Ledger).where(condition)) or 0
    newest = select(Ledger).where(condition).order_by(Ledger.id.desc())
    rows = db.scalars(newest.limit(page_size).offset((page - 1) * page_size)).all()
    names = names_of(db, {person for row in rows for person in (row.from_owner_id, row.to_owner_id, row.actor_id)})
    return {"items": [_ledger_row(row, names) for row in rows], "page": page, "page_size": page_size, "total": total}


def customers_of(db: Session, user_id: str) -> Sequence[str]:
    """Ids of the customers somebody owns, ordinary ones and those of the pool."""
    ordinary = select(CustomerCopy.id).where(CustomerCopy.owner_id == user_id, CustomerCopy.is_deleted.is_(False))
    pooled = select(PoolEntry.id).where(PoolEntry.owner_id == user_id, PoolEntry.state == State.ASSIGNED.value)
    return db.scalars(ordinary.union(pooled)).all()


def in_pool(db: Session) -> int:
    """How many customers are in the pool."""
    return db.scalar(select(func.count()).select_from(PoolEntry).where(PoolEntry.state != State.LEFT.value)) or 0


def expiring(db: Session, user_id: str, now: datetime, before: datetime) -> int:
    """How many of somebody's customers run out before a moment."""
    soon = (PoolEntry.owner_id == user_id, PoolEntry.goal == "pending", PoolEntry.protected_until.between(now, before))
    return db.scalar(select(func.count()).select_from(PoolEntry).where(*soon)) or 0


def members(db: Session) -> list[dict[str, Any]]:
    """Everybody who works with the pool, with how many customers each holds."""
    settings = settings_of(db)
    names = names_of(db, settings.members)
    return [
        {
            "user_id": one, "name": names.get(one, ""), "level": "admin" if one in settings.admin_ids else "user",
            "held": held(db, one, count_achieved=settings.count_achieved),
        }
        for one in sorted(settings.members)
    ]  # fmt: skip


def _ledger_row(row: Ledger, names: dict[str, str]) -> dict[str, Any]:
    plain = (
        "id",
        "customer_id",
        "action",
        "from_owner_id",
        "to_owner_id",
        "actor_id",
        "reason",
        "deadline_before",
        "deadline_after",
        "days",
        "at",
    )
    return {name: getattr(row, name) for name in plain} | {
        "from_owner_name": names.get(row.from_owner_id or ""),
        "to_owner_name": names.get(row.to_owner_id or ""),
        "actor_name": names.get(row.actor_id or ""),
        "automatic": row.actor_id is None,
    }
