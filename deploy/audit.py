"""`make audit`: reads every service's database and names each invariant that does not hold. Exits 1 when one does not.

The invariants are those of the specification: money adds up to the cent, each customer has one owner, and what one service
says of an order, a customer or a goal is what the others say. News on its way counts as a violation: run it when the suite
is quiet, or again.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, String, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from deploy.parts import SERVICES
from services.customer.models import Contact, Customer, FollowUp
from services.customer.tickets.models import Ticket
from services.finance.models import FinanceSettings, OrderCopy, PaymentPlan, Receipt
from services.pool import rules as pool_rules
from services.pool.customers.models import CustomerFact, PoolEntry
from services.pool.customers.queries import goal_facts
from services.pool.ledger.models import Ledger
from services.pool.ledger.queries import held
from services.pool.pools.models import Pool
from services.reporting.models import SaleFact
from services.sales.orders.models import Approval, Approver, Order, OrderLine
from services.sales.quotes.models import Quote
from shared.bus.tables import Inbox, Outbox
from shared.db import MoneyType, PercentType, QuantityType
from shared.db.engine import Database, database
from shared.settings import SettingError, Settings
from shared.trail import History

ZERO = Decimal("0.00")
COUNTS = ("approved", "completed")
BELONGINGS: dict[str, tuple[Any, ...]] = {
    "customer": (Contact, FollowUp, Ticket),
    "sales": (Quote, Order),
    "finance": (OrderCopy, PaymentPlan, Receipt),
    "pool": (CustomerFact,),
    "reporting": (SaleFact,),
}
"""What belongs to a customer, by service."""


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
    with opened(settings) as databases:
        return list(violations(databases))


@contextmanager
def opened(settings: Settings) -> Iterator[list[Database]]:
    """Every service's database. Who looks several times keeps them: the statements are made the first time."""
    with ExitStack() as stack:
        databases = [database(service.name, settings) for service in SERVICES]
        for one in databases:
            stack.callback(one.close)
        yield databases


def violations(databases: list[Database]) -> Iterator[Violation]:
    """One violation after the other; news on its way comes first."""
    with ExitStack() as stack:
        books = Books({one.service: stack.enter_context(one.transaction(read=True)) for one in databases})
        for check in CHECKS:
            yield from check(books)


def _nothing_waits(books: Books) -> Iterator[Violation]:
    """Every event is sent and handled."""
    for name, db in books.sessions.items():
        for row in db.scalars(select(Outbox).where(Outbox.sent_at.is_(None)).limit(20)):
            yield Violation("outbox is empty", f"{name}:{row.name}:{row.key}", row.last_error or "not sent")
        for event in db.scalars(select(Inbox).where(Inbox.status != "done").limit(20)):
            yield Violation("inbox is done", f"{name}:{event.handler}:{event.key}", f"{event.status}: {event.last_error}")


def _news_arrives(books: Books) -> Iterator[Violation]:
    """What one service sent stands in the inbox of everyone who listens, once per handler."""
    for service in SERVICES:
        for (publisher, name), handlers in service.subscriptions().items():
            sent = select(Outbox.position, Outbox.event_id, Outbox.key).where(Outbox.name == name, Outbox.sent_at.is_not(None))
            told = books.sessions[publisher].execute(sent).all()
            for handler in handlers:
                rows = books.sessions[service.name].execute(
                    select(Inbox.event_id, Inbox.sequence).where(Inbox.publisher == publisher, Inbox.name == name, Inbox.handler == handler)
                )
                came = {event_id: sequence for event_id, sequence in rows}
                # A handler hears nothing of the time before it was there.
                first = min(came.values(), default=None)
                for position, event_id, key in told:
                    if first is not None and position >= first and event_id not in came:
                        yield Violation("sent news arrives", f"{service.name}:{handler}:{key}", f"{publisher}.{name} is missing")


def _money_is_exact(books: Books) -> Iterator[Violation]:
    """Amounts are stored as whole numbers of their smallest unit, nowhere as floats."""
    for service in SERVICES:
        db = books.sessions[service.name]
        if db.get_bind().dialect.name != "sqlite":
            # PostgreSQL holds whole-number columns to it by itself.
            continue
        for table in service.base.metadata.sorted_tables:
            for column in table.columns:
                if isinstance(column.type, (MoneyType, QuantityType, PercentType)):
                    inexact = type_coerce(func.typeof(column), String()).not_in(["integer", "null"])
                    for key, value in db.execute(
                        select(table.primary_key.columns[0], type_coerce(column, String())).where(inexact).limit(20)
                    ):
                        yield Violation("money is exact", f"{service.name}:{table.name}.{column.name}:{key}", str(value))


