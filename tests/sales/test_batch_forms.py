"""Each action on many records at once, made from the action on one: an answer per id, and one bad id spoils nothing."""

from __future__ import annotations

from typing import Any

import pytest

from services.customer.service import CustomerService
from services.finance.service import FinanceService
from services.sales.service import SalesService
from shared.caller import Caller
from shared.contracts.sales import OrderApproved, OrderSubmitted
from shared.db import new_id
from tests.office import Office, refusal


@pytest.fixture
def office(door_of: Any) -> Office:
    return Office(door_of, SalesService, CustomerService, FinanceService)


def drafts(office: Office, owner: Caller, count: int) -> list[str]:
    customer, product = office.customer(office.admin, owner_id=owner.user_id), office.product()
    office.settle()
    return [office.order(owner, customer["id"], {"product_id": product["id"], "quantity": "1"})["id"] for _ in range(count)]


def states(office: Office, ids: list[str]) -> list[str]:
    return [office.sales.call("get_order", office.admin, id=one)["status"] for one in ids]


def test_many_orders_go_the_whole_way(office: Office) -> None:
    boss = office.hire("Boss")
    ids = drafts(office, office.admin, 3)
    missing = new_id()
    submitted = office.sales.call("batch_submit_orders", office.admin, ids=[*ids, missing], approver_id=boss.user_id, comment="please")
    assert (submitted["succeeded"], [(one["id"], one["code"]) for one in submitted["failed"]]) == (3, [(missing, "not_found")])
    assert [event.comment for event in office.sales.published(OrderSubmitted)] == ["please"] * 3
    office.sales.call("withdraw_order", office.admin, id=ids[2])
    approved = office.sales.call("batch_approve_orders", boss, ids=ids)
    assert (approved["succeeded"], [(one["id"], one["code"]) for one in approved["failed"]]) == (2, [(ids[2], "wrong_state")])
    assert states(office, ids) == ["approved", "approved", "draft"]
    assert len(office.sales.published(OrderApproved)) == 2
    office.settle()
    voided = office.sales.call("batch_void_orders", office.admin, ids=ids[:2], reason="changed their mind")
    assert (voided, states(office, ids[:2])) == ({"succeeded": 2, "failed": []}, ["voided", "voided"])


def test_what_is_asked_before_is_asked_once_for_all(office: Office) -> None:
    """Only an order on which money came in stays; the others are voided. However many there are, others are asked once."""
    asked: list[str] = []
    ask = office.sales.asker
    office.sales.asker = lambda method, kwargs, who: (asked.append(method), ask(method, kwargs, who))[1]  # type: ignore[misc, func-returns-value]
    boss = office.hire("Boss")
    ids = drafts(office, office.admin, 2)
    office.sales.call("batch_submit_orders", office.admin, ids=ids, approver_id=boss.user_id)
    office.sales.call("batch_approve_orders", boss, ids=ids)
    office.settle()
    filter_ = f'{{"field": "order_id", "op": "eq", "value": "{ids[0]}"}}'
    plan = office.finance.call("list_payment_plans", office.admin, filter=filter_)["items"][0]
    office.finance.call("batch_collect_payment_plans", office.admin, ids=[plan["id"]])
    voided = office.sales.call("batch_void_orders", office.admin, ids=ids, reason="no")
    assert (voided["succeeded"], [one["id"] for one in voided["failed"]]) == (1, [ids[0]])
    assert states(office, ids) == ["approved", "voided"]
    assert asked == ["identity.vouch_for_permission", "finance.vouch_for_orders"]


def test_nothing_done_is_a_conflict_with_a_reason_for_each(office: Office) -> None:
    stranger = office.hire("Stranger", "order:read", "order:submit")
    ids = drafts(office, office.admin, 2)
    refused = refusal(office.sales, "batch_submit_orders", stranger, ids=ids, approver_id=office.admin.user_id)
    assert (refused.status, [one["code"] for one in refused.problem["failed"]]) == (409, ["not_found", "not_found"])
    powerless = refusal(office.sales, "batch_submit_orders", office.admin, ids=ids, approver_id=stranger.user_id)
    assert (powerless.status, powerless.fields) == (422, {"approver_id": "may_not_approve"})
    assert states(office, ids) == ["draft", "draft"]


def test_bad_input_names_the_field(office: Office) -> None:
    boss, [one] = office.hire("Boss"), drafts(office, office.admin, 1)
    for given, fields in (
        ({"ids": [one], "approver_id": "x"}, {"approver_id": "invalid_id"}),
        ({"ids": [], "approver_id": boss.user_id}, {"ids": "too_few_items"}),
        ({"ids": [one], "id": one, "approver_id": boss.user_id}, {"id": "unknown_field"}),
        ({"ids": [new_id() for _ in range(1001)], "approver_id": boss.user_id}, {"ids": "too_many_items"}),
    ):
        assert refusal(office.sales, "batch_submit_orders", office.admin, **given).fields == fields
    # Which orders need an approver named depends on the approval rules.
    refused = refusal(office.sales, "batch_submit_orders", office.admin, ids=[one])
    assert (refused.status, [failed["code"] for failed in refused.problem["failed"]]) == (409, ["required"])


def test_the_same_request_again_does_it_once(office: Office) -> None:
    boss, ids = office.hire("Boss"), drafts(office, office.admin, 2)
    first = office.sales.call("batch_submit_orders", office.admin, key="k", ids=ids, approver_id=boss.user_id)
    assert office.sales.call("batch_submit_orders", office.admin, key="k", ids=ids, approver_id=boss.user_id) == first
    assert len(office.sales.published(OrderSubmitted)) == 2


def test_the_description_says_where(office: Office) -> None:
    told = {one["name"]: one for one in office.sales.call("describe_orders", office.admin)["actions"]}
    assert (told["approve"]["scope"], told["approve"]["batch_path"]) == (["row", "batch"], "/api/v1/orders/batch-approve")
    customers = {one["name"]: one for one in office.customer_door.call("describe_customers", office.admin)["actions"]}
    assert (customers["merge"]["scope"], customers["transfer"]["scope"]) == (["row"], ["row", "batch"])


def test_tickets_and_quotes_have_theirs(office: Office) -> None:
    customer, product = office.customer(office.admin), office.product()
    office.settle()
    tickets = [
        office.customer_door.call("create_ticket", office.admin, customer_id=customer["id"], title="t", fault_description="f")["id"]
        for _ in range(2)
    ]
    for verb, given in (
        ("assign", {"assignee_id": office.admin.user_id}),
        ("start", {}),
        ("resolve", {"resolution": "r"}),
        ("close", {}),
        ("reopen", {}),
    ):
        assert office.customer_door.call(f"batch_{verb}_tickets", office.admin, ids=tickets, **given) == {"succeeded": 2, "failed": []}, (
            verb
        )
    line = {"product_id": product["id"], "quantity": "1"}
    quotes = [office.sales.call("create_quote", office.admin, customer_id=customer["id"], name="q", lines=[line])["id"] for _ in range(2)]
    assert office.sales.call("batch_send_quotes", office.admin, ids=quotes)["succeeded"] == 2
    assert office.sales.call("batch_create_order_quotes", office.admin, ids=quotes)["succeeded"] == 2
    assert office.sales.call("list_orders", office.admin)["total"] == 2
    moved = office.customer_door.call("batch_transfer_customers", office.admin, ids=[customer["id"]], owner_id=office.hire("Heir").user_id)
    assert moved["succeeded"] == 1
