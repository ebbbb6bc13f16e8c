"""What the ledger allows somebody to take."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from services.pool import rules
from services.pool.ledger.models import Holder
from services.pool.ledger.queries import claims_since, held, last_lost
from services.pool.pools.models import Pool
from shared import clock
from shared.bus import Call
from shared.db import add_missing
from shared.errors import Conflict


@dataclass
class Quota:
    """What one person may still take from one pool, as the ledger says and as this batch goes on."""

    held: int
    claimed: int
    lost_on: dict[str, date]

    def check_capacity(self, pool: Pool) -> None:
        """Raise Conflict when the person holds as many as the pool allows."""
        if self.held >= pool.max_held:
            raise Conflict("limit_reached", limit=pool.max_held, held=self.held)

    def check_claim(self, pool: Pool, customer_id: str, today: date) -> None:
        """Raise Conflict over the daily claims, or when the person lost this customer too short a time ago."""
        limit = pool.daily_claim_limit
        if limit and self.claimed >= limit:
            raise Conflict("daily_limit_reached", limit=limit)
        start = rules.claimable_on(self.lost_on.get(customer_id), pool.reclaim_cooldown_days)
        if start and start > today:
            raise Conflict("cooling_down", until=start.isoformat())


def open_quota(call: Call, pool: Pool, user_id: str, customer_ids: Collection[str]) -> Quota:
    """What somebody may take of some customers, with the person locked: nobody takes for them at the same time."""
    db, zone = call.db, call.organisation.time_zone
    add_missing(db, Holder, {"user_id": user_id})
    db.execute(select(Holder).where(Holder.user_id == user_id).with_for_update())
    return Quota(
        held(db, pool.id, [user_id], count_achieved=pool.count_achieved)[user_id],
        claims_since(db, pool.id, user_id, clock.start_of_day(call.today, zone)),
        {customer_id: clock.today(at, zone) for customer_id, at in last_lost(db, user_id, customer_ids).items()},
    )
