"""Pure decisions: which orders a rule is for, and who has to say yes to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple, Protocol, TypeVar

from services.sales.rules import line_total

MAX_STEPS = 5
NO_PLAN: dict[str, Any] = {"rule_name": None, "steps": []}
"""The plan of an order to which no rule applies."""


class StepKind(StrEnum):
    """Who decides a step: the manager of the order's owner, anybody with a role, or somebody named."""

    MANAGER = "manager"
    ROLE = "role"
    USER = "user"


class Rule(Protocol):
    """A rule: what it demands of an order (None demands nothing), and the steps it sets."""

    @property
    def id(self) -> str: ...

    @property
    def version(self) -> int: ...

    @property
    def name(self) -> str: ...

    @property
    def min_amount(self) -> Decimal | None: ...

    @property
    def min_discount(self) -> Decimal | None: ...

    @property
    def max_margin(self) -> Decimal | None: ...

    @property
    def may_approve_own(self) -> bool: ...

    @property
    def steps(self) -> list[Any]: ...


class SoldLine(Protocol):
    """What counts of an order's line."""

    @property
    def quantity(self) -> Decimal: ...

    @property
    def unit_price(self) -> Decimal: ...

    @property
    def cost(self) -> Decimal: ...


@dataclass(frozen=True)
class Sale:
    """What an order comes to: its total, what it would be without any discount, and what it costs us."""

    total: Decimal
    gross: Decimal
    cost: Decimal


@dataclass(frozen=True)
class Holders:
    """Who of those a rule may mean is allowed to approve now, as identity told."""

    users: frozenset[str]
    roles: Mapping[str, Mapping[str, Any]]
    managers: Mapping[str, str]

    def of(self, step: Mapping[str, Any], owner_id: str | None) -> list[str]:
        """Those who may decide a step of an order with this owner."""
        if step["kind"] == StepKind.ROLE:
            return list(self.roles.get(step["role_id"], {}).get("user_ids", ()))
        wanted = self.managers.get(owner_id or "") if step["kind"] == StepKind.MANAGER else step["user_id"]
        return [wanted] if wanted in self.users else []

    def role_name(self, step: Mapping[str, Any]) -> str | None:
        """What the role that decides a step is called."""
        return self.roles.get(step["role_id"], {}).get("name") if step["kind"] == StepKind.ROLE else None


class Key(NamedTuple):
    """What a plan is made of: a version of a rule, and the order's owner."""

    rule_id: str
    rule_version: int
    owner_id: str | None


R = TypeVar("R", bound=Rule)


def sale_of(lines: Iterable[SoldLine], total: Decimal) -> Sale:
    """What an order with these lines and this total comes to."""
    kept = list(lines)
    gross = sum((line_total(line.quantity, line.unit_price, Decimal(0)) for line in kept), Decimal(0))
    return Sale(total, gross, sum((line.cost for line in kept), Decimal(0)))


def holds_for(rule: Rule, sale: Sale) -> bool:
    """Whether a sale is within all bounds that a rule sets; one that sets none is for every order.

    The discount is the whole order's, of lines and document; the margin is (total − cost) / total. Both are compared without a
    division, so that a sale on the bound is within it to the cent; what is given away has every discount and no margin.
    """
    return (
        (rule.min_amount is None or sale.total >= rule.min_amount)
        and (rule.min_discount is None or (sale.gross - sale.total) * 100 >= rule.min_discount * sale.gross)
        and (rule.max_margin is None or (sale.total - sale.cost) * 100 <= rule.max_margin * sale.total)
    )


def first_for(rules: Iterable[R], sale: Sale) -> R | None:
    """The first of some rules that is for a sale."""
    return next((rule for rule in rules if holds_for(rule, sale)), None)


@dataclass(frozen=True)
class Plan:
    """The steps an order would go through by a rule, and what they were worked out from."""

    key: Key
    rule_name: str
    may_approve_own: bool
    steps: list[dict[str, Any]]

    def as_kept(self) -> dict[str, Any]:
        """The plan as it is kept with an order."""
        return {"rule_name": self.rule_name, "may_approve_own": self.may_approve_own, "steps": self.steps}

    def first_without_people(self) -> int | None:
        """The first step that nobody may decide, counted from 1."""
        return next((position for position, step in enumerate(self.steps, 1) if not step["approver_ids"]), None)


def plan_of(key: Key, rule: Rule, holders: Holders, submitter_id: str | None) -> Plan:
    """The plan of an order by a rule: who may decide each step; owner and submitter are left out unless the rule lets them."""
    without = () if rule.may_approve_own else (submitter_id, key.owner_id)
    steps = [
        {
            "kind": step["kind"],
            "role_name": holders.role_name(step),
            "approver_ids": [one for one in holders.of(step, key.owner_id) if one not in without],
        }
        for step in rule.steps
    ]
    return Plan(key, rule.name, rule.may_approve_own, steps)
