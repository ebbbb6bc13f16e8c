"""`make audit`: reads every service's database and names each invariant that does not hold. Exits 1 when one does not.

The invariants are those of the specification: money adds up to the cent, each customer has one owner, and what one service
says of an order, a customer or a goal is what the others say. News on its way counts as a violation: run it when the suite
is quiet, or again.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from deploy.parts import SERVICES
from services.customer.models import Customer
from services.finance.models import OrderCopy, PaymentPlan, Receipt
from services.pool import rules as pool_rules
from services.pool.customers.models import PoolEntry
from services.pool.customers.queries import goal_facts
from services.pool.ledger.models import Ledger
from services.pool.ledger.queries import held
from services.pool.pools.models import Pool
from services.reporting.models import SaleFact
from services.sales.orders.models import Order
from shared.bus.tables import Inbox, Outbox
from shared.db.engine import database
from shared.settings import SettingError, Settings

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Violation:
    """One thing that is not as it must be."""

    invariant: str
    record: str
    found: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.record}: {self.found}"


@dataclass(frozen=True)
class Books:
    """A session on every service's database."""

    sessions: dict[str, Session]

    def __getattr__(self, service: str) -> Session:
        return self.sessions[service]


def audit(settings: Settings) -> list[Violation]:
    """Every violation found."""
    with ExitStack() as stack:
        sessions = {}
        for service in SERVICES:
            db = database(service.name, settings)
            stack.callback(db.close)
            sessions[service.name] = stack.enter_context(db.transaction(read=True))
        books = Books(sessions)
        return [violation for check in CHECKS for violation in check(books)]


def _nothing_waits(books: Books) -> Iterator[Violation]:
    """Every event is sent and handled."""
    for name, db in books.sessions.items():
        for row in db.scalars(select(Outbox).where(Outbox.sent_at.is_(None)).limit(20)):
            yield Violation("outbox is empty", f"{name}:{row.name}:{row.key}", row.last_error or "not sent")
        for event in db.scalars(select(Inbox).where(Inbox.status != "done").limit(20)):
            yield Violation("inbox is done", f"{name}:{event.handler}:{event.key}", f"{event.status}: {event.last_error}")


def _plans_add_up(books: Books) -> Iterator[Violation]:
    """Approved orders have plans up to their total and not beyond; others have none; each period stands once."""
    plans: dict[str, list[PaymentPlan]] = defaultdict(list)
    for plan in books.finance.scalars(select(PaymentPlan).where(PaymentPlan.deleted_at.is_(None), PaymentPlan.status != "cancelled")):
        plans[plan.order_id].append(plan)
    for order in books.sales.scalars(select(Order).where(Order.deleted_at.is_(None))):
        mine = plans.pop(order.id, [])
        planned = sum((plan.amount for plan in mine), ZERO)
        if order.status == "approved" and order.total > 0 and not mine:
            yield Violation("approved order has plans", order.number, "none")
        if planned > order.total:
            yield Violation("plans stay within the order", order.number, f"{planned} of {order.total}")
        if order.status not in ("approved", "completed") and any(plan.received == 0 for plan in mine):
            yield Violation("only approved orders have plans", order.number, f"{order.status} with {len(mine)}")
        if len({plan.period for plan in mine}) < len(mine):
            yield Violation("each period stands once", order.number, f"{len(mine)} plans")
    for order_id in plans:
        yield Violation("plans belong to an order", order_id, "unknown to sales")


def _received_is_sum_of_receipts(books: Books) -> Iterator[Violation]:
    """Per plan: received = Σ live receipts, 0 ≤ received ≤ amount; refunds stay within their receipt."""
    by_plan: dict[str | None, Decimal] = defaultdict(lambda: ZERO)
    refunds: dict[str, Decimal] = defaultdict(lambda: ZERO)
    receipts = {one.id: one for one in books.finance.scalars(select(Receipt).where(Receipt.status == "recorded"))}
    for receipt in receipts.values():
        by_plan[receipt.plan_id] += receipt.amount
        if receipt.refund_of_id:
            refunds[receipt.refund_of_id] -= receipt.amount
    for plan in books.finance.scalars(select(PaymentPlan)):
        if plan.received != by_plan[plan.id] or not 0 <= plan.received <= plan.amount:
            yield Violation("received is the sum of receipts", plan.number, f"{plan.received}, receipts {by_plan[plan.id]}")
    for receipt_id, amount in refunds.items():
        if receipt_id not in receipts or amount > receipts[receipt_id].amount:
            yield Violation("refunds stay within their receipt", receipt_id, str(amount))


def _orders_agree(books: Books) -> Iterator[Violation]:
    """Sales, finance and reporting say the same of every order."""
    copies = {copy.id: copy for copy in books.finance.scalars(select(OrderCopy))}
    booked = _sums(books.reporting, select(SaleFact.order_id, func.sum(SaleFact.revenue)).group_by(SaleFact.order_id))
    for order in books.sales.scalars(select(Order).where(Order.deleted_at.is_(None))):
        copy = copies.get(order.id)
        if copy is None or (copy.total, copy.status) != (order.total, order.status):
            yield Violation("finance knows the order", order.number, f"{copy.status if copy else None} for {order.status}")
        counts = order.status in ("approved", "completed")
        if booked.get(order.id, ZERO) != (order.total if counts else ZERO):
            yield Violation("reporting books the order", order.number, f"{booked.get(order.id)} for {order.total} {order.status}")


