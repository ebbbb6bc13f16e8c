"""Follow what happened elsewhere: to customers, and to the orders and receipts that reach goals. Safe to run twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.pool import rules
from services.pool.customers import queries
from services.pool.customers.actions import Desk, achieve, add_entries, enter, give_back, leave
from services.pool.customers.models import CustomerCopy, CustomerFact, PoolEntry
from services.pool.ledger.queries import newest_row
from services.pool.pools.queries import pools_where
from services.pool.rules import Fact, Goal, Level, State
from shared.bus import Call
from shared.contracts.customer import (
    CustomerCreated,
    CustomerDeleted,
    CustomerGivenUp,
    CustomerMerged,
    CustomerOwnerChanged,
    CustomerUpdated,
)
from shared.contracts.finance import ReceiptRecorded
from shared.contracts.identity import UserHandedOver
from shared.db import merged_into, note_merge
from shared.errors import NotFound


def keep_customer(call: Call, event: CustomerCreated) -> None:
    """Keep a customer's facts; older news is ignored. Of a customer in a pool the pool itself knows the owner."""
    entry = queries.locked_entries(call.db, [event.customer_id]).get(event.customer_id)
    copy = call.db.get(CustomerCopy, event.customer_id)
    if copy is None:
        copy = CustomerCopy(
            id=event.customer_id, version=-1, owner_id=event.owner_id, owned_since=event.created_at, created_at=event.created_at
        )
        _show_latest(call.db, copy)
        call.db.add(copy)
    if event.version <= copy.version:
        return
    copy.name, copy.status, copy.level, copy.region, copy.tags = event.name, event.status, event.level, event.region, list(event.tags)
    copy.version, copy.is_deleted = event.version, False
    if entry is None or entry.state == State.LEFT:
        copy.pass_to(event.owner_id, at=call.now)
    else:
        entry.customer_name, entry.level, entry.region = copy.name, copy.level, copy.region


def hand_over(call: Call, event: CustomerOwnerChanged) -> None:
    """A pool customer was given to somebody outside the pool: the deadline stays, or starts when there was none.

    Where the pool has given it to somebody else meanwhile, the pool's word stands.
    """
    desk = Desk.by_itself(call, [event.customer_id])
    entry = desk.entries.get(event.customer_id)
    if entry is None or entry.state == State.LEFT or entry.owner_id != event.from_owner_id or entry.owner_id == event.owner_id:
        return
    before = entry.standing()
    if event.owner_id is None:
        entry.give_back(at=call.now)
    elif entry.state == State.UNASSIGNED:
        entry.take(owner_id=event.owner_id, until=desk.end_in(desk.pools[entry.pool_id].protection_days), at=call.now)
    else:
        entry.hand_over(owner_id=event.owner_id)
    desk.record(entry, "transfer", before)
    desk.close()


def forget_customer(call: Call, event: CustomerDeleted) -> None:
    """A deleted customer leaves its pool, unless newer news has it restored."""
    copy = call.db.get(CustomerCopy, event.customer_id)
    if copy is not None and event.version <= copy.version:
        return
    if copy is not None:
        copy.version = event.version
    _forget(call, event.customer_id, "delete")


def take_over_all(call: Call, event: UserHandedOver) -> None:
    """Somebody leaves: their customers go to the pools, as far as they are known here, or those of a pool to a colleague."""
    ids = queries.customers_of(call.db, event.user_id)
    if event.to_pool:
        _take_over(call, ids, event.user_id)
        return
    desk = Desk.by_itself(call, ids)
    for entry in desk.entries.values():
        if entry.state == State.ASSIGNED and entry.owner_id == event.user_id:
            before = entry.standing()
            entry.hand_over(owner_id=event.to_user_id)
            desk.record(entry, "transfer", before, reason="owner_left")
    desk.close()


def take_over(call: Call, event: CustomerGivenUp) -> None:
    """A leaver's customer goes to its pool, unless it went there already or somebody else has it meanwhile."""
    entry = call.db.get(PoolEntry, event.customer_id)
    # Most of them went with the leaver's others: there is no need to lock the pools for those.
    if entry is None or entry.state == State.LEFT or entry.owner_id == event.owner_id:
        _take_over(call, [event.customer_id], event.owner_id)


def merge_customers(call: Call, event: CustomerMerged) -> None:
    """What belonged to a merged customer belongs to the one it went into; the merged one leaves its pool."""
    _forget(call, event.from_id, "merge")
    into_id = note_merge(call.db, CustomerCopy, from_id=event.from_id, into_id=event.customer_id)
    moved = update(CustomerFact).where(CustomerFact.customer_id == event.from_id).values(customer_id=into_id)
    call.db.execute(moved, execution_options={"synchronize_session": False})
    _review(call, into_id)


def note_follow_up(call: Call, follow_up_id: str, customer_id: str, contacted_at: datetime) -> None:
    """Somebody was in touch. A follow-up dated ahead counts as today's: nobody is kept by a promise."""
    at = min(contacted_at, call.now)
    _keep(call, CustomerFact(source_id=follow_up_id, customer_id=customer_id, kind="follow_up", at=at, is_live=True))


def note_order(call: Call, order_id: str, customer_id: str, total: Decimal, at: datetime) -> None:
    """An order was approved."""
    _keep(call, CustomerFact(source_id=order_id, customer_id=customer_id, kind="order", amount=total, at=at, is_live=True))


def note_receipt(call: Call, event: ReceiptRecorded) -> None:
    """Money came in, or went back."""
    kind = "refund" if event.refund_of_id or event.amount < 0 else "receipt"
    _keep(call, CustomerFact(source_id=event.receipt_id, customer_id=event.customer_id, kind=kind, amount=event.amount,
                             at=event.recorded_at, of_id=event.refund_of_id, is_live=True))  # fmt: skip


