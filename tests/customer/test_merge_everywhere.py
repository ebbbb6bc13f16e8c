"""Two customers become one in every service, in whichever order the services hear of it."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.audit import violations
from services.pool.service import PoolService
from services.reporting.service import ReportingService
from shared.contracts.base import Event
from shared.contracts.customer import CustomerMerged, CustomerUpdated
from tests.doors import TestDoor
from tests.finance.conftest import Till
from tests.kept import kept


class Merger(Till):
    """The till with every service that keeps books, a pool, and two customers of the representative to make one of."""

    services = (*Till.services, PoolService, ReportingService)

    def __init__(self, door_of: Any) -> None:
        super().__init__(door_of)
        self.late: list[tuple[TestDoor, list[Event]]] = []
        self.kept, self.lost = (self.customer(self.rep, name=name)["id"] for name in ("Ocean", "Ocean Tech"))
        self.settle()
        self.pool.call("update_pool_settings", self.admin, enabled=True, user_ids=[self.rep.user_id, self.other.user_id])
        self.settle()

    def do(self, action: str, who: Any, customer_id: str, **more: Any) -> None:
        """One action at the pool's door, whose news goes round."""
        assert self.pool.call(f"{action}_customers", who, customer_ids=[customer_id], **more)["failed"] == []
        self.settle()

    def merge(self, *hear_first: str, into: str | None = None, lost: str | None = None) -> None:
        """Make one of the two: some services hear of it now, the others when all have heard of what was done meanwhile."""
        self.settle()
        self.customer_door.call("merge_customer", self.admin, id=into or self.kept, from_id=lost or self.lost)
        told = self.customer_door.published(CustomerMerged, CustomerUpdated)[-2:]
        self.customer_door.state["seen"] += len(told)
        for name, door in self.doors.items():
            if name in hear_first:
                self._tell(door, told)
            else:
                self.late.append((door, told))

    def agree(self) -> None:
        """When everybody has heard of everything `make audit` finds nothing; but for what goes over a broker, which these doors have not."""
        self.settle()
        for door, told in self.late:
            self._tell(door, told)
        self.late.clear()
        self.settle()
        found = violations([door.database for door in self.doors.values()])
        assert [str(one) for one in found if one.invariant != "outbox is empty"] == []

    def _tell(self, door: TestDoor, events: list[Event]) -> None:
        for event in events:
            door.deliver(event)

    def shown(self) -> Any:
        """The customer that stays."""
        return self.customer_door.call("get_customer", self.admin, id=self.kept)


@pytest.fixture
def merger(door_of: Any) -> Merger:
    return kept(Merger, door_of)


def test_what_the_pool_says_of_the_lost_one_says_nothing_of_the_other(merger: Merger) -> None:
    for customer_id, who in ((merger.kept, merger.rep), (merger.lost, merger.other)):
        merger.do("send", merger.admin, customer_id)
        merger.do("claim", who, customer_id)
    for days in (1, 2, 3):
        merger.do("extend", merger.admin, merger.lost, days=days)
    before = merger.shown()
    merger.merge()
    merger.agree()
    shown = merger.shown()
    assert [shown[name] for name in ("owner_id", "pool_status", "protected_until")] == [
        merger.rep.user_id, "assigned", before["protected_until"],
    ]  # fmt: skip
    merger.do("release", merger.rep, merger.kept)
    assert merger.shown()["pool_status"] == "unassigned"


def test_an_order_approved_while_the_news_is_on_its_way_belongs_to_the_one_that_stays(merger: Merger) -> None:
    merger.do("send", merger.admin, merger.kept)
    merger.do("claim", merger.rep, merger.kept)
    merger.merge("finance", "pool", "reporting")
    order = merger.approved(merger.rep, merger.lost, {"product_id": merger.pump["id"], "quantity": 1}, by=merger.boss)
    merger.agree()
    assert merger.shown()["pool_goal"] == "achieved"
    [plan, *_] = merger.finance.call("list_payment_plans", merger.cashier)["items"]
    assert (plan["customer_id"], plan["customer_name"]) == (merger.kept, "Ocean")
    [row] = merger.reporting.call("gross_margin", merger.admin, by="customer")["items"]
    assert (row["id"], row["revenue"]) == (merger.kept, "100.00")
    merger.sales.call("void_order", merger.boss, id=order["id"], reason="x")
    merger.agree()
    assert merger.shown()["pool_goal"] == "pending"


def test_a_receipt_booked_while_the_news_is_on_its_way_belongs_to_the_one_that_stays(merger: Merger) -> None:
    merger.do("send", merger.admin, merger.kept)
    merger.do("claim", merger.rep, merger.kept)
    merger.merge("pool")
    receipt = merger.finance.call("create_receipt", merger.cashier, customer_id=merger.lost, amount="40.00")
    merger.agree()
    assert (merger.shown()["pool_goal"], merger.shown()["received_total"]) == ("achieved", "40.00")
    merger.finance.call("void_receipt", merger.cashier, id=receipt["id"], reason="x")
    merger.agree()
    assert (merger.shown()["pool_goal"], merger.shown()["received_total"]) == ("pending", "0.00")


def test_the_one_that_stays_may_be_merged_in_turn(merger: Merger) -> None:
    last = merger.customer(merger.rep, name="Sea")["id"]
    merger.settle()
    merger.merge("finance", "pool", "reporting")
    merger.approved(merger.rep, merger.lost, {"product_id": merger.pump["id"], "quantity": 1}, by=merger.boss)
    merger.merge("finance", "pool", "reporting", into=last, lost=merger.kept)
    merger.agree()
    [row] = merger.reporting.call("gross_margin", merger.admin, by="customer")["items"]
    assert (row["id"], row["name"]) == (last, "Sea")