def _customers_agree(books: Books) -> Iterator[Violation]:
    """Customer shows the totals of sales and finance."""
    live = select(Order.customer_id, func.sum(Order.total)).where(Order.status.in_(["approved", "completed"])).group_by(Order.customer_id)
    ordered = _sums(books.sales, live)
    paid = select(Receipt.customer_id, func.sum(Receipt.amount)).where(Receipt.status == "recorded").group_by(Receipt.customer_id)
    received = _sums(books.finance, paid)
    for customer in books.customer.scalars(select(Customer)):
        if customer.order_total != ordered.get(customer.id, ZERO):
            yield Violation("customer shows its orders", customer.name, f"{customer.order_total} for {ordered.get(customer.id)}")
        if customer.received_total != received.get(customer.id, ZERO):
            yield Violation("customer shows its receipts", customer.name, f"{customer.received_total} for {received.get(customer.id)}")


def _pool_agrees(books: Books) -> Iterator[Violation]:
    """Customer shows what the pool says; of those claimed under the present rules a goal is achieved exactly when something counted."""
    customers = {customer.id: customer for customer in books.customer.scalars(select(Customer))}
    pools = {pool.id: pool for pool in books.pool.scalars(select(Pool))}
    inside = select(PoolEntry).where(PoolEntry.state != "left")
    facts = goal_facts(books.pool, inside.with_only_columns(PoolEntry.id))
    for entry in books.pool.scalars(inside):
        customer = customers.get(entry.id)
        said = (entry.state, entry.pool_id, entry.owner_id, entry.protected_until, entry.goal)
        shown = customer and (customer.pool_status, customer.pool_id, customer.owner_id, customer.protected_until, customer.pool_goal)
        if said != shown:
            yield Violation("customer shows the pool's word", entry.customer_name, f"{shown} for {said}")
        pool = pools[entry.pool_id]
        kinds = pool_rules.counted_kinds(
            facts.get(entry.id, ()), claimed_at=entry.claimed_at, protected_until=entry.protected_until, minimum=pool.goal_min_amount
        )  # fmt: skip
        reached = pool_rules.goal_reached(pool.goal_events, kinds)
        by_present_rules = entry.claimed_at is not None and entry.claimed_at > pool.updated_at
        if entry.state == "assigned" and by_present_rules and reached != (entry.goal == "achieved"):
            yield Violation("goal follows orders and receipts", entry.customer_name, entry.goal)


def _ledger_is_a_chain(books: Books) -> Iterator[Violation]:
    """Each change of hands begins where the one before ended, the last one names the present owner, and the counts add up."""
    last: dict[str, Ledger] = {}
    for row in books.pool.scalars(select(Ledger).order_by(Ledger.id)):
        before = last.get(row.customer_id)
        ended = before and (before.to_owner_id, before.pool_id, before.goal_after, before.deadline_after)
        if ended is not None and row.action not in ("send", "enter") and ended != _start_of(row):
            yield Violation("ledger is a chain", row.customer_id, f"{row.action} from {_start_of(row)} after {ended}")
        last[row.customer_id] = row
    holding: dict[tuple[str, str | None], int] = defaultdict(int)
    for entry in books.pool.scalars(select(PoolEntry).where(PoolEntry.state != "left")):
        holding[entry.pool_id, entry.owner_id] += 1
        if entry.id not in last or last[entry.id].to_owner_id != entry.owner_id:
            yield Violation("ledger names the owner", entry.customer_name, str(entry.owner_id))
    for (pool_id, owner_id), count in holding.items():
        if owner_id and held(books.pool, pool_id, [owner_id], count_achieved=True)[owner_id] != count:
            yield Violation("ledger counts what is held", owner_id, f"{count} in {pool_id}")


def _start_of(row: Ledger) -> tuple[object, ...]:
    return row.from_owner_id, row.from_pool_id, row.goal_before, row.deadline_before


def _sums(db: Session, query: Select[str | None, Decimal]) -> dict[str | None, Decimal]:
    return {key: amount for key, amount in db.execute(query)}


CHECKS: tuple[Callable[[Books], Iterator[Violation]], ...] = (
    _nothing_waits,
    _plans_add_up,
    _received_is_sum_of_receipts,
    _orders_agree,
    _customers_agree,
    _pool_agrees,
    _ledger_is_a_chain,
)


def main() -> int:
    """The command line."""
    try:
        settings = Settings.from_env()
    except SettingError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    found = audit(settings)
    for violation in found:
        print(violation)  # noqa: T201
    for check in CHECKS:
        print(f"checked: {(check.__doc__ or '').strip()}")  # noqa: T201
    print(f"{len(found)} violations")  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