def undo_fact(call: Call, source_id: str) -> None:
    """A follow-up, an order or a receipt was undone."""
    fact = call.db.get(CustomerFact, source_id)
    if fact is not None:
        fact.is_live = False
        _review(call, fact.customer_id, undone=True)


def learn_customers(call: Call, data: dict[str, Any]) -> None:
    """Before sending: ask customer about those not heard of yet, or heard of with another owner than a user who sends them."""
    ids = data["customer_ids"]
    with call.transaction(read=True) as db:
        trusted = bool(pools_where(db, call.caller, Level.ADMIN))
        rows = db.execute(select(CustomerCopy.id, CustomerCopy.owner_id).where(CustomerCopy.id.in_(ids)))
        known = {customer_id for customer_id, owner_id in rows if trusted or owner_id == call.caller.user_id}
    _ask(call, [customer_id for customer_id in ids if customer_id not in known])


def learn_customer(call: Call, data: dict[str, Any]) -> None:
    """Before reading about one: ask customer where it was not heard of yet."""
    with call.transaction(read=True) as db:
        known = db.get(CustomerCopy, data["id"]) is not None
    _ask(call, [] if known else [data["id"]])


def _ask(call: Call, customer_ids: list[str]) -> None:
    if not customer_ids:
        return
    try:
        told = call.ask("customer.vouch_for_customers", customer_ids=customer_ids)
    except NotFound:
        return
    with call.transaction() as db:
        for one in told:
            keep_customer(replace(call, session=db), CustomerUpdated.decode(one))


def _take_over(call: Call, customer_ids: Sequence[str], leaver_id: str) -> None:
    """Ordinary customers are sent, those of a pool are given back."""
    add_entries(call.db, customer_ids, call.now)
    desk = Desk.by_itself(call, customer_ids, hold=True)
    for entry in desk.entries.values():
        _take_over_one(desk, entry, leaver_id)
    desk.close()


def _take_over_one(desk: Desk, entry: PoolEntry, leaver_id: str) -> None:
    copy = desk.copies.get(entry.id)
    if entry.state == State.ASSIGNED and entry.owner_id == leaver_id:
        give_back(desk, entry, "release", reason="owner_left")
    elif entry.state == State.LEFT and copy is not None and copy.owner_id == leaver_id:
        pool = desk.pools[desk.map.pool_for(copy.owner_id, copy.region)]
        if pool.enabled:
            enter(desk, entry, copy, pool.id, "send", reason="owner_left")


def _forget(call: Call, customer_id: str, action: str) -> None:
    desk = Desk.by_itself(call, [customer_id])
    entry = desk.entries.get(customer_id)
    if entry is not None and entry.state != State.LEFT:
        leave(desk, entry, action)
        desk.close()
    copy = call.db.get(CustomerCopy, customer_id)
    if copy is not None:
        copy.is_deleted = True


def _keep(call: Call, fact: CustomerFact) -> None:
    fact.customer_id = merged_into(call.db, CustomerCopy, fact.customer_id)
    call.db.merge(fact)
    _review(call, fact.customer_id, undone=fact.kind == "refund")


def _review(call: Call, customer_id: str, *, undone: bool = False) -> None:
    """See what a customer's facts mean now: for its latest days, and for its goal, which only something undone takes back."""
    call.db.flush()
    desk = Desk.by_itself(call, [customer_id])
    if copy := call.db.get(CustomerCopy, customer_id):
        _show_latest(call.db, copy)
    entry = desk.entries.get(customer_id)
    facts = queries.goal_facts(call.db, [customer_id])[customer_id]
    if entry is not None and entry.state == State.ASSIGNED:
        _review_goal(desk, entry, facts, undone=undone)
    elif entry is not None and entry.state == State.UNASSIGNED:
        _restore(desk, entry, facts)
    desk.close()


def _review_goal(desk: Desk, entry: PoolEntry, facts: Sequence[Fact], *, undone: bool) -> None:
    pool, before = desk.pools[entry.pool_id], entry.standing()
    found = rules.counted_kinds(
        facts, claimed_at=entry.claimed_at, protected_until=entry.protected_until, minimum=pool.goal_min_amount
    )  # fmt: skip
    reached = rules.goal_reached(pool.goal_events, found)
    if reached and entry.goal == Goal.PENDING:
        achieve(desk, entry)
    elif undone and not reached and entry.goal == Goal.ACHIEVED:
        entry.reopen(until=desk.end_in(entry.days_left or 0))
        desk.record(entry, "goal_reopened", before)


def _restore(desk: Desk, entry: PoolEntry, facts: Sequence[Fact]) -> None:
    """News came late: the goal had been reached in time, but the customer was recycled before that was heard of here."""
    pool, last = desk.pools[entry.pool_id], newest_row(desk.db, entry.id)
    if last is None or last.action != "recycle" or last.from_owner_id is None or last.baseline_at is None:
        return
    found = rules.counted_kinds(
        facts, claimed_at=last.baseline_at, protected_until=last.deadline_before, minimum=pool.goal_min_amount
    )  # fmt: skip
    if last.deadline_before is not None and rules.goal_reached(pool.goal_events, found):
        before = entry.standing()
        entry.take(owner_id=last.from_owner_id, until=last.deadline_before, at=last.baseline_at)
        entry.achieve(days_left=0)
        desk.record(entry, "restore", before)


def _show_latest(db: Session, copy: CustomerCopy) -> None:
    copy.last_follow_up_at, copy.last_order_at, copy.order_total = queries.latest_facts(db, copy.id)
