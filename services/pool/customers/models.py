"""Pool customers, and what the pool knows of all customers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from services.pool.ledger.models import Standing
from services.pool.models import Base
from services.pool.rules import Goal, State
from shared.contracts.pool import PoolEvent
from shared.db import IdType, Mergeable, MoneyType, Record, remote_id
from shared.errors import Conflict, WrongState

E = TypeVar("E", bound=PoolEvent)

RUNNING = text("state = 'assigned' AND goal = 'pending'")


class PoolEntry(Record, Base):
    """A customer that is or was in a pool; `id` is the customer's. Its verbs guard the moves.

    `warned_for` is the deadline whose coming its owner was told of; `days_left` keeps what was left when the goal was reached.
    """

    __tablename__ = "pool_entries"

    pool_id: Mapped[str] = mapped_column(IdType(), index=True)
    customer_name: Mapped[str] = mapped_column(String(200), index=True)
    level: Mapped[str | None] = mapped_column(String(40))
    region: Mapped[str | None] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(12), default=State.LEFT.value)
    goal: Mapped[str] = mapped_column(String(10), default=Goal.NONE.value)
    entered_at: Mapped[datetime | None]
    claimed_at: Mapped[datetime | None]
    protected_until: Mapped[datetime | None]
    days_left: Mapped[int | None]
    warned_for: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_pool_entries_due", "protected_until", sqlite_where=RUNNING, postgresql_where=RUNNING),
        Index("ix_pool_entries_state", "state", "entered_at"),
    )

    def enter(self, *, pool_id: str, at: datetime) -> None:
        """Go into a pool, unassigned."""
        self._need(State.LEFT, code="already_in_pool")
        self.pool_id = pool_id
        self._become_free(at)

    def take(self, *, owner_id: str, until: datetime, at: datetime) -> None:
        """Get an owner, by claim or assignment, with the goal pending until the end of the period."""
        self._need(State.UNASSIGNED)
        self.state, self.goal, self.owner_id = State.ASSIGNED.value, Goal.PENDING.value, owner_id
        self.claimed_at, self.protected_until, self.days_left = at, until, None

    def hand_over(self, *, owner_id: str) -> None:
        """Get another owner; the deadline stays, and the new owner is warned of it too."""
        self._need(State.ASSIGNED)
        self.owner_id, self.warned_for = owner_id, None

    def give_back(self, *, at: datetime) -> None:
        """Lose the owner, by release or recycling."""
        self._need(State.ASSIGNED)
        self._become_free(at)

    def leave(self) -> None:
        """Become an ordinary customer, keeping the owner."""
        self._need(State.ASSIGNED, State.UNASSIGNED)
        self.state, self.goal, self.protected_until = State.LEFT.value, Goal.NONE.value, None

    def move(self, *, pool_id: str) -> None:
        """Go to another pool, with its owner and deadline."""
        self._need(State.ASSIGNED, State.UNASSIGNED)
        if pool_id == self.pool_id:
            raise Conflict("already_in_pool")
        self.pool_id = pool_id

    def extend(self, *, until: datetime) -> None:
        """Move the deadline."""
        self._need(State.ASSIGNED)
        if self.goal != Goal.PENDING:
            raise Conflict("goal_already_achieved")
        self.protected_until = until

    def achieve(self, *, days_left: int) -> None:
        """Reach the goal: no deadline any more."""
        self.goal, self.protected_until, self.days_left = Goal.ACHIEVED.value, None, days_left

    def reopen(self, *, until: datetime) -> None:
        """Lose the goal again, with the days that were left."""
        self.goal, self.protected_until, self.days_left = Goal.PENDING.value, until, None

    def standing(self) -> Standing:
        """How it stands now, for the ledger."""
        return Standing(self.pool_id, self.owner_id, self.goal, self.protected_until, self.claimed_at or self.entered_at)

    def told(self, kind: type[E], *, from_owner_id: str | None, actor_id: str | None, reason: str = "", days: int | None = None) -> E:
        """The event that tells where the customer stands now."""
        status = "ordinary" if self.state == State.LEFT else self.state
        return kind(
            customer_id=self.id, customer_name=self.customer_name, pool_id=self.pool_id, pool_status=status, owner_id=self.owner_id,
            from_owner_id=from_owner_id, protected_until=self.protected_until, goal=self.goal, actor_id=actor_id, reason=reason, days=days,
        )  # fmt: skip

    def _become_free(self, at: datetime) -> None:
        self.state, self.goal, self.owner_id = State.UNASSIGNED.value, Goal.NONE.value, None
        self.entered_at, self.claimed_at, self.protected_until, self.days_left, self.warned_for = at, None, None, None, None

    def _need(self, *states: State, code: str = "wrong_pool_state") -> None:
        if self.state not in states:
            raise WrongState(self.state, "pool_customer.state", code=code)


class CustomerCopy(Mergeable, Base):
    """What the pool knows of a customer, ordinary ones too.

    `owned_since` is when the present owner got it. `warned_on` is the day its owner was told that the pool will take it,
    counted from `warned_from`; another baseline needs another warning.
    """

    __tablename__ = "customer_copies"

    name: Mapped[str] = mapped_column(String(200))
    owner_id: Mapped[str | None] = mapped_column(IdType(), index=True)
    status: Mapped[str | None] = mapped_column(String(40))
    level: Mapped[str | None] = mapped_column(String(40))
    region: Mapped[str | None] = mapped_column(String(80))
    tags: Mapped[list[str]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    owned_since: Mapped[datetime] = mapped_column(index=True)
    last_follow_up_at: Mapped[datetime | None]
    last_order_at: Mapped[datetime | None]
    order_total: Mapped[Decimal] = mapped_column(MoneyType(), default=Decimal("0.00"))
    warned_from: Mapped[date | None]
    warned_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=0)
    is_deleted: Mapped[bool] = mapped_column(default=False)

    def pass_to(self, owner_id: str | None, *, at: datetime) -> None:
        """Have another owner from a moment on; the same owner changes nothing."""
        if owner_id != self.owner_id:
            self.owner_id, self.owned_since = owner_id, at


class CustomerFact(Base):
    """A follow-up, an approved order, a receipt or a refund (`of_id` names the receipt) of a customer; `is_live` until undone."""

    __tablename__ = "customer_facts"

    source_id: Mapped[str] = mapped_column(IdType(), primary_key=True)
    customer_id: Mapped[str] = remote_id("customer")
    kind: Mapped[str] = mapped_column(String(10))
    amount: Mapped[Decimal] = mapped_column(default=Decimal("0.00"))
    at: Mapped[datetime]
    of_id: Mapped[str | None] = mapped_column(IdType())
    is_live: Mapped[bool]
