"""A pool with people and customers, and a clock that tests may move."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert

from services.pool import presets
from services.pool.customers.models import CustomerCopy
from services.pool.service import PoolService
from shared import clock
from shared.bus import Service
from shared.caller import Caller
from shared.contracts.customer import CustomerCreated, FollowUpCreated
from shared.contracts.finance import ReceiptRecorded
from shared.contracts.identity import UserCreated
from shared.contracts.sales import OrderApproved, OrderVoided
from shared.db import new_id
from tests.doors import TestDoor
from tests.kept import kept

SELLING = ("pool:read", "customer:read", "customer:create", "reminder:read")
NOON = datetime.fromisoformat("2026-11-11T04:00:00+00:00")
"""Noon of 11 November in Shanghai."""


class Sea:
    """A pool door, switched on, with an administrator and three users of whom the boss stands above the others."""

    def __init__(self, door_of: Callable[..., TestDoor], *others: type[Service]) -> None:
        self.door = door_of(PoolService, *others)
        self.now = NOON
        with pytest.MonkeyPatch.context() as patch:
            self.set_clock(patch)
            with self.door.database.transaction() as db:
                presets.load(db, self.door.settings)
            self.root = self.person("Root", permissions={"*"}, scope="all")
            self.captain = self.person("Captain", scope="all")
            self.boss = self.person("Boss", scope="team")
            self.wang = self.person("Wang", manager=self.boss)
            self.li = self.person("Li", manager=self.boss)
            self.stranger = self.person("Stranger")
            self.set(enabled=True, admin_ids=[self.captain.user_id], user_ids=[one.user_id for one in (self.boss, self.wang, self.li)])

    def set_clock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let it be as late as `now` says."""
        monkeypatch.setattr(clock, "now", lambda: self.now)

    def person(self, name: str, *, manager: Caller | None = None, scope: str = "own", permissions: Any = SELLING, **place: Any) -> Caller:
        one = Caller(
            user_id=new_id(), name=name, permissions=frozenset(permissions), scopes={"*": scope}, language="en",
            department_id=place.get("department_id"),
        )  # fmt: skip
        self.door.deliver(
            UserCreated(
                user_id=one.user_id or "", name=name, manager_id=manager.user_id if manager else None,
                department_id=place.get("department_id"), roles=(), is_active=True, version=1,
            )
        )  # fmt: skip
        return one

    def set(self, **settings: Any) -> Any:
        return self.door.call("update_pool_settings", self.root, **settings)

    def customer(self, owner: Caller | None, *, days_ago: int = 0, **facts: Any) -> str:
        customer_id = new_id()
        told = {"name": f"Customer {customer_id[-6:]}", "version": 1, "created_at": self.now - timedelta(days=days_ago)} | facts
        self.door.deliver(CustomerCreated(customer_id=customer_id, owner_id=owner.user_id if owner else None, **told))
        return customer_id

    def fleet(self, count: int, owner: Caller | None = None, *, days_ago: int = 0) -> list[str]:
        """Many customers at once, as if all their events had been heard."""
        at = self.now - timedelta(days=days_ago)
        facts = {"owner_id": owner.user_id if owner else None, "created_at": at, "owned_since": at, "version": 1, "is_deleted": False}
        rows = [{"id": new_id(), "name": f"Customer {number}", "tags": [], "order_total": Decimal(0), **facts} for number in range(count)]
        with self.door.database.transaction() as db:
            db.execute(insert(CustomerCopy), rows)
        return [row["id"] for row in rows]

    def free(self, count: int = 1, **facts: Any) -> list[str]:
        ids = self.fleet(count) if count > 10 else [self.customer(None, **facts) for _ in range(count)]
        for start in range(0, count, 1000):
            self.do("send", self.root, ids[start : start + 1000])
        return ids

    def held(self, owner: Caller, count: int = 1) -> list[str]:
        ids = self.free(count)
        assert self.do("claim", owner, ids) == {"succeeded": count, "failed": []}
        return ids

    def do(self, action: str, who: Caller, ids: str | list[str], **more: Any) -> Any:
        return self.door.call(f"{action}_customers", who, customer_ids=[ids] if isinstance(ids, str) else ids, **more)

    def see(self, who: Caller, customer_id: str) -> Any:
        return self.door.call("get_pool_customer", who, id=customer_id)

    def log(self, customer_id: str) -> list[Any]:
        return list(self.door.call("pool_customer_log", self.root, id=customer_id)["items"])

    def later(self, **time: Any) -> None:
        self.now += timedelta(**time)

    def pass_days(self, days: int) -> None:
        """Go on day by day, as the timers see it."""
        for _ in range(days):
            self.later(days=1)
            self.tick()

    def tick(self) -> None:
        for timer in ("warn_holders", "warn_owners", "recycle_due_customers", "enter_due_customers"):
            self.door.tick(timer)

    def follow_up(self, customer_id: str) -> str:
        told = FollowUpCreated(
            follow_up_id=new_id(), customer_id=customer_id, customer_name="", owner_id=None, kind="call", summary="", contacted_at=self.now,
            next_visit_on=None,
        )  # fmt: skip
        self.door.deliver(told)
        return told.follow_up_id

    def order(self, customer_id: str, *, total: str = "100.00", days_ago: int = 0) -> OrderApproved:
        approved = OrderApproved(
            order_id=new_id(), number="SO1", subject="Pumps", customer_id=customer_id, owner_id=None, order_date=self.now.date(),
            total=Decimal(total), status="approved", approved_by=self.boss.user_id or "", approved_at=self.now - timedelta(days=days_ago),
        )  # fmt: skip
        self.door.deliver(approved)
        return approved

    def void(self, order: OrderApproved) -> None:
        kept = {name: getattr(order, name) for name in ("order_id", "number", "subject", "customer_id", "owner_id", "order_date", "total")}
        self.door.deliver(OrderVoided(**kept, status="voided", reason="wrong", voided_at=self.now))

    def receipt(self, customer_id: str, amount: str = "100.00", *, refund_of: str | None = None) -> ReceiptRecorded:
        told = ReceiptRecorded(
            receipt_id=new_id(), number="RC1", customer_id=customer_id, order_id=None, plan_id=None, owner_id=None, amount=Decimal(amount),
            received_on=self.now.date(), recorded_at=self.now, refund_of_id=refund_of,
        )  # fmt: skip
        self.door.deliver(told)
        return told


@pytest.fixture
def sea(door_of: Callable[..., TestDoor], monkeypatch: pytest.MonkeyPatch) -> Sea:
    """The pool on each database."""
    made = kept(Sea, door_of)
    made.set_clock(monkeypatch)
    return made
