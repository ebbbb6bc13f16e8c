"""The pools."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from services.pool.models import Base
from services.pool.pools.rules import no_auto_entry
from shared.contracts.pool import PoolRemoved, PoolSettingsChanged
from shared.db import MoneyType, Record

DEFAULT_POOL = "00000000-0000-7000-8000-000000000001"


class Pool(Record, Base):
    """One pool: whom it is for, who works with it, and its rules.

    Periods are in days; a `daily_claim_limit` of None means none. The departments' owners and the regions' customers go
    here; the default pool takes everybody else's. `auto_entry` is in the shape of AutoEntrySchema.
    """

    __tablename__ = "pools"

    name: Mapped[str] = mapped_column(String(80))
    department_ids: Mapped[list[str]] = mapped_column(default=list)
    regions: Mapped[list[str]] = mapped_column(default=list)
    enabled: Mapped[bool] = mapped_column(default=False)
    admin_ids: Mapped[list[str]] = mapped_column(default=list)
    user_ids: Mapped[list[str]] = mapped_column(default=list)
    protection_days: Mapped[int] = mapped_column(default=10)
    max_held: Mapped[int] = mapped_column(default=50)
    count_achieved: Mapped[bool] = mapped_column(default=False)
    goal_events: Mapped[str] = mapped_column(String(10), default="either")
    goal_min_amount: Mapped[Decimal] = mapped_column(MoneyType(), default=Decimal("0.00"))
    warn_days_before: Mapped[int] = mapped_column(default=2)
    daily_claim_limit: Mapped[int | None]
    reclaim_cooldown_days: Mapped[int] = mapped_column(default=0)
    auto_entry: Mapped[dict[str, Any]] = mapped_column(default=no_auto_entry)

    @property
    def members(self) -> set[str]:
        """Everybody who may hold this pool's customers."""
        return {*self.admin_ids, *self.user_ids}

    @property
    def is_default(self) -> bool:
        """Whether this is the pool that was there from the start."""
        return self.id == DEFAULT_POOL

    def told(self) -> PoolSettingsChanged:
        """The event that tells who works with the pool, and whether it is on."""
        return PoolSettingsChanged(pool_id=self.id, enabled=self.enabled, admin_ids=tuple(self.admin_ids), user_ids=tuple(self.user_ids))

    def gone(self) -> PoolRemoved:
        """The event that tells it is no more."""
        return PoolRemoved(pool_id=self.id)
