"""Tables of customer."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.customer.rules import PoolStatus
from shared.contracts.customer import (
    ContactBirthday,
    ContactCreated,
    ContactDeleted,
    ContactUpdated,
    CustomerCreated,
    CustomerDeleted,
    CustomerMerged,
    CustomerOwnerChanged,
    CustomerUpdated,
    FollowUpCreated,
    FollowUpDeleted,
)
from shared.contracts.pool import PoolEvent
from shared.db import Customizable, IdType, Model, MoneyType, Record, kept_in_history, new_metadata, remote_id
from shared.errors import Conflict

LIVE: Any = {"sqlite_where": text("deleted_at IS NULL"), "postgresql_where": text("deleted_at IS NULL")}
"""An index of what is not in the recycle bin."""


class Base(Model):
    """The root of all tables of customer."""

    __abstract__ = True
    metadata = new_metadata()


class Customer(Customizable, Record, Base):
    """A company or person we sell to. The last block of fields is written by the system alone."""

    __tablename__ = "customers"

    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(200))
    match_key: Mapped[str] = mapped_column(String(200), index=True)
    phone_key: Mapped[str | None] = mapped_column(String(40), index=True)
    short_name: Mapped[str | None] = mapped_column(String(80))
    status: Mapped[str] = mapped_column(String(40), default="potential")
    level: Mapped[str | None] = mapped_column(String(40), index=True)
    source: Mapped[str | None] = mapped_column(String(40))
    industry: Mapped[str | None] = mapped_column(String(80))
    region: Mapped[str | None] = mapped_column(String(80), index=True)
    address: Mapped[str | None] = mapped_column(String(300))
    phone: Mapped[str | None] = mapped_column(String(40))
    fax: Mapped[str | None] = mapped_column(String(40))
    website: Mapped[str | None] = mapped_column(String(300))
    email: Mapped[str | None] = mapped_column(String(200))
    tax_number: Mapped[str | None] = mapped_column(String(40))
    bank_name: Mapped[str | None] = mapped_column(String(120))
    bank_account: Mapped[str | None] = mapped_column(String(60))
    employees: Mapped[int | None]
    annual_revenue: Mapped[Decimal | None]
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"))
    tags: Mapped[list[str] | None]
    description: Mapped[str | None] = mapped_column(Text())

    latest_progress: Mapped[str | None] = mapped_column(String(500))
    last_contacted_at: Mapped[datetime | None] = mapped_column(index=True)
    next_visit_on: Mapped[date | None] = mapped_column(index=True)
    last_order_on: Mapped[date | None]
    pool_status: Mapped[str] = mapped_column(String(12), default=PoolStatus.ORDINARY.value)
    protected_until: Mapped[datetime | None]
    pool_goal: Mapped[str] = mapped_column(String(10), default="none")
    pool_id: Mapped[str | None] = remote_id("pool", nullable=True, index=False)
    pool_version: Mapped[int] = mapped_column(default=0)
    order_total: Mapped[Decimal] = mapped_column(MoneyType(), default=Decimal("0.00"))
    received_total: Mapped[Decimal] = mapped_column(MoneyType(), default=Decimal("0.00"))

    merged_into_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"))
    collaborators: Mapped[list[Collaborator]] = relationship(
        cascade="all, delete-orphan", order_by="Collaborator.user_id", info=kept_in_history("user_id", "access")
    )

    untracked = Record.untracked | {"name_key", "match_key", "phone_key", "pool_version"}

    __table_args__ = (
        Index("uq_customers_name_key", "name_key", unique=True, **LIVE),
        # What a search by name reads of every row, so that counting never leaves the index.
        Index("ix_customers_named", "name", "owner_id", "pool_status", "id", "deleted_at", **LIVE),
        # What people look at most: the last changed, mine, those of a status or in the pool by name, the new ones. Each holds its order and
        # is counted without a look at the rows. None begins with deleted_at: SQLite would take that for a choice of few and read all.
        Index("ix_customers_live_updated", "updated_at", "id", "deleted_at", **LIVE),
        Index("ix_customers_of_owner", "owner_id", "pool_status", "updated_at", "id", "deleted_at", **LIVE),
        Index("ix_customers_of_status", "status", "name", "id", "deleted_at", **LIVE),
        Index("ix_customers_in_pool", "pool_status", "name", "id", "deleted_at", **LIVE),
        Index("ix_customers_of_pool", "pool_id", "pool_status", "deleted_at"),
        Index("ix_customers_made", "created_at", "id", "deleted_at", **LIVE),
    )

    @property
    def is_restorable(self) -> bool:
        """One that was merged into another stays there."""
        return self.merged_into_id is None

    @property
    def collaborator_ids(self) -> tuple[str, ...]:
        """Those with whom it is shared."""
        return tuple(one.user_id for one in self.collaborators)

    def follow_pool(self, event: PoolEvent) -> bool:
        """Take over where the pool says this customer stands; older news changes nothing. True when it changed."""
        if event.version <= self.pool_version:
            return False
        self.pool_status, self.owner_id = event.pool_status, event.owner_id
        self.pool_id = None if event.pool_status == PoolStatus.ORDINARY else event.pool_id
        self.protected_until, self.pool_goal, self.pool_version = event.protected_until, event.goal, event.version
        return True

    def told(self, kind: type[CustomerCreated] = CustomerUpdated) -> CustomerCreated:
        """The event that tells of the customer as it is now."""
        return kind(
            customer_id=self.id, name=self.name, owner_id=self.owner_id, status=self.status, level=self.level, source=self.source,
            region=self.region, created_at=self.created_at, tags=tuple(self.tags or ()), collaborator_ids=self.collaborator_ids,
        )  # fmt: skip

    def hand_over(self, owner_id: str | None) -> CustomerOwnerChanged:
        """Change hands outside the pool."""
        event = CustomerOwnerChanged(customer_id=self.id, from_owner_id=self.owner_id, owner_id=owner_id)
        self.owner_id = owner_id
        return event

    def gone(self) -> CustomerDeleted:
        """The event that tells it was deleted."""
        return CustomerDeleted(customer_id=self.id)

    def absorb(self, other: Customer, *, at: datetime) -> CustomerMerged:
        """Take another customer's place and what this one lacks of its facts; the other is found here from now on. Raises Conflict."""
        if other is self:
            raise Conflict("merge_with_itself")
        for name in FILLED_BY_MERGE:
            if getattr(self, name) in (None, ""):
                setattr(self, name, getattr(other, name))
        self.tags = list(dict.fromkeys([*(self.tags or []), *(other.tags or [])])) or None
        self.custom = {**other.custom, **self.custom}
        known = {self.owner_id, *self.collaborator_ids}
        self.collaborators += [
            Collaborator(user_id=one.user_id, access=one.access) for one in other.collaborators if one.user_id not in known
        ]
        other.deleted_at, other.merged_into_id = at, self.id
        return CustomerMerged(customer_id=self.id, from_id=other.id)


