"""Customers, contacts and follow-ups."""

from gateway.table import Route, post, resource

ROUTES: list[Route] = [
    *resource("customer", "customers"),
    post("/customers/<id>/transfer", "customer.transfer_customer", may="customer:transfer"),
    *resource("customer", "contacts"),
    *resource("customer", "follow_ups"),
]
