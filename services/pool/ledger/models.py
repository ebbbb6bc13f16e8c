"""The ledger's table, and what keeps it append-only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import DDL, BigInteger, Index, Integer, String, Text, event
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.pool.models import Base
from shared.db import IdType


@dataclass(frozen=True)
class Standing:
    """How a customer stands towards the pool at one moment: the two halves of a ledger row."""

    pool_id: str
    owner_id: str | None
    goal: str
    deadline: datetime | None
    baseline: datetime | None


class Ledger(Base):
    """One change of hands. Rows are only ever added: session and database both refuse to change them.

    Each row tells how the customer stood before and after, so that what somebody holds is what came in minus what went out:
    rows to them whose goal is pending afterwards, less rows from them whose goal was pending before. `from_owner_id` and
    `to_owner_id` name the owner on both sides even where only the deadline or the goal moved. `impersonated_by` is who acted in the
    place of the actor, where that is somebody else.
    """

    __tablename__ = "pool_ledger"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    customer_id: Mapped[str] = mapped_column(IdType())
    action: Mapped[str] = mapped_column(String(20))
    from_pool_id: Mapped[str] = mapped_column(IdType())
    pool_id: Mapped[str] = mapped_column(IdType())
    from_owner_id: Mapped[str | None] = mapped_column(IdType())
    to_owner_id: Mapped[str | None] = mapped_column(IdType())
    actor_id: Mapped[str | None] = mapped_column(IdType())
    impersonated_by: Mapped[str | None] = mapped_column(IdType())
    reason: Mapped[str | None] = mapped_column(Text())
    rule: Mapped[str | None] = mapped_column(String(20))
    rule_version: Mapped[int]
    baseline_at: Mapped[datetime | None]
    goal_before: Mapped[str] = mapped_column(String(10))
    goal_after: Mapped[str] = mapped_column(String(10))
    deadline_before: Mapped[datetime | None]
    deadline_after: Mapped[datetime | None]
    days: Mapped[int | None]
    batch_id: Mapped[str] = mapped_column(IdType())
    at: Mapped[datetime]

    __table_args__ = (
        Index("ix_pool_ledger_customer", "customer_id", "id"),
        Index("ix_pool_ledger_in", "to_owner_id", "pool_id", "goal_after"),
        Index("ix_pool_ledger_out", "from_owner_id", "from_pool_id", "goal_before"),
        Index("ix_pool_ledger_lost", "from_owner_id", "customer_id", "at"),
        Index("ix_pool_ledger_claims", "actor_id", "action", "at"),
        Index("ix_pool_ledger_at", "at", "action"),
    )


class Holder(Base):
    """A row per person to lock, so that two claims of one person at once cannot pass the limit together."""

    __tablename__ = "pool_holders"

    user_id: Mapped[str] = mapped_column(IdType(), primary_key=True)


GUARDS = {
    "sqlite": [
        "CREATE TRIGGER pool_ledger_no_update BEFORE UPDATE ON pool_ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
        "CREATE TRIGGER pool_ledger_no_delete BEFORE DELETE ON pool_ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    ],
    "postgresql": [
        "CREATE FUNCTION pool_ledger_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$",
        "CREATE TRIGGER pool_ledger_guard BEFORE UPDATE OR DELETE ON pool_ledger FOR EACH ROW EXECUTE FUNCTION pool_ledger_guard()",
        "CREATE TRIGGER pool_ledger_no_truncate BEFORE TRUNCATE ON pool_ledger FOR EACH STATEMENT EXECUTE FUNCTION pool_ledger_guard()",
    ],
}
"""What the database refuses; migration 0002 says the same."""

for _dialect, _statements in GUARDS.items():
    for _statement in _statements:
        event.listen(Ledger.__table__, "after_create", DDL(_statement).execute_if(dialect=_dialect))  # type: ignore[no-untyped-call]


@event.listens_for(Session, "before_flush")
def _ledger_is_append_only(db: Session, flush_context: Any, instances: Any) -> None:
    if any(isinstance(row, Ledger) for row in (*db.dirty, *db.deleted)):
        raise RuntimeError("the ledger is append-only")
