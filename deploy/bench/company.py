"""The company that is measured: people, products, customers, orders with three lines, some approved and planned.

Everything goes in through the gateway, sixteen at once, so it obeys every rule and has told its events.
"""

from __future__ import annotations

import itertools
import json
import random
import time
import urllib.parse
from typing import Any

from deploy.bench.clients import Clients, Request
from deploy.demo.words import BRANDS, CITIES, FORMS, GOODS, INDUSTRIES, TRADES
from deploy.parts import SERVICES
from deploy.suite import Suite
from shared.bus.status import figures
from shared.clock import now
from shared.db.engine import Database, database

API = "/api/v1"
PASSWORD = "highseas-bench"  # noqa: S105
REPS = ("wang", "li", "zhao")
LEVELS = "ABCD"
PRODUCTS = 50
PLANNED_ORDERS = 100
DRAIN_SECONDS = 600


class Company:
    """A running suite with data in it, and requests that make sense in it."""

    def __init__(self, suite: Suite, *, admin_password: str) -> None:
        self.clients = Clients(suite.settings.host, suite.settings.port)
        self.databases: dict[str, Database] = {service.name: database(service.name, suite.settings) for service in SERVICES}
        self._chance = random.Random(20260901)
        self._numbers = itertools.count(1)
        self.clients.log_in("admin", admin_password)
        self.products: list[str] = []
        self.customers: dict[str, list[str]] = {}
        self.drafts: list[tuple[str, str]] = []
        self.plans: list[dict[str, Any]] = []

    def fill(self, *, customers: int, orders: int) -> None:
        """Hire and load. Raises AssertionError with the first refusal; a company that is there already is one."""
        if self.count("customers"):
            raise AssertionError("there are customers already: the bench wants an empty database")
        self._hire()
        made = self.clients.right([Request("admin", "POST", f"{API}/products", self._product(number)) for number in range(PRODUCTS)])
        self.products = [product["id"] for product in made]
        made = self.clients.right([self.new_customer() for _ in range(customers)])
        for customer in made:
            self.customers.setdefault(self._name_of(customer["owner_id"]), []).append(customer["id"])
        self.drain()
        made = self.clients.right([self.new_order() for _ in range(orders)])
        self.drafts = [(order["id"], self._name_of(order["owner_id"])) for order in made]
        self.drain()
        self.clients.right(self.approvals(min(PLANNED_ORDERS, orders // 10)))
        self.drain()
        self.plans = self.clients.one(Request("cashier", "GET", f"{API}/payment-plans?page_size=200"))["items"]

    def new_customer(self) -> Request:
        """Somebody adds a customer."""
        number, chance = next(self._numbers), self._chance
        trade, city = chance.choice(TRADES), chance.choice(list(CITIES))
        return Request(chance.choice(REPS), "POST", f"{API}/customers", {
            "name": f"{city}{chance.choice(BRANDS)[0]}{number}{trade}{chance.choice(FORMS)}", "level": chance.choice(LEVELS), "industry": INDUSTRIES[trade],
            "region": city, "phone": f"021-{20_000_000 + number}", "employees": chance.randrange(20, 3000),
        })  # fmt: skip

    def new_order(self) -> Request:
        """A representative writes an order with three lines for a customer of theirs."""
        rep = self._chance.choice(REPS)
        lines = [{"product_id": one, "quantity": str(self._chance.randrange(1, 12))} for one in self._chance.sample(self.products, 3)]
        body = {"customer_id": self._chance.choice(self.customers[rep]), "subject": f"采购 {next(self._numbers)}", "lines": lines}
        return Request(rep, "POST", f"{API}/orders", body)

    def approvals(self, number: int) -> list[Request]:
        """The director approves so many orders, which are submitted now; new drafts are written when there are too few."""
        made = self.clients.right([self.new_order() for _ in range(number - len(self.drafts))])
        self.drafts += [(order["id"], self._name_of(order["owner_id"])) for order in made]
        taken, self.drafts = self.drafts[:number], self.drafts[number:]
        asked = {"approver_id": self.clients.ids["director"]}
        self.clients.right([Request(rep, "POST", f"{API}/orders/{order_id}/submit", asked) for order_id, rep in taken])
        return [Request("director", "POST", f"{API}/orders/{order_id}/approve", {}) for order_id, _ in taken]

    def new_receipt(self) -> Request:
        """The cashier books a little money on a plan."""
        plan = self.plans[next(self._numbers) % len(self.plans)]
        return Request("cashier", "POST", f"{API}/receipts", {
            "customer_id": plan["customer_id"], "plan_id": plan["id"], "amount": "0.01",
        })  # fmt: skip

    def some_customer(self) -> Request:
        """A representative opens one of their customers."""
        rep = self._chance.choice(REPS)
        return Request(rep, "GET", f"{API}/customers/{self._chance.choice(self.customers[rep])}")

    def some_list(self) -> Request:
        """The director looks for customers by a part of their name, newest first."""
        condition = {"field": "name", "op": "contains", "value": self._chance.choice(TRADES)}
        return Request("director", "GET", f"{API}/customers?{_query(filter=json.dumps(condition), sort='-created_at', page_size=20)}")

    def count(self, module: str, **equal: str) -> int:
        """How many records of a module there are, as the administrator sees them."""
        conditions = [{"field": field, "op": "eq", "value": value} for field, value in equal.items()]
        condition = {"filter": json.dumps({"and": conditions})} if conditions else {}
        return int(self.clients.one(Request("admin", "GET", f"{API}/{module}?{_query(page_size=1, **condition)}"))["total"])

    def drain(self) -> None:
        """Wait until every event has been handled. Raises AssertionError when that does not happen."""
        deadline = time.monotonic() + DRAIN_SECONDS
        while any(self._waiting(db) for db in self.databases.values()):
            if time.monotonic() > deadline:
                raise AssertionError("the events are not handled in time")
            time.sleep(0.2)

    def close(self) -> None:
        """Close the databases."""
        for one in self.databases.values():
            one.close()

    def _waiting(self, db: Database) -> int:
        with db.transaction(read=True) as session:
            found = figures(session, now())
        return int(found["outbox"]["waiting"] + found["inbox"]["pending"] + found["inbox"]["parked"])

    def _hire(self) -> None:
        for name, role, manager in (
            ("director", "sales_director", None),
            *((rep, "sales_rep", "director") for rep in REPS),
            ("cashier", "finance", None),
        ):
            body = {"username": name, "display_name": name.title(), "password": PASSWORD, "roles": [role]}
            above = {"manager_id": self.clients.ids[manager]} if manager else {}
            self.clients.one(Request("admin", "POST", f"{API}/users", body | above))
            self.clients.log_in(name, PASSWORD)
        shares = [{"share": "40", "days_after": 0}, {"share": "40", "days_after": 45}, {"share": "20", "days_after": 90}]
        self.clients.one(Request("admin", "PUT", f"{API}/finance/settings", {"default_instalments": shares}))
        self.drain()

    def _product(self, number: int) -> dict[str, Any]:
        return {
            "code": f"HS-{number:04d}",
            "name": f"{GOODS[number % len(GOODS)][0]} {number}",
            "list_price": f"{100 + number}.00",
            "cost": "60.00",
        }

    def _name_of(self, user_id: str) -> str:
        return next(name for name, one in self.clients.ids.items() if one == user_id)


def _query(**params: Any) -> str:
    return urllib.parse.urlencode(params)
