"""The door of the pool."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import true

from services.pool import actions, queries, rules, schemas
from services.pool.models import Base, GoalFact, Ledger, PoolEntry, PoolSettings
from services.pool.rules import Level
from shared import clock
from shared.bus import Call, Service, every, on, rpc
from shared.contracts.customer import CustomerCreated, CustomerDeleted, CustomerOwnerChanged, CustomerUpdated
from shared.contracts.finance import ReceiptRecorded, ReceiptVoided
from shared.contracts.identity import UserHandedOver
from shared.contracts.pool import CustomerClaimed
from shared.contracts.sales import OrderApproved, OrderVoided
from shared.db import existing
from shared.i18n import error_text
from shared.resources import BatchResultSchema, Resource, RowAction

POOL_CUSTOMERS = Resource(
    "pool_customers", PoolEntry, schemas.PoolCustomerSchema, permission="pool",
    scope=queries.entries_in_scope, list_takes=schemas.PoolListInput, narrow=queries.only_state, search=("customer_name",),
    default_sort="-entered_at", operations=("list", "get", "describe"),
    actions=(
        RowAction("claim", permission="pool:read", when=lambda entry, caller: entry.state == "unassigned"),
        RowAction("assign", when=lambda entry, caller: entry.state == "unassigned"),
        RowAction("release", permission="pool:read", when=lambda entry, caller: entry.state == "assigned"),
        RowAction("extend", when=lambda entry, caller: entry.state == "assigned" and entry.goal == "pending"),
        RowAction("withdraw"),
    ),
)  # fmt: skip


class PoolService(Service):
    """Customers that nobody works, and who may take them."""

    name = "pool"
    base = Base
    resources = (POOL_CUSTOMERS,)

    @rpc(gives=schemas.PoolSettingsSchema, read=True)
    def get_pool_settings(self, call: Call) -> dict[str, Any]:
        """The rules of the pool, and how many customers are in it."""
        return _shown(call, queries.settings_of(call.db))

    @rpc(takes=schemas.PoolSettingsSchema, gives=schemas.PoolSettingsSchema)
    def update_pool_settings(self, call: Call, **changes: Any) -> dict[str, Any]:
        """Change the rules given. Switching off makes every pool customer an ordinary one."""
        return _shown(call, actions.save_settings(call, changes))

    @rpc(gives=schemas.MembersSchema, read=True)
    def list_pool_members(self, call: Call) -> dict[str, Any]:
        """Everybody who works with the pool, with how many customers each holds."""
        return {"items": queries.members(call.db)}

    @rpc(takes=schemas.CustomersInput, gives=BatchResultSchema, batch=True, prepare=actions.learn_customers)
    def send_customers(self, call: Call, *, customer_ids: list[str], reason: str) -> dict[str, Any]:
        """轉公海: send customers to the pool; pool users only those they own."""
        return actions.for_each(call, Level.USER, customer_ids, lambda desk, one: actions.send(desk, one, reason))

    @rpc(takes=schemas.CustomersInput, gives=BatchResultSchema, batch=True)
    def withdraw_customers(self, call: Call, *, customer_ids: list[str], reason: str) -> dict[str, Any]:
        """轉普通: make pool customers ordinary ones."""
        return actions.for_each(call, Level.ADMIN, customer_ids, lambda desk, one: actions.withdraw(desk, one, reason))

    @rpc(takes=schemas.CustomersInput, gives=BatchResultSchema, batch=True)
    def claim_customers(self, call: Call, *, customer_ids: list[str], reason: str) -> dict[str, Any]:
        """領取: take unassigned customers for oneself, as many as the limits allow."""
        return actions.for_each(call, Level.USER, customer_ids, actions.claim)

    @rpc(takes=schemas.AssignInput, gives=BatchResultSchema, batch=True)
    def assign_customers(self, call: Call, *, customer_ids: list[str], owner_id: str, reason: str) -> dict[str, Any]:
        """分配: give unassigned customers to a member."""
        actions.check_member(call.db, owner_id)
        return actions.for_each(call, Level.ADMIN, customer_ids, lambda desk, one: actions.assign(desk, one, owner_id))

    @rpc(takes=schemas.CustomersInput, gives=BatchResultSchema, batch=True)
    def release_customers(self, call: Call, *, customer_ids: list[str], reason: str) -> dict[str, Any]:
        """釋放: give customers back to the pool."""
        return actions.for_each(call, Level.USER, customer_ids, lambda desk, one: actions.release(desk, one, reason))

    @rpc(takes=schemas.ExtendInput, gives=BatchResultSchema, batch=True)
    def extend_customers(self, call: Call, *, customer_ids: list[str], days: int, reason: str) -> dict[str, Any]:
        """延期: move deadlines by 1 to 365 days."""
        return actions.for_each(call, Level.ADMIN, customer_ids, lambda desk, one: actions.extend(desk, one, days, reason))

    @rpc(takes=schemas.LogInput, gives=schemas.LedgerSchema, read=True)
    def pool_customer_log(self, call: Call, *, id: str, page: int, page_size: int) -> dict[str, Any]:
        """公海操作記錄: what happened to one pool customer, newest first."""
        POOL_CUSTOMERS.visible(call.db, call.caller, id)
        return queries.ledger_page(call.db, Ledger.customer_id == id, page, page_size)

    @rpc(takes=schemas.LedgerInput, gives=schemas.LedgerSchema, read=True)
    def list_ledger(self, call: Call, *, page: int, page_size: int) -> dict[str, Any]:
        """Every change of hands, for the pool's administrators."""
        actions.Desk.open(call, Level.ADMIN)
        return queries.ledger_page(call.db, true(), page, page_size)

    @rpc(gives=schemas.SummarySchema, read=True)
    def pool_summary(self, call: Call) -> dict[str, Any]:
        """How many customers I hold of how many, and how many run out soon."""
        return _summary(call, queries.settings_of(call.db))

    @rpc(takes=schemas.CustomerInput, gives=schemas.CountdownSchema, read=True)
    def pool_customer_countdown(self, call: Call, *, id: str) -> dict[str, Any]:
        """Which rule will take the customer, on which day, and what resets it."""
        return _countdown(call, POOL_CUSTOMERS.visible(call.db, call.caller, id))

    @rpc(takes=schemas.CustomerIdInput, read=True)
    def vouch_for_entry(self, call: Call, *, customer_id: str) -> dict[str, Any]:
        """Where the pool says a customer stands, for a service that has not heard of it yet."""
        entry = existing(call.db, PoolEntry, customer_id)
        return entry.told(CustomerClaimed, from_owner_id=None, actor_id=None).encode() | {"version": entry.version}

    @on(CustomerCreated, CustomerUpdated)
    def keep_customer(self, call: Call, event: CustomerCreated) -> None:
        """Keep the facts of every customer."""
        actions.keep_customer(call.db, event)

    @on(CustomerOwnerChanged)
    def hand_over_customer(self, call: Call, event: CustomerOwnerChanged) -> None:
        """Follow a pool customer that changed hands outside the pool."""
        actions.hand_over(call, event.customer_id, event.owner_id)

    @on(CustomerDeleted)
    def forget_customer(self, call: Call, event: CustomerDeleted) -> None:
        """Take a deleted customer out of the pool."""
        actions.forget_customer(call, event.customer_id)

    @on(UserHandedOver)
    def take_over_customers(self, call: Call, event: UserHandedOver) -> None:
        """Take the customers of somebody who leaves, where that was chosen."""
        actions.take_over(call, event)

    @on(OrderApproved)
    def mark_goals_by_order(self, call: Call, event: OrderApproved) -> None:
        """An approved order may reach the goal."""
        actions.note_goal_fact(call.db, call, _fact(event.order_id, event.customer_id, "order", event.total, event.approved_at))

    @on(OrderVoided)
    def unmark_goals_by_order(self, call: Call, event: OrderVoided) -> None:
        """A voided order takes its goal back."""
        actions.note_goal_fact(
            call.db, call, _fact(event.order_id, event.customer_id, "order", event.total, event.voided_at, is_live=False)
        )

    @on(ReceiptRecorded)
    def mark_goals_by_receipt(self, call: Call, event: ReceiptRecorded) -> None:
        """A receipt may reach the goal."""
        actions.note_goal_fact(call.db, call, _fact(event.receipt_id, event.customer_id, "receipt", event.amount, event.recorded_at))

    @on(ReceiptVoided)
    def unmark_goals_by_receipt(self, call: Call, event: ReceiptVoided) -> None:
        """A voided receipt takes its goal back."""
        actions.note_goal_fact(
            call.db, call, _fact(event.receipt_id, event.customer_id, "receipt", event.amount, event.recorded_at, is_live=False)
        )

    @every(seconds=60)
    def recycle_due_customers(self, call: Call) -> None:
        """Take back customers whose time is over."""
        actions.recycle_due(call)

    @every(seconds=300)
    def warn_owners(self, call: Call) -> None:
        """Tell owners whose time is nearly over."""
        actions.warn_owners(call)


