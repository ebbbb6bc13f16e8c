"""The door of finance."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from services.finance import actions, queries, schemas
from services.finance.models import ZERO, Base, FinanceSettings, PaymentPlan, Receipt
from shared.bus import Call, Service, every, on, rpc
from shared.contracts.customer import BusinessHandedOver, CustomerCreated, CustomerDeleted, CustomerMerged, CustomerUpdated
from shared.contracts.sales import (
    OrderApproved,
    OrderCreated,
    OrderDeleted,
    OrderEvent,
    OrderRejected,
    OrderSubmitted,
    OrderUpdated,
    OrderVoided,
    OrderWithdrawn,
)
from shared.resources import BatchResultSchema, QuickView, Related, Resource, RowAction


def prepare_receipt(call: Call, data: dict[str, Any]) -> None:
    """A new receipt without a date or method came in today by bank transfer."""
    if "id" not in data:
        data.setdefault("received_on", call.today)
        data.setdefault("method", "bank_transfer")


PLANS = Resource(
    "payment_plans", PaymentPlan, schemas.PaymentPlanSchema,
    create=actions.create_plan, update=actions.update_plan, delete=actions.delete_plan, learn=actions.learn,
    updated=PaymentPlan.told, handed_over=PaymentPlan.status.in_(["unpaid", "partially_paid"]),
    extra_filters={"overdue": queries.overdue, "ageing": queries.ageing, "outstanding": queries.outstanding}, enrich=queries.add_names_and_overdue, search=("number",), default_sort="due_on",
    restore=actions.restore_plan, number="PP",
    columns=("number", "order_id", "customer_id", "period", "due_on", "amount", "received", "outstanding", "status", "owner_id"),
    related=(Related.list("receipts", "plan_id"),),
    views=(
        QuickView("open", {"field": "status", "op": "in", "value": ["unpaid", "partially_paid"]}, "due_on", opens=True),
        QuickView("overdue", {"field": "overdue", "op": "eq", "value": True}, "due_on"),
        QuickView("due_this_week", {"and": [{"field": "due_on", "op": "this_week"}, {"field": "status", "op": "ne", "value": "paid"}]}, "due_on"),
        QuickView("due_this_month", {"and": [{"field": "due_on", "op": "this_month"}, {"field": "status", "op": "ne", "value": "paid"}]}, "due_on"),
    ),
    actions=(
        RowAction("update", when=lambda plan, caller: plan.status == "unpaid"),
        RowAction("delete", when=lambda plan, caller: plan.status == "unpaid"),
        RowAction("collect", tone="good", when=lambda plan, caller: plan.outstanding > 0),
    ),
)  # fmt: skip
RECEIPTS = Resource(
    "receipts", Receipt, schemas.ReceiptSchema,
    create=actions.record_receipt, prepare=prepare_receipt, learn=actions.learn, created=Receipt.told, enrich=queries.add_names,
    update_schema=schemas.ReceiptNoteInput, search=("number", "reference"), default_sort="-received_on",
    operations=("list", "get", "create", "update", "batch_update", "batch_assign", "history", "describe", "attachments", "export"), number="RC",
    columns=("number", "customer_id", "order_id", "amount", "received_on", "method", "status", "owner_id"),
    related=(Related.list("receipts", "refund_of_id"),),
    views=(
        QuickView("today", {"field": "received_on", "op": "today"}), QuickView("this_month", {"field": "received_on", "op": "this_month"}),
        QuickView("without_order", {"field": "order_id", "op": "is_empty"}),
    ),
    actions=(
        RowAction("void", tone="bad", confirm=True, when=lambda receipt, caller: receipt.status == "recorded"),
        RowAction("refund", tone="warn", single=True, when=lambda receipt, caller: receipt.status == "recorded" and receipt.amount > 0),
    ),
)  # fmt: skip


class FinanceService(Service):
    """Payment plans and receipts."""

    name = "finance"
    base = Base
    resources = (PLANS, RECEIPTS)

    @rpc(takes=schemas.BatchCollectInput, gives=BatchResultSchema, batch=True)
    def batch_collect_payment_plans(
        self, call: Call, *, ids: list[str], received_on: Any = None, method: str = "bank_transfer"
    ) -> dict[str, Any]:
        """批量收款: collect plans in full, one receipt each."""
        RECEIPTS.shape(call).check(call, {"method": method})
        return actions.collect(call, ids, received_on=received_on or call.today, method=method, plans=PLANS)

    @rpc(takes=schemas.SplitInput, gives=schemas.PlansSchema, prepare=actions.learn_split)
    def choose_payment_plans(self, call: Call, *, id: str, version: int | None = None, instalments: list[dict[str, Any]]) -> dict[str, Any]:
        """Say how an order is to be paid; replaces what is unpaid."""
        return actions.choose_split(call, order_id=id, version=version, instalments=instalments)

    @rpc(takes=schemas.VoidReceiptInput, gives=schemas.ReceiptSchema)
    def void_receipt(self, call: Call, *, id: str, version: int | None = None, reason: str) -> Receipt:
        """Undo a receipt; its plan is open again."""
        return actions.void_receipt(call, RECEIPTS.locked(call.db, call.caller, id, version), reason)

    @rpc(takes=schemas.RefundReceiptInput, gives=schemas.ReceiptSchema)
    def refund_receipt(self, call: Call, *, id: str, version: int | None = None, amount: Any, reason: str) -> Receipt:
        """Give back money of a receipt; answers with the refund."""
        return actions.refund_receipt(call, RECEIPTS.locked(call.db, call.caller, id, version), amount=amount, reason=reason)

    @rpc(gives=schemas.FinanceSettingsSchema, read=True)
    def get_finance_settings(self, call: Call) -> dict[str, Any]:
        """The settings of finance."""
        return _shown(queries.settings_of(call.db))

    @rpc(takes=schemas.FinanceSettingsSchema, gives=schemas.FinanceSettingsSchema)
    def update_finance_settings(self, call: Call, **changes: Any) -> dict[str, Any]:
        """Change the settings given."""
        settings = actions.save_settings(call, changes)
        call.db.flush()
        return _shown(settings)

    @rpc(takes=schemas.OrderIdsInput, read=True)
    def vouch_for_orders(self, call: Call, *, order_ids: list[str]) -> dict[str, Any]:
        """What was received on each of some orders, for sales."""
        received = queries.received_on_orders(call.db, order_ids)
        return {"received": {order_id: f"{received.get(order_id, ZERO):.2f}" for order_id in order_ids}}

    @rpc(takes=schemas.CustomerIdsInput, read=True)
    def vouch_for_receipts_of(self, call: Call, *, customer_ids: list[str]) -> list[dict[str, Any]]:
        """The facts of the receipts of some customers that another service has not heard of yet."""
        return [receipt.told().encode() for receipt in queries.live_receipts_of(call.db, customer_ids)]

    @on(OrderCreated, OrderUpdated, OrderSubmitted, OrderWithdrawn, OrderRejected, OrderDeleted)
    def keep_order(self, call: Call, event: OrderEvent) -> None:
        """Know the orders that may be paid."""
        actions.keep_order(call.db, event)

    @on(OrderApproved)
    def create_payment_plans(self, call: Call, event: OrderApproved) -> None:
        """Plan the instalments of an approved order."""
        actions.create_payment_plans(call.db, event)

    @on(OrderVoided)
    def cancel_payment_plans(self, call: Call, event: OrderVoided) -> None:
        """Expect nothing more of a voided order."""
        actions.cancel_payment_plans(call, event)

    @on(CustomerCreated, CustomerUpdated)
    def keep_customer(self, call: Call, event: CustomerCreated) -> None:
        """Keep the name and owner of every customer."""
        actions.keep_customer(call.db, event)

    @on(CustomerMerged)
    def move_money(self, call: Call, event: CustomerMerged) -> None:
        """Two customers became one: its plans and receipts are the other's."""
        actions.move_money(call.db, event)

    @on(BusinessHandedOver)
    def hand_over_plans(self, call: Call, event: BusinessHandedOver) -> None:
        """A customer changed hands with its business: the open plans of its old owner go along."""
        PLANS.hand_over(call, event.from_owner_id, event.owner_id, PaymentPlan.customer_id == event.customer_id)

    @on(CustomerDeleted)
    def forget_customer(self, call: Call, event: CustomerDeleted) -> None:
        """Take no new receipts for a deleted customer."""
        actions.forget_customer(call.db, event.customer_id)

    @every(seconds=600)
    def remind_of_plans(self, call: Call) -> None:
        """Tell of plans that fall due or are overdue."""
        actions.remind_of_plans(call)


def _shown(settings: FinanceSettings) -> dict[str, Any]:
    instalments = [{"share": Decimal(one["share"]), "days_after": one["days_after"]} for one in settings.default_instalments]
    return {
        "default_instalments": instalments, "remind_days_before": settings.remind_days_before,
        "allow_prepayment": settings.allow_prepayment, "tolerated_excess": settings.tolerated_excess, "version": settings.version,
    }  # fmt: skip
