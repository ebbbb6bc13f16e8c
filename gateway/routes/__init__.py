"""The public HTTP surface, one module per service."""

from gateway.routes import activity, customer, exports, finance, identity, imports, pool, reporting, sales
from gateway.table import Route, in_background

_WRITTEN: tuple[Route, ...] = tuple(
    route for module in (identity, customer, pool, sales, finance, activity, reporting, imports, exports) for route in module.ROUTES
)
ROUTES: tuple[Route, ...] = (*_WRITTEN, *in_background(_WRITTEN))

SERVICES: tuple[str, ...] = tuple(sorted({route.service for route in ROUTES}))
"""Who answers."""

EXPORTS: dict[str, Route] = {route.exported: route for route in ROUTES if route.served_by == "export"}
"""How each list is exported."""