FILLED_BY_MERGE = (
    "short_name", "level", "source", "industry", "region", "address", "phone", "phone_key", "fax", "website", "email", "tax_number",
    "bank_name", "bank_account", "employees", "annual_revenue", "description",
)  # fmt: skip


class Collaborator(Base):
    """Somebody besides the owner who works on a customer: `access` is read or write."""

    __tablename__ = "collaborators"

    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(IdType(), primary_key=True, index=True)
    access: Mapped[str] = mapped_column(String(5))


class Contact(Customizable, Record, Base):
    """A person at a customer."""

    __tablename__ = "contacts"

    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    name: Mapped[str] = mapped_column(String(80), index=True)
    job_title: Mapped[str | None] = mapped_column(String(80))
    department: Mapped[str | None] = mapped_column(String(80))
    decision_role: Mapped[str | None] = mapped_column(String(80))
    reports_to_id: Mapped[str | None] = mapped_column(ForeignKey("contacts.id"))
    mobile: Mapped[str | None] = mapped_column(String(40))
    phone: Mapped[str | None] = mapped_column(String(40))
    mobile_key: Mapped[str | None] = mapped_column(String(40), index=True)
    phone_key: Mapped[str | None] = mapped_column(String(40), index=True)
    email: Mapped[str | None] = mapped_column(String(200))
    messaging_id: Mapped[str | None] = mapped_column(String(80))
    birthday: Mapped[date | None] = mapped_column(index=True)
    birthday_told_on: Mapped[date | None]
    address: Mapped[str | None] = mapped_column(String(300))
    is_primary: Mapped[bool] = mapped_column(default=False)
    description: Mapped[str | None] = mapped_column(Text())

    untracked = Record.untracked | {"mobile_key", "phone_key", "birthday_told_on"}

    def told(self, kind: type[ContactCreated] = ContactUpdated) -> ContactCreated:
        """The event that tells of the contact as it is now."""
        return kind(
            contact_id=self.id, customer_id=self.customer_id, name=self.name, owner_id=self.owner_id, job_title=self.job_title,
            mobile=self.mobile, phone=self.phone, email=self.email, is_primary=self.is_primary,
        )  # fmt: skip

    def gone(self) -> ContactDeleted:
        """The event that tells it was deleted."""
        return ContactDeleted(contact_id=self.id, customer_id=self.customer_id)

    def celebrate(self, *, on: date) -> ContactBirthday:
        """Tell that it is their birthday, once a year."""
        self.birthday_told_on = on
        return ContactBirthday(contact_id=self.id, customer_id=self.customer_id, name=self.name, owner_id=self.owner_id, on=on)