def _fact(source_id: str, customer_id: str, kind: str, amount: Any, at: Any, *, is_live: bool = True) -> GoalFact:
    return GoalFact(source_id=source_id, customer_id=customer_id, kind=kind, amount=amount, at=at, is_live=is_live)


def _shown(call: Call, settings: PoolSettings) -> dict[str, Any]:
    fields = schemas.PoolSettingsSchema().dump_fields
    call.db.flush()
    return {name: getattr(settings, name, None) for name in fields} | {"affected": queries.in_pool(call.db)}


def _summary(call: Call, settings: PoolSettings) -> dict[str, Any]:
    me = call.caller.user_id or ""
    start = clock.start_of_day(call.today, call.settings.time_zone)
    limit = settings.daily_claim_limit
    return {
        "enabled": settings.enabled, "level": queries.level_of(call.db, call.caller).name.lower(),
        "held": queries.held(call.db, me, count_achieved=settings.count_achieved), "limit": settings.max_held,
        "expiring_soon": queries.expiring(call.db, me, call.now, call.now + timedelta(days=settings.warn_days_before)),
        "claims_left_today": None if limit is None else max(0, limit - queries.claims_since(call.db, me, start)),
    }  # fmt: skip


def _countdown(call: Call, entry: PoolEntry) -> dict[str, Any]:
    settings, zone = queries.settings_of(call.db), call.settings.time_zone
    pending = entry.state == "assigned" and entry.goal == "pending" and entry.protected_until is not None
    last_day = clock.today(entry.protected_until, zone) if pending and entry.protected_until else None
    claimed = clock.today(entry.claimed_at, zone).isoformat() if entry.claimed_at else ""
    left = rules.days_left(last_day, call.today) if last_day else None
    code = f"countdown_{settings.goal_events}" if pending else f"countdown_{entry.goal if entry.state == 'assigned' else 'unassigned'}"
    return {
        "customer_id": entry.id, "rule": "protection_period" if pending else "none", "counted_from": entry.claimed_at,
        "takes_on": last_day + timedelta(days=1) if last_day else None, "days_left": left,
        "exemptions": ["goal_achieved"], "reset_by": settings.goal_events if pending else None,
        "text": error_text(code, call.caller.language, call.package, {"days": str(left), "claimed": claimed}),
    }  # fmt: skip
