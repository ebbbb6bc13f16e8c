"""Users, departments and roles."""

from gateway.table import Route, resource

WITHOUT_BATCHES = ("list", "get", "create", "update", "delete", "history", "describe", "export")

ROUTES: list[Route] = [
    *resource("identity", "users", operations=WITHOUT_BATCHES),
    *resource("identity", "departments"),
    *resource("identity", "roles", operations=WITHOUT_BATCHES),
]
