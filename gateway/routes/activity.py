"""Reminders."""

from gateway.table import Route, action, resource

ROUTES: list[Route] = [
    *resource(
        "activity",
        "reminders",
        operations=("list", "get", "create", "update", "delete", "batch_delete", "recycle", "history", "describe", "export"),
    ),
    *action("activity", "reminders", "done", may="reminder:update", rpc="finish_reminder"),
    *action("activity", "reminders", "snooze", may="reminder:update"),
]
