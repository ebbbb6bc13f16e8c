"""The door of sales."""

from __future__ import annotations

from decimal import Decimal
from operator import itemgetter
from typing import Any

from services.sales import actions, queries, schemas
from services.sales.approval_rules import actions as approval_rule_actions
from services.sales.approval_rules import schemas as approval_rule_schemas
from services.sales.approval_rules.models import ApprovalRule
from services.sales.approval_rules.rules import NO_PLAN, Plan
from services.sales.models import Base
from services.sales.orders import actions as order_actions
from services.sales.orders import queries as order_queries
from services.sales.orders import schemas as order_schemas
from services.sales.orders.models import Order
from services.sales.price_lists import actions as price_list_actions
from services.sales.price_lists import schemas as price_list_schemas
from services.sales.price_lists.models import PriceList, PriceListItem
from services.sales.products import actions as product_actions
from services.sales.products import schemas as product_schemas
from services.sales.products.models import Product
from services.sales.quotes import actions as quote_actions
from services.sales.quotes import schemas as quote_schemas
from services.sales.quotes.models import Quote
from shared.bus import Call, Service, every, on, publish, rpc
from shared.contracts.customer import BusinessHandedOver, CustomerCreated, CustomerDeleted, CustomerMerged, CustomerUpdated
from shared.contracts.finance import ReceiptRecorded, ReceiptVoided
from shared.contracts.sales import OrderCreated, OrderDeleted, ProductCreated, QuoteCreated
from shared.db import existing
from shared.resources import ActionInput, IdInput, Importing, QuickView, Related, Resource, RowAction, by_rights, everybody

OF_EACH = ("lines", "total", "discount", "customer_id", "contact_id", "price_list_id")
DRAFT = lambda order, caller: order.status == "draft"  # noqa: E731
PENDING = lambda order, caller: caller.user_id in order.asked  # noqa: E731


def prepare_quote(call: Call, data: dict[str, Any]) -> None:
    """Know the contact."""
    actions.check_contact(call, data, Quote)


def prepare_order(call: Call, data: dict[str, Any]) -> None:
    """Know the contact."""
    actions.check_contact(call, data, Order)


