"""The door of customer."""

from __future__ import annotations

from typing import Any

from sqlalchemy import true

from services.customer import actions, queries, schemas
from services.customer.models import Base, Contact, Customer, FollowUp
from shared.bus import Call, Service, on, rpc
from shared.contracts.customer import CustomerCreated
from shared.contracts.finance import ReceiptRecorded, ReceiptVoided
from shared.contracts.identity import UserHandedOver
from shared.contracts.pool import (
    CustomerAssigned,
    CustomerClaimed,
    CustomerExtended,
    CustomerGoalAchieved,
    CustomerGoalReopened,
    CustomerReassigned,
    CustomerRecycled,
    CustomerReleased,
    CustomerSent,
    CustomerWithdrawn,
    PoolDisabled,
    PoolEvent,
    PoolSettingsChanged,
)
from shared.contracts.sales import OrderApproved, OrderCreated, OrderDeleted, OrderUpdated, OrderVoided
from shared.db import existing
from shared.people import learn_person
from shared.resources import IdInput, Resource, RowAction

CUSTOMERS = Resource(
    "customers", Customer, schemas.CustomerSchema,
    create=actions.create_customer, update=actions.update_customer, delete=actions.delete_customer,
    created=lambda customer: customer.told(CustomerCreated), updated=Customer.told, deleted=Customer.gone,
    scope=queries.customers_in_scope, search=("name", "short_name", "phone", "email"), handed_over=true(),
    actions=(
        RowAction("transfer"),
        RowAction("send", permission="pool:send", when=lambda customer, caller: customer.pool_status == "ordinary"),
        RowAction("claim", permission="pool:claim", when=lambda customer, caller: customer.pool_status == "unassigned"),
        RowAction("release", permission="pool:release", when=lambda customer, caller: customer.pool_status == "assigned"),
        RowAction("extend", permission="pool:extend", when=lambda customer, caller: customer.pool_status == "assigned"),
        RowAction("withdraw", permission="pool:withdraw", when=lambda customer, caller: customer.pool_status != "ordinary"),
    ),
)  # fmt: skip
CONTACTS = Resource(
    "contacts", Contact, schemas.ContactSchema, create=actions.create_contact, update=actions.update_contact,
    scope=queries.contacts_in_scope, enrich=queries.add_customer_names, search=("name", "mobile", "email"), handed_over=true(),
)  # fmt: skip
FOLLOW_UPS = Resource(
    "follow_ups", FollowUp, schemas.FollowUpSchema,
    create=actions.create_follow_up, update=actions.update_follow_up, delete=actions.delete_follow_up,
    scope=queries.follow_ups_in_scope, enrich=queries.add_customer_names, search=("summary",), default_sort="-contacted_at",
)  # fmt: skip


class CustomerService(Service):
    """Customers, contacts and follow-ups."""

    name = "customer"
    base = Base
    resources = (CUSTOMERS, CONTACTS, FOLLOW_UPS)
    unique = {"customers.name_key": ("name", "name_taken")}

    @rpc(takes=IdInput, gives=schemas.CustomerSchema, read=True, prepare=actions.ask_pool)
    def get_customer(self, call: Call, *, id: str) -> Any:
        """One customer; one claimed a moment ago is there for its new owner."""
        return CUSTOMERS.visible(call.db, call.caller, id)

    @rpc(takes=schemas.TransferCustomerInput, gives=schemas.CustomerSchema, prepare=lambda call, data: learn_person(call, data["owner_id"]))
    def transfer_customer(self, call: Call, *, id: str, owner_id: str, with_related: bool) -> Any:
        """Give a customer to somebody else, with its contacts if wanted."""
        customer = CUSTOMERS.locked(call.db, call.caller, id)
        CUSTOMERS.check_owner(call, {"owner_id": owner_id})
        actions.transfer_customer(call.db, customer=customer, owner_id=owner_id, with_related=with_related)
        return customer

    @rpc(takes=schemas.CustomerIdInput, read=True, prepare=actions.ask_pool)
    def vouch_for_customer(self, call: Call, *, customer_id: str) -> dict[str, Any]:
        """The facts of a customer that another service has not heard of yet."""
        customer = existing(call.db, Customer, customer_id)
        return customer.told().encode() | {"version": customer.version}

    @on(CustomerSent, CustomerWithdrawn, CustomerClaimed, CustomerAssigned, CustomerReleased, CustomerRecycled, CustomerExtended,
        CustomerGoalAchieved, CustomerGoalReopened, CustomerReassigned)  # fmt: skip
    def follow_pool(self, call: Call, event: PoolEvent) -> None:
        """Show whose a pool customer is, until when, and whether its goal is met."""
        actions.follow_pool(call.db, event)

    def handed_over(self, event: UserHandedOver) -> list[Any]:
        """Everything, but customers that go to the pool: those it takes by itself."""
        return [resource for resource in super().handed_over(event) if not (event.to_pool and resource is CUSTOMERS)]

    @on(PoolSettingsChanged)
    def keep_pool_members(self, call: Call, event: PoolSettingsChanged) -> None:
        """Know who may see the unassigned customers."""
        actions.keep_members(call.db, event)

    @on(PoolDisabled)
    def leave_pool(self, call: Call, event: PoolDisabled) -> None:
        """Make every pool customer an ordinary one."""
        actions.leave_pool(call.db)

    @on(OrderCreated, OrderUpdated)
    def note_order(self, call: Call, event: OrderCreated) -> None:
        """Show the last order's date."""
        actions.book_order(call.db, event, is_live=True)

    @on(OrderApproved)
    def count_order(self, call: Call, event: OrderApproved) -> None:
        """Add an approved order to the total."""
        actions.book_order(call.db, event, is_live=True)

    @on(OrderVoided, OrderDeleted)
    def drop_order(self, call: Call, event: OrderVoided) -> None:
        """Take an order out of date and total."""
        actions.book_order(call.db, event, is_live=False)

    @on(ReceiptRecorded)
    def count_receipt(self, call: Call, event: ReceiptRecorded) -> None:
        """Add a receipt to the total."""
        actions.book_receipt(call.db, event, is_live=True)

    @on(ReceiptVoided)
    def drop_receipt(self, call: Call, event: ReceiptVoided) -> None:
        """Take a receipt out of the total."""
        actions.book_receipt(call.db, event, is_live=False)
