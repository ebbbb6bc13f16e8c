"""What customer tells of contacts, follow-ups and tickets: each change, with the facts a copy needs."""

from __future__ import annotations

from typing import Any

import pytest

from services.customer.service import CustomerService
from shared.contracts.base import Event
from shared.contracts.customer import (
    ContactCreated,
    ContactDeleted,
    ContactUpdated,
    FollowUpCreated,
    FollowUpDeleted,
    FollowUpUpdated,
    TicketCreated,
    TicketDeleted,
    TicketUpdated,
)
from tests.kept import kept
from tests.office import Office


class Desk(Office):
    """An administrator with a customer and a contact there."""

    def __init__(self, door_of: Any) -> None:
        super().__init__(door_of, CustomerService)
        self.acme = self.customer(self.admin, name="Acme")
        self.ann = self("create_contact", customer_id=self.acme["id"], name="Ann", mobile="13800000000", is_primary=True)

    def __call__(self, method: str, **given: Any) -> Any:
        return self.customer_door.call(method, self.admin, **given)

    def told(self, *kinds: type[Event]) -> list[Any]:
        return self.customer_door.published(*kinds)


@pytest.fixture
def desk(door_of: Any) -> Desk:
    return kept(Desk, door_of)


def test_contacts(desk: Desk) -> None:
    [created] = desk.told(ContactCreated)
    assert (created.contact_id, created.customer_id, created.name, created.owner_id) == (
        desk.ann["id"],
        desk.acme["id"],
        "Ann",
        desk.admin.user_id,
    )
    assert (created.mobile, created.phone, created.email, created.job_title, created.is_primary, created.version) == (
        "13800000000",
        None,
        None,
        None,
        True,
        1,
    )
    desk("update_contact", id=desk.ann["id"], version=1, email="ann@acme.com")
    desk("update_contact", id=desk.ann["id"], version=2, email="ann@acme.com")
    [updated] = desk.told(ContactUpdated)
    assert (updated.email, updated.name, updated.version) == ("ann@acme.com", "Ann", 2)
    desk("delete_contact", id=desk.ann["id"])
    [deleted] = desk.told(ContactDeleted)
    assert (deleted.contact_id, deleted.customer_id, deleted.version) == (desk.ann["id"], desk.acme["id"], 3)
    desk("restore_contact", id=desk.ann["id"])
    assert [one.version for one in desk.told(ContactUpdated)] == [2, 4]


def test_contacts_and_tickets_that_change_hands_or_customer(desk: Desk) -> None:
    ticket = desk("create_ticket", customer_id=desk.acme["id"], title="Leaks", fault_description="Drops")
    heir = desk.hire("Heir")
    desk("transfer_customer", id=desk.acme["id"], owner_id=heir.user_id, with_related=True)
    assert [(one.contact_id, one.owner_id) for one in desk.told(ContactUpdated)] == [(desk.ann["id"], heir.user_id)]
    assert [(one.ticket_id, one.owner_id) for one in desk.told(TicketUpdated)] == [(ticket["id"], heir.user_id)]
    ocean = desk.customer(desk.admin, name="Ocean")
    desk("merge_customer", id=ocean["id"], from_id=desk.acme["id"])
    assert desk.told(ContactUpdated)[-1].customer_id == desk.told(TicketUpdated)[-1].customer_id == ocean["id"]


def test_contacts_and_follow_ups_that_go_for_good_with_their_customer(desk: Desk) -> None:
    called, taken_back = (
        desk("create_follow_up", customer_id=desk.acme["id"], kind="call", summary="Hello", next_visit_on="2027-01-05") for _ in range(2)
    )
    desk("delete_follow_up", id=taken_back["id"])
    desk("delete_customer", id=desk.acme["id"])
    desk("purge_customer", id=desk.acme["id"])
    assert [one.contact_id for one in desk.told(ContactDeleted)] == [desk.ann["id"]]
    assert [one.follow_up_id for one in desk.told(FollowUpDeleted)] == [taken_back["id"], called["id"]]


def test_follow_ups(desk: Desk) -> None:
    made = desk("create_follow_up", customer_id=desk.acme["id"], contact_id=desk.ann["id"], kind="call", summary="Hello")
    desk("update_follow_up", id=made["id"], version=1, summary="Hello again")
    desk("delete_follow_up", id=made["id"])
    [created], [updated], [deleted] = (desk.told(kind) for kind in (FollowUpCreated, FollowUpUpdated, FollowUpDeleted))
    assert (created.contact_id, created.summary, updated.summary, deleted.follow_up_id) == (
        desk.ann["id"],
        "Hello",
        "Hello again",
        made["id"],
    )


def test_tickets(desk: Desk) -> None:
    made = desk(
        "create_ticket", customer_id=desk.acme["id"], contact_id=desk.ann["id"], title="Leaks", fault_description="Drops", priority="high"
    )
    desk("update_ticket", id=made["id"], version=1, title="Leaks a lot")
    desk("delete_ticket", id=made["id"])
    [created], [updated], [deleted] = (desk.told(kind) for kind in (TicketCreated, TicketUpdated, TicketDeleted))
    assert (created.contact_id, created.priority, created.status) == (desk.ann["id"], "high", "open")
    assert (updated.title, deleted.ticket_id, deleted.version) == ("Leaks a lot", made["id"], 3)
