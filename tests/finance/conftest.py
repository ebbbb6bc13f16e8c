"""An office that collects money."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.activity.service import ActivityService
from services.customer.service import CustomerService
from services.finance.service import FinanceService
from services.sales.service import SalesService
from shared import clock
from shared.bus import Service
from tests.kept import kept
from tests.office import Office, some_id

SELLING = (
    "order:read",
    "order:create",
    "order:update",
    "order:submit",
    "payment_plan:read",
    "receipt:read",
    "customer:read",
    "customer:create",
)


class Till(Office):
    """A representative whose orders the boss approves, and a cashier who sees all; three instalments."""

    services: tuple[type[Service], ...] = (FinanceService, SalesService, CustomerService, ActivityService)

    def __init__(self, door_of: Any) -> None:
        super().__init__(door_of, *self.services)
        self.boss = self.hire("Boss", *SELLING, "order:approve", "order:void", scope="team")
        self.rep = self.hire("Rep", *SELLING, "payment_plan:create", "payment_plan:update", "receipt:create", manager=self.boss)
        self.other = self.hire("Other", *SELLING, "payment_plan:create", "receipt:create", manager=self.boss)
        self.cashier = self.hire("Cashier", "payment_plan:read", "payment_plan:collect", "receipt:create", "receipt:void", scope="all")
        self.acme = self.customer(self.rep, name="Acme")
        self.pump = self.product()
        self.set(
            default_instalments=[
                {"share": "33.33", "days_after": 0},
                {"share": "33.33", "days_after": 30},
                {"share": "33.34", "days_after": 60},
            ]
        )
        self.settle()

    @property
    def today(self) -> date:
        """The organisation's day."""
        return clock.today(clock.now(), self.finance.settings.time_zone)

    def set(self, **settings: Any) -> Any:
        """Change finance's settings."""
        return self.finance.call("update_finance_settings", self.admin, **settings)

    def sold(self, total: str = "1000.00", *, days_ago: int = 0) -> Any:
        """An approved order of the representative for Acme, with its plans."""
        line = {"product_id": self.pump["id"], "quantity": 1, "unit_price": total}
        order = self.approved(self.rep, self.acme["id"], line, by=self.boss, order_date=(self.today - timedelta(days=days_ago)).isoformat())
        self.settle()
        return order

    def plans(self, order_id: str, **where: Any) -> list[Any]:
        """The live plans of an order."""
        found = self.plans_where({"field": "order_id", "op": "eq", "value": order_id})
        return [plan for plan in found if plan["status"] != "cancelled"]

    def plans_where(self, condition: Any) -> list[Any]:
        """The plans that a filter finds."""
        items: list[Any] = self.finance.call("list_payment_plans", self.admin, filter=json.dumps(condition), sort="period")["items"]
        return items

    def receive(self, amount: str, **fields: Any) -> Any:
        """A receipt at the till."""
        return self.finance.call("create_receipt", self.cashier, amount=amount, **fields)

    def check(self) -> None:
        """Every plan's `received` is the sum of its live receipts, and an order's plans stay within it."""
        receipts = self.finance.call("list_receipts", self.admin, page_size="200")["items"]
        for plan in self.finance.call("list_payment_plans", self.admin, page_size="200")["items"]:
            live = [Decimal(one["amount"]) for one in receipts if one["plan_id"] == plan["id"] and one["status"] == "recorded"]
            assert Decimal(plan["received"]) == sum(live, Decimal(0)) <= Decimal(plan["amount"])


@pytest.fixture
def till(door_of: Any) -> Till:
    """The till, once on each database."""
    return kept(Till, door_of)


__all__ = ["Till", "some_id"]