def _orders_are_decided_once(books: Books) -> Iterator[Violation]:
    """An order stands approved because of exactly one approval, by somebody other than who submitted it."""
    steps: dict[str, list[Approval]] = defaultdict(list)
    for step in books.sales.scalars(select(Approval).where(Approval.step == "approved")):
        steps[step.order_id].append(step)
    for order in books.sales.scalars(select(Order).where(Order.deleted_at.is_(None))):
        expected = 1 if order.status in (*COUNTS, "voided") else 0
        if len(steps[order.id]) != expected:
            yield Violation("each approval stands once", order.number, f"{len(steps[order.id])} approvals, {order.status}")
        may_be_own = order.approval_plan is not None and order.approval_plan["may_approve_own"]
        if any(step.by == order.submitted_by for step in steps[order.id]) and not may_be_own:
            yield Violation("nobody approves their own order", order.number, str(order.submitted_by))


def _orders_wait_for_those_they_ask(books: Books) -> Iterator[Violation]:
    """Those for whom an order waits are the people of the step its approval rule is at."""
    waiting: dict[str, set[str]] = defaultdict(set)
    for order_id, user_id in books.sales.execute(select(Approver.order_id, Approver.user_id).where(Approver.waits)):
        waiting[order_id].add(user_id)
    for order in books.sales.scalars(select(Order).where(or_(Order.status == "pending_approval", Order.id.in_(waiting)))):
        asked = set(order.asked) if order.approval_plan else set()
        if waiting[order.id] != asked:
            yield Violation("an order waits for those it asks", order.number, f"{len(waiting[order.id])} of {len(asked)}")


def _plans_add_up(books: Books) -> Iterator[Violation]:
    """Approved orders have plans up to their total and not beyond; of others nothing is expected; each period stands once."""
    plans: dict[str, list[PaymentPlan]] = defaultdict(list)
    for plan in books.finance.scalars(select(PaymentPlan).where(PaymentPlan.deleted_at.is_(None), PaymentPlan.status != "cancelled")):
        plans[plan.order_id].append(plan)
    changed = _orders_replanned(books.finance)
    for order in books.sales.scalars(select(Order).where(Order.deleted_at.is_(None))):
        mine = plans.pop(order.id, [])
        planned = sum((plan.amount for plan in mine), ZERO)
        if order.status == "approved" and order.total > 0 and not mine and order.id not in changed:
            yield Violation("approved order has plans", order.number, "none")
        if planned > order.total:
            yield Violation("plans stay within the order", order.number, f"{planned} of {order.total}")
        if order.status == "approved" and planned < order.total and order.id not in changed:
            yield Violation("plans add up to the order", order.number, f"{planned} of {order.total}")
        if order.status not in COUNTS and any(plan.outstanding > 0 for plan in mine):
            yield Violation("only approved orders have plans", order.number, f"{order.status} with {len(mine)}")
        if len({plan.period for plan in mine}) < len(mine):
            yield Violation("each period stands once", order.number, f"{len(mine)} plans")
    for order_id in plans:
        yield Violation("plans belong to an order", order_id, "unknown to sales")


def _orders_replanned(db: Session) -> set[str]:
    """Orders whose instalments somebody changed, removed or replaced: those may add up to less."""
    edited = (
        select(History.record_id)
        .where(History.record_type == PaymentPlan.__name__, History.changes.cast(String).contains('"amount"'))
        .scalar_subquery()
    )
    gone = or_(PaymentPlan.deleted_at.is_not(None), PaymentPlan.status == "cancelled", PaymentPlan.id.in_(edited))
    return set(db.scalars(select(PaymentPlan.order_id).where(gone)))


def _received_is_sum_of_receipts(books: Books) -> Iterator[Violation]:
    """Per plan: received = Σ live receipts, 0 ≤ received ≤ amount; refunds stay within their receipt."""
    by_plan: dict[str | None, Decimal] = defaultdict(lambda: ZERO)
    by_order: dict[str | None, Decimal] = defaultdict(lambda: ZERO)
    refunds: dict[str, Decimal] = defaultdict(lambda: ZERO)
    receipts = {one.id: one for one in books.finance.scalars(select(Receipt).where(Receipt.status == "recorded"))}
    for receipt in receipts.values():
        by_plan[receipt.plan_id] += receipt.amount
        by_order[receipt.order_id] += receipt.amount
        if receipt.refund_of_id:
            refunds[receipt.refund_of_id] -= receipt.amount
    for plan in books.finance.scalars(select(PaymentPlan)):
        if plan.received != by_plan[plan.id] or not 0 <= plan.received <= plan.amount:
            yield Violation("received is the sum of receipts", plan.number, f"{plan.received}, receipts {by_plan[plan.id]}")
    if not books.finance.scalars(select(FinanceSettings)).one().allow_prepayment:
        totals = {order.id: order for order in books.finance.scalars(select(OrderCopy))}
        for order_id, paid in by_order.items():
            if order_id in totals and not 0 <= paid <= totals[order_id].total:
                yield Violation("receipts stay within the order", totals[order_id].number, f"{paid} of {totals[order_id].total}")
    for receipt_id, amount in refunds.items():
        if receipt_id not in receipts or amount > receipts[receipt_id].amount:
            yield Violation("refunds stay within their receipt", receipt_id, str(amount))


