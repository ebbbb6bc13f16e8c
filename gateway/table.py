"""The table of routes: path, RPC, permission. Data, not code.

Paths are under /api/v1; `<name>` parts, query parameters and body become the RPC's keyword arguments. A route without a
permission must say `anyone=True` (any logged-in user).
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.resources import OPERATIONS, STANDARD

WITH_IMPORTS = (*STANDARD, "imports")


@dataclass(frozen=True)
class Route:
    """One HTTP operation and the RPC that serves it; `served_by` names the view, where more than JSON passes through."""

    method: str
    path: str
    rpc: str
    may: str | None
    served_by: str = "call"

    @property
    def service(self) -> str:
        """Who answers."""
        return self.rpc.partition(".")[0]


def get(path: str, rpc: str, *, may: str | None = None, anyone: bool = False) -> Route:
    """A read."""
    return _route("GET", path, rpc, may, anyone)


def post(path: str, rpc: str, *, may: str | None = None, anyone: bool = False) -> Route:
    """An action or a creation."""
    return _route("POST", path, rpc, may, anyone)


def put(path: str, rpc: str, *, may: str | None = None, anyone: bool = False) -> Route:
    """A replacement."""
    return _route("PUT", path, rpc, may, anyone)


def resource(
    service: str, name: str, *, noun: str | None = None, permission: str | None = None, operations: tuple[str, ...] = STANDARD
) -> list[Route]:
    """All routes of a resource called `name` in its service ("payment_plans" stands at /payment-plans)."""
    noun = noun or name.removesuffix("s")
    return [
        Route(one.method, one.path_of(name), f"{service}.{one.rpc_of(name, noun)}", one.permission_of(permission or noun), one.served_by)
        for one in OPERATIONS
        if one.path and one.belongs_to(operations)
    ]


def importers(routes: tuple[Route, ...]) -> tuple[str, ...]:
    """The services that import something."""
    return tuple(sorted({route.service for route in routes if route.served_by == "import"}))


def _route(method: str, path: str, rpc: str, may: str | None, anyone: bool) -> Route:
    if (may is None) != anyone:
        raise ValueError(f"{method} {path}: say which permission it needs, or anyone=True")
    return Route(method, path, rpc, may)
