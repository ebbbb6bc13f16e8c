"""The door of customer."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import Any

from sqlalchemy import true

from services.customer import actions, queries, rules, schemas
from services.customer.articles import actions as article_actions
from services.customer.articles import schemas as article_schemas
from services.customer.articles.models import Article
from services.customer.models import Base, Contact, Customer, FollowUp
from services.customer.tickets import actions as ticket_actions
from services.customer.tickets import queries as ticket_queries
from services.customer.tickets import rules as ticket_rules
from services.customer.tickets import schemas as ticket_schemas
from services.customer.tickets.models import Ticket
from shared.bus import Call, Service, every, on, publish, rpc
from shared.contracts.customer import ContactCreated, CustomerCreated
from shared.contracts.finance import ReceiptRecorded, ReceiptVoided
from shared.contracts.identity import UserHandedOver
from shared.contracts.pool import (
    CustomerAssigned,
    CustomerClaimed,
    CustomerEntered,
    CustomerExtended,
    CustomerGoalAchieved,
    CustomerGoalReopened,
    CustomerMoved,
    CustomerReassigned,
    CustomerRecycled,
    CustomerReleased,
    CustomerSent,
    CustomerWithdrawn,
    PoolDisabled,
    PoolEvent,
    PoolRemoved,
    PoolSettingsChanged,
)
from shared.contracts.sales import (
    OrderApproved,
    OrderCreated,
    OrderDeleted,
    OrderUpdated,
    OrderVoided,
    ProductCreated,
    ProductDeleted,
    ProductUpdated,
)
from shared.db import existing
from shared.people import learn_person
from shared.resources import ActionInput, IdInput, Importing, QuickView, Related, Resource, RowAction, by_rights, everybody, once_for_all

CUSTOMERS = Resource(
    "customers", Customer, schemas.CustomerSchema, list_schema=schemas.CustomerRow, create_schema=schemas.CustomerSchema,
    prepare=actions.learn_collaborators, check_write=queries.check_write, enrich=queries.show_customers, children=(Customer.collaborators,),
    create=actions.create_customer, update=actions.update_customer, delete=actions.delete_customer,
    created=lambda customer: customer.told(CustomerCreated), updated=Customer.told, deleted=Customer.gone,
    before_delete=actions.learn_business, restore=actions.restore_customer, purge=actions.purge_customer,
    scope=by_rights(queries.customers_in_scope), search=("name", "short_name", "phone", "email"), handed_over=true(),
    columns=("name", "status", "level", "owner_id", "latest_progress", "last_contacted_at", "next_visit_on", "pool_status", "order_total"),
    sections={
        "reach": ("phone", "fax", "email", "website", "region", "address"),
        "figures": ("employees", "annual_revenue", "tax_number", "bank_name", "bank_account"),
        "progress": ("latest_progress", "last_contacted_at", "next_visit_on", "last_order_on", "order_total", "received_total"),
        "pool": ("pool_status", "protected_until", "pool_goal"),
    },
    related=(
        Related.list("contacts", "customer_id"), Related.list("follow-ups", "customer_id"), Related.list("quotes", "customer_id"),
        Related.list("orders", "customer_id"), Related.list("payment-plans", "customer_id"), Related.list("receipts", "customer_id"),
        Related.list("tickets", "customer_id"),
    ),
    views=(
        QuickView("contacted_this_week", {"field": "last_contacted_at", "op": "this_week"}, "-last_contacted_at"),
        QuickView("to_visit_today", {"field": "next_visit_on", "op": "today"}, "name"),
        QuickView("no_contact_30_days", {"field": "last_contacted_at", "op": "not_in_last_n_days", "value": 30}, "last_contacted_at"),
        QuickView("pool_assigned", {"field": "pool_status", "op": "eq", "value": "assigned"}, "protected_until"),
        QuickView("pool_unassigned", {"field": "pool_status", "op": "eq", "value": "unassigned"}),
    ),
    imports=Importing(match={"name_key": lambda customer: rules.name_key(customer["name"])}),
    actions=(
        RowAction("transfer"), RowAction("merge", tone="warn", confirm=True, single=True),
        RowAction("send", permission="pool:read", batch_path="/pool/send", ids="customer_ids", takes=schemas.PoolMoveInput,
                  when=lambda customer, caller: customer.pool_status == "ordinary"),
        RowAction("claim", permission="pool:read", batch_path="/pool/claim", ids="customer_ids", tone="good",
                  when=lambda customer, caller: customer.pool_status == "unassigned"),
        RowAction("pool_assign", permission="pool:read", batch_path="/pool/assign", ids="customer_ids", takes=schemas.PoolAssignInput,
                  when=lambda customer, caller: customer.pool_status == "unassigned"),
        RowAction("release", permission="pool:read", batch_path="/pool/release", ids="customer_ids", takes=schemas.PoolMoveInput,
                  tone="warn", when=lambda customer, caller: customer.pool_status == "assigned"),
        RowAction("extend", permission="pool:read", batch_path="/pool/extend", ids="customer_ids", takes=schemas.PoolExtendInput,
                  when=lambda customer, caller: customer.pool_status == "assigned"),
        RowAction("withdraw", permission="pool:read", batch_path="/pool/withdraw", ids="customer_ids", takes=schemas.PoolMoveInput,
                  when=lambda customer, caller: customer.pool_status != "ordinary"),
    ),
)  # fmt: skip
CONTACTS = Resource(
    "contacts", Contact, schemas.ContactSchema, create=actions.create_contact, update=actions.update_contact,
    created=lambda contact: contact.told(ContactCreated), updated=Contact.told, deleted=Contact.gone,
    scope=by_rights(queries.contacts_in_scope), enrich=queries.add_customer_names, search=("name", "mobile", "email"), handed_over=true(),
    columns=("name", "customer_id", "job_title", "mobile", "email", "is_primary", "owner_id"),
    sections={"reach": ("mobile", "phone", "email", "messaging_id", "address")},
    related=(Related.list("follow-ups", "contact_id"), Related.list("tickets", "contact_id")),
    views=(QuickView("primary", {"field": "is_primary", "op": "eq", "value": True}, "name"),),
    imports=Importing(match={"customer_id": itemgetter("customer_id"), "name": itemgetter("name")}, unique=False),
)  # fmt: skip
FOLLOW_UPS = Resource(
    "follow_ups", FollowUp, schemas.FollowUpSchema,
    create=actions.create_follow_up, update=actions.update_follow_up, delete=actions.delete_follow_up,
    scope=by_rights(queries.follow_ups_in_scope), enrich=queries.add_customer_names, search=("summary",), default_sort="-contacted_at",
    restore=actions.restore_follow_up,
    imports=Importing(match={name: itemgetter(name) for name in ("customer_id", "contacted_at", "summary")}, unique=False),
    columns=("contacted_at", "customer_id", "kind", "summary", "next_visit_on", "owner_id"),
    views=(
        QuickView("today", {"field": "contacted_at", "op": "today"}), QuickView("this_week", {"field": "contacted_at", "op": "this_week"}),
        QuickView("to_visit_today", {"field": "next_visit_on", "op": "today"}),
    ),
)  # fmt: skip

TICKETS = Resource(
    "tickets", Ticket, ticket_schemas.TicketSchema,
    create=ticket_actions.create_ticket, update=ticket_actions.update_ticket, learn=ticket_actions.learn_named, created=Ticket.created, updated=Ticket.told, deleted=Ticket.gone,
    scope=by_rights(ticket_queries.tickets_in_scope), enrich=ticket_queries.add_names, search=("number", "title", "fault_description"),
    number="TK", columns=("number", "title", "customer_id", "status", "priority", "fault_type", "assignee_id", "due_at"),
    sections={"outcome": ("resolution", "parts", "cost", "resolved_at", "minutes_to_resolve", "closed_at", "satisfaction", "reopened")},
    related=(Related.list("articles", "ticket_id"),),
    views=(
        QuickView("given_to_me", {"field": "assignee_id", "op": "is_me"}, "due_at"),
        QuickView("open", {"field": "status", "op": "in", "value": ["open", "assigned", "in_progress"]}, "due_at"),
        QuickView("unassigned", {"field": "status", "op": "eq", "value": "open"}, "due_at"),
    ),
    imports=Importing(match={name: itemgetter(name) for name in ("customer_id", "title")}, unique=False),
    handed_over=Ticket.status.in_([status.value for status in ticket_rules.WORKABLE]), holders=("owner_id", "assignee_id"),
    operations=("list", "get", "create", "update", "delete", "batch_update", "batch_delete", "recycle", "history", "describe",
                "attachments", "export"),
    actions=(
        RowAction("assign", when=lambda ticket, caller: ticket.status in ticket_rules.WORKABLE),
        RowAction("start", tone="info", when=lambda ticket, caller: ticket.status == "assigned", permission="ticket:resolve"),
        RowAction("resolve", tone="good", when=lambda ticket, caller: ticket.status in ("assigned", "in_progress")),
        RowAction("close", when=lambda ticket, caller: ticket.status == "resolved"),
        RowAction("reopen", tone="warn", when=lambda ticket, caller: ticket.status in ("resolved", "closed")),
        RowAction("create_article", rpc="create_article_from_ticket", single=True, when=lambda ticket, caller: bool(ticket.resolution), permission="article:create"),
    ),
)  # fmt: skip
ARTICLES = Resource(
    "articles", Article, article_schemas.ArticleSchema, create=article_actions.create_article, update=article_actions.update_article,
    learn=ticket_actions.learn_named, scope=everybody, search=("title", "problem", "solution"), default_sort="title",
    columns=("title", "fault_type", "product_id", "updated_at"), owned=False, imports=Importing(match={"title": itemgetter("title")}, unique=False),
)  # fmt: skip


def learn_owner(call: Call, data: dict[str, Any]) -> None:
    """Know to whom a customer is given."""
    learn_person(call, data["owner_id"])


def learn_assignee(call: Call, data: dict[str, Any]) -> None:
    """Know whom the work is given to."""
    learn_person(call, data["assignee_id"])


class CustomerService(Service):
    """Customers, contacts, follow-ups, tickets and the knowledge base."""

    name = "customer"
    base = Base
    resources = (CUSTOMERS, CONTACTS, FOLLOW_UPS, TICKETS, ARTICLES)
    unique = {"customers.name_key": ("name", "name_taken")}

    @rpc(takes=IdInput, gives=schemas.CustomerSchema, read=True, prepare=actions.ask_pool)
    def get_customer(self, call: Call, *, id: str) -> Any:
        """One customer; one claimed a moment ago is there for its new owner, one merged into another is that one."""
        return queries.under_any_id(call.db, id, lambda one: CUSTOMERS.visible(call.db, call.caller, one))

    @rpc(takes=schemas.TransferCustomerInput, gives=schemas.CustomerSchema, prepare=learn_owner, prepare_many=once_for_all(learn_owner))
    def transfer_customer(self, call: Call, *, id: str, version: int | None = None, owner_id: str, with_related: bool) -> Any:
        """Give a customer to somebody else, with contacts and open business if wanted."""
        customer = CUSTOMERS.locked(call.db, call.caller, id, version)
        CUSTOMERS.check_owner(call, {"owner_id": owner_id})
        ticket_actions.hand_over_tickets(call.db, customer, owner_id, with_related=with_related)
        actions.transfer_customer(call.db, customer=customer, owner_id=owner_id, with_related=with_related)
        return customer

    @rpc(takes=schemas.MergeCustomerInput, gives=schemas.CustomerSchema)
    def merge_customer(self, call: Call, *, id: str, from_id: str, version: int | None = None) -> Any:
        """Merge another customer into this one."""
        customer = CUSTOMERS.locked(call.db, call.caller, id, version)
        other = CUSTOMERS.locked(call.db, call.caller, from_id)
        ticket_actions.move_tickets(call.db, other, customer)
        return actions.merge_customers(call, customer=customer, other=other)

    @rpc(takes=schemas.DuplicatesInput, gives=schemas.DuplicatesSchema, read=True)
    def find_duplicate_customers(self, call: Call, *, name: str, phone: str) -> dict[str, Any]:
        """Customers that look like the one about to be saved; others' with a masked name only."""
        return {"items": queries.duplicates(call, name, phone)}

    @rpc(takes=IdInput, gives=schemas.OrgChartSchema, read=True)
    def customer_org_chart(self, call: Call, *, id: str) -> dict[str, Any]:
        """Who reports to whom at a customer."""
        CUSTOMERS.visible(call.db, call.caller, id)
        return {"items": CONTACTS.shape(call).only_seen(queries.org_chart(call.db, id), schemas.PositionSchema)}

    @rpc(takes=schemas.CustomerIdInput, read=True, prepare=actions.ask_pool)
    def vouch_for_customer(self, call: Call, *, customer_id: str) -> dict[str, Any]:
        """The facts of a customer that another service has not heard of yet."""
        customer = existing(call.db, Customer, customer_id)
        return customer.told().encode() | {"version": customer.version}

    @rpc(
        takes=ticket_schemas.AssignTicketInput,
        gives=ticket_schemas.TicketSchema,
        prepare=learn_assignee,
        prepare_many=once_for_all(learn_assignee),
    )
    def assign_ticket(self, call: Call, *, id: str, version: int | None = None, assignee_id: str) -> Ticket:
        """Give a ticket to somebody to work on."""
        return ticket_actions.assign_ticket(call, TICKETS.locked(call.db, call.caller, id, version), assignee_id)

    @rpc(takes=ActionInput, gives=ticket_schemas.TicketSchema)
    def start_ticket(self, call: Call, *, id: str, version: int | None = None) -> Ticket:
        """Begin to work on a ticket."""
        ticket: Ticket = TICKETS.locked(call.db, call.caller, id, version)
        publish(call.db, ticket.start())
        return ticket

    @rpc(takes=ticket_schemas.ResolveTicketInput, gives=ticket_schemas.TicketSchema)
    def resolve_ticket(
        self, call: Call, *, id: str, version: int | None = None, resolution: str, parts: str | None, cost: Decimal | None
    ) -> Ticket:
        """Say what solved it."""
        ticket: Ticket = TICKETS.locked(call.db, call.caller, id, version)
        publish(call.db, ticket.resolve(resolution=resolution, parts=parts, cost=cost, at=call.now))
        return ticket

    @rpc(takes=ticket_schemas.CloseTicketInput, gives=ticket_schemas.TicketSchema)
    def close_ticket(self, call: Call, *, id: str, version: int | None = None, satisfaction: int | None) -> Ticket:
        """The customer agrees that it is solved."""
        ticket: Ticket = TICKETS.locked(call.db, call.caller, id, version)
        publish(call.db, ticket.close(satisfaction=satisfaction, at=call.now))
        return ticket

    @rpc(takes=ActionInput, gives=ticket_schemas.TicketSchema)
    def reopen_ticket(self, call: Call, *, id: str, version: int | None = None) -> Ticket:
        """It was not solved after all."""
        return ticket_actions.reopen_ticket(call, TICKETS.locked(call.db, call.caller, id, version))

    @rpc(takes=article_schemas.ArticleFromTicketInput, gives=article_schemas.ArticleSchema, status=201)
    def create_article_from_ticket(self, call: Call, *, id: str, version: int | None = None, title: str | None) -> Article:
        """Put what a ticket taught into the knowledge base."""
        ticket = TICKETS.locked(call.db, call.caller, id, version)
        return article_actions.create_article_from_ticket(call.db, ticket, title=title, caller=call.caller)

    @rpc(takes=ticket_schemas.StatisticsInput, gives=ticket_schemas.TicketStatisticsSchema, read=True)
    def ticket_statistics(self, call: Call, *, by: str, from_: date | None = None, to: date | None = None) -> dict[str, Any]:
        """Tickets by fault type, product, assignee, priority or channel: how many, how long, how many in time. This year unless said."""
        first, last = from_ or call.today.replace(month=1, day=1), to or call.today
        found = ticket_queries.statistics(call, by=by, first=first, last=last)
        return {"by": by, "items": TICKETS.shape(call).only_seen(found, ticket_schemas.TicketStatisticsRowSchema)}

    @rpc(gives=ticket_schemas.ServiceLevelsSchema, read=True)
    def get_service_levels(self, call: Call) -> dict[str, Any]:
        """Hours to resolve a ticket, per priority; they count on working days."""
        return ticket_queries.settings_of(call.db).service_levels

    @rpc(takes=ticket_schemas.ServiceLevelsSchema, gives=ticket_schemas.ServiceLevelsSchema)
    def update_service_levels(self, call: Call, **levels: int) -> dict[str, Any]:
        """Change the hours per priority, for tickets opened from now on."""
        return ticket_actions.save_service_levels(call.db, levels)

    @every(seconds=600)
    def tell_birthdays(self, call: Call) -> None:
        """Tell of contacts whose birthday it is."""
        actions.tell_birthdays(call)

    @every(seconds=60)
    def escalate_tickets(self, call: Call) -> None:
        """Tell of tickets whose time is over."""
        ticket_actions.escalate_overdue(call)

    @on(ProductCreated, ProductUpdated)
    def keep_product(self, call: Call, event: ProductCreated) -> None:
        """Keep the name of every product."""
        ticket_actions.keep_product(call.db, event)

    @on(ProductDeleted)
    def forget_product(self, call: Call, event: ProductDeleted) -> None:
        """Take no new tickets for a deleted product."""
        ticket_actions.forget_product(call.db, event)

    @rpc(takes=schemas.ContactIdInput, read=True, prepare=actions.ask_pool)
    def vouch_for_contact(self, call: Call, *, contact_id: str, customer_id: str) -> dict[str, Any]:
        """That a contact belongs to a customer, and that the caller sees it."""
        contact = queries.contact_of(CONTACTS.visible(call.db, call.caller, contact_id), customer_id)
        return {"contact_id": contact.id, "name": contact.name}

    @rpc(takes=schemas.CustomerIdsInput, read=True)
    def vouch_for_customers(self, call: Call, *, customer_ids: list[str]) -> list[dict[str, Any]]:
        """The facts of many customers that another service has not heard of yet; unknown ones are left out."""
        return queries.told_of(call.db, customer_ids)

    @on(CustomerSent, CustomerEntered, CustomerMoved, CustomerWithdrawn, CustomerClaimed, CustomerAssigned, CustomerReleased,
        CustomerRecycled, CustomerExtended, CustomerGoalAchieved, CustomerGoalReopened, CustomerReassigned)  # fmt: skip
    def follow_pool(self, call: Call, event: PoolEvent) -> None:
        """Show whose a pool customer is, until when, and whether its goal is met."""
        actions.follow_pool(call.db, event)

    @on(UserHandedOver)
    def give_up_customers(self, call: Call, event: UserHandedOver) -> None:
        """Let the pool take the customers of somebody who leaves, where that was chosen."""
        actions.give_up_customers(call.db, event)

    def handed_over(self, event: UserHandedOver) -> list[Any]:
        """Everything, but customers that go to the pool."""
        return [resource for resource in super().handed_over(event) if not (event.to_pool and resource is CUSTOMERS)]

    @on(PoolSettingsChanged)
    def keep_pool_members(self, call: Call, event: PoolSettingsChanged) -> None:
        """Know who may see the unassigned customers."""
        actions.keep_members(call.db, event)

    @on(PoolDisabled)
    def leave_pool(self, call: Call, event: PoolDisabled) -> None:
        """Make every pool customer an ordinary one."""
        actions.leave_pool(call.db, event, call.now)

    @on(PoolRemoved)
    def forget_pool_members(self, call: Call, event: PoolRemoved) -> None:
        """Forget who worked with a pool that is no more."""
        actions.forget_members(call.db, event.pool_id)

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
