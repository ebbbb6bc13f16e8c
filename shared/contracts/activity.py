"""What activity tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from shared.contracts.base import Event


@dataclass(frozen=True, kw_only=True)
class ReminderCreated(Event):
    """Somebody is to be reminded of something. The text of what the system reminds of is made for each reader; here it is empty."""

    publisher: ClassVar[str] = "activity"
    key_field: ClassVar[str] = "reminder_id"

    reminder_id: str
    user_id: str
    kind: str
    text: str
    remind_at: datetime
    is_open: bool = True


@dataclass(frozen=True, kw_only=True)
class ReminderUpdated(ReminderCreated):
    """A reminder was changed, snoozed or is done; carries it as it is now."""

    publisher: ClassVar[str] = "activity"
