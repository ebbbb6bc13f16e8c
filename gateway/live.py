"""What of the news a screen that is open should read again, and whose screen: pure decisions over events.

A front end is told the names of modules and nothing else; what it then reads goes the usual way, with permission and row scope. And it is
told of a record only when the reader's scope reaches the record's owner, or the event names the reader.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway.modules import MODULES
from shared.caller import Caller
from shared.contracts.activity import ReminderCreated
from shared.contracts.base import Event, event_classes
from shared.contracts.pool import PoolEvent, PoolSettingsChanged

KEPT_IN = {
    "customer_id": ("customers",), "ticket_id": ("tickets",), "quote_id": ("quotes",), "order_id": ("orders",), "plan_id": ("payment-plans",),
    "receipt_id": ("receipts",), "product_id": ("products",), "request_id": ("extension-requests",), "reminder_id": ("reminders",),
}  # fmt: skip
"""The modules whose lists show what an event is about, by the name of its key."""

OWNERS = ("owner_id", "from_owner_id")
NAMED = ("assignee_id", "approver_id", "approver_ids", "submitted_by", "requester_id", "admin_ids", "collaborator_ids")
EVERYTHING = "*"
"""In place of a module: whatever is shown may be old."""

EVENTS: tuple[type[Event], ...] = tuple(
    event for event in event_classes().values() if event.key_field in KEPT_IN or event is PoolSettingsChanged
)
"""What a gateway listens to."""


@dataclass(frozen=True)
class Holder:
    """Whose a record is, or was: they, those they report to at any depth, their departments up to the top."""

    id: str
    above: frozenset[str]
    departments: frozenset[str]

    def within(self, caller: Caller, module: str) -> bool:
        """Whether the caller's scope of a module, unless it is "all", reaches what they hold; in the pool that of their team always does."""
        in_pool = module == "pool-customers"
        scope = caller.scope(module)
        return (
            self.id == caller.user_id
            or ((scope == "team" or in_pool) and caller.user_id in self.above)
            or (scope == "department" and not in_pool and caller.department_id in self.departments)
        )


@dataclass(frozen=True)
class News:
    """What an event means for screens."""

    modules: tuple[str, ...]
    holders: tuple[Holder, ...]
    named: frozenset[str]
    pool_id: str = ""
    is_free: bool = False
    """Whether a customer waits in the pool, or did until now: for all who work with that pool."""

    def concerns(self, caller: Caller, levels: Mapping[str, str]) -> set[str]:
        """The modules this person should read again; `levels` are what they are to pools ("user", "admin") by the pools' ids."""
        found = {module for module in self.modules if may_read(caller, module) and self._reaches(caller, module)}
        level = levels.get(self.pool_id, "outsider")
        if level in ("admin", "system") or (level == "user" and self.is_free):
            found.update(module for module in self.modules if may_read(caller, module))
        return found

    def _reaches(self, caller: Caller, module: str) -> bool:
        if caller.user_id in self.named:
            return True
        if module == "reminders":
            return False
        sees_all = caller.scope("customers" if module == "pool-customers" else module) == "all"
        return sees_all or any(holder.within(caller, module) for holder in self.holders)


def may_read(caller: Caller, module: str) -> bool:
    """Whether the caller may open a module."""
    permission = MODULES[module].may
    return permission is None or caller.may(permission)


def news_of(event: Event, holder: Callable[[str], Holder]) -> News:
    """What an event means for screens; `holder` finds somebody's place in the organisation."""
    told = event.encode()
    owners = dict.fromkeys(told[name] for name in OWNERS if told.get(name))
    named = {told["user_id"]} if isinstance(event, ReminderCreated) else set(_people(told))
    news = News(_modules(event, told), tuple(holder(owner) for owner in owners), frozenset(named))
    if isinstance(event, PoolEvent):
        return replace(news, pool_id=event.pool_id, is_free=event.pool_status == "unassigned" or not event.from_owner_id)
    return news


def _modules(event: Event, told: dict[str, Any]) -> tuple[str, ...]:
    more = ("follow-ups",) if "follow_up_id" in told else ("pool-customers",) if isinstance(event, PoolEvent) else ()
    return (*KEPT_IN[event.key_field], *more)


def _people(told: dict[str, Any]) -> list[str]:
    found: list[str] = []
    for name in NAMED:
        value = told.get(name)
        found += value if isinstance(value, list) else [value] if value else []
    return found
