"""Somebody leaves: what they hold goes to a colleague, or their customers to the pool."""

from __future__ import annotations

from typing import Any

import pytest

from gateway import presets
from gateway.models import User
from gateway.service import IdentityService
from services.customer import presets as customer_presets
from services.customer.service import CustomerService
from services.finance.service import FinanceService
from services.pool import presets as pool_presets
from services.pool.service import PoolService
from services.sales.service import SalesService
from shared import clock, trail
from shared.caller import Caller
from shared.contracts.customer import CustomerGivenUp
from shared.contracts.identity import UserHandedOver
from tests.doors import Refused, TestDoor
from tests.kept import kept

PASSWORD = "correct horse battery"


class House:
    """Identity, customer, sales, finance and pool, hearing each other."""

    def __init__(self, door_of: Any, caller: Any) -> None:
        self.identity: TestDoor = door_of(IdentityService, CustomerService, SalesService, FinanceService, PoolService)
        self.doors = {"identity": self.identity, **self.identity.neighbours}
        for name, load in (("identity", presets.load), ("customer", customer_presets.load), ("pool", pool_presets.load)):
            with self.doors[name].database.transaction() as db:
                trail.begin(db, Caller.system(), clock.now())
                load(db, self.identity.settings)
        with self.identity.database.transaction(read=True) as db:
            self.admin = caller(user_id=db.query(User).one().id)
        self.boss = self.hire("boss")
        self.leaver = self.hire("leaver", manager_id=self.boss)
        self.pass_on()

    def hire(self, name: str, **place: Any) -> str:
        body = {"username": name, "display_name": name.title(), "password": PASSWORD, "roles": ["sales_rep"], **place}
        return str(self.identity.call("create_user", self.admin, **body)["id"])

    def pass_on(self) -> None:
        for door in self.doors.values():
            door.pass_on()

    def customer(self, name: str) -> str:
        made = self.doors["customer"].call("create_customer", self.admin, name=name, owner_id=self.leaver)
        self.pass_on()
        return str(made["id"])

    def shown(self, customer_id: str) -> Any:
        return self.doors["customer"].call("get_customer", self.admin, id=customer_id)

    def log(self, customer_id: str) -> list[Any]:
        """What the pool did with a customer, newest first."""
        return list(self.doors["pool"].call("pool_customer_log", self.admin, id=customer_id)["items"])


@pytest.fixture
def house(door_of: Any, caller: Any) -> House:
    return kept(House, door_of, caller)


def test_everything_goes_to_the_manager_unless_said(house: House) -> None:
    customer = house.customer("Alpha")
    contact = house.doors["customer"].call("create_contact", house.admin, customer_id=customer, name="Ann", owner_id=house.leaver)
    product = house.doors["sales"].call("create_product", house.admin, code="P", name="Pump", list_price="10.00", cost="5.00")
    order = house.doors["sales"].call(
        "create_order", house.admin, customer_id=customer, subject="Pumps", owner_id=house.leaver,
        lines=[{"product_id": product["id"], "quantity": 1}],
    )  # fmt: skip
    # Somebody else's tickets, which the leaver works on: one is open, one is solved.
    tickets = [
        house.doors["customer"].call("create_ticket", house.admin, customer_id=customer, title="It leaks", fault_description="Water")["id"]
        for _ in range(2)
    ]
    house.doors["customer"].call("batch_assign_tickets", house.admin, ids=tickets, assignee_id=house.leaver)
    house.doors["customer"].call("resolve_ticket", house.admin, id=tickets[1], resolution="Sealed")
    held = {one["module"]: one["count"] for one in house.identity.call("user_holdings", house.admin, id=house.leaver)["items"]}
    assert {module: count for module, count in held.items() if count} == {"customers": 1, "contacts": 1, "orders": 1, "tickets": 1}

    assert house.identity.call("deactivate_user", house.admin, id=house.leaver, to_pool=False)["is_active"] is False
    house.pass_on()

    assert house.shown(customer)["owner_id"] == house.boss
    assert house.doors["customer"].call("get_contact", house.admin, id=contact["id"])["owner_id"] == house.boss
    assert house.doors["sales"].call("get_order", house.admin, id=order["id"])["owner_id"] == house.boss
    shown = [house.doors["customer"].call("get_ticket", house.admin, id=one) for one in tickets]
    assert [one["assignee_id"] for one in shown] == [house.boss, house.leaver], "what was solved stays who solved it"
    assert {one["owner_id"] for one in shown} == {house.admin.user_id}
    assert not any(one["count"] for one in house.identity.call("user_holdings", house.admin, id=house.leaver)["items"])


def test_told_twice_it_happens_once(house: House) -> None:
    customer = house.customer("Alpha")
    for _ in range(2):
        house.doors["customer"].deliver(UserHandedOver(user_id=house.leaver, to_user_id=house.boss, to_pool=False))
    history = house.doors["customer"].call("customer_history", house.admin, id=customer)
    assert [entry["action"] for entry in history["items"]] == ["updated", "created"]


