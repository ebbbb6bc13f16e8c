"""Reminders, and the mail server they go through."""

from gateway.table import Route, action, get, post, put, resource

ROUTES: list[Route] = [
    *resource(
        "activity",
        "reminders",
        operations=("list", "get", "create", "update", "delete", "batch_delete", "recycle", "history", "describe", "export"),
    ),
    *action("activity", "reminders", "done", may="reminder:update", rpc="finish_reminder"),
    *action("activity", "reminders", "snooze", may="reminder:update"),
    get("/mail/settings", "activity.get_mail_settings", may="mail:settings"),
    put("/mail/settings", "activity.update_mail_settings", may="mail:settings"),
    post("/mail/settings/test", "activity.test_mail_settings", may="mail:settings"),
]
