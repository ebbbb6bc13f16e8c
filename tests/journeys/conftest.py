"""The suite's own processes on a real broker, once for all journeys, with a small company in it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from deploy.audit import opened, violations
from deploy.processes import free_port
from deploy.suite import Suite
from shared.db.engine import Database
from shared.settings import Settings
from tests.folders import data_folder
from tests.journeys.client import Client, eventually

PASSWORD = "a-long-enough-password"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def suite() -> Iterator[Suite]:
    """A running suite on SQLite."""
    yield from run_suite()


def run_suite(**settings: Any) -> Iterator[Suite]:
    """A suite from its start to its end, on free ports and a folder of its own."""
    with data_folder("suite") as folder:
        # Long tokens: on a busy machine the journeys may take longer than a token lives.
        running = Suite(Settings(data_dir=folder, port=free_port(), admin_password=PASSWORD, access_token_seconds=7200, **settings))
        try:
            running.start()
            yield running
        finally:
            running.stop()


class Company:
    """An administrator, a director with two representatives, and a cashier; the pool is on; three instalments."""

    def __init__(self, suite: Suite) -> None:
        self.suite = suite
        self.names: dict[str, str] = {}
        self.admin = Client(suite.url, "admin", PASSWORD)
        self.director = self.hire("director", "sales_director")
        self.wang = self.hire("wang", "sales_rep", manager_id=self.director.id)
        self.li = self.hire("li", "sales_rep", manager_id=self.director.id)
        self.cashier = self.hire("cashier", "finance")
        self.admin.put("/pool/settings", {"enabled": True, "max_held": 1000, "user_ids": [self.wang.id, self.li.id, self.director.id]})
        shares = [{"share": "33.33", "days_after": 0}, {"share": "33.33", "days_after": 30}, {"share": "33.34", "days_after": 60}]
        self.admin.put("/finance/settings", {"default_instalments": shares})
        self.product = self.admin.post("/products", {"code": f"P{next(_numbers)}", "name": "Pump", "list_price": "100.00", "cost": "60.00"})
        eventually(lambda: self.director.get("/users", page_size=5)["total"] >= 5)

    def hire(self, name: str, role: str, **place: Any) -> Client:
        username = self.names[name] = f"{name}{next(_numbers)}"
        self.admin.post("/users", {"username": username, "display_name": name.title(), "password": PASSWORD, "roles": [role], **place})
        return Client(self.suite.url, username, PASSWORD)

    def customer(self, owner: Client) -> Any:
        return owner.post("/customers", {"name": f"Customer {next(_numbers)} Ltd"})

    def order(self, owner: Client, customer_id: str, *, price: str = "100.00", quantity: Any = 1) -> Any:
        line = {"product_id": self.product["id"], "quantity": quantity, "unit_price": price}
        return owner.post("/orders", {"customer_id": customer_id, "subject": "Pumps", "lines": [line]})

    def submitted(self, owner: Client, customer_id: str, **order: Any) -> Any:
        order_id = self.order(owner, customer_id, **order)["id"]
        return owner.post(f"/orders/{order_id}/submit", {"approver_id": self.director.id, "comment": "please"})

    def plans(self, order_id: str) -> Any:
        return sorted(self.cashier.find("/payment-plans", order_id=order_id), key=lambda plan: plan["period"])

    def approved(self, owner: Client, customer_id: str, **order: Any) -> tuple[Any, Any]:
        """An approved order and its plans."""
        order = self.submitted(owner, customer_id, **order)
        approved = self.director.post(f"/orders/{order['id']}/approve")
        return approved, eventually(lambda: self.plans(order["id"]))

    def pooled(self, owner: Client) -> Any:
        """A customer just sent to the pool."""
        customer = self.customer(owner)
        owner.post("/pool/send", {"customer_ids": [customer["id"]]})
        return customer


@pytest.fixture(scope="session")
def company(suite: Suite) -> Company:
    """The small company."""
    return Company(suite)


@pytest.fixture(scope="module")
def databases(suite: Suite) -> Iterator[list[Database]]:
    """The databases of the suite, for the audit."""
    with opened(suite.settings) as databases:
        yield databases


@pytest.fixture
def clean(databases: list[Database]) -> Iterator[None]:
    """After the test every invariant holds."""
    yield

    def nothing_wrong() -> bool:
        # The first that is found is enough: while news is on its way, looking at all else would keep the suite from working.
        with closing(violations(databases)) as found:
            return next(found, None) is None

    try:
        # An import leaves thousands of events behind, which a busy machine handles in its own time.
        eventually(nothing_wrong)
    except AssertionError:
        raise AssertionError("\n".join(map(str, violations(databases)))) from None
