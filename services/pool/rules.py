"""Pure decisions of the pool: who may do what, and what reaches a goal."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import IntEnum, StrEnum


class State(StrEnum):
    """Where an entry stands; one that left is an ordinary customer again."""

    UNASSIGNED = "unassigned"
    ASSIGNED = "assigned"
    LEFT = "left"


class Goal(StrEnum):
    """Whether the owner reached what the pool asks for."""

    NONE = "none"
    PENDING = "pending"
    ACHIEVED = "achieved"


class Level(IntEnum):
    """Who somebody is to a pool."""

    OUTSIDER = 0
    USER = 1
    ADMIN = 2
    SYSTEM = 3


GOAL_EVENTS = ("order", "receipt", "both", "either")
MAX_EXTENSION = 365
LEDGER_ACTIONS = (
    "send", "enter", "claim", "assign", "release", "recycle", "extend", "goal_achieved", "goal_reopened", "restore", "move", "transfer",
    "withdraw", "switch_off", "delete", "merge",
)  # fmt: skip
TAKING_RULES = ("protection_period", "no_follow_up", "no_order")

NEEDED = {
    "send": Level.ADMIN,
    "withdraw": Level.ADMIN,
    "claim": Level.USER,
    "assign": Level.ADMIN,
    "release": Level.ADMIN,
    "extend": Level.ADMIN,
    "move": Level.ADMIN,
    "decide_extension": Level.ADMIN,
}
"""The level that may do something with any customer of the pool."""

OWNERS_MAY = frozenset({"send", "release", "request_extension"})
"""What a pool user may do with the customers they own."""

POSSIBLE = {
    (State.UNASSIGNED, Goal.NONE): ("claim", "assign", "withdraw", "move"),
    (State.ASSIGNED, Goal.PENDING): ("release", "extend", "request_extension", "withdraw", "move"),
    (State.ASSIGNED, Goal.ACHIEVED): ("release", "withdraw", "move"),
}
"""What a pool customer's state allows."""


def level_of(user_id: str | None, is_system_admin: bool, admin_ids: Collection[str], user_ids: Collection[str]) -> Level:
    """Somebody's level: system administrator, pool administrator, pool user, or none of them."""
    if is_system_admin:
        return Level.SYSTEM
    if user_id in admin_ids:
        return Level.ADMIN
    return Level.USER if user_id in user_ids else Level.OUTSIDER


def may(level: Level, action: str, *, owns: bool = False) -> bool:
    """Whether somebody of a level may do something with a customer, which they may own."""
    if owns and action in OWNERS_MAY and level >= Level.USER:
        return True
    return action in NEEDED and level >= NEEDED[action]


def may_try(level: Level, action: str) -> bool:
    """Whether there is any customer that somebody of this level may do this with."""
    return may(level, action) or may(level, action, owns=True)


def actions_on(level: Level, state: str, goal: str, *, owns: bool) -> list[str]:
    """What somebody may do with a pool customer now."""
    possible = POSSIBLE.get((State(state), Goal(goal)), ())
    return [action for action in possible if may(level, action, owns=owns)]


@dataclass(frozen=True)
class Fact:
    """An approved order or a receipt: its kind, when it came, and what it is worth after refunds."""

    kind: str
    at: datetime
    amount: Decimal


def counted_kinds(
    facts: Iterable[Fact], *, claimed_at: datetime | None, protected_until: datetime | None, minimum: Decimal
) -> frozenset[str]:
    """The kinds of facts ("order", "receipt") that count: after the claim, within the period, and large enough.

    `protected_until` of None means that no period runs: the goal was achieved before.
    """
    return frozenset(
        fact.kind for fact in facts
        if claimed_at is not None and fact.at >= claimed_at and (protected_until is None or fact.at <= protected_until)
        and fact.amount > 0 and fact.amount >= minimum
    )  # fmt: skip


def missing_kinds(goal_events: str, found: Collection[str]) -> tuple[str, ...]:
    """What still has to come for the goal; empty when it is reached. Of "either", one of the two is enough."""
    wanted = ("order", "receipt") if goal_events in ("both", "either") else (goal_events,)
    missing = tuple(kind for kind in wanted if kind not in found)
    return () if goal_events == "either" and len(missing) < len(wanted) else missing


def goal_reached(goal_events: str, found: Collection[str]) -> bool:
    """Whether the kinds of facts that counted reach the goal."""
    return not missing_kinds(goal_events, found)


def days_left(deadline: date, today: date) -> int:
    """Whole days until a deadline, today not counted; never negative."""
    return max(0, (deadline - today).days)


def deadline_day(start: date, days: int) -> date:
    """The last protected day of a period that begins on a day."""
    return start + timedelta(days=days)


def claimable_on(lost_on: date | None, cooldown_days: int) -> date | None:
    """From which day on somebody may claim again what they lost."""
    return lost_on + timedelta(days=cooldown_days) if lost_on and cooldown_days else None