def _orders_agree(books: Books) -> Iterator[Violation]:
    """Sales, finance and reporting say the same of every order: total, status, what was received, revenue, cost and owner."""
    copies = {copy.id: copy for copy in books.finance.scalars(select(OrderCopy))}
    live = select(Receipt.order_id, func.sum(Receipt.amount)).where(Receipt.status == "recorded").group_by(Receipt.order_id)
    received = _pairs(books.finance, live)
    facts = select(SaleFact.order_id, func.sum(SaleFact.revenue), func.sum(SaleFact.cost), func.max(SaleFact.owner_id))
    booked = {order_id: tuple(found) for order_id, *found in books.reporting.execute(facts.group_by(SaleFact.order_id))}
    spent = _pairs(books.sales, select(OrderLine.order_id, func.sum(OrderLine.cost)).group_by(OrderLine.order_id))
    for order in books.sales.scalars(select(Order).where(Order.deleted_at.is_(None))):
        copy = copies.get(order.id)
        if copy is None or (copy.total, copy.status) != (order.total, order.status):
            yield Violation("finance knows the order", order.number, f"{copy.status if copy else None} for {order.status}")
        if order.received != received.get(order.id, ZERO):
            yield Violation("order shows its receipts", order.number, f"{order.received} for {received.get(order.id)}")
        nothing = (ZERO, ZERO, None)
        expected = (order.total, spent.get(order.id, ZERO), order.owner_id) if order.status in COUNTS else nothing
        found = booked.pop(order.id, nothing)
        if found != expected:
            yield Violation("reporting books the order", order.number, f"{found} for {expected} {order.status}")
    for order_id in booked:
        yield Violation("reporting books the order", order_id, "unknown to sales")


def _customers_agree(books: Books) -> Iterator[Violation]:
    """Customer shows the totals of sales and finance, and the day of the last order."""
    live = select(Order.customer_id, func.sum(Order.total)).where(Order.status.in_(COUNTS)).group_by(Order.customer_id)
    ordered = _pairs(books.sales, live)
    paid = select(Receipt.customer_id, func.sum(Receipt.amount)).where(Receipt.status == "recorded").group_by(Receipt.customer_id)
    received = _pairs(books.finance, paid)
    counts = (Order.deleted_at.is_(None), Order.status != "voided")
    last = _pairs(books.sales, select(Order.customer_id, func.max(Order.order_date)).where(*counts).group_by(Order.customer_id))
    for customer in books.customer.scalars(select(Customer)):
        if customer.order_total != ordered.get(customer.id, ZERO):
            yield Violation("customer shows its orders", customer.name, f"{customer.order_total} for {ordered.get(customer.id)}")
        if customer.received_total != received.get(customer.id, ZERO):
            yield Violation("customer shows its receipts", customer.name, f"{customer.received_total} for {received.get(customer.id)}")
        if customer.last_order_on != last.get(customer.id):
            yield Violation("customer shows its last order", customer.name, f"{customer.last_order_on} for {last.get(customer.id)}")


def _merged_customers_are_empty(books: Books) -> Iterator[Violation]:
    """What belonged to a customer that was merged belongs to the one it went into, in every service."""
    merged = _pairs(books.customer, select(Customer.id, Customer.name).where(Customer.merged_into_id.is_not(None)))
    for service, kinds in BELONGINGS.items():
        for kind in kinds:
            for customer_id in merged.keys() & set(books.sessions[service].scalars(select(kind.customer_id).distinct())):
                yield Violation("merged customers are empty", merged[customer_id], f"{service} keeps its {kind.__tablename__}")


def _pool_agrees(books: Books) -> Iterator[Violation]:
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


def _goals_are_earned(books: Books) -> Iterator[Violation]:
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


def _facts_agree(books: Books) -> Iterator[Violation]:
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


def _ledger_is_a_chain(books: Books) -> Iterator[Violation]:
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


def _limits_hold(books: Books) -> Iterator[Violation]:
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


def _pairs(db: Session, query: Select[Any, Any]) -> dict[Any, Any]:
    return {key: value for key, value in db.execute(query)}


CHECKS: tuple[Callable[[Books], Iterator[Violation]], ...] = (
    _nothing_waits,
    _news_arrives,
    _money_is_exact,
    _orders_are_decided_once,
    _orders_wait_for_those_they_ask,
    _plans_add_up,
    _received_is_sum_of_receipts,
    _orders_agree,
    _customers_agree,
    _merged_customers_are_empty,
    _pool_agrees,
    _goals_are_earned,
    _facts_agree,
    _ledger_is_a_chain,
    _limits_hold,
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
