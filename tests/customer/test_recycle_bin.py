"""The recycle bin of customer: what comes back is whole, known to the others, and its name is free."""

from __future__ import annotations

from typing import Any

import pytest

from services.customer import presets
from services.customer.service import CustomerService
from services.pool.service import PoolService
from services.sales.service import SalesService
from shared.contracts.customer import CustomerDeleted, CustomerUpdated
from tests.doors import Refused, TestDoor


@pytest.fixture
def customer(door_of: Any) -> TestDoor:
    door: TestDoor = door_of(CustomerService, SalesService, PoolService)
    with door.database.transaction() as db:
        presets.load(db, door.settings)
    return door


def deleted(door: TestDoor, caller: Any, name: str = "Blue Sea Ltd") -> Any:
    record = door.call("create_customer", caller, name=name)
    door.call("delete_customer", caller, id=record["id"])
    return record


def test_a_restored_customer_is_known_to_the_others_again(customer: TestDoor, caller: Any) -> None:
    me, sales = caller(), customer.neighbours["sales"]
    record = deleted(customer, me)
    customer.pass_on()
    quote = {"customer_id": record["id"], "name": "x", "lines": [{"product_id": record["id"], "quantity": 1}]}
    with pytest.raises(Refused) as refused:
        sales.call("create_quote", me, **quote)
    assert refused.value.fields == {"customer_id": "not_found"}
    assert customer.call("restore_customer", me, id=record["id"])["version"] == 3
    customer.pass_on()
    with pytest.raises(Refused) as refused:
        sales.call("create_quote", me, **quote)
    assert refused.value.fields == {"lines.0.product_id": "not_found"}


def test_late_news_of_the_deletion_does_not_hide_a_restored_customer(customer: TestDoor, caller: Any) -> None:
    me, sales = caller(), customer.neighbours["sales"]
    record = deleted(customer, me)
    customer.call("restore_customer", me, id=record["id"])
    [gone] = customer.published(CustomerDeleted)
    [back] = customer.published(CustomerUpdated)
    sales.deliver(back)
    sales.deliver(gone)
    with pytest.raises(Refused) as refused:
        sales.call("create_quote", me, customer_id=record["id"], name="x", lines=[{"product_id": record["id"], "quantity": 1}])
    assert refused.value.fields == {"lines.0.product_id": "not_found"}


def test_a_name_taken_meanwhile_stops_a_restore(customer: TestDoor, caller: Any) -> None:
    me = caller()
    record = deleted(customer, me)
    customer.call("create_customer", me, name="BLUE SEA LTD.")
    with pytest.raises(Refused) as refused:
        customer.call("restore_customer", me, id=record["id"])
    assert (refused.value.status, refused.value.code) == (409, "name_taken")
    with pytest.raises(Refused) as refused:
        customer.call("batch_restore_customers", me, ids=[record["id"]])
    assert refused.value.problem["failed"][0]["code"] == "name_taken"


def test_a_merged_customer_stays_merged(customer: TestDoor, caller: Any) -> None:
    me = caller()
    winner, loser = (customer.call("create_customer", me, name=name) for name in ("Blue Sea", "Red Hill"))
    customer.call("merge_customer", me, id=winner["id"], from_id=loser["id"])
    with pytest.raises(Refused) as refused:
        customer.call("restore_customer", me, id=loser["id"])
    assert (refused.value.status, refused.value.code) == (409, "was_merged")
    [row] = customer.call("deleted_customers", me)["items"]
    assert row["can"] == ["purge"]


def test_purging_a_customer_takes_its_contacts_and_follow_ups_along(customer: TestDoor, caller: Any) -> None:
    me = caller()
    record = customer.call("create_customer", me, name="Blue Sea")
    boss = customer.call("create_contact", me, customer_id=record["id"], name="Chen")
    worker = customer.call("create_contact", me, customer_id=record["id"], name="Lin", reports_to_id=boss["id"])
    customer.call("create_follow_up", me, customer_id=record["id"], contact_id=worker["id"], kind="call", summary="x")
    customer.call("delete_customer", me, id=record["id"])
    customer.call("purge_customer", me, id=record["id"])
    for module in ("contacts", "follow_ups"):
        assert customer.call(f"list_{module}", me)["total"] == 0
        assert customer.call(f"deleted_{module}", me)["total"] == 0
    assert customer.call("deleted_customers", me)["total"] == 0


def test_a_customer_that_others_depend_on_is_not_purged(customer: TestDoor, caller: Any) -> None:
    me = caller()
    record = customer.call("create_customer", me, name="Blue Sea")
    customer.call("create_customer", me, name="Daughter", parent_id=record["id"])
    customer.call("delete_customer", me, id=record["id"])
    with pytest.raises(Refused) as refused:
        customer.call("purge_customer", me, id=record["id"])
    assert (refused.value.status, refused.value.code) == (409, "others_depend")
    assert customer.call("deleted_customers", me)["total"] == 1


def test_a_restored_follow_up_shows_on_its_customer(customer: TestDoor, caller: Any) -> None:
    me = caller()
    record = customer.call("create_customer", me, name="Blue Sea")
    note = customer.call("create_follow_up", me, customer_id=record["id"], kind="visit", summary="Wants pumps", next_visit_on="2027-01-05")
    customer.call("delete_follow_up", me, id=note["id"])
    assert customer.call("get_customer", me, id=record["id"])["latest_progress"] is None
    customer.call("restore_follow_up", me, id=note["id"])
    shown = customer.call("get_customer", me, id=record["id"])
    assert (shown["latest_progress"], shown["next_visit_on"]) == ("Wants pumps", "2027-01-05")


def test_custom_fields_and_dictionaries_of_every_kind_of_record(customer: TestDoor, caller: Any) -> None:
    me = caller()
    record = customer.call("create_customer", me, name="Blue Sea")
    bodies = {
        "contact": {"name": "Chen"}, "follow_up": {"kind": "call", "summary": "x"}, "ticket": {"title": "x", "fault_description": "y"},
    }  # fmt: skip
    for noun, body in bodies.items():
        customer.call(f"create_{noun}_field", me, name="extra", type="money", labels={"en": "Extra"})
        made = customer.call(f"create_{noun}", me, **body, customer_id=record["id"], c_extra="5.00")
        assert made["c_extra"] == "5.00"
        assert customer.call(f"update_{noun}", me, id=made["id"], version=made["version"], c_extra="6.00")["c_extra"] == "6.00"
    for method, fields in (
        ("create_customer", {"name": "x", "source": "dream"}),
        ("create_contact", {"name": "x", "customer_id": record["id"], "decision_role": "dog"}),
    ):
        with pytest.raises(Refused) as refused:
            customer.call(method, me, **fields)
        assert list(refused.value.fields.values()) == ["invalid_choice"]


def test_a_fault_type_used_by_an_article_stays_in_the_dictionary(customer: TestDoor, caller: Any) -> None:
    me = caller()
    customer.call("create_article", me, title="x", problem="y", solution="z", fault_type="wear")
    entries = [{"value": "other", "labels": {"en": "Other"}}]
    with pytest.raises(Refused) as refused:
        customer.call("save_ticket_choices", me, field="fault_type", choices=entries, version=0)
    assert refused.value.code == "choice_in_use"
    customer.call(
        "save_ticket_choices", me, field="fault_type", choices=[*entries, {"value": "wear", "labels": {"en": "Worn out"}}], version=0
    )
    fields = {field["name"]: field for field in customer.call("describe_articles", me)["fields"]}
    assert [choice["label"] for choice in fields["fault_type"]["choices"]] == ["Other", "Worn out"]
