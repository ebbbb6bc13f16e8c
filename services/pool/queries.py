"""What the pool tells one person about themselves and about everybody's work."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, true

from services.pool.customers.queries import customer_names, expiring
from services.pool.ledger import queries as ledger
from services.pool.ledger.models import Ledger
from services.pool.pools.models import Pool
from services.pool.pools.queries import all_pools, level_in, pool_of
from services.pool.rules import Level
from shared import clock
from shared.bus import Call
from shared.errors import Conflict, Forbidden
from shared.people import Person, names_of, owned_by_or_below


def summary(call: Call, pool_id: str | None) -> dict[str, Any]:
    """How many customers of a pool the caller holds of how many, and how many run out soon."""
    db, me, zone = call.db, call.caller.user_id or "", call.organisation.time_zone
    pools = all_pools(db)
    pool, limit = pool_of(db, pool_id), pool_of(db, pool_id).daily_claim_limit
    claimed = ledger.claims_since(db, pool.id, me, clock.start_of_day(call.today, zone))
    return {
        "pool_id": pool.id, "enabled": pool.enabled, "level": _level_name(pool, call),
        "held": ledger.held(db, pool.id, [me], count_achieved=pool.count_achieved)[me], "limit": pool.max_held,
        "expiring_soon": expiring(db, pool.id, me, clock.end_of_day(call.today + timedelta(days=pool.warn_days_before), zone)),
        "claims_left_today": None if limit is None else max(0, limit - claimed),
        "pools": [
            {"id": one.id, "name": one.name, "level": _level_name(one, call), "enabled": one.enabled}
            for one in pools if level_in(one, call.caller) or one.is_default
        ],
    }  # fmt: skip


def ledger_page(call: Call, **wanted: Any) -> dict[str, Any]:
    """A page of the ledger of the pools the caller administers. Raises Forbidden, and Conflict when every pool is off."""
    return ledger.ledger_page(call, _administered(call, wanted), customer_names, wanted)


def ledger_export(call: Call, *, after: str | None = None, **wanted: Any) -> dict[str, Any]:
    """A part of the same rows for a file. Raises as the page does."""
    return ledger.ledger_export(call, _administered(call, wanted), customer_names, wanted, after)


def _administered(call: Call, wanted: dict[str, Any]) -> ColumnElement[bool]:
    """The condition for ledger rows of the pools the caller administers, narrowed."""
    pools = all_pools(call.db)
    ruled = [pool.id for pool in pools if level_in(pool, call.caller) >= Level.ADMIN]
    if not ruled:
        raise Forbidden("not_a_pool_administrator")
    if not any(pool.enabled for pool in pools):
        raise Conflict("pool_is_off")
    return ledger.narrowed(ruled, **wanted)


def customer_log(call: Call, customer_id: str, page: int, page_size: int) -> dict[str, Any]:
    """公海操作記錄: a page of what happened to one customer, newest first."""
    return ledger.ledger_page(call, Ledger.customer_id == customer_id, customer_names, {"page": page, "page_size": page_size})


def statistics(call: Call, *, pool_id: str | None = None, from_: date | None = None, to: date | None = None) -> dict[str, Any]:
    """The figures of a pool by user: of all for its administrators, else of the caller and those below."""
    pool, zone = pool_of(call.db, pool_id), call.organisation.time_zone
    first, last = from_ or call.today.replace(day=1), to or call.today
    level = level_in(pool, call.caller)
    start, end = clock.start_of_day(first, zone), clock.start_of_day(last + timedelta(days=1), zone)
    figures = ledger.figures_by_user(call.db, pool.id, start, end)
    visible: ColumnElement[bool] = true() if level >= Level.ADMIN else owned_by_or_below(Person.id, call.caller, "customers")
    people = call.db.scalars(select(Person.id).where(Person.id.in_(pool.members | set(figures)), visible)).all()
    names = names_of(call.db, people)
    rows = [_figures(one, names.get(one, ""), figures.get(one, {})) for one in people]
    return {"first_day": first, "last_day": last, "items": sorted(rows, key=lambda row: (row["name"], row["user_id"]))}


def _figures(user_id: str, name: str, figures: dict[str, Any]) -> dict[str, Any]:
    return {
        "user_id": user_id, "name": name, "claims": figures.get("claim", 0), "assignments": figures.get("assign", 0),
        "releases": figures.get("release", 0), "recycles": figures.get("recycle", 0), "goals": figures.get("goal_achieved", 0),
        "goal_rate": figures.get("goal_rate"),
    }  # fmt: skip


def _level_name(pool: Pool, call: Call) -> str:
    return level_in(pool, call.caller).name.lower()
