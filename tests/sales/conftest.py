"""An office that sells."""

from __future__ import annotations

from typing import Any

import pytest

from services.customer.service import CustomerService
from services.finance.service import FinanceService
from services.sales.service import SalesService
from shared.bus import Service
from shared.caller import Caller
from tests.kept import kept
from tests.office import Office

SELLING = ("customer:read", "customer:create", "contact:create", "contact:read", "order:read", "order:create", "order:update", "order:delete",
           "order:submit", "order:withdraw", "quote:read", "quote:create", "quote:update")  # fmt: skip


class Shop(Office):
    """A representative, a second one, their boss who approves, a customer of the first, and a pump."""

    services: tuple[type[Service], ...] = (SalesService, CustomerService, FinanceService)

    def __init__(self, door_of: Any) -> None:
        super().__init__(door_of, *self.services)
        self.boss = self.hire("Boss", *SELLING, "order:approve", "order:void", scope="team")
        self.rep = self.hire("Rep", *SELLING, manager=self.boss)
        self.other = self.hire("Other", *SELLING, manager=self.boss)
        self.acme = self.customer(self.rep, name="Acme")
        self.pump = self.product()
        self.settle()

    def line(self, quantity: Any = 1, **fields: Any) -> dict[str, Any]:
        """A line of pumps."""
        return {"product_id": self.pump["id"], "quantity": quantity, **fields}

    def draft(self, *lines: dict[str, Any], **fields: Any) -> Any:
        """A draft of the representative for Acme."""
        return self.order(self.rep, self.acme["id"], *(lines or (self.line(),)), **fields)

    def quote(self, *lines: dict[str, Any], **fields: Any) -> Any:
        """A quote of the representative for Acme."""
        given = {"customer_id": self.acme["id"], "name": "Pumps", "lines": list(lines or (self.line(),)), **fields}
        return self.sales.call("create_quote", self.rep, **given)

    def pending(self, **fields: Any) -> Any:
        """An order that waits for the boss."""
        return self.submit(self.draft(**fields), self.boss)

    def submit(self, order: Any, approver: Caller) -> Any:
        """Ask somebody to approve."""
        return self.sales.call("submit_order", self.rep, id=order["id"], approver_id=approver.user_id, comment="please")

    def price_list(self, *items: tuple[Any, ...], **fields: Any) -> Any:
        """A price list with (product, price[, minimum quantity]) items."""
        made = self.sales.call("create_price_list", self.admin, **{"name": "List", **fields})
        rows = [
            {"product_id": product["id"], "price": price, **({"min_quantity": least[0]} if least else {})}
            for product, price, *least in items
        ]
        return self.sales.call("add_price_list_items", self.admin, id=made["id"], items=rows) if rows else made


@pytest.fixture
def shop(door_of: Any) -> Shop:
    """The shop, once on each database."""
    return kept(Shop, door_of)