class FollowUp(Customizable, Record, Base):
    """One time somebody was in touch with a customer."""

    __tablename__ = "follow_ups"

    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    contact_id: Mapped[str | None] = mapped_column(ForeignKey("contacts.id"))
    kind: Mapped[str] = mapped_column(String(40))
    summary: Mapped[str] = mapped_column(String(500))
    contacted_at: Mapped[datetime]
    next_visit_on: Mapped[date | None]
    # Waits for the opportunities: no shape has it while there are none.
    opportunity_id: Mapped[str | None] = remote_id("sales", nullable=True)
    stage: Mapped[str | None] = mapped_column(String(60))
    location: Mapped[str | None] = mapped_column(String(200))

    __table_args__ = (Index("ix_follow_ups_newest", "customer_id", "contacted_at"),)

    def told(self, kind: type[FollowUpCreated], customer: Customer) -> FollowUpCreated:
        """The event that tells of the follow-up as it is now."""
        return kind(
            follow_up_id=self.id, customer_id=customer.id, customer_name=customer.name, owner_id=self.owner_id, kind=self.kind,
            summary=self.summary, contacted_at=self.contacted_at, next_visit_on=self.next_visit_on, contact_id=self.contact_id,
            collaborator_ids=customer.collaborator_ids,
        )  # fmt: skip

    def gone(self) -> FollowUpDeleted:
        """The event that tells it was removed."""
        return FollowUpDeleted(follow_up_id=self.id, customer_id=self.customer_id)


class OrderFact(Base):
    """What customer knows of an order: enough to add up totals again and again with the same result, and to know who sees it."""

    __tablename__ = "order_facts"

    order_id: Mapped[str] = mapped_column(IdType(), primary_key=True)
    customer_id: Mapped[str] = remote_id("customer")
    order_date: Mapped[date]
    total: Mapped[Decimal]
    is_live: Mapped[bool]
    is_approved: Mapped[bool]
    owner_id: Mapped[str | None] = mapped_column(IdType())
    version: Mapped[int] = mapped_column(default=0, server_default="0")


class ReceiptFact(Base):
    """What customer knows of a receipt."""

    __tablename__ = "receipt_facts"

    receipt_id: Mapped[str] = mapped_column(IdType(), primary_key=True)
    customer_id: Mapped[str] = remote_id("customer")
    amount: Mapped[Decimal]
    is_live: Mapped[bool]


class PoolMember(Base):
    """Who works with a pool; an administrator sees all its customers, a user the unassigned ones."""

    __tablename__ = "pool_members"

    pool_id: Mapped[str] = mapped_column(IdType(), primary_key=True)
    user_id: Mapped[str] = mapped_column(IdType(), primary_key=True)
    is_admin: Mapped[bool]
