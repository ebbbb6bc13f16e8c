"""Reads of pools: who somebody is to them, and which one a customer belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.pool import rules
from services.pool.ledger.queries import held
from services.pool.pools.models import DEFAULT_POOL, Pool
from services.pool.pools.rules import Reach, ancestry, choose_pool
from services.pool.rules import Level
from shared.caller import Caller
from shared.db import existing
from shared.people import Department, Person, names_of

SYSTEM_ADMIN = "pool:settings"
"""The permission that makes somebody the pools' system administrator."""


def all_pools(db: Session, *, hold: bool = False) -> list[Pool]:
    """Every pool, the default one first, then in order of age.

    `hold` keeps them as they are until the transaction ends: nobody switches a pool off while a customer goes into it.
    """
    query = select(Pool).where(Pool.deleted_at.is_(None)).order_by(Pool.created_at, Pool.id)
    pools = db.scalars(query.with_for_update(read=True).execution_options(populate_existing=True) if hold else query).all()
    return sorted(pools, key=lambda pool: not pool.is_default)


def pool_of(db: Session, pool_id: str | None = None) -> Pool:
    """A pool; the default one unless named. Raises NotFound."""
    return existing(db, Pool, pool_id or DEFAULT_POOL)


def level_in(pool: Pool, caller: Caller) -> Level:
    """Who the caller is to a pool."""
    return rules.level_of(caller.user_id, caller.may(SYSTEM_ADMIN), pool.admin_ids, pool.user_ids)


def levels_of(pools: Iterable[Pool], caller: Caller) -> dict[str, Level]:
    """Who the caller is to each of some pools."""
    return {pool.id: level_in(pool, caller) for pool in pools}


def pools_where(db: Session, caller: Caller, needed: Level) -> list[str]:
    """The pools in which the caller has at least a level."""
    return [pool_id for pool_id, level in levels_of(all_pools(db), caller).items() if level >= needed]


def members(db: Session, pool: Pool) -> list[dict[str, Any]]:
    """Everybody who works with a pool, with how many of its customers each holds."""
    names = names_of(db, pool.members)
    holding = held(db, pool.id, pool.members, count_achieved=pool.count_achieved)
    return [
        {"user_id": one, "name": names.get(one, ""), "level": "admin" if one in pool.admin_ids else "user", "held": holding[one]}
        for one in sorted(pool.members, key=lambda one: (names.get(one, ""), one))
    ]


@dataclass(frozen=True)
class Map:
    """Which pool customers belong to, by the department of their owner and by their region; read once for many customers."""

    reaches: tuple[Reach, ...]
    departments: dict[str, str | None]
    parents: dict[str, str | None]

    @classmethod
    def of(cls, db: Session, pools: Iterable[Pool]) -> Map:
        """The map of the pools that are switched on."""
        reaches = tuple(Reach(pool.id, frozenset(pool.department_ids), frozenset(pool.regions)) for pool in pools if pool.enabled)
        if not any(reach.department_ids for reach in reaches):
            return cls(reaches, {}, {})
        people = {person_id: department_id for person_id, department_id in db.execute(select(Person.id, Person.department_id))}
        tree = {department_id: parent_id for department_id, parent_id in db.execute(select(Department.id, Department.parent_id))}
        return cls(reaches, people, tree)

    def pool_for(self, owner_id: str | None, region: str | None) -> str:
        """The id of the pool that a customer of this owner and region goes to."""
        departments = ancestry(self.departments.get(owner_id or ""), self.parents)
        return choose_pool(self.reaches, departments, region, DEFAULT_POOL)


def unknown_departments(db: Session, department_ids: list[str]) -> list[str]:
    """Those of some departments that nobody has heard of."""
    known = set(db.scalars(select(Department.id).where(Department.id.in_(department_ids))))
    return [one for one in department_ids if one not in known]


def unknown_users(db: Session, user_ids: Iterable[str]) -> set[str]:
    """Those of some users that nobody has heard of."""
    wanted = set(user_ids)
    return wanted - set(db.scalars(select(Person.id).where(Person.id.in_(wanted))))
