"""A stream of real work whose outcome is known: what was acknowledged must be there once, what was refused not at all."""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.journeys.client import PATIENCE_SECONDS, Answered, Client, eventually

_numbers = itertools.count(1)


@dataclass
class Sale:
    """From the pool to a receipt; the fields are what the API acknowledged."""

    customer: Any
    owner_id: str = ""
    order_id: str = ""
    paid: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@dataclass
class Work:
    """The people at work and what they did."""

    company: Any
    sales: list[Sale] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def sell(self, owner: Client, other: Client, director: Client, cashier: Client) -> None:
        """One sale, step by step; each acknowledged step is noted before the next."""
        customer = owner.post("/customers", {"name": f"Drill {next(_numbers)} {uuid.uuid4().hex[:6]} Ltd"})
        sale = Sale(customer)
        self.sales.append(sale)
        owner.post("/pool/send", {"customer_ids": [customer["id"]]})
        other.post("/pool/claim", {"customer_ids": [customer["id"]]})
        sale.owner_id = other.id
        self._must_refuse(owner, "/pool/claim", {"customer_ids": [customer["id"]]})
        line = {"product_id": self.company.product["id"], "quantity": 1, "unit_price": "100.00"}
        order = other.post("/orders", {"customer_id": customer["id"], "subject": "Drill", "lines": [line]})
        other.post(f"/orders/{order['id']}/submit", {"approver_id": director.id, "comment": "please"})
        director.post(f"/orders/{order['id']}/approve")
        sale.order_id = order["id"]
        self._pay(sale, cashier, "40.00", sale.paid)
        self._pay(sale, cashier, "60.01", sale.refused)
        self._pay(sale, cashier, "60.00", sale.paid)

    @contextmanager
    def going_on(self, *, threads: int = 2) -> Iterator[Work]:
        """Sell on some threads until the block ends; the sales in hand are finished."""
        company = self.company
        pairs = itertools.cycle([(company.wang, company.li), (company.li, company.wang)])
        workers = [threading.Thread(target=self._sell_on, args=next(pairs)) for _ in range(threads)]
        for worker in workers:
            worker.start()
        try:
            yield self
        finally:
            self.stopping.set()
            for worker in workers:
                worker.join(PATIENCE_SECONDS)
        assert not self.errors, self.errors
        assert not any(worker.is_alive() for worker in workers)

    def check(self) -> None:
        """Look every sale up: each acknowledged write once, each refused one not at all."""
        assert self.sales
        for sale in self.sales:
            eventually(lambda sale=sale: self._is_told_everywhere(sale))
            customers = self.company.admin.find("/customers", name=sale.customer["name"])
            assert [one["id"] for one in customers] == [sale.customer["id"]]
            steps = [one["step"] for one in self.company.admin.get(f"/orders/{sale.order_id}")["approvals"]]
            assert steps == ["submitted", "approved"]
            assert len(self.company.admin.find("/orders", customer_id=sale.customer["id"])) == 1
            receipts = self.company.admin.find("/receipts", order_id=sale.order_id)
            assert sorted(receipt["reference"] for receipt in receipts) == sorted(sale.paid)
            assert sum(Decimal(receipt["amount"]) for receipt in receipts) == Decimal("100.00")

    def _is_told_everywhere(self, sale: Sale) -> bool:
        plans = self.company.plans(sale.order_id)
        shown = self.company.admin.get(f"/customers/{sale.customer['id']}")
        log = self.company.admin.get(f"/pool/customers/{sale.customer['id']}/log", page_size=100)["items"]
        achieved = [row for row in log if row["action"] == "goal_achieved"]
        return (
            [plan["amount"] for plan in plans] == ["33.33", "33.33", "33.34"]
            and (shown["owner_id"], shown["pool_goal"]) == (sale.owner_id, "achieved")
            and (shown["order_total"], shown["received_total"]) == ("100.00", "100.00")
            and len(achieved) == 1
        )

    def _pay(self, sale: Sale, cashier: Client, amount: str, noted: list[str]) -> None:
        reference = uuid.uuid4().hex
        body = {"customer_id": sale.customer["id"], "order_id": sale.order_id, "amount": amount, "reference": reference}
        if noted is sale.refused:
            self._must_refuse(cashier, "/receipts", body)
        else:
            cashier.post("/receipts", body)
        noted.append(reference)

    def _must_refuse(self, client: Client, path: str, body: Any) -> None:
        try:
            client.post(path, body)
        except Answered as refused:
            assert refused.status == 409, refused
        else:
            raise AssertionError(f"{path} accepted {body}")

    def _sell_on(self, owner: Client, other: Client) -> None:
        people = [client.twin() for client in (owner, other, self.company.director, self.company.cashier)]
        while not self.stopping.is_set():
            try:
                self.sell(*people)
            except AssertionError as error:
                self.errors.append(str(error))
                return
            time.sleep(0.05)
