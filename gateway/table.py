"""The table of routes: path, RPC, permission. Data, not code.

Paths are under /api/v1; `<name>` parts, query parameters and body become the RPC's keyword arguments. A route without a
permission must say `anyone=True` (any logged-in user). `in_person=True` keeps API tokens out: what only somebody who logged in may do.
"""

from __future__ import annotations

from dataclasses import dataclass

OPERATIONS = ("list", "get", "create", "update", "delete", "batch_update", "batch_assign", "batch_delete", "history", "describe")


@dataclass(frozen=True)
class Route:
    """One HTTP operation and the RPC that serves it."""

    method: str
    path: str
    rpc: str
    may: str | None
    in_person: bool = False

    @property
    def service(self) -> str:
        """Who answers."""
        return self.rpc.partition(".")[0]


def get(path: str, rpc: str, *, may: str | None = None, anyone: bool = False, in_person: bool = False) -> Route:
    """A read."""
    return _route("GET", path, rpc, may, anyone, in_person)


def post(path: str, rpc: str, *, may: str | None = None, anyone: bool = False, in_person: bool = False) -> Route:
    """An action or a creation."""
    return _route("POST", path, rpc, may, anyone, in_person)


def put(path: str, rpc: str, *, may: str | None = None, anyone: bool = False, in_person: bool = False) -> Route:
    """A replacement."""
    return _route("PUT", path, rpc, may, anyone, in_person)


def resource(
    service: str, name: str, *, noun: str | None = None, permission: str | None = None, operations: tuple[str, ...] = OPERATIONS
) -> list[Route]:
    """All routes of a resource called `name` in its service ("payment_plans" stands at /payment-plans)."""
    noun = noun or name.removesuffix("s")
    right = permission or noun
    module = "/" + name.replace("_", "-")
    known = {
        "list": ("GET", module, f"list_{name}", "read"),
        "get": ("GET", f"{module}/<id>", f"get_{noun}", "read"),
        "create": ("POST", module, f"create_{noun}", "create"),
        "update": ("PATCH", f"{module}/<id>", f"update_{noun}", "update"),
        "delete": ("DELETE", f"{module}/<id>", f"delete_{noun}", "delete"),
        "batch_update": ("POST", f"{module}/batch-update", f"batch_update_{name}", "update"),
        "batch_assign": ("POST", f"{module}/batch-assign", f"batch_assign_{name}", "assign"),
        "batch_delete": ("POST", f"{module}/batch-delete", f"batch_delete_{name}", "delete"),
        "history": ("GET", f"{module}/<id>/history", f"{noun}_history", "read"),
        "describe": ("GET", f"/meta{module}", f"describe_{name}", "read"),
    }
    chosen = (known[operation] for operation in operations)
    return [Route(method, path, f"{service}.{rpc}", f"{right}:{verb}") for method, path, rpc, verb in chosen]


def patch(path: str, rpc: str, *, may: str | None = None, anyone: bool = False, in_person: bool = False) -> Route:
    """A change."""
    return _route("PATCH", path, rpc, may, anyone, in_person)


def delete(path: str, rpc: str, *, may: str | None = None, anyone: bool = False, in_person: bool = False) -> Route:
    """A removal."""
    return _route("DELETE", path, rpc, may, anyone, in_person)


def _route(method: str, path: str, rpc: str, may: str | None, anyone: bool, in_person: bool) -> Route:
    if (may is None) != anyone:
        raise ValueError(f"{method} {path}: say which permission it needs, or anyone=True")
    return Route(method, path, rpc, may, in_person)
