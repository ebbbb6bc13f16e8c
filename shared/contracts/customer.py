"""What customer tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from shared.contracts.base import Event


@dataclass(frozen=True, kw_only=True)
class CustomerCreated(Event):
    """A customer was added. Carries the facts other services keep a copy of, and with whom it is shared."""

    publisher: ClassVar[str] = "customer"
    key_field: ClassVar[str] = "customer_id"

    customer_id: str
    name: str
    owner_id: str | None
    status: str | None = None
    level: str | None = None
    source: str | None = None
    region: str | None = None
    created_at: datetime
    tags: tuple[str, ...] = ()
    collaborator_ids: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CustomerUpdated(CustomerCreated):
    """Facts of a customer changed; carries all of them as they are now."""


@dataclass(frozen=True, kw_only=True)
class CustomerOwnerChanged(Event):
    """A customer changed hands in customer itself (not by the pool)."""

    publisher: ClassVar[str] = "customer"
    key_field: ClassVar[str] = "customer_id"

    customer_id: str
    from_owner_id: str | None
    owner_id: str | None


@dataclass(frozen=True, kw_only=True)
class CustomerGivenUp(Event):
    """The owner of a customer left, and the pool is to take what was theirs."""

    publisher: ClassVar[str] = "customer"
    key_field: ClassVar[str] = "customer_id"

    customer_id: str
    owner_id: str


@dataclass(frozen=True, kw_only=True)
class CustomerDeleted(Event):
    """A customer went to the recycle bin."""

    publisher: ClassVar[str] = "customer"
    key_field: ClassVar[str] = "customer_id"

    customer_id: str


@dataclass(frozen=True, kw_only=True)
class BusinessHandedOver(Event):
    """A customer changed hands, and the open business its old owner has with it goes along."""

    publisher: ClassVar[str] = "customer"
    key_field: ClassVar[str] = "customer_id"

    customer_id: str
    from_owner_id: str | None
    owner_id: str


@dataclass(frozen=True, kw_only=True)
class CustomerMerged(Event):
    """Another customer, `from_id`, was merged into this one: what belonged to it belongs here now."""

    publisher: ClassVar[str] = "customer"
    key_field: ClassVar[str] = "customer_id"

    customer_id: str
    from_id: str


@dataclass(frozen=True, kw_only=True)
class ContactCreated(Event):
    """A person at a customer was added."""

    publisher: ClassVar[str] = "customer"
    key_field: ClassVar[str] = "contact_id"

    contact_id: str
    customer_id: str
    name: str
    owner_id: str | None
    job_title: str | None
    mobile: str | None
    phone: str | None
    email: str | None
    is_primary: bool


@dataclass(frozen=True, kw_only=True)
class ContactUpdated(ContactCreated):
    """Facts of a contact changed, or it came back from the recycle bin; carries all of them as they are now."""


@dataclass(frozen=True, kw_only=True)
class ContactDeleted(Event):
    """A contact went to the recycle bin."""

    publisher: ClassVar[str] = "customer"
    key_field: ClassVar[str] = "contact_id"

    contact_id: str
    customer_id: str


@dataclass(frozen=True, kw_only=True)
class ContactBirthday(Event):
    """It is the birthday of a contact."""

    publisher: ClassVar[str] = "customer"
    key_field: ClassVar[str] = "contact_id"

    contact_id: str
    customer_id: str
    name: str
    owner_id: str | None
    on: date


@dataclass(frozen=True, kw_only=True)
class FollowUpCreated(Event):
    """Somebody was in touch with a customer."""

    publisher: ClassVar[str] = "customer"
    key_field: ClassVar[str] = "customer_id"

    follow_up_id: str
    customer_id: str
    customer_name: str
    owner_id: str | None
    kind: str
    summary: str
    contacted_at: datetime
    next_visit_on: date | None
    contact_id: str | None = None
    collaborator_ids: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FollowUpUpdated(FollowUpCreated):
    """A follow-up was corrected."""


@dataclass(frozen=True, kw_only=True)
class FollowUpDeleted(Event):
    """A follow-up was removed."""

    publisher: ClassVar[str] = "customer"
    key_field: ClassVar[str] = "customer_id"

    follow_up_id: str
    customer_id: str


@dataclass(frozen=True, kw_only=True)
class TicketEvent(Event):
    """A ticket as it is now."""

    key_field: ClassVar[str] = "ticket_id"

    ticket_id: str
    number: str
    title: str
    customer_id: str
    owner_id: str | None
    assignee_id: str | None
    status: str
    fault_type: str
    product_id: str | None
    due_at: datetime
    contact_id: str | None = None
    priority: str = ""


@dataclass(frozen=True, kw_only=True)
class TicketCreated(TicketEvent):
    """A ticket was opened."""

    publisher: ClassVar[str] = "customer"


@dataclass(frozen=True, kw_only=True)
class TicketUpdated(TicketEvent):
    """A ticket was corrected, or work on it began."""

    publisher: ClassVar[str] = "customer"


@dataclass(frozen=True, kw_only=True)
class TicketDeleted(TicketEvent):
    """A ticket went to the recycle bin."""

    publisher: ClassVar[str] = "customer"


@dataclass(frozen=True, kw_only=True)
class TicketAssigned(TicketEvent):
    """A ticket was given to somebody to work on."""

    publisher: ClassVar[str] = "customer"


@dataclass(frozen=True, kw_only=True)
class TicketResolved(TicketEvent):
    """A ticket was resolved."""

    publisher: ClassVar[str] = "customer"


@dataclass(frozen=True, kw_only=True)
class TicketClosed(TicketEvent):
    """A ticket was closed."""

    publisher: ClassVar[str] = "customer"


@dataclass(frozen=True, kw_only=True)
class TicketReopened(TicketEvent):
    """A ticket was not solved after all."""

    publisher: ClassVar[str] = "customer"


@dataclass(frozen=True, kw_only=True)
class TicketOverdue(TicketEvent):
    """Nobody resolved a ticket in time; its assignee and their manager are told."""

    publisher: ClassVar[str] = "customer"
