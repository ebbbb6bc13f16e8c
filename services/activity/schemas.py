"""Shapes in and out of activity."""

from __future__ import annotations

from services.activity.rules import ReminderKind
from shared.resources import ActionInput, RecordSchema
from shared.schema import Choice, Id, Moment, Text


class ReminderSchema(RecordSchema):
    """A reminder."""

    text = Text(required=True, max=500)
    remind_at = Moment(required=True)
    record_module = Text(max=40, allow_none=True)
    record_id = Id(allow_none=True)
    kind = Choice(ReminderKind, dump_only=True)
    status = Choice(("open", "done"), dump_only=True, tones={"open": "warn", "done": "good"})


class SnoozeInput(ActionInput):
    """Until when."""

    until = Moment(required=True)
