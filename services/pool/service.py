"""The door of the pool."""

from __future__ import annotations

from typing import Any

from services.pool import queries
from services.pool.customers import actions, schemas
from services.pool.customers import queries as customer_queries
from services.pool.customers.models import PoolEntry
from services.pool.deadlines import actions as deadline_actions
from services.pool.deadlines import queries as deadline_queries
from services.pool.deadlines import schemas as deadline_schemas
from services.pool.extension_requests import actions as request_actions
from services.pool.extension_requests import queries as request_queries
from services.pool.extension_requests import schemas as request_schemas
from services.pool.extension_requests.models import ExtensionRequest
from services.pool.ledger import schemas as ledger_schemas
from services.pool.models import Base
from services.pool.news import actions as news
from services.pool.pools import actions as pool_actions
from services.pool.pools import queries as pool_queries
from services.pool.pools import schemas as pool_schemas
from services.pool.pools.models import DEFAULT_POOL, Pool
from shared.bus import Call, Service, every, on, rpc
from shared.contracts.customer import (
    CustomerCreated,
    CustomerDeleted,
    CustomerGivenUp,
    CustomerMerged,
    CustomerOwnerChanged,
    CustomerUpdated,
    FollowUpCreated,
    FollowUpDeleted,
    FollowUpUpdated,
)
from shared.contracts.finance import ReceiptRecorded, ReceiptVoided
from shared.contracts.identity import UserHandedOver
from shared.contracts.pool import CustomerClaimed
from shared.contracts.sales import OrderApproved, OrderVoided
from shared.resources import BatchResultSchema, IdInput, Page, Resource, RowAction, everybody, export_of

POOL_CUSTOMERS = Resource(
    "pool_customers", PoolEntry, schemas.PoolCustomerSchema, permission="pool", scope=customer_queries.entries_in_scope,
    list_takes=schemas.PoolListInput, narrow=customer_queries.only_tab, enrich=deadline_queries.add_to_rows, search=("customer_name",),
    default_sort="-entered_at", operations=("list", "get", "describe", "export"),
    path="/pool/customers",
    columns=("customer_name", "pool_name", "state", "owner_id", "pool_goal", "protected_until", "countdown", "entered_at"),
    actions=tuple(
        RowAction(name, permission="pool:read", batch_path=f"/pool/{name}", ids="customer_ids", takes=takes, tone=tone)
        for name, takes, tone in (
            ("send", schemas.SendInput, "neutral"), ("claim", None, "good"), ("assign", schemas.AssignInput, "info"),
            ("release", schemas.CustomersInput, "warn"), ("extend", schemas.ExtendInput, "neutral"), ("withdraw", schemas.CustomersInput, "warn"),
            ("move", schemas.MoveInput, "neutral"),
        )
    ),
)  # fmt: skip
POOLS = Resource(
    "pools", Pool, pool_schemas.PoolSchema, managed_by="settings", scope=everybody, enrich=pool_actions.show_affected,
    create=pool_actions.create_pool, delete=pool_actions.delete_pool, purge=pool_actions.purge_pool, created=Pool.told, deleted=Pool.gone, restored=Pool.told,
    prepare=pool_actions.learn_members, search=("name",), default_sort="created_at", owned=False, columns=("name",),
    operations=("list", "get", "create", "update", "delete", "batch_delete", "recycle", "history", "describe", "export"),
    actions=(RowAction("delete", when=lambda pool, caller: not pool.is_default),),
)  # fmt: skip
REQUESTS = Resource(
    "extension_requests", ExtensionRequest, request_schemas.ExtensionRequestSchema, permission="pool", path="/pool/extension-requests", scope=request_queries.requests_in_scope,
    list_takes=request_schemas.RequestListInput, narrow=request_queries.only_status, enrich=request_queries.add_to_rows,
    search=("customer_name", "reason"), operations=("list", "get", "history", "describe", "export"),
    actions=(
        RowAction("grant", permission="pool:read", rpc="grant_extension", path="/pool/extension-requests/{id}/grant", batch_path="/pool/extension-requests/batch-grant", tone="good"),
        RowAction("refuse", permission="pool:read", rpc="refuse_extension", path="/pool/extension-requests/{id}/refuse", batch_path="/pool/extension-requests/batch-refuse", tone="warn"),
    ),
)  # fmt: skip


