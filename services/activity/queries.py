"""Reads of activity."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from services.activity.models import Reminder
from shared.bus import Call
from shared.caller import Caller
from shared.i18n import text


def mine(db: Session, caller: Caller, module: str) -> ColumnElement[bool]:
    """Reminders are private."""
    return Reminder.owner_id == (caller.user_id or "")


def add_texts(call: Call, records: list[Reminder], rows: list[dict[str, Any]]) -> None:
    """Tell what the system reminds of in the reader's language."""
    for reminder, row in zip(records, rows, strict=True):
        if reminder.text is None:
            template = text("reminders", reminder.kind, call.caller.language, call.package) or reminder.kind
            for name, value in (reminder.params or {}).items():
                template = template.replace("{" + name + "}", str(value))
            row["text"] = template
