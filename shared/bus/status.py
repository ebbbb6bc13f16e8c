"""How much work waits on the bus, as figures for the status page, metrics and readiness."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.bus.tables import Inbox, Outbox


def figures(db: Session, now: datetime) -> dict[str, Any]:
    """Sizes and ages: {"outbox": {"waiting", "oldest_seconds"}, "inbox": {"pending", "parked", "oldest_seconds"}}."""
    unsent = Outbox.sent_at.is_(None)
    waiting, oldest = db.execute(select(func.count(), func.min(Outbox.created_at)).where(unsent)).one()
    pending, oldest_in = db.execute(select(func.count(), func.min(Inbox.received_at)).where(Inbox.status == "pending")).one()
    parked = db.scalar(select(func.count()).select_from(Inbox).where(Inbox.status == "parked"))
    return {
        "outbox": {"waiting": waiting, "oldest_seconds": _age(oldest, now)},
        "inbox": {"pending": pending, "parked": parked, "oldest_seconds": _age(oldest_in, now)},
    }


def _age(moment: datetime | None, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment else 0.0