class PoolService(Service):
    """Customers that nobody works, and who may take them."""

    name = "pool"
    base = Base
    resources = (POOL_CUSTOMERS, POOLS, REQUESTS)
    unique = {
        "extension_requests_waiting": ("customer_id", "request_waits"),
        "extension_requests.customer_id": ("customer_id", "request_waits"),
    }

    # Pools

    @rpc(gives=pool_schemas.PoolSettingsSchema, read=True)
    def get_pool_settings(self, call: Call) -> Any:
        """The rules of the default pool, and how many customers are in it."""
        return _settings(call, pool_queries.pool_of(call.db))

    @rpc(takes=pool_schemas.PoolSettingsSchema, gives=pool_schemas.PoolSettingsSchema, prepare=pool_actions.learn_members)
    def update_pool_settings(self, call: Call, **changes: Any) -> Any:
        """Change the rules given. Switching off makes every pool customer an ordinary one; with customers in it, it takes `confirm`."""
        return _settings(call, pool_actions.save_pool(call, DEFAULT_POOL, changes))

    @rpc(takes=POOLS.update_schema, gives=pool_schemas.PoolSchema, prepare=pool_actions.learn_members)
    def update_pool(self, call: Call, *, id: str, **changes: Any) -> Pool:
        """Change the rules of any pool; switching it off is as with the settings."""
        return pool_actions.save_pool(call, id, changes)

    @rpc(takes=pool_schemas.EmptyInput, gives=pool_schemas.MovedSchema)
    def empty_pool(self, call: Call, *, id: str, version: int | None = None, into_id: str) -> dict[str, Any]:
        """Put every customer of a pool into another, with owners and deadlines."""
        return {"moved": pool_actions.empty_pool(call, id, into_id, version)}

    @rpc(takes=pool_schemas.WhichPoolInput, gives=pool_schemas.MembersSchema, read=True)
    def list_pool_members(self, call: Call, *, pool_id: str | None = None) -> dict[str, Any]:
        """Everybody who works with a pool, with how many of its customers each holds."""
        return {"items": pool_queries.members(call.db, pool_queries.pool_of(call.db, pool_id))}

    # Pool customers

    @rpc(takes=schemas.PoolListInput, gives=schemas.PoolCustomerSchema, many=True, read=True)
    def list_pool_customers(self, call: Call, **params: Any) -> Page:
        """One of the two tabs: the unassigned are for members, an assigned one for its owner, those above, and administrators."""
        customer_queries.check_tab(call.db, call.caller, params.get("state"))
        return POOL_CUSTOMERS.page(self, call, **params)

    @rpc(takes=schemas.SendInput, gives=BatchResultSchema, batch=True, prepare=news.learn_customers)
    def send_customers(self, call: Call, *, customer_ids: list[str], pool_id: str | None, reason: str) -> dict[str, Any]:
        """轉公海: send customers to the pool; pool users only those they own."""
        actions.check_pool(call.db, pool_id)
        return actions.for_each(call, "send", customer_ids, lambda desk, one: actions.send(desk, one, pool_id, reason))

    @rpc(takes=schemas.CustomersInput, gives=BatchResultSchema, batch=True)
    def withdraw_customers(self, call: Call, *, customer_ids: list[str], reason: str) -> dict[str, Any]:
        """轉普通: make pool customers ordinary ones."""
        return actions.for_each(call, "withdraw", customer_ids, lambda desk, one: actions.withdraw(desk, one, reason))

    @rpc(takes=schemas.CustomersInput, gives=BatchResultSchema, batch=True)
    def claim_customers(self, call: Call, *, customer_ids: list[str], reason: str) -> dict[str, Any]:
        """領取: take unassigned customers for oneself, as many as the limits allow."""
        return actions.for_each(call, "claim", customer_ids, lambda desk, one: actions.claim(desk, one, reason))

    @rpc(takes=schemas.AssignInput, gives=BatchResultSchema, batch=True)
    def assign_customers(self, call: Call, *, customer_ids: list[str], owner_id: str, reason: str) -> dict[str, Any]:
        """分配: give unassigned customers to a member."""
        actions.check_member(call.db, owner_id)
        return actions.for_each(call, "assign", customer_ids, lambda desk, one: actions.assign(desk, one, owner_id, reason))

    @rpc(takes=schemas.CustomersInput, gives=BatchResultSchema, batch=True)
    def release_customers(self, call: Call, *, customer_ids: list[str], reason: str) -> dict[str, Any]:
        """釋放: give customers back to the pool."""
        return actions.for_each(call, "release", customer_ids, lambda desk, one: actions.release(desk, one, reason))

    @rpc(takes=schemas.ExtendInput, gives=BatchResultSchema, batch=True)
    def extend_customers(self, call: Call, *, customer_ids: list[str], days: int, reason: str) -> dict[str, Any]:
        """延期: move deadlines by 1 to 365 days."""
        return actions.for_each(call, "extend", customer_ids, lambda desk, one: actions.extend(desk, one, days, reason))

    @rpc(takes=schemas.MoveInput, gives=BatchResultSchema, batch=True)
    def move_customers(self, call: Call, *, customer_ids: list[str], pool_id: str, reason: str) -> dict[str, Any]:
        """Put customers into another pool, with owners and deadlines."""
        actions.check_pool(call.db, pool_id)
        return actions.for_each(call, "move", customer_ids, lambda desk, one: actions.move(desk, one, pool_id, reason))

    @rpc(takes=IdInput, gives=deadline_schemas.CountdownSchema, read=True, prepare=news.learn_customer)
    def pool_customer_countdown(self, call: Call, *, id: str) -> dict[str, Any]:
        """Which rule will take the customer, on which day, and what resets it; for ordinary customers too."""
        return deadline_queries.countdown(call, id)

    @rpc(takes=deadline_schemas.RehearsalInput, gives=deadline_schemas.RehearsalSchema, prepare=deadline_queries.look_ahead)
    def rehearse(self, call: Call, *, found: dict[str, Any]) -> dict[str, Any]:
        """Who would lose which customers tomorrow, in 7 and in 30 days, beside what the present rules take. Nothing moves."""
        return found

    # Requests for more days

    @rpc(takes=request_schemas.RequestInput, gives=request_schemas.ExtensionRequestSchema, status=201)
    def request_extension(self, call: Call, *, customer_id: str, days: int, reason: str) -> ExtensionRequest:
        """Ask the pool's administrators for more days for a customer one holds."""
        return request_actions.request_extension(call, customer_id=customer_id, days=days, reason=reason)

    @rpc(takes=request_schemas.GrantInput, gives=request_schemas.ExtensionRequestSchema)
    def grant_extension(
        self, call: Call, *, id: str, version: int | None = None, days: int | None = None, answer: str = ""
    ) -> ExtensionRequest:
        """Give the days asked for, or others."""
        return request_actions.grant_extension(call, REQUESTS.locked(call.db, call.caller, id, version), days=days, answer=answer)

    @rpc(takes=request_schemas.RefuseInput, gives=request_schemas.ExtensionRequestSchema)
    def refuse_extension(self, call: Call, *, id: str, version: int | None = None, reason: str) -> ExtensionRequest:
        """Say no, with a reason."""
        return request_actions.refuse_extension(call, REQUESTS.locked(call.db, call.caller, id, version), reason=reason)

    # What the ledger tells

    @rpc(takes=ledger_schemas.LogInput, gives=ledger_schemas.LedgerSchema, read=True)
    def pool_customer_log(self, call: Call, *, id: str, page: int, page_size: int) -> dict[str, Any]:
        """公海操作記錄: what happened to one pool customer, newest first."""
        POOL_CUSTOMERS.visible(call.db, call.caller, id)
        return queries.customer_log(call, id, page, page_size)

    @rpc(takes=ledger_schemas.LedgerInput, gives=ledger_schemas.LedgerSchema, read=True)
    def list_ledger(self, call: Call, **wanted: Any) -> dict[str, Any]:
        """Every change of hands, for the pools' administrators."""
        return queries.ledger_page(call, **wanted)

    @rpc(takes=export_of("Ledger", ledger_schemas.LedgerInput), read=True)
    def export_ledger(self, call: Call, **wanted: Any) -> dict[str, Any]:
        """Download every change of hands that the ledger's filter shows, for the pools' administrators."""
        return queries.ledger_export(call, **wanted)

    @rpc(takes=ledger_schemas.StatisticsInput, gives=ledger_schemas.PoolStatisticsSchema, read=True)
    def pool_statistics(self, call: Call, **wanted: Any) -> dict[str, Any]:
        """Claims, releases, recycles and goals by user."""
        return queries.statistics(call, **wanted)

    @rpc(takes=pool_schemas.WhichPoolInput, gives=pool_schemas.SummarySchema, read=True)
    def pool_summary(self, call: Call, *, pool_id: str | None = None) -> dict[str, Any]:
        """How many customers I hold of how many, and how many run out soon."""
        return queries.summary(call, pool_id)

    @rpc(takes=schemas.CustomerIdInput, read=True)
    def vouch_for_entry(self, call: Call, *, customer_id: str) -> dict[str, Any]:
        """Where the pool says a customer stands, for a service that has not heard of it yet."""
        entry = customer_queries.entry_of(call.db, customer_id)
        return entry.told(CustomerClaimed, from_owner_id=None, actor_id=None).encode() | {"version": entry.version}

    # What happened elsewhere

    @on(CustomerCreated, CustomerUpdated)
    def keep_customer(self, call: Call, event: CustomerCreated) -> None:
        """Keep the facts of every customer."""
        news.keep_customer(call, event)

    @on(CustomerOwnerChanged)
    def hand_over_customer(self, call: Call, event: CustomerOwnerChanged) -> None:
        """Follow a pool customer that changed hands outside the pool."""
        news.hand_over(call, event)

    @on(CustomerDeleted)
    def forget_customer(self, call: Call, event: CustomerDeleted) -> None:
        """Take a deleted customer out of its pool."""
        news.forget_customer(call, event)

    @on(CustomerMerged)
    def merge_customers(self, call: Call, event: CustomerMerged) -> None:
        """Take a merged customer out of its pool; its orders and follow-ups are the other's now."""
        news.merge_customers(call, event)

    @on(FollowUpCreated, FollowUpUpdated)
    def note_follow_up(self, call: Call, event: FollowUpCreated) -> None:
        """Know when somebody was last in touch."""
        news.note_follow_up(call, event.follow_up_id, event.customer_id, event.contacted_at)

    @on(FollowUpDeleted)
    def undo_follow_up(self, call: Call, event: FollowUpDeleted) -> None:
        """Forget a follow-up that was removed."""
        news.undo_fact(call, event.follow_up_id)

    @on(UserHandedOver)
    def take_over_customers(self, call: Call, event: UserHandedOver) -> None:
        """Take the customers of somebody who leaves, or give those of a pool to their colleague, as was chosen."""
        news.take_over_all(call, event)

    @on(CustomerGivenUp)
    def take_over_customer(self, call: Call, event: CustomerGivenUp) -> None:
        """Take a customer of somebody who leaves that was not known yet when they left."""
        news.take_over(call, event)

    @on(OrderApproved)
    def mark_goals_by_order(self, call: Call, event: OrderApproved) -> None:
        """An approved order may reach the goal."""
        news.note_order(call, event.order_id, event.customer_id, event.total, event.approved_at)

    @on(OrderVoided)
    def unmark_goals_by_order(self, call: Call, event: OrderVoided) -> None:
        """A voided order takes its goal back."""
        news.undo_fact(call, event.order_id)

    @on(ReceiptRecorded)
    def mark_goals_by_receipt(self, call: Call, event: ReceiptRecorded) -> None:
        """A receipt may reach the goal; a refund may take it back."""
        news.note_receipt(call, event)

    @on(ReceiptVoided)
    def unmark_goals_by_receipt(self, call: Call, event: ReceiptVoided) -> None:
        """A voided receipt takes its goal back."""
        news.undo_fact(call, event.receipt_id)

    # What runs out

    @every(seconds=60)
    def recycle_due_customers(self, call: Call) -> bool:
        """Take back customers whose time is over."""
        return deadline_actions.recycle_due(call)

    @every(seconds=60)
    def enter_due_customers(self, call: Call) -> bool:
        """Bring in ordinary customers nobody looked after."""
        return deadline_actions.enter_due(call)

    @every(seconds=60)
    def warn_holders(self, call: Call) -> bool:
        """Tell owners of pool customers whose time is nearly over."""
        return deadline_actions.warn_holders(call)

    @every(seconds=60)
    def warn_owners(self, call: Call) -> bool:
        """Tell owners of ordinary customers that a rule will take them."""
        return deadline_actions.warn_owners(call)


def _settings(call: Call, pool: Pool) -> dict[str, Any]:
    call.db.flush()
    shown = {name: getattr(pool, name, None) for name in pool_schemas.PoolSettingsSchema().dump_fields}
    return shown | {"affected": customer_queries.in_pool(call.db, [pool.id])[pool.id]}
