"""The table of routes: path, RPC, permission. Data, not code.

Paths are under /api/v1; `<name>` parts, query parameters and body become the RPC's keyword arguments. A route without a
permission must say `anyone=True` (any logged-in user). `in_person=True` keeps API tokens out: what only somebody who logged in may do, and nobody in their place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from shared.resources import OPERATIONS, STANDARD


@dataclass(frozen=True)
class Route:
    """One HTTP operation and the RPC that serves it; `served_by` names the view, where more than JSON passes through."""

    method: str
    path: str
    rpc: str
    may: str | None
    served_by: str = "call"
    in_person: bool = False

    @property
    def service(self) -> str:
        """Who answers."""
        return self.rpc.partition(".")[0]

    @property
    def exported(self) -> str:
        """What an export is of: "customers", "pool/ledger"."""
        return self.path.strip("/").removesuffix("/export")


def get(path: str, rpc: str, *, may: str | None = None, anyone: bool = False, in_person: bool = False) -> Route:
    """A read."""
    return _route("GET", path, rpc, may, anyone, in_person)


def post(path: str, rpc: str, *, may: str | None = None, anyone: bool = False, in_person: bool = False) -> Route:
    """An action or a creation."""
    return _route("POST", path, rpc, may, anyone, in_person)


def put(path: str, rpc: str, *, may: str | None = None, anyone: bool = False, in_person: bool = False) -> Route:
    """A replacement."""
    return _route("PUT", path, rpc, may, anyone, in_person)


def action(service: str, name: str, verb: str, *, may: str, rpc: str | None = None) -> list[Route]:
    """An action of a resource on one record and on many: /orders/<id>/submit by submit_order and /orders/batch-submit by batch_submit_orders."""
    place, noun, dashed = name.replace("_", "-"), name.removesuffix("s"), verb.replace("_", "-")
    return [
        post(f"/{place}/<id>/{dashed}", f"{service}.{rpc or f'{verb}_{noun}'}", may=may),
        post(f"/{place}/batch-{dashed}", f"{service}.batch_{verb}_{name}", may=may),
    ]


def resource(
    service: str,
    name: str,
    *,
    noun: str | None = None,
    permission: str | None = None,
    managed_by: str | None = None,
    path: str | None = None,
    operations: tuple[str, ...] = STANDARD,
    configurable: tuple[str, ...] = (),
    imports: bool = False,
) -> list[Route]:
    """All routes of a resource called `name` in its service ("payment_plans" stands at /payment-plans, unless it says its `path`).

    `managed_by` is the verb whose permission opens create, update and delete, where these are one. `configurable` tells what an administrator may set of it: "fields", "choices", "numbering". `imports` says that records come in
    from files.
    """
    noun = noun or name.removesuffix("s")
    return [
        Route(
            one.method,
            one.path_of(name, path),
            f"{service}.{one.rpc_of(name, noun)}",
            one.permission_of(permission or noun, managed_by),
            one.served_by,
        )
        for one in OPERATIONS
        if one.path and one.belongs_to((*operations, *configurable, *(["imports"] if imports else [])))
    ]


def in_background(routes: tuple[Route, ...]) -> tuple[Route, ...]:
    """What begins in the background what each export sends at once: with the same permission, at the same address."""
    return tuple(replace(route, method="POST", served_by="begin_export") for route in routes if route.served_by == "export")


def importers(routes: tuple[Route, ...]) -> tuple[str, ...]:
    """The services that import something."""
    return tuple(sorted({route.service for route in routes if route.served_by == "import"}))


def patch(path: str, rpc: str, *, may: str | None = None, anyone: bool = False, in_person: bool = False) -> Route:
    """A change."""
    return _route("PATCH", path, rpc, may, anyone, in_person)


def delete(path: str, rpc: str, *, may: str | None = None, anyone: bool = False, in_person: bool = False) -> Route:
    """A removal."""
    return _route("DELETE", path, rpc, may, anyone, in_person)


def _route(method: str, path: str, rpc: str, may: str | None, anyone: bool, in_person: bool) -> Route:
    if (may is None) != anyone:
        raise ValueError(f"{method} {path}: say which permission it needs, or anyone=True")
    return Route(method, path, rpc, may, in_person=in_person)