def test_customers_go_to_the_pool_where_chosen(house: House) -> None:
    house.doors["pool"].call("update_pool_settings", house.admin, enabled=True, user_ids=[house.leaver, house.boss])
    ordinary, claimed = house.customer("Alpha"), house.customer("Beta")
    house.doors["pool"].call("send_customers", house.admin, customer_ids=[claimed])
    house.doors["pool"].call("assign_customers", house.admin, customer_ids=[claimed], owner_id=house.leaver)
    house.pass_on()
    house.identity.call("deactivate_user", house.admin, id=house.leaver, to_pool=True, handover_to=house.boss)
    house.pass_on()
    for customer in (ordinary, claimed):
        assert (house.shown(customer)["pool_status"], house.shown(customer)["owner_id"]) == ("unassigned", None)


@pytest.mark.parametrize("first", ["identity", "customer"])
def test_so_does_one_that_the_pool_hears_of_only_then(house: House, first: str) -> None:
    """Whichever news comes first: it is sent once."""
    house.doors["pool"].call("update_pool_settings", house.admin, enabled=True, user_ids=[house.leaver, house.boss])
    known = house.customer("Alpha")
    given = {"name": "Beta", "owner_id": house.boss}
    passed_on = house.doors["customer"].call("create_customer", house.admin, **given)
    house.pass_on()
    made = house.doors["customer"].call("create_customer", house.admin, name="Gamma", owner_id=house.leaver)
    house.doors["customer"].call("transfer_customer", house.admin, id=passed_on["id"], owner_id=house.leaver)
    house.identity.call("deactivate_user", house.admin, id=house.leaver, to_pool=True, handover_to=house.boss)
    house.doors[first].pass_on()
    house.pass_on()
    for customer in (known, made["id"], passed_on["id"]):
        assert (house.shown(customer)["pool_status"], house.shown(customer)["owner_id"]) == ("unassigned", None)
        assert [one["action"] for one in house.log(customer)] == ["send"]


def test_what_is_taken_meanwhile_stays_with_who_took_it(house: House) -> None:
    house.doors["pool"].call("update_pool_settings", house.admin, enabled=True, user_ids=[house.leaver, house.boss])
    customer = house.customer("Alpha")
    house.identity.call("deactivate_user", house.admin, id=house.leaver, to_pool=True, handover_to=house.boss)
    house.pass_on()
    house.doors["pool"].call("assign_customers", house.admin, customer_ids=[customer], owner_id=house.boss)
    for standing in ("assigned", "ordinary"):
        house.doors["pool"].deliver(CustomerGivenUp(customer_id=customer, owner_id=house.leaver))
        house.pass_on()
        assert (house.shown(customer)["pool_status"], house.shown(customer)["owner_id"]) == (standing, house.boss)
        if standing == "assigned":
            house.doors["pool"].call("withdraw_customers", house.admin, customer_ids=[customer])
            house.pass_on()


@pytest.mark.parametrize("first", ["identity", "customer"])
def test_a_customer_claimed_a_moment_before_goes_to_the_colleague(house: House, first: str) -> None:
    house.doors["pool"].call("update_pool_settings", house.admin, enabled=True, user_ids=[house.leaver, house.boss])
    customer = house.customer("Alpha")
    house.doors["pool"].call("send_customers", house.admin, customer_ids=[customer])
    house.pass_on()
    house.doors["pool"].call("assign_customers", house.admin, customer_ids=[customer], owner_id=house.leaver)
    if first == "customer":
        house.doors["pool"].pass_on()
    house.identity.call("deactivate_user", house.admin, id=house.leaver, to_pool=False)
    house.pass_on()
    assert (house.shown(customer)["pool_status"], house.shown(customer)["owner_id"]) == ("assigned", house.boss)
    assert [one["action"] for one in house.log(customer)] == ["transfer", "assign", "send"]


def test_pool_that_is_off_takes_nobody(house: House) -> None:
    with pytest.raises(Refused) as refused:
        house.identity.call("deactivate_user", house.admin, id=house.leaver, to_pool=True)
    assert (refused.value.status, refused.value.code) == (409, "pool_is_off")
    assert house.identity.call("get_user", house.admin, id=house.leaver)["is_active"] is True


def test_what_makes_no_sense_is_refused(house: House) -> None:
    alone = house.hire("alone")
    for user, body, told in (
        (house.admin.user_id, {}, (409, "not_oneself")),
        (alone, {}, (422, "invalid")),
        (house.leaver, {"handover_to": house.leaver}, (422, "invalid")),
    ):
        with pytest.raises(Refused) as refused:
            house.identity.call("deactivate_user", house.admin, id=user, **body)
        assert (refused.value.status, refused.value.code) == told
    with pytest.raises(Refused) as refused:
        house.identity.call("update_user", house.admin, id=alone, version=1, is_active=False)
    assert refused.value.fields == {"is_active": "read_only"}


def test_somebody_who_comes_back_is_let_in(house: House) -> None:
    house.identity.call("deactivate_user", house.admin, id=house.leaver)
    assert house.identity.call("reactivate_user", house.admin, id=house.leaver)["is_active"] is True
    with pytest.raises(Refused) as refused:
        house.identity.call("reactivate_user", house.admin, id=house.leaver)
    assert refused.value.code == "user_is_active"