PRODUCTS = Resource(
    "products", Product, product_schemas.ProductSchema, delete=product_actions.delete_product,
    created=lambda product: product.told(ProductCreated), updated=Product.told, deleted=Product.gone, search=("code", "name"),
    default_sort="code", named_by="code", imports=Importing(match={"code": itemgetter("code")}), owned=False, columns=("code", "name", "category", "unit", "list_price", "tax_rate", "is_active"),
    sections={"price": ("list_price", "cost", "tax_rate")}, related=(Related.list("tickets", "product_id"),),
    views=(QuickView("on_sale", {"field": "is_active", "op": "eq", "value": True}),),
)  # fmt: skip
PRICE_LISTS = Resource(
    "price_lists", PriceList, price_list_schemas.PriceListSchema, list_schema=price_list_schemas.PriceListRow,
    create=price_list_actions.create_price_list, update=price_list_actions.update_price_list, create_schema=price_list_schemas.PriceListRow,
    search=("name",), default_sort="name", owned=False,
    columns=("name", "currency", "valid_from", "valid_to", "is_active"),
)  # fmt: skip
PRICE_LIST_ITEMS = Resource(
    "price_list_items", PriceListItem, price_list_schemas.PriceListItemRow, permission="price_list", operations=(),
    imports=Importing(
        match={"price_list_id": itemgetter("price_list_id"), "product_id": itemgetter("product_id")},
        create=price_list_actions.create_item, update=price_list_actions.change_item,
    ),
)  # fmt: skip
QUOTES = Resource(
    "quotes", Quote, quote_schemas.QuoteSchema, list_schema=quote_schemas.QuoteRow, create_schema=quote_schemas.QuoteInput,
    create=quote_actions.create_quote, update=quote_actions.update_quote, prepare=prepare_quote, learn=actions.learn_customer,
    created=lambda quote: quote.told(QuoteCreated), updated=Quote.told, enrich=queries.add_customer_names, search=("number", "name"),
    not_in_batch=OF_EACH, handed_over=Quote.status.in_(["draft", "sent"]),
    number="QT", columns=("number", "name", "customer_id", "status", "total", "valid_until", "owner_id"),
    sections={"terms": ("valid_until", "terms", "description")}, related=(Related.list("orders", "quote_id"),),
    views=(
        QuickView("open", {"field": "status", "op": "in", "value": ["draft", "sent"]}),
        QuickView("this_month", {"field": "created_at", "op": "this_month"}),
    ),
    actions=(
        RowAction("update", when=lambda quote, caller: quote.status == "draft"),
        RowAction("create_order", rpc="create_order_from_quote", tone="good", when=lambda quote, caller: quote.status in ("draft", "sent", "accepted")),
        RowAction("send", tone="info", permission="quote:update", when=lambda quote, caller: quote.status == "draft"),
        RowAction("accept", tone="good", permission="quote:update", when=lambda quote, caller: quote.status in ("draft", "sent")),
        RowAction("reject", tone="warn", permission="quote:update", when=lambda quote, caller: quote.status == "sent"),
        RowAction("revise", permission="quote:update", when=lambda quote, caller: quote.status in ("sent", "rejected", "expired")),
    ),
)  # fmt: skip
ORDERS = Resource(
    "orders", Order, order_schemas.OrderSchema, list_schema=order_schemas.OrderRow, create_schema=order_schemas.OrderInput,
    create=order_actions.create_order, update=order_actions.update_order, delete=order_actions.delete_order, restore=order_actions.restore_order,
    prepare=prepare_order, learn=actions.learn_customer,
    created=lambda order: order.told(OrderCreated), updated=Order.told, deleted=lambda order: order.told(OrderDeleted),
    scope=by_rights(order_queries.orders_in_scope), enrich=order_queries.add_names_and_waiting,
    extra_filters={"waits_for_me": order_queries.waits_for_me}, search=("number", "subject"), children=(Order.lines,),
    not_in_batch=(*OF_EACH, "quote_id"), handed_over=Order.status.in_(["draft", "pending_approval", "approved"]),
    number="SO", columns=("number", "subject", "customer_id", "status", "total", "received", "order_date", "owner_id"),
    sections={
        "terms": ("starts_on", "ends_on", "deliver_on", "payment_method", "signer", "description"),
        "approval": ("approver_id", "approval_step", "waits_for_me", "submitted_by", "approved_at", "approval_plan", "approvals"),
    },
    related=(Related.list("payment-plans", "order_id"), Related.list("receipts", "order_id"), Related.list("tickets", "order_id")),
    views=(
        QuickView("waiting_for_me", {"field": "waits_for_me", "op": "eq", "value": True}),
        QuickView("drafts", {"field": "status", "op": "eq", "value": "draft"}),
        QuickView("approved_this_month", {"field": "approved_at", "op": "this_month"}),
    ),
    actions=(
        RowAction("update", when=DRAFT), RowAction("delete", when=DRAFT), RowAction("submit", when=DRAFT, tone="info"),
        RowAction("withdraw", when=lambda order, caller: order.status == "pending_approval"),
        RowAction("approve", when=PENDING, tone="good"),
        RowAction("reject", when=PENDING, permission="order:approve", tone="warn"),
        RowAction("void", tone="bad", confirm=True, when=lambda order, caller: order.status == "approved" and not order.received),
    ),
)  # fmt: skip
APPROVAL_RULES = Resource(
    "approval_rules", ApprovalRule, approval_rule_schemas.ApprovalRuleSchema, scope=everybody, owned=False,
    create=approval_rule_actions.create_rule, prepare=approval_rule_actions.check_steps, search=("name",), default_sort="position",
    columns=("name", "min_amount", "min_discount", "max_margin", "is_active"), not_in_batch=("name", "steps"),
    operations=("list", "get", "create", "update", "delete", "batch_update", "batch_delete", "recycle", "history", "describe", "export"),
)  # fmt: skip


