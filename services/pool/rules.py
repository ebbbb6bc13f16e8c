"""Pure decisions of the pool: who may do what, deadlines, goals, limits."""

from __future__ import annotations

from collections.abc import Collection, Iterable
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
    """Who somebody is to the pool."""

    OUTSIDER = 0
    USER = 1
    ADMIN = 2
    SYSTEM = 3


GOAL_EVENTS = ("order", "receipt", "both", "either")
ACTIONS = ("send", "withdraw", "claim", "assign", "release", "recycle", "extend", "goal_achieved", "goal_reopened", "transfer", "delete")
HOLDS_NOTHING = ("withdraw", "goal_achieved", "delete")
MAX_EXTENSION = 365


def level_of(user_id: str | None, is_system_admin: bool, admin_ids: Collection[str], user_ids: Collection[str]) -> Level:
    """Somebody's level: system administrator, pool administrator, pool user, or none of them."""
    if is_system_admin:
        return Level.SYSTEM
    if user_id in admin_ids:
        return Level.ADMIN
    return Level.USER if user_id in user_ids else Level.OUTSIDER


def deadline_day(today: date, protection_days: int) -> date:
    """The last protected day of a customer taken today."""
    return today + timedelta(days=protection_days)


def goal_reached(goal_events: str, kinds: Iterable[str]) -> bool:
    """Whether the kinds of facts that counted ("order", "receipt") reach the goal."""
    found = set(kinds)
    if goal_events == "both":
        return {"order", "receipt"} <= found
    return bool(found) if goal_events == "either" else goal_events in found


def counts_for_goal(*, at: datetime, claimed_at: datetime | None, amount: Decimal, minimum: Decimal) -> bool:
    """A fact counts when it happened after the claim and is large enough; a refund never is."""
    return claimed_at is not None and at >= claimed_at and amount > 0 and amount >= minimum


def days_left(deadline: date, today: date) -> int:
    """Whole days until a deadline, today not counted; never negative."""
    return max(0, (deadline - today).days)


def cooling_until(lost_at: datetime | None, cooldown_days: int) -> datetime | None:
    """Until when the previous owner may not claim again."""
    return lost_at + timedelta(days=cooldown_days) if lost_at and cooldown_days else None
