"""What is measured: the table of named measurements. A further row is a further line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from deploy.bench.clients import Request
from deploy.bench.company import Company

Requests = Callable[[Company, int], list[Request]]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One measurement.

    `requests(company, number)` gives so many requests, each sent once. `due` is the median at one client that must be kept, as a
    multiple of the bare echo's. `stored(company)` counts what a write leaves behind, which shows lost and doubled ones.
    """

    name: str
    requests: Requests
    due: float | None = None
    stored: Callable[[Company], int] | None = None


ROWS = (
    Row(name="bare gateway", requests=lambda company, number: [Request("", "GET", "/healthz")] * number),
    Row(name="read one customer", due=5, requests=lambda company, number: [company.some_customer() for _ in range(number)]),
    Row(name="list 20 of all customers", due=8, requests=lambda company, number: [company.some_list() for _ in range(number)]),
    Row(
        name="create customer", stored=lambda company: company.count("customers"),
        requests=lambda company, number: [company.new_customer() for _ in range(number)],
    ),
    Row(
        name="create order, 3 lines", due=12, stored=lambda company: company.count("orders"),
        requests=lambda company, number: [company.new_order() for _ in range(number)],
    ),
    Row(name="approve order", stored=lambda company: company.count("orders", status="approved"), requests=Company.approvals),
    Row(
        name="record receipt", stored=lambda company: company.count("receipts"),
        requests=lambda company, number: [company.new_receipt() for _ in range(number)],
    ),
)  # fmt: skip
