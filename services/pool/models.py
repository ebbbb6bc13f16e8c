"""Tables of the pool."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import DDL, BigInteger, Index, Integer, String, Text, event, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.pool.rules import Goal, State
from shared.contracts.pool import PoolEvent, PoolSettingsChanged
from shared.db import IdType, Model, MoneyType, Record, new_metadata, remote_id
from shared.errors import Conflict, WrongState


class Base(Model):
    """The root of all tables of pool."""

    __abstract__ = True
    metadata = new_metadata()


E = TypeVar("E", bound=PoolEvent)
DEFAULT_POOL = "00000000-0000-7000-8000-000000000001"


class PoolSettings(Record, Base):
    """The rules of one pool. Periods are in days; `daily_claim_limit` of None means none."""

    __tablename__ = "pool_settings"

    name: Mapped[str] = mapped_column(String(80))
    enabled: Mapped[bool] = mapped_column(default=False)
    admin_ids: Mapped[list[str]]
    user_ids: Mapped[list[str]]
    protection_days: Mapped[int] = mapped_column(default=10)
    max_held: Mapped[int] = mapped_column(default=50)
    count_achieved: Mapped[bool] = mapped_column(default=False)
    goal_events: Mapped[str] = mapped_column(String(10), default="either")
    goal_min_amount: Mapped[Decimal] = mapped_column(MoneyType(), default=Decimal("0.00"))
    warn_days_before: Mapped[int] = mapped_column(default=2)
    daily_claim_limit: Mapped[int | None]
    reclaim_cooldown_days: Mapped[int] = mapped_column(default=0)

    def told(self) -> PoolSettingsChanged:
        """The event that tells who works with the pool."""
        return PoolSettingsChanged(pool_id=self.id, enabled=self.enabled, admin_ids=tuple(self.admin_ids), user_ids=tuple(self.user_ids))

    @property
    def members(self) -> set[str]:
        """Everybody who may hold pool customers."""
        return {*self.admin_ids, *self.user_ids}


class PoolEntry(Record, Base):
    """A customer that is or was in the pool; `id` is the customer's. The verbs guard the moves and return the event."""

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
        Index("ix_pool_entries_due", "protected_until", sqlite_where=text("state = 'assigned' AND goal = 'pending'"),
              postgresql_where=text("state = 'assigned' AND goal = 'pending'")),
        Index("ix_pool_entries_state", "state", "entered_at"),
    )  # fmt: skip

    def enter(self, *, at: datetime) -> None:
        """Go into the pool, unassigned."""
        self._need(State.LEFT)
        self._become_free(at)

    def take(self, *, owner_id: str, until: datetime, at: datetime) -> None:
        """Get an owner, by claim or assignment, with the goal pending until the end of the period."""
        self._need(State.UNASSIGNED)
        self.state, self.goal, self.owner_id = State.ASSIGNED.value, Goal.PENDING.value, owner_id
        self.claimed_at, self.protected_until, self.days_left = at, until, None

    def give_back(self, *, at: datetime) -> None:
        """Lose the owner, by release or recycling."""
        self._need(State.ASSIGNED)
        self._become_free(at)

    def leave(self) -> None:
        """Become an ordinary customer, keeping the owner."""
        self._need(State.ASSIGNED, State.UNASSIGNED)
        self.state, self.goal, self.protected_until = State.LEFT.value, Goal.NONE.value, None

    def extend(self, *, until: datetime) -> None:
        """Move the deadline."""
        self._need(State.ASSIGNED)
        if self.goal != Goal.PENDING or self.protected_until is None:
            raise Conflict("goal_already_achieved")
        self.protected_until = until

    def achieve(self, *, days_left: int) -> None:
        """Reach the goal: no deadline any more."""
        self.goal, self.protected_until, self.days_left = Goal.ACHIEVED.value, None, days_left

    def reopen(self, *, until: datetime) -> None:
        """Lose the goal again, with the days that were left."""
        self.goal, self.protected_until, self.days_left = Goal.PENDING.value, until, None

    def told(self, kind: type[E], *, from_owner_id: str | None, actor_id: str | None, reason: str = "", days: int | None = None) -> E:
        """The event that tells where the customer stands now."""
        status = "ordinary" if self.state == State.LEFT else self.state
        return kind(
            customer_id=self.id, pool_status=status, owner_id=self.owner_id, from_owner_id=from_owner_id,
            protected_until=self.protected_until, goal=self.goal, actor_id=actor_id, reason=reason, days=days,
        )  # fmt: skip

    def _become_free(self, at: datetime) -> None:
        self.state, self.goal, self.owner_id = State.UNASSIGNED.value, Goal.NONE.value, None
        self.entered_at, self.claimed_at, self.protected_until, self.days_left = at, None, None, None

    def _need(self, *states: State) -> None:
        if self.state not in states:
            raise WrongState(self.state, code="wrong_pool_state")


