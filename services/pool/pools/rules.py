"""Pure decisions: which pool a customer belongs to, and what a new one does by itself (nothing)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Reach:
    """Whom a pool is for: the departments whose people own the customer, the customer's regions."""

    pool_id: str
    department_ids: Collection[str]
    regions: Collection[str]


def ancestry(department_id: str | None, parents: Mapping[str, str | None]) -> list[str]:
    """A department and those above it, nearest first; a ring in the tree ends the walk."""
    chain: list[str] = []
    while department_id is not None and department_id not in chain:
        chain.append(department_id)
        department_id = parents.get(department_id)
    return chain


def choose_pool(reaches: Sequence[Reach], departments: Sequence[str], region: str | None, default: str) -> str:
    """The pool of the owner's nearest department, else of the customer's region, else the default one.

    Of two pools for the same department or region the first of `reaches` takes it.
    """
    for department in departments:
        for reach in reaches:
            if department in reach.department_ids:
                return reach.pool_id
    return next((reach.pool_id for reach in reaches if region is not None and region in reach.regions), default)


def no_auto_entry() -> dict[str, Any]:
    """The settings under which no ordinary customer comes in by itself."""
    return {
        "no_follow_up_days": None, "no_order_days": None, "by_level": [], "exempt_statuses": [], "exempt_levels": [], "exempt_tags": [],
    }  # fmt: skip
