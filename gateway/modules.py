"""The modules there are, as the table of routes tells: each has a description under /meta."""

from __future__ import annotations

from gateway.routes import ROUTES
from shared.caller import Caller
from shared.i18n import label

MODULES = {
    route.path.removeprefix("/meta/"): route
    for route in ROUTES
    if route.method == "GET" and route.path.startswith("/meta/") and route.path.count("/") == 2
}
"""The route that describes a module, by its name in paths ("payment-plans")."""

REPORTS = "reports"

SCOPES: dict[str, str] = {"report": REPORTS}
"""What a data scope narrows, by the noun of its permissions: the first module that one opens with "<noun>:read", or what reports add up."""
for _module, _route in MODULES.items():
    SCOPES.setdefault(str(_route.may).removesuffix(":read"), _module)

_LISTS = {route.rpc: route.path for route in ROUTES if route.method == "GET"}


def modules_for(caller: Caller, chosen: str) -> list[dict[str, str]]:
    """The modules a caller may open, in the order of the table: {"module", "path", "label"}."""
    return [
        {
            "module": module,
            "path": f"/api/v1{_LISTS[route.rpc.replace('.describe_', '.list_')]}",
            "label": module_label(module, chosen),
        }
        for module, route in MODULES.items()
        if route.may and caller.may(route.may)
    ]


def module_label(module: str, chosen: str) -> str:
    """What a module is called, many of it, in a language: it stands in the texts of the service that has it."""
    return label("modules", f"{module.replace('-', '_')}.many", chosen, package_of(module))


def package_of(module: str) -> str:
    """The package that has the words of a module."""
    service = MODULES[module].service
    return "gateway" if service == "identity" else f"services.{service}"
