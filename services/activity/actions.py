"""Writes of activity."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.activity.models import Reminder
from services.activity.rules import ReminderKind
from shared.bus import Call
from shared.caller import Caller


def create_reminder(db: Session, *, data: dict[str, Any], caller: Caller, now: datetime) -> Reminder:
    """Remind oneself, or somebody else with the permission to assign."""
    reminder = Reminder(kind=ReminderKind.PERSONAL.value, **data)
    db.add(reminder)
    return reminder


def remind(
    call: Call, kind: ReminderKind, user_id: str | None, *, fact: str, module: str, record_id: str, at: datetime | None = None, **params: Any
) -> None:  # fmt: skip
    """Remind somebody of a fact, once; nobody is reminded of nobody's business. A param may be a dict of texts by language."""
    if not user_id or call.db.scalar(select(Reminder.id).where(Reminder.fact == fact)):
        return
    call.db.add(
        Reminder(
            kind=kind.value, owner_id=user_id, fact=fact, params={name: value if isinstance(value, dict) else str(value) for name, value in params.items()},
            remind_at=at or call.now, record_module=module, record_id=record_id,
        )
    )  # fmt: skip
