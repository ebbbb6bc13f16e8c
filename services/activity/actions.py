"""Writes of activity."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.activity.models import Reminder
from services.activity.rules import ReminderKind
from shared.bus import Call, publish
from shared.caller import Caller
from shared.contracts.activity import ReminderCreated, ReminderUpdated


def create_reminder(db: Session, *, data: dict[str, Any], caller: Caller, now: datetime) -> Reminder:
    """Remind oneself, or somebody else with the permission to assign."""
    reminder = Reminder(kind=ReminderKind.PERSONAL.value, **data)
    db.add(reminder)
    return reminder


def finish_reminder(call: Call, reminder: Reminder) -> Reminder:
    """Done with it. Raises WrongState."""
    reminder.finish()
    publish(call.db, reminder.told(ReminderUpdated))
    return reminder


def snooze_reminder(call: Call, reminder: Reminder, until: datetime) -> Reminder:
    """Remind again later. Raises WrongState."""
    reminder.snooze(until)
    publish(call.db, reminder.told(ReminderUpdated))
    return reminder


def remind_each(call: Call, kind: ReminderKind, people: Iterable[str | None], *, fact: str, **about: Any) -> None:
    """Remind several people of one fact, each once."""
    for person in dict.fromkeys(people):
        remind(call, kind, person, fact=f"{fact}:{person}", **about)


def remind(
    call: Call, kind: ReminderKind, user_id: str | None, *, fact: str, module: str, record_id: str, at: datetime | None = None, **params: Any
) -> None:  # fmt: skip
    """Remind somebody of a fact, once; nobody is reminded of nobody's business. A param may be a dict of texts by language."""
    if not user_id or call.db.scalar(select(Reminder.id).where(Reminder.fact == fact)):
        return
    reminder = Reminder(
        kind=kind.value, owner_id=user_id, fact=fact, params={name: value if isinstance(value, dict) else str(value) for name, value in params.items()},
        remind_at=at or call.now, record_module=module, record_id=record_id,
    )  # fmt: skip
    call.db.add(reminder)
    call.db.flush()
    publish(call.db, reminder.told(ReminderCreated))
