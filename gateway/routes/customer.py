"""Customers, contacts and follow-ups."""

from gateway.table import WITH_IMPORTS, Route, post, resource

ROUTES: list[Route] = [
    *resource("customer", "customers", operations=WITH_IMPORTS),
    post("/customers/<id>/transfer", "customer.transfer_customer", may="customer:transfer"),
    *resource("customer", "contacts", operations=WITH_IMPORTS),
    *resource("customer", "follow_ups"),
]
