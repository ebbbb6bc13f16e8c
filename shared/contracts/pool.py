"""What pool tells: every change of hands of a pool customer, and who works with the pool.

`version` is the pool entry's own version: a copy applies only a higher one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from shared.contracts.base import Event


@dataclass(frozen=True, kw_only=True)
class PoolEvent(Event):
    """Where a pool customer stands after a pool action.

    `pool_status` is ordinary, unassigned or assigned; `goal` is none, pending or achieved.
    """

    key_field: ClassVar[str] = "customer_id"

    customer_id: str
    pool_status: str
    owner_id: str | None
    from_owner_id: str | None
    protected_until: datetime | None
    goal: str
    actor_id: str | None
    reason: str = ""
    days: int | None = None
    pool_id: str = ""
    customer_name: str = ""


@dataclass(frozen=True, kw_only=True)
class CustomerSent(PoolEvent):
    """A customer was sent to the pool (轉公海)."""

    publisher: ClassVar[str] = "pool"


@dataclass(frozen=True, kw_only=True)
class CustomerEntered(PoolEvent):
    """An ordinary customer came into the pool by itself: `reason` is the rule, no_follow_up or no_order (自動進入)."""

    publisher: ClassVar[str] = "pool"


@dataclass(frozen=True, kw_only=True)
class CustomerMoved(PoolEvent):
    """A customer went to another pool, with its owner and deadline."""

    publisher: ClassVar[str] = "pool"


@dataclass(frozen=True, kw_only=True)
class CustomerWithdrawn(PoolEvent):
    """A customer left the pool and is ordinary again (轉普通)."""

    publisher: ClassVar[str] = "pool"


@dataclass(frozen=True, kw_only=True)
class CustomerClaimed(PoolEvent):
    """A member claimed a customer (領取)."""

    publisher: ClassVar[str] = "pool"


@dataclass(frozen=True, kw_only=True)
class CustomerAssigned(PoolEvent):
    """A pool administrator gave a customer to a member (分配)."""

    publisher: ClassVar[str] = "pool"


@dataclass(frozen=True, kw_only=True)
class CustomerReleased(PoolEvent):
    """A customer was given back (釋放)."""

    publisher: ClassVar[str] = "pool"


@dataclass(frozen=True, kw_only=True)
class CustomerRecycled(PoolEvent):
    """The protection period ran out and the pool took the customer back by itself (回歸)."""

    publisher: ClassVar[str] = "pool"


@dataclass(frozen=True, kw_only=True)
class CustomerExtended(PoolEvent):
    """`protected_until` moved by `days` (延期)."""

    publisher: ClassVar[str] = "pool"


@dataclass(frozen=True, kw_only=True)
class CustomerGoalAchieved(PoolEvent):
    """An order or a receipt reached the goal: never recycled again (已達成)."""

    publisher: ClassVar[str] = "pool"


@dataclass(frozen=True, kw_only=True)
class CustomerGoalReopened(PoolEvent):
    """What had reached the goal was voided: pending again with the days that were left."""

    publisher: ClassVar[str] = "pool"


@dataclass(frozen=True, kw_only=True)
class CustomerReassigned(PoolEvent):
    """A pool customer changed hands outside the pool (transfer); the deadline stays."""

    publisher: ClassVar[str] = "pool"


@dataclass(frozen=True, kw_only=True)
class Words:
    """The same sentence in one language."""

    language: str
    text: str


@dataclass(frozen=True, kw_only=True)
class CustomerExpiring(Event):
    """The owner is warned: the pool takes the customer at the beginning of `takes_on`.

    `countdown` is what the customer's page says about it, in every language.
    """

    publisher: ClassVar[str] = "pool"
    key_field: ClassVar[str] = "customer_id"

    customer_id: str
    customer_name: str
    owner_id: str | None
    rule: str
    counted_from: date
    takes_on: date
    countdown: tuple[Words, ...]


@dataclass(frozen=True, kw_only=True)
class PoolSettingsChanged(Event):
    """Who a pool's administrators and users are, and whether it is on."""

    publisher: ClassVar[str] = "pool"
    key_field: ClassVar[str] = "pool_id"

    pool_id: str
    enabled: bool
    admin_ids: tuple[str, ...]
    user_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PoolDisabled(Event):
    """A pool was switched off: each of its customers is an ordinary one again."""

    publisher: ClassVar[str] = "pool"
    key_field: ClassVar[str] = "pool_id"

    pool_id: str
    affected: int


@dataclass(frozen=True, kw_only=True)
class PoolRemoved(Event):
    """An empty pool was removed."""

    publisher: ClassVar[str] = "pool"
    key_field: ClassVar[str] = "pool_id"

    pool_id: str


@dataclass(frozen=True, kw_only=True)
class ExtensionEvent(Event):
    """A request for more days as it stands now. `days` are those asked for, or those granted."""

    key_field: ClassVar[str] = "request_id"

    request_id: str
    customer_id: str
    customer_name: str
    requester_id: str | None
    requester_name: str
    days: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class ExtensionRequested(ExtensionEvent):
    """A user asks the pool's administrators for more days."""

    publisher: ClassVar[str] = "pool"

    admin_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ExtensionGranted(ExtensionEvent):
    """An administrator gave the days, or others."""

    publisher: ClassVar[str] = "pool"

    answer: str


@dataclass(frozen=True, kw_only=True)
class ExtensionRefused(ExtensionEvent):
    """An administrator said no, and why."""

    publisher: ClassVar[str] = "pool"

    answer: str


@dataclass(frozen=True, kw_only=True)
class ExtensionLapsed(ExtensionEvent):
    """Nobody has to answer any more: the customer changed hands, left the pool or reached its goal first."""

    publisher: ClassVar[str] = "pool"
