"""Contacts and who they report to, and what else of customers and tickets stays as it must."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from services.customer import presets
from services.customer.models import Contact
from services.customer.service import CustomerService
from shared import clock, trail
from shared.caller import Caller
from shared.contracts.identity import UserCreated
from tests.doors import TestDoor
from tests.office import refusal


class Firm:
    """A customer with a boss, a middle and a worker."""

    def __init__(self, door: TestDoor, me: Caller) -> None:
        self.door, self.me = door, me
        with door.database.transaction() as db:
            trail.begin(db, Caller.system(), clock.now())
            presets.load(db, door.settings)
        self.id, self.other = (door.call("create_customer", me, name=name)["id"] for name in ("Acme", "Bolt"))
        self.boss = self.contact("Boss")
        self.middle = self.contact("Middle", reports_to_id=self.boss["id"])
        self.worker = self.contact("Worker", reports_to_id=self.middle["id"])

    def contact(self, name: str, **fields: Any) -> Any:
        return self.door.call("create_contact", self.me, customer_id=self.id, name=name, **fields)

    def change(self, contact: Any, **changes: Any) -> Any:
        version = self.door.call("get_contact", self.me, id=contact["id"])["version"]
        return self.door.call("update_contact", self.me, id=contact["id"], version=version, **changes)

    def chart(self) -> list[tuple[str, str | None]]:
        items = self.door.call("customer_org_chart", self.me, id=self.id)["items"]
        names = {one["id"]: one["name"] for one in items}
        return [(one["name"], names.get(one["reports_to_id"])) for one in items]


@pytest.fixture
def firm(door_of: Any, caller: Any) -> Firm:
    return Firm(door_of(CustomerService), caller())


@pytest.mark.parametrize("below", ["boss", "middle", "worker"])
def test_nobody_becomes_their_own_superior(firm: Firm, below: str) -> None:
    refused = refusal(firm.door, "update_contact", firm.me, id=firm.boss["id"], version=1, reports_to_id=getattr(firm, below)["id"])
    assert (refused.status, refused.fields) == (422, {"reports_to_id": "superior_cycle"})
    assert firm.chart() == [("Boss", None), ("Middle", "Boss"), ("Worker", "Middle")]


def test_a_ring_that_two_people_made_at_once_hides_nobody(firm: Firm) -> None:
    with firm.door.database.transaction() as db:
        db.execute(update(Contact).where(Contact.id == firm.boss["id"]).values(reports_to_id=firm.worker["id"]))
    assert sorted(name for name, _ in firm.chart()) == ["Boss", "Middle", "Worker"]
    assert firm.change(firm.worker, reports_to_id=None)["reports_to_id"] is None
    assert firm.chart() == [("Worker", None), ("Boss", "Worker"), ("Middle", "Boss")]


def test_who_goes_to_another_customer_leaves_superior_and_subordinates_behind(firm: Firm) -> None:
    assert firm.change(firm.middle, customer_id=firm.other)["reports_to_id"] is None
    assert firm.chart() == [("Boss", None), ("Worker", None)]
    history = firm.door.call("contact_history", firm.me, id=firm.worker["id"])["items"][0]
    assert [change["field"] for change in history["changes"]] == ["reports_to_id"]
    refused = refusal(firm.door, "update_contact", firm.me, id=firm.worker["id"], version=2, reports_to_id=firm.middle["id"])
    assert refused.fields == {"reports_to_id": "not_found"}


def test_a_contact_whose_superior_was_deleted_can_be_changed(firm: Firm) -> None:
    firm.door.call("delete_contact", firm.me, id=firm.middle["id"])
    assert firm.change(firm.worker, job_title="Welder")["job_title"] == "Welder"
    assert firm.chart() == [("Boss", None), ("Worker", None)]


def test_a_customer_is_not_above_itself(firm: Firm) -> None:
    child = firm.door.call("create_customer", firm.me, name="Child", parent_id=firm.id)
    for above in (firm.id, child["id"]):
        refused = refusal(firm.door, "update_customer", firm.me, id=firm.id, version=1, parent_id=above)
        assert refused.fields == {"parent_id": "parent_cycle"}


def test_a_ticket_stays_with_its_customer_and_becomes_an_article_when_it_is_solved(firm: Firm) -> None:
    given = {"customer_id": firm.id, "title": "Leak", "fault_description": "It drips"}
    ticket = firm.door.call("create_ticket", firm.me, **given)
    refused = refusal(firm.door, "update_ticket", firm.me, id=ticket["id"], version=1, customer_id=firm.other)
    assert refused.fields == {"customer_id": "ticket_cannot_move"}
    assert refusal(firm.door, "create_article_from_ticket", firm.me, id=ticket["id"]).code == "ticket_without_resolution"


def test_what_a_role_may_not_see_is_in_no_chart_and_no_statistics(firm: Firm, caller: Any) -> None:
    firm.change(firm.boss, job_title="Director", department="Board")
    ticket = firm.door.call("create_ticket", firm.me, customer_id=firm.id, title="Leak", fault_description="It drips")
    known = {"manager_id": None, "department_id": None, "roles": (), "is_active": True, "version": 1}
    firm.door.deliver(UserCreated(user_id=firm.me.user_id or "", name="Me", **known))  # type: ignore[arg-type]
    firm.door.call("assign_ticket", firm.me, id=ticket["id"], assignee_id=firm.me.user_id)
    firm.door.call("resolve_ticket", firm.me, id=ticket["id"], resolution="Sealed", cost="70.00")
    clerk = caller(field_rights={"contacts": {"job_title": "hidden", "department": "read_only"}, "tickets": {"cost": "hidden"}})
    for who, sees in ((firm.me, True), (clerk, False)):
        boss = firm.door.call("customer_org_chart", who, id=firm.id)["items"][0]
        assert (boss.get("job_title"), "job_title" in boss, boss["department"]) == ("Director" if sees else None, sees, "Board")
        [row] = firm.door.call("ticket_statistics", who)["items"]
        assert (row["tickets"], "cost" in row) == (1, sees)