class CustomerCopy(Base):
    """What the pool knows of a customer, ordinary ones too."""

    __tablename__ = "customer_copies"

    id: Mapped[str] = mapped_column(IdType(), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    owner_id: Mapped[str | None] = mapped_column(IdType(), index=True)
    level: Mapped[str | None] = mapped_column(String(40))
    region: Mapped[str | None] = mapped_column(String(80))
    version: Mapped[int] = mapped_column(default=0)
    is_deleted: Mapped[bool] = mapped_column(default=False)


class GoalFact(Base):
    """An approved order or a receipt that may reach a goal."""

    __tablename__ = "goal_facts"

    source_id: Mapped[str] = mapped_column(IdType(), primary_key=True)
    customer_id: Mapped[str] = remote_id("customer")
    kind: Mapped[str] = mapped_column(String(10))
    amount: Mapped[Decimal]
    at: Mapped[datetime]
    is_live: Mapped[bool]


class Holder(Base):
    """A row per person to lock, so that two claims of one person at once cannot pass the limit together."""

    __tablename__ = "pool_holders"

    user_id: Mapped[str] = mapped_column(IdType(), primary_key=True)


class Ledger(Base):
    """One change of hands. Rows are only ever added: session and database both refuse to change them."""

    __tablename__ = "pool_ledger"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    pool_id: Mapped[str] = mapped_column(IdType())
    customer_id: Mapped[str] = mapped_column(IdType())
    action: Mapped[str] = mapped_column(String(20))
    from_owner_id: Mapped[str | None] = mapped_column(IdType(), index=True)
    to_owner_id: Mapped[str | None] = mapped_column(IdType(), index=True)
    actor_id: Mapped[str | None] = mapped_column(IdType())
    reason: Mapped[str | None] = mapped_column(Text())
    rule: Mapped[str | None] = mapped_column(String(40))
    rule_version: Mapped[int | None]
    baseline_at: Mapped[datetime | None]
    deadline_before: Mapped[datetime | None]
    deadline_after: Mapped[datetime | None]
    days: Mapped[int | None]
    batch_id: Mapped[str | None] = mapped_column(IdType())
    at: Mapped[datetime]

    __table_args__ = (Index("ix_pool_ledger_customer", "customer_id", "id"), Index("ix_pool_ledger_actor", "actor_id", "action", "at"))


GUARDS = {
    "sqlite": [
        "CREATE TRIGGER pool_ledger_no_update BEFORE UPDATE ON pool_ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
        "CREATE TRIGGER pool_ledger_no_delete BEFORE DELETE ON pool_ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    ],
    "postgresql": [
        "CREATE FUNCTION pool_ledger_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$",
        "CREATE TRIGGER pool_ledger_guard BEFORE UPDATE OR DELETE ON pool_ledger FOR EACH ROW EXECUTE FUNCTION pool_ledger_guard()",
    ],
}

for _dialect, _statements in GUARDS.items():
    for _statement in _statements:
        event.listen(Ledger.__table__, "after_create", DDL(_statement).execute_if(dialect=_dialect))  # type: ignore[no-untyped-call]


@event.listens_for(Session, "before_flush")
def _ledger_is_append_only(db: Session, flush_context: Any, instances: Any) -> None:
    if any(isinstance(row, Ledger) for row in (*db.dirty, *db.deleted)):
        raise RuntimeError("the ledger is append-only")
