"""The public HTTP surface, one module per service."""

from gateway.routes import activity, customer, finance, identity, imports, pool, reporting, sales
from gateway.table import Route

ROUTES: tuple[Route, ...] = tuple(
    route for module in (identity, customer, pool, sales, finance, activity, reporting, imports) for route in module.ROUTES
)

SERVICES: tuple[str, ...] = tuple(sorted({route.service for route in ROUTES}))
"""Who answers."""
