"""Customers, what is shown of them, and who holds them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, select

from deploy.audit.books import COUNTS, ZERO, Books, Violation, pairs
from services.customer.models import Contact, Customer, FollowUp
from services.customer.tickets.models import Ticket
from services.finance.models import OrderCopy, PaymentPlan
from services.finance.receipts.models import Receipt
from services.pool import rules as pool_rules
from services.pool.customers.models import CustomerFact, PoolEntry
from services.pool.customers.queries import goal_facts
from services.pool.ledger.models import Ledger
from services.pool.ledger.queries import held
from services.pool.pools.models import Pool
from services.reporting.models import SaleFact
from services.sales.orders.models import Order
from services.sales.quotes.models import Quote

BELONGINGS: dict[str, tuple[Any, ...]] = {
    "customer": (Contact, FollowUp, Ticket),
    "sales": (Quote, Order),
    "finance": (OrderCopy, PaymentPlan, Receipt),
    "pool": (CustomerFact,),
    "reporting": (SaleFact,),
}
"""What belongs to a customer, by service."""


def customers_agree(books: Books) -> Iterator[Violation]:
    """Customer shows the totals of sales and finance, and the day of the last order."""
    live = select(Order.customer_id, func.sum(Order.total)).where(Order.status.in_(COUNTS)).group_by(Order.customer_id)
    ordered = pairs(books.sales, live)
    paid = select(Receipt.customer_id, func.sum(Receipt.amount)).where(Receipt.status == "recorded").group_by(Receipt.customer_id)
    received = pairs(books.finance, paid)
    counts = (Order.deleted_at.is_(None), Order.status != "voided")
    last = pairs(books.sales, select(Order.customer_id, func.max(Order.order_date)).where(*counts).group_by(Order.customer_id))
    for customer in books.customer.scalars(select(Customer)):
        if customer.order_total != ordered.get(customer.id, ZERO):
            yield Violation("customer shows its orders", customer.name, f"{customer.order_total} for {ordered.get(customer.id)}")
        if customer.received_total != received.get(customer.id, ZERO):
            yield Violation("customer shows its receipts", customer.name, f"{customer.received_total} for {received.get(customer.id)}")
        if customer.last_order_on != last.get(customer.id):
            yield Violation("customer shows its last order", customer.name, f"{customer.last_order_on} for {last.get(customer.id)}")


def merged_customers_are_empty(books: Books) -> Iterator[Violation]:
    """What belonged to a customer that was merged belongs to the one it went into, in every service."""
    merged = pairs(books.customer, select(Customer.id, Customer.name).where(Customer.merged_into_id.is_not(None)))
    for service, kinds in BELONGINGS.items():
        for kind in kinds:
            for customer_id in merged.keys() & set(books.sessions[service].scalars(select(kind.customer_id).distinct())):
                yield Violation("merged customers are empty", merged[customer_id], f"{service} keeps its {kind.__tablename__}")


def pool_agrees(books: Books) -> Iterator[Violation]:
    """Customer shows what the pool says, of customers in a pool and of all others."""
    customers = {customer.id: customer for customer in books.customer.scalars(select(Customer))}
    for entry in books.pool.scalars(select(PoolEntry).where(PoolEntry.state != "left")):
        customer = customers.pop(entry.id, None)
        said = (entry.state, entry.pool_id, entry.owner_id, entry.protected_until, entry.goal)
        shown = customer and (customer.pool_status, customer.pool_id, customer.owner_id, customer.protected_until, customer.pool_goal)
        if said != shown:
            yield Violation("customer shows the pool's word", entry.customer_name, f"{shown} for {said}")
    for customer in customers.values():
        if (customer.pool_status, customer.pool_id, customer.pool_goal, customer.protected_until) != ("ordinary", None, "none", None):
            yield Violation("customer shows the pool's word", customer.name, f"{customer.pool_status} and not in the pool")


def goals_are_earned(books: Books) -> Iterator[Violation]:
    """A goal is achieved exactly when something counted for it under the rules it was last looked at with."""
    pools = {pool.id: pool for pool in books.pool.scalars(select(Pool))}
    assigned = select(PoolEntry).where(PoolEntry.state == "assigned")
    facts = goal_facts(books.pool, assigned.with_only_columns(PoolEntry.id))
    for entry in books.pool.scalars(assigned):
        pool = pools[entry.pool_id]
        kinds = pool_rules.counted_kinds(
            facts.get(entry.id, ()), claimed_at=entry.claimed_at, protected_until=entry.protected_until, minimum=pool.goal_min_amount
        )  # fmt: skip
        reached = pool_rules.goal_reached(pool.goal_events, kinds)
        # Saving new rules does not judge old cases anew.
        by_present_rules = entry.claimed_at is not None and entry.claimed_at > pool.updated_at
        if by_present_rules and reached != (entry.goal == "achieved"):
            yield Violation("goal follows orders and receipts", entry.customer_name, entry.goal)


def facts_agree(books: Books) -> Iterator[Violation]:
    """What the pool counts for goals are the orders of sales and the receipts of finance."""
    counted_facts = select(CustomerFact).where(CustomerFact.is_live, CustomerFact.kind != "follow_up")
    live = {fact.source_id: fact.amount for fact in books.pool.scalars(counted_facts)}
    orders = books.sales.execute(select(Order.id, Order.number, Order.total).where(Order.status.in_(COUNTS)))
    receipts = books.finance.execute(select(Receipt.id, Receipt.number, Receipt.amount).where(Receipt.status == "recorded"))
    for source_id, number, amount in [*orders, *receipts]:
        counted = live.pop(source_id, None)
        if counted != amount:
            yield Violation("pool counts orders and receipts", number, f"{counted} for {amount}")
    for source_id in live:
        yield Violation("pool counts orders and receipts", source_id, "unknown to sales and finance")


def ledger_is_a_chain(books: Books) -> Iterator[Violation]:
    """Each change of hands begins where the one before ended, nothing is recycled early, the last one names the present owner."""
    last: dict[str, Ledger] = {}
    for row in books.pool.scalars(select(Ledger).order_by(Ledger.id)):
        before = last.get(row.customer_id)
        ended = before and (before.to_owner_id, before.pool_id, before.goal_after, before.deadline_after)
        if ended is not None and row.action not in ("send", "enter") and ended != _start_of(row):
            yield Violation("ledger is a chain", row.customer_id, f"{row.action} from {_start_of(row)} after {ended}")
        if row.action == "recycle" and (row.deadline_before is None or row.deadline_before >= row.at):
            yield Violation("nothing is recycled early", row.customer_id, f"at {row.at}, protected until {row.deadline_before}")
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


def limits_hold(books: Books) -> Iterator[Violation]:
    """Nobody took more customers than the rules of that moment let them hold, as far as those rules still stand."""
    pools = {pool.id: pool for pool in books.pool.scalars(select(Pool))}
    held: dict[tuple[str, str | None], set[str]] = defaultdict(set)
    for row in books.pool.scalars(select(Ledger).order_by(Ledger.id)):
        pool, holder = pools.get(row.pool_id), (row.pool_id, row.to_owner_id)
        held[row.from_pool_id, row.from_owner_id].discard(row.customer_id)
        if pool is None:
            continue
        if row.goal_after == "pending" or (row.goal_after == "achieved" and pool.count_achieved):
            held[holder].add(row.customer_id)
        taken = row.action in ("claim", "assign") and row.rule_version == pool.version
        if taken and len(held[holder]) > pool.max_held:
            yield Violation("nobody takes more than the limit", str(row.to_owner_id), f"{len(held[holder])} at {row.at}")
