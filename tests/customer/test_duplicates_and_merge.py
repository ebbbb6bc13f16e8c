"""The same customer twice: seen before saving, made one afterwards; and customers that several people work on."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.customer import presets
from services.customer.service import CustomerService
from services.finance import presets as finance_presets
from services.finance.service import FinanceService
from services.reporting.service import ReportingService
from services.sales.service import SalesService
from shared import clock, trail
from shared.caller import Caller
from shared.contracts.customer import BusinessHandedOver, CustomerCreated, CustomerMerged, CustomerUpdated, FollowUpCreated
from shared.contracts.finance import ReceiptRecorded
from shared.contracts.identity import UserCreated
from shared.contracts.sales import OrderApproved, OrderCreated
from shared.db import new_id
from tests.doors import Refused, TestDoor
from tests.kept import kept

NOBODY = "019ab000-0000-7000-8000-000000000000"


class House:
    """Customer with sales, finance and reporting listening."""

    def __init__(self, door_of: Any, caller: Any) -> None:
        self.customer: TestDoor = door_of(CustomerService, SalesService, FinanceService, ReportingService)
        self.doors = {"customer": self.customer, **self.customer.neighbours}
        for name, load in (("customer", presets.load), ("finance", finance_presets.load)):
            with self.doors[name].database.transaction() as db:
                trail.begin(db, Caller.system(), clock.now())
                load(db, self.customer.settings)
        self.boss = caller()
        self.wang, self.li = (self.hire(name) for name in ("Wang", "Li"))
        self.as_wang = caller(user_id=self.wang, scopes={"*": "own"}, permissions=PERMISSIONS)
        self.as_li = caller(user_id=self.li, scopes={"*": "own"}, permissions=PERMISSIONS)

    def hire(self, name: str) -> str:
        user_id = new_id()
        for door in self.doors.values():
            door.deliver(UserCreated(user_id=user_id, name=name, manager_id=None, department_id=None, roles=(), is_active=True, version=1))
        return user_id

    def __call__(self, method: str, caller: Caller | None = None, **kwargs: Any) -> Any:
        return self.customer.call(method, caller or self.boss, **kwargs)

    def pass_on(self) -> None:
        for door in self.doors.values():
            door.pass_on()


PERMISSIONS = (
    "customer:read",
    "customer:create",
    "customer:update",
    "contact:create",
    "contact:read",
    "follow_up:create",
    "customer:merge",
)


@pytest.fixture
def house(door_of: Any, caller: Any) -> House:
    return kept(House, door_of, caller)


class TestDuplicates:
    """Seen before saving."""

    def test_alike_names_and_numbers_are_found(self, house: House) -> None:
        first = house("create_customer", name="上海遠洋科技有限公司", phone="021-55556666", owner_id=house.wang)
        house("create_contact", customer_id=first["id"], name="王", mobile="138 0013 8000")
        house("create_customer", name="北京远航科技有限公司")
        by_name = house("find_duplicate_customers", name="上海远洋科技")["items"]
        assert [(one["id"], one["matched"], one["owner_name"]) for one in by_name] == [(first["id"], ["name"], "Wang")]
        for number in ("+86 2155556666", "+86 13800138000"):
            assert [one["matched"] for one in house("find_duplicate_customers", phone=number)["items"]] == [["phone"]]
        both = house("find_duplicate_customers", name="上海远洋科技集团", phone="021 5555 6666")["items"]
        assert [one["matched"] for one in both] == [["name", "phone"]]
        assert house("find_duplicate_customers", name="远")["items"] == []
        assert house("find_duplicate_customers")["items"] == []

    def test_a_name_that_goes_on_is_alike(self, house: House) -> None:
        house("create_customer", name="上海远洋科技浦东分公司")
        assert house("find_duplicate_customers", name="上海远洋科技有限公司")["items"]
        assert not house("find_duplicate_customers", name="上海")["items"]

    def test_somebody_elses_customer_shows_a_masked_name_and_no_id(self, house: House) -> None:
        house("create_customer", name="上海远洋科技有限公司", owner_id=house.wang)
        [seen] = house("find_duplicate_customers", house.as_li, name="上海远洋科技")["items"]
        assert (seen["id"], seen["name"], seen["visible"]) == (None, "上海***司", False)
        [mine] = house("find_duplicate_customers", house.as_wang, name="上海远洋科技")["items"]
        assert mine["name"] == "上海远洋科技有限公司"

    def test_same_name_is_refused_whatever_case_blanks_and_signs(self, house: House) -> None:
        house("create_customer", name="Ocean Tech")
        for name in ("OCEAN  tech", "Ocean-Tech!", "ｏｃｅａｎ tech"):
            with pytest.raises(Refused) as refused:
                house("create_customer", name=name)
            assert (refused.value.status, refused.value.fields) == (409, {"name": "name_taken"})


class TestMerge:
    """Made one afterwards."""

    def test_children_totals_and_empty_fields_move(self, house: House) -> None:
        for name in ("size", "berth"):
            house("create_customer_field", name=name, labels={"en": name}, type="text")
        shared = {"collaborators": [{"user_id": house.li, "access": "write"}]}
        kept = house("create_customer", name="Ocean", tags=["a"], c_size="XL", owner_id=house.wang)
        lost = house("create_customer", name="Ocean Tech", phone="021-55556666", tags=["b"], c_size="S", c_berth="7", **shared)
        contact = house("create_contact", customer_id=lost["id"], name="Ann")
        house("create_follow_up", customer_id=lost["id"], kind="call", summary="They call back", contacted_at="2026-11-01T00:00:00Z")
        house("create_follow_up", customer_id=kept["id"], kind="call", summary="Older", contacted_at="2026-10-01T00:00:00Z")
        ticket = house("create_ticket", customer_id=lost["id"], title="Leak", fault_description="Water")
        order = an_order(lost["id"])
        house.customer.deliver(OrderCreated(**order, version=1))
        house.customer.deliver(
            OrderApproved(
                **order | {"status": "approved"}, approved_by=house.li, approved_at=datetime.now(UTC), submitted_by=None, version=2
            )
        )
        house.customer.deliver(a_receipt(lost["id"]))

        merged = house("merge_customer", id=kept["id"], from_id=lost["id"])
        assert (merged["phone"], merged["tags"], merged["latest_progress"]) == ("021-55556666", ["a", "b"], "They call back")
        assert (merged["c_size"], merged["c_berth"], merged["collaborators"]) == ("XL", "7", shared["collaborators"])
        assert (merged["order_total"], merged["received_total"], merged["last_order_on"]) == ("100.00", "40.00", "2026-11-01")
        assert house("get_contact", id=contact["id"])["customer_id"] == kept["id"]
        assert house("get_ticket", id=ticket["id"])["customer_id"] == kept["id"]
        assert house("get_customer", id=lost["id"])["id"] == kept["id"], "the loser is found by its old id"
        assert [row["id"] for row in house("list_customers")["items"]] == [kept["id"]]
        assert [(event.customer_id, event.from_id) for event in house.customer.published(CustomerMerged)] == [(kept["id"], lost["id"])]

    def test_news_of_the_old_id_counts_for_the_new(self, house: House) -> None:
        kept, lost = (house("create_customer", name=name) for name in ("Ocean", "Sea"))
        house("merge_customer", id=kept["id"], from_id=lost["id"])
        house.customer.deliver(a_receipt(lost["id"]))
        assert house("get_customer", id=kept["id"])["received_total"] == "40.00"

    def test_files_go_to_the_one_that_stays(self, house: House) -> None:
        kept, lost = (house("create_customer", name=name)["id"] for name in ("Ocean", "Sea"))
        facts = {"file_name": "licence.pdf", "content_type": "application/pdf", "size": 3, "sha256": "0" * 64}
        place = house("begin_customer_attachment", id=lost, **facts)
        added = house("add_customer_attachment", id=lost, **facts, **place)
        house("merge_customer", id=kept, from_id=lost)
        assert house("list_customer_attachments", id=kept)["items"] == [added]

    def test_other_services_follow(self, house: House) -> None:
        kept, lost = (house("create_customer", name=name) for name in ("Ocean", "Sea"))
        house.pass_on()
        sales, finance = house.doors["sales"], house.doors["finance"]
        product = sales.call("create_product", house.boss, code="P", name="Pump", list_price="10.00", cost="5.00")
        order = sales.call(
            "create_order", house.boss, customer_id=lost["id"], subject="x", lines=[{"product_id": product["id"], "quantity": 1}]
        )
        receipt = finance.call("create_receipt", house.boss, customer_id=lost["id"], amount="5.00")
        house("merge_customer", id=kept["id"], from_id=lost["id"])
        house.pass_on()
        house.pass_on()
        assert sales.call("get_order", house.boss, id=order["id"])["customer_id"] == kept["id"]
        assert finance.call("get_receipt", house.boss, id=receipt["id"])["customer_id"] == kept["id"]
        with pytest.raises(Refused) as refused:
            sales.call(
                "create_order", house.boss, customer_id=lost["id"], subject="x", lines=[{"product_id": product["id"], "quantity": 1}]
            )
        assert refused.value.fields == {"customer_id": "not_found"}

    def test_what_makes_no_sense_is_refused(self, house: House) -> None:
        one = house("create_customer", name="Ocean", owner_id=house.wang)
        with pytest.raises(Refused) as refused:
            house("merge_customer", id=one["id"], from_id=one["id"])
        assert (refused.value.status, refused.value.code) == (409, "merge_with_itself")
        foreign = house("create_customer", name="Sea", owner_id=house.li)
        for ids in (
            {"id": one["id"], "from_id": foreign["id"]},
            {"id": foreign["id"], "from_id": one["id"]},
            {"id": one["id"], "from_id": NOBODY},
        ):
            with pytest.raises(Refused) as refused:
                house("merge_customer", house.as_wang, **ids)
            assert refused.value.status == 404

    def test_two_who_merge_crosswise_leave_one(self, house: House) -> None:
        one, other = (house("create_customer", name=name)["id"] for name in ("Ocean", "Sea"))
        threads = [threading.Thread(target=self._try, args=(house, *ids)) for ids in ((one, other), (other, one))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert house("list_customers")["total"] == 1

    def _try(self, house: House, one: str, other: str) -> None:
        try:
            house("merge_customer", id=one, from_id=other)
        except Refused as refused:
            assert refused.status in (404, 409, 503)


class TestTransfer:
    """To another owner, with what belongs to it."""

    def test_related_business_goes_along_if_wanted(self, house: House) -> None:
        customer = house("create_customer", name="Ocean", owner_id=house.wang)
        contact = house("create_contact", customer_id=customer["id"], name="Ann", owner_id=house.wang)
        ticket = house("create_ticket", customer_id=customer["id"], title="Leak", fault_description="x", owner_id=house.wang)
        house.pass_on()
        sales = house.doors["sales"]
        product = sales.call("create_product", house.boss, code="P", name="Pump", list_price="10.00", cost="5.00")
        line = [{"product_id": product["id"], "quantity": 1}]
        order = sales.call("create_order", house.boss, customer_id=customer["id"], subject="x", owner_id=house.wang, lines=line)
        other = sales.call("create_order", house.boss, customer_id=customer["id"], subject="y", lines=line)
        house("transfer_customer", id=customer["id"], owner_id=house.li, with_related=True)
        house.pass_on()
        assert house("get_contact", id=contact["id"])["owner_id"] == house.li
        assert house("get_ticket", id=ticket["id"])["owner_id"] == house.li
        assert sales.call("get_order", house.boss, id=order["id"])["owner_id"] == house.li
        assert sales.call("get_order", house.boss, id=other["id"])["owner_id"] == house.boss.user_id

    def test_without_it_stays(self, house: House) -> None:
        customer = house("create_customer", name="Ocean", owner_id=house.wang)
        contact = house("create_contact", customer_id=customer["id"], name="Ann", owner_id=house.wang)
        house("transfer_customer", id=customer["id"], owner_id=house.li, with_related=False)
        assert house("get_contact", id=contact["id"])["owner_id"] == house.wang
        assert not house.customer.published(BusinessHandedOver)


class TestCollaborators:
    """Customers that several people work on."""

    def shared(self, house: House, access: str) -> Any:
        return house("create_customer", name="Ocean", owner_id=house.wang, collaborators=[{"user_id": house.li, "access": access}])

    def test_reader_sees_and_changes_nothing(self, house: House) -> None:
        customer = self.shared(house, "read")
        seen = house("get_customer", house.as_li, id=customer["id"])
        assert (seen["collaborators"], seen["can"]) == ([{"user_id": house.li, "access": "read"}], [])
        assert house("list_customers", house.as_li)["items"][0]["can"] == []
        for method, arguments in (("update_customer", {"version": 1, "phone": "123456"}), ("merge_customer", {"from_id": NOBODY})):
            with pytest.raises(Refused) as refused:
                house(method, house.as_li, id=customer["id"], **arguments)
            assert (refused.value.status, refused.value.code) == (403, "shared_to_read")

    def test_writer_works_on_it(self, house: House) -> None:
        customer = self.shared(house, "write")
        assert "update" in house("get_customer", house.as_li, id=customer["id"])["can"]
        assert house("update_customer", house.as_li, id=customer["id"], version=1, phone="123456")["phone"] == "123456"
        house("create_contact", house.as_li, customer_id=customer["id"], name="Ann")
        house("create_follow_up", house.as_li, customer_id=customer["id"], kind="call", summary="Hello")
        told = house.customer.published(CustomerCreated, CustomerUpdated, FollowUpCreated)
        assert [event.collaborator_ids for event in told] == [(house.li,)] * 3, "screens of theirs are told"

    def test_history_tells_who_came_and_who_went(self, house: House) -> None:
        customer = self.shared(house, "read")
        house("update_customer", id=customer["id"], version=1, collaborators=[{"user_id": house.li, "access": "write"}])
        house("update_customer", id=customer["id"], version=2, phone="123456", collaborators=[])
        taken_off, raised, made = house("customer_history", id=customer["id"])["items"]
        reader, writer = ({"user_id": house.li, "access": access} for access in ("read", "write"))
        assert raised["changes"] == [{"field": "collaborators", "old": [reader], "new": [writer]}]
        assert {"field": "collaborators", "old": [writer], "new": []} in taken_off["changes"]
        assert {"field": "phone", "old": None, "new": "123456"} in taken_off["changes"]
        assert made["changes"] == []

    def test_who_is_taken_off_sees_it_no_more(self, house: House) -> None:
        customer = self.shared(house, "write")
        house("update_customer", id=customer["id"], version=1, collaborators=[])
        with pytest.raises(Refused) as refused:
            house("get_customer", house.as_li, id=customer["id"])
        assert refused.value.status == 404

    def test_unknown_people_are_named(self, house: House) -> None:
        with pytest.raises(Refused) as refused:
            house("create_customer", name="Ocean", collaborators=[{"user_id": NOBODY, "access": "read"}])
        assert refused.value.fields == {"collaborators.0.user_id": "unknown_user"}


def test_org_chart_lists_superiors_first(house: House) -> None:
    customer = house("create_customer", name="Ocean")["id"]
    boss = house("create_contact", customer_id=customer, name="Boss", is_primary=True)["id"]
    middle = house("create_contact", customer_id=customer, name="Middle", reports_to_id=boss)["id"]
    house("create_contact", customer_id=customer, name="Worker", reports_to_id=middle)
    house("create_contact", customer_id=customer, name="Another")
    chart = house("customer_org_chart", id=customer)["items"]
    assert [one["name"] for one in chart] == ["Boss", "Middle", "Worker", "Another"]


def an_order(customer_id: str) -> dict[str, Any]:
    return {
        "order_id": ORDER, "number": "SO1", "subject": "x", "customer_id": customer_id, "owner_id": None, "order_date": date(2026, 11, 1),
        "total": Decimal("100.00"), "status": "draft", "lines": (),
    }  # fmt: skip


def a_receipt(customer_id: str) -> ReceiptRecorded:
    return ReceiptRecorded(
        receipt_id=new_id(), number="RC1", customer_id=customer_id, order_id=None, plan_id=None, owner_id=None, amount=Decimal("40.00"),
        received_on=date(2026, 11, 2), recorded_at=datetime.now(UTC), version=1,
    )  # fmt: skip


ORDER = new_id()
