"""Reads of activity."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement

from services.activity.models import Reminder
from shared.bus import Call
from shared.caller import Rights
from shared.i18n import phrase


def mine(rights: Rights, module: str) -> ColumnElement[bool]:
    """Reminders are private."""
    return Reminder.owner_id == (rights.user_id or "")


def add_texts(call: Call, records: list[Reminder], rows: list[dict[str, Any]]) -> None:
    """Tell what the system reminds of in the reader's language; a param may be in several."""
    for reminder, row in zip(records, rows, strict=True):
        row["text"] = text_of(reminder, call.caller.language, call.package)


def text_of(reminder: Reminder, language: str, package: str) -> str:
    """What a reminder says in a language."""
    if reminder.text is not None:
        return reminder.text
    params = {name: value[language] if isinstance(value, dict) else value for name, value in (reminder.params or {}).items()}
    return phrase("reminders", reminder.kind, language, package, params)