class SalesService(Service):
    """Products, price lists, quotes and orders."""

    name = "sales"
    base = Base
    resources = (PRODUCTS, PRICE_LISTS, PRICE_LIST_ITEMS, QUOTES, ORDERS, APPROVAL_RULES)
    unique = {"products.code": ("code", "value_taken")}

    @rpc(takes=price_list_schemas.AddItemsInput, gives=price_list_schemas.PriceListSchema)
    def add_price_list_items(self, call: Call, *, id: str, version: int | None = None, items: list[dict[str, Any]]) -> PriceList:
        """Add products with their prices, or change the prices of those that are there."""
        price_list: PriceList = PRICE_LISTS.locked(call.db, call.caller, id, version)
        price_list_actions.add_items(call, price_list, items)
        return price_list

    @rpc(takes=ActionInput, gives=order_schemas.OrderSchema, status=201)
    def create_order_from_quote(self, call: Call, *, id: str, version: int | None = None) -> Order:
        """Make an order from a quote: same customer, contact, lines and prices."""
        return order_actions.create_order_from_quote(call.db, QUOTES.locked(call.db, call.caller, id, version), call=call)

    @rpc(takes=approval_rule_schemas.ArrangementSchema, gives=approval_rule_schemas.ArrangementSchema)
    def arrange_approval_rules(self, call: Call, *, ids: list[str]) -> dict[str, Any]:
        """Say in which order the approval rules are asked: the first that is for an order decides."""
        approval_rule_actions.arrange(call.db, ids)
        return {"ids": ids}

    @rpc(takes=IdInput, gives=approval_rule_schemas.ApprovalPlanSchema, read=True, prepare=order_actions.plan_ahead)
    def get_order_approval_plan(self, call: Call, *, id: str, plan: Plan | None) -> dict[str, Any]:
        """Who would be asked, step by step, if the order were submitted now; no steps where no approval rule is for it."""
        ORDERS.visible(call.db, call.caller, id)
        return plan.as_kept() if plan else NO_PLAN

    @rpc(takes=order_schemas.SubmitOrderInput, gives=order_schemas.OrderSchema, prepare=order_actions.prepare_submit,
         prepare_many=order_actions.prepare_submit_of)  # fmt: skip
    def submit_order(
        self, call: Call, *, id: str, version: int | None = None, approver_id: str | None, comment: str, plan: Plan | None
    ) -> Order:
        """送批: have a draft approved, by the steps of the approval rule that is for it or else by the colleague named."""
        order = ORDERS.locked(call.db, call.caller, id, version)
        return order_actions.submit_order(call, order, approver_id=approver_id, comment=comment, plan=plan)

    @rpc(takes=ActionInput, gives=order_schemas.OrderSchema)
    def withdraw_order(self, call: Call, *, id: str, version: int | None = None) -> Order:
        """Take a submitted order back before it is decided."""
        order: Order = ORDERS.locked(call.db, call.caller, id, version)
        publish(call.db, order.withdraw(by=call.caller.user_id, at=call.now))
        return order

    @rpc(takes=order_schemas.DecideOrderInput, gives=order_schemas.OrderSchema)
    def approve_order(self, call: Call, *, id: str, version: int | None = None, comment: str) -> Order:
        """審批: approve an order one was asked about; after its last step finance, pool, customer and reporting follow."""
        order: Order = ORDERS.locked(call.db, call.caller, id, version)
        publish(call.db, order.approve(by=call.caller.user_id, comment=comment, at=call.now))
        return order

    @rpc(takes=order_schemas.DecideOrderInput, gives=order_schemas.OrderSchema)
    def reject_order(self, call: Call, *, id: str, version: int | None = None, comment: str) -> Order:
        """Reject an order one was asked about; it is a draft again."""
        order: Order = ORDERS.locked(call.db, call.caller, id, version)
        publish(call.db, order.reject(by=call.caller.user_id, comment=comment, at=call.now))
        return order

    @rpc(takes=order_schemas.VoidOrderInput, gives=order_schemas.OrderSchema, prepare=order_actions.ask_what_was_received,
         prepare_many=order_actions.ask_what_was_received_on)  # fmt: skip
    def void_order(self, call: Call, *, id: str, version: int | None = None, reason: str, received: Decimal) -> Order:
        """Undo an approved order on which no money came in."""
        order: Order = ORDERS.locked(call.db, call.caller, id, version)
        publish(call.db, order.void(by=call.caller.user_id, reason=reason, at=call.now, received=received))
        return order

    @rpc(takes=schemas.ApplyPriceListInput, gives=order_schemas.OrderSchema)
    def apply_price_list(self, call: Call, *, id: str, version: int | None = None, price_list_id: str) -> Order:
        """Reprice a draft's lines by a price list; `in_price_list` says which lines have an item in it, the others keep their price."""
        order: Order = ORDERS.locked(call.db, call.caller, id, version)
        order.check_draft()
        actions.apply_price_list(call, order, price_list_id, day=order.order_date)
        publish(call.db, order.told())
        return order

    @rpc(takes=schemas.ApplyPriceListInput, gives=quote_schemas.QuoteSchema)
    def apply_price_list_to_quote(self, call: Call, *, id: str, version: int | None = None, price_list_id: str) -> Quote:
        """Reprice a draft's lines by a price list; `in_price_list` says which lines have an item in it, the others keep their price."""
        quote: Quote = QUOTES.locked(call.db, call.caller, id, version)
        quote.check_draft()
        actions.apply_price_list(call, quote, price_list_id, day=call.today)
        publish(call.db, quote.told())
        return quote

    @rpc(takes=ActionInput, gives=quote_schemas.QuoteSchema)
    def send_quote(self, call: Call, *, id: str, version: int | None = None) -> Quote:
        """Note that a draft went out to the customer."""
        quote: Quote = QUOTES.locked(call.db, call.caller, id, version)
        publish(call.db, quote.send())
        return quote

    @rpc(takes=ActionInput, gives=quote_schemas.QuoteSchema)
    def accept_quote(self, call: Call, *, id: str, version: int | None = None) -> Quote:
        """Note that the customer said yes."""
        quote: Quote = QUOTES.locked(call.db, call.caller, id, version)
        publish(call.db, quote.accept())
        return quote

    @rpc(takes=ActionInput, gives=quote_schemas.QuoteSchema)
    def reject_quote(self, call: Call, *, id: str, version: int | None = None) -> Quote:
        """Note that the customer said no."""
        quote: Quote = QUOTES.locked(call.db, call.caller, id, version)
        publish(call.db, quote.reject())
        return quote

    @rpc(takes=ActionInput, gives=quote_schemas.QuoteSchema)
    def revise_quote(self, call: Call, *, id: str, version: int | None = None) -> Quote:
        """Make a quote that is out, refused or expired a draft again."""
        quote: Quote = QUOTES.locked(call.db, call.caller, id, version)
        publish(call.db, quote.revise())
        return quote

    @every(seconds=600)
    def expire_quotes(self, call: Call) -> None:
        """Mark the quotes that nobody answered while they were valid."""
        quote_actions.expire_quotes(call)

    @rpc(takes=order_schemas.OrderIdInput, read=True)
    def vouch_for_order(self, call: Call, *, order_id: str) -> dict[str, Any]:
        """The facts of an order that another service has not heard of yet."""
        order = existing(call.db, Order, order_id)
        return order.told().encode() | {"version": order.version}

    @rpc(takes=schemas.CustomerIdsInput, read=True)
    def vouch_for_orders_of(self, call: Call, *, customer_ids: list[str]) -> list[dict[str, Any]]:
        """The facts of the orders of some customers that another service has not heard of yet."""
        return [order.told().encode() | {"version": order.version} for order in order_queries.live_orders_of(call.db, customer_ids)]

    @rpc(takes=product_schemas.ProductIdInput, read=True)
    def vouch_for_product(self, call: Call, *, product_id: str) -> dict[str, Any]:
        """The facts of a product that another service has not heard of yet."""
        product = existing(call.db, Product, product_id)
        return product.told().encode() | {"version": product.version}

    @on(CustomerCreated, CustomerUpdated)
    def keep_customer(self, call: Call, event: CustomerCreated) -> None:
        """Keep the name and owner of every customer."""
        actions.keep_customer(call.db, event)

    @on(CustomerDeleted)
    def forget_customer(self, call: Call, event: CustomerDeleted) -> None:
        """Take no new documents for a deleted customer."""
        actions.forget_customer(call.db, event)

    @on(CustomerMerged)
    def move_documents(self, call: Call, event: CustomerMerged) -> None:
        """Two customers became one: its quotes and orders are the other's."""
        actions.move_documents(call.db, (Quote, Order), event)

    @on(BusinessHandedOver)
    def hand_over_documents(self, call: Call, event: BusinessHandedOver) -> None:
        """A customer changed hands with its business: the open documents of its old owner go along."""
        QUOTES.hand_over(call, event.from_owner_id, event.owner_id, Quote.customer_id == event.customer_id)
        ORDERS.hand_over(call, event.from_owner_id, event.owner_id, Order.customer_id == event.customer_id)

    @on(ReceiptRecorded)
    def count_receipt(self, call: Call, event: ReceiptRecorded) -> None:
        """Show what was received on an order."""
        order_actions.book_receipt(call.db, event, is_live=True)

    @on(ReceiptVoided)
    def drop_receipt(self, call: Call, event: ReceiptVoided) -> None:
        """Take back what a voided receipt had shown."""
        order_actions.book_receipt(call.db, event, is_live=False)
