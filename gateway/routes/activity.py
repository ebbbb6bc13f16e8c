"""Reminders."""

from gateway.table import Route, post, resource

ROUTES: list[Route] = [
    *resource(
        "activity",
        "reminders",
        operations=("list", "get", "create", "update", "delete", "batch_delete", "recycle", "history", "describe", "export"),
    ),
    post("/reminders/<id>/done", "activity.finish_reminder", may="reminder:update"),
    post("/reminders/<id>/snooze", "activity.snooze_reminder", may="reminder:update"),
]
