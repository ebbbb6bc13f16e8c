"""Approval rules: which orders they are for, whom they ask, and that each step is decided once by one who was asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from services.activity.service import ActivityService
from services.sales.approval_rules.rules import NO_PLAN, Holders, Key, first_for, holds_for, plan_of, sale_of
from shared.caller import Caller
from shared.contracts.sales import OrderApproved, OrderStepApproved, OrderSubmitted
from shared.db import new_id
from tests.kept import kept
from tests.office import at_once, refusal
from tests.sales.conftest import SELLING, Shop


class Firm(Shop):
    """The shop with two people in finance who may approve, and rules."""

    services = (*Shop.services, ActivityService)

    def __init__(self, door_of: Any) -> None:
        super().__init__(door_of)
        self.role_id, (self.zhang, self.li) = self.role_of("Finance", "order:read", "order:approve", people=2)

    def role_of(self, name: str, *permissions: str, people: int) -> tuple[str, list[Caller]]:
        """A role, and as many people who have it."""
        members = [self.hire(f"{name} {number}", *permissions) for number in range(people)]
        users = [self.identity.call("get_user", self.admin, id=one.user_id) for one in members]
        [code] = users[0]["roles"]
        for user in users[1:]:
            self.identity.call("update_user", self.admin, id=user["id"], version=user["version"], roles=[code])
        self.settle()
        asked = f'{{"field": "code", "op": "eq", "value": "{code}"}}'
        return self.identity.call("list_roles", self.admin, filter=asked)["items"][0]["id"], members

    def rule(self, *steps: dict[str, Any], **fields: Any) -> Any:
        """A rule with these steps, for every order unless it says more."""
        return self.sales.call("create_approval_rule", self.admin, **{"name": "Rule", "steps": list(steps), **fields})

    def ask(self, order: Any, by: Caller | None = None, **fields: Any) -> Any:
        """Submit an order."""
        return self.sales.call("submit_order", by or self.rep, id=order["id"], **fields)

    def decide(self, verb: str, order: Any, by: Caller, **fields: Any) -> Any:
        """Approve or reject an order."""
        return self.sales.call(f"{verb}_order", by, id=order["id"], **fields)

    def waiting(self, who: Caller) -> list[str]:
        """The orders that wait for somebody."""
        asked = '{"field": "waits_for_me", "op": "eq", "value": true}'
        return [row["id"] for row in self.sales.call("list_orders", who, filter=asked)["items"]]

    def reminded(self, who: Caller, *, still: bool = False) -> int:
        """How often somebody was, or `still` is, reminded of an order that waits for them."""
        self.settle()
        asked = [{"field": "kind", "op": "eq", "value": "approval_waiting"}]
        asked += [{"field": "status", "op": "eq", "value": "open"}] if still else []
        return int(self.activity.call("list_reminders", who, filter=json.dumps({"and": asked}))["total"])


MANAGER = {"kind": "manager"}


@pytest.fixture
def firm(door_of: Any) -> Firm:
    return kept(Firm, door_of)


def the_user(who: Caller) -> dict[str, Any]:
    return {"kind": "user", "user_id": who.user_id}


def the_role(firm: Firm) -> dict[str, Any]:
    return {"kind": "role", "role_id": firm.role_id}


def bounds(**given: str) -> Any:
    unset = dict.fromkeys(("min_amount", "min_discount", "max_margin"))
    return SimpleNamespace(**(unset | {name: Decimal(value) for name, value in given.items()}))


class TestBounds:
    @pytest.mark.parametrize(
        ("given", "total", "holds"),
        [
            ({}, "0.01", True),
            ({"min_amount": "90.00"}, "90.00", True), ({"min_amount": "90.00"}, "89.99", False),
            ({"min_discount": "10.00"}, "270.00", True), ({"min_discount": "10.00"}, "270.01", False),
            ({"max_margin": "20.00"}, "150.00", True), ({"max_margin": "20.00"}, "150.01", False),
            ({"max_margin": "-10.00"}, "110.00", False), ({"max_margin": "-10.00"}, "109.00", True),
            ({"min_amount": "200.00", "max_margin": "50.00"}, "201.00", True), ({"min_amount": "200.00", "max_margin": "50.00"}, "199.00", False),
            ({"max_margin": "99.00"}, "0.00", True), ({"min_discount": "100.00"}, "0.00", True),
        ],
    )  # fmt: skip
    def test_a_rule_is_for_an_order_within_all_its_bounds(self, given: dict[str, str], total: str, holds: bool) -> None:
        """Three at 100.00 that cost 40.00 each."""
        line = SimpleNamespace(quantity=Decimal(3), unit_price=Decimal("100.00"), cost=Decimal("120.00"))
        assert holds_for(bounds(**given), sale_of([line], Decimal(total))) is holds

    def test_the_first_that_holds_decides(self) -> None:
        large, all_ = bounds(min_amount="100"), bounds()
        assert first_for([large, all_], sale_of([], Decimal(100))) is large
        assert first_for([large, all_], sale_of([], Decimal(99))) is all_
        assert first_for([large], sale_of([], Decimal(99))) is None


class TestPlans:
    @pytest.mark.parametrize(("own", "asked"), [(False, [["b"], ["a"], []]), (True, [["b"], ["a", "owner", "me"], ["owner"]])])
    def test_owner_and_submitter_are_left_out_unless_the_rule_lets_them(self, own: bool, asked: list[list[str]]) -> None:
        holders = Holders(frozenset({"a", "b", "owner"}), {"r": {"name": "R", "user_ids": ["a", "owner", "me"]}}, {"owner": "b"})
        steps = [
            {"kind": "manager", "user_id": None, "role_id": None}, {"kind": "role", "role_id": "r", "user_id": None},
            {"kind": "user", "user_id": "owner", "role_id": None},
        ]  # fmt: skip
        rule = SimpleNamespace(id="1", version=1, name="n", may_approve_own=own, steps=steps, **vars(bounds()))
        plan = plan_of(Key("1", 1, "owner"), rule, holders, "me")
        assert [step["approver_ids"] for step in plan.steps] == asked
        assert [step["role_name"] for step in plan.steps] == [None, "R", None]
        assert plan.first_without_people() == (None if own else 3)

    def test_a_manager_who_may_not_approve_is_nobody(self) -> None:
        holders = Holders(frozenset(), {}, {"owner": "b"})
        assert holders.of({"kind": "manager"}, "owner") == holders.of({"kind": "manager"}, None) == []


class TestSteps:
    def test_two_steps_one_after_the_other(self, firm: Firm) -> None:
        firm.rule(MANAGER, the_role(firm), name="All")
        order = firm.ask(firm.draft(), comment="please")
        assert (order["status"], order["approval_step"], order["approver_id"]) == ("pending_approval", 1, firm.boss.user_id)
        assert [step["approver_ids"] for step in order["approval_plan"]["steps"]] == [
            [firm.boss.user_id],
            [firm.zhang.user_id, firm.li.user_id],
        ]
        assert (firm.waiting(firm.boss), firm.waiting(firm.zhang), firm.reminded(firm.boss)) == ([order["id"]], [], 1)
        assert refusal(firm.sales, "get_order", firm.zhang, id=order["id"]).status == 404

        passed = firm.decide("approve", order, firm.boss, comment="good")
        assert (passed["status"], passed["approval_step"], passed["approver_id"]) == ("pending_approval", 2, None)
        assert not firm.sales.published(OrderApproved)
        assert firm.sales.published(OrderStepApproved)[0].approver_ids == (firm.zhang.user_id, firm.li.user_id)
        assert [firm.waiting(one) for one in (firm.boss, firm.zhang, firm.li)] == [[], [order["id"]], [order["id"]]]
        assert [firm.reminded(one) for one in (firm.boss, firm.zhang, firm.li)] == [1, 1, 1]
        assert set(firm.sales.call("get_order", firm.li, id=order["id"])["can"]) == {"approve", "reject"}
        again = refusal(firm.sales, "approve_order", firm.boss, id=order["id"])
        assert (again.status, again.problem["code"]) == (409, "not_the_approver")

        done = firm.decide("approve", order, firm.li, comment="paid")
        assert (done["status"], done["approver_id"], done["approval_step"]) == ("approved", firm.li.user_id, None)
        assert [event.approved_by for event in firm.sales.published(OrderApproved)] == [firm.li.user_id]
        assert [(one["step"], one["position"], one["by"], one["comment"]) for one in done["approvals"]] == [
            ("submitted", None, firm.rep.user_id, "please"), ("passed", 1, firm.boss.user_id, "good"), ("approved", 2, firm.li.user_id, "paid"),
        ]  # fmt: skip
        assert refusal(firm.sales, "get_order", firm.zhang, id=order["id"]).status == 404
        assert firm.sales.call("get_order", firm.li, id=order["id"])["status"] == "approved"

    def test_a_role_decides_once_however_many_try(self, firm: Firm) -> None:
        firm.rule(the_role(firm), the_user(firm.boss))
        order = firm.ask(firm.draft())
        tries: list[Callable[[], Any]] = [
            lambda who=who: firm.decide("approve", order, who)
            for who in (firm.zhang, firm.li, firm.zhang, firm.li)  # type: ignore[misc]
        ]
        answers = at_once(tries)
        assert sum(isinstance(one, dict) for one in answers) == 1
        assert len(firm.sales.published(OrderStepApproved)) == 1
        assert firm.sales.call("get_order", firm.boss, id=order["id"])["approval_step"] == 2

    def test_nobody_is_asked_twice(self, firm: Firm) -> None:
        """The manager's yes counts for the later steps that are theirs too; a step of others in between waits for them."""
        firm.rule(MANAGER, the_user(firm.boss), the_role(firm), the_user(firm.boss))
        order = firm.ask(firm.draft())
        assert firm.decide("approve", order, firm.boss)["approval_step"] == 3
        done = firm.decide("approve", order, firm.zhang)
        assert [(one["step"], one["position"], one["by"]) for one in done["approvals"][1:]] == [
            ("passed", 1, firm.boss.user_id), ("passed", 2, firm.boss.user_id), ("passed", 3, firm.zhang.user_id), ("approved", 4, firm.boss.user_id),
        ]  # fmt: skip
        assert (len(firm.sales.published(OrderStepApproved)), len(firm.sales.published(OrderApproved))) == (1, 1)

    @pytest.mark.parametrize("step", [1, 2])
    def test_a_no_at_any_step_makes_it_a_draft_again(self, firm: Firm, step: int) -> None:
        firm.rule(MANAGER, the_role(firm))
        order = firm.ask(firm.draft())
        if step == 2:
            firm.decide("approve", order, firm.boss)
        by = (firm.boss, firm.li)[step - 1]
        back = firm.decide("reject", order, by, comment="no")
        assert (back["status"], back["approval_step"], back["approval_plan"]) == ("draft", None, NO_PLAN)
        assert (back["approvals"][-1]["step"], back["approvals"][-1]["position"]) == ("rejected", step)
        assert refusal(firm.sales, "get_order", firm.zhang, id=order["id"]).status == 404
        assert firm.ask(order)["approval_step"] == 1
        assert len(firm.sales.published(OrderSubmitted)) == 2

    def test_withdrawn_it_waits_for_nobody(self, firm: Firm) -> None:
        firm.rule(the_role(firm))
        order = firm.ask(firm.draft())
        firm.sales.call("withdraw_order", firm.rep, id=order["id"])
        assert firm.waiting(firm.zhang) == []
        assert refusal(firm.sales, "approve_order", firm.zhang, id=order["id"]).status == 404

    @pytest.mark.parametrize("end", ["approve", "reject", "withdraw"])
    def test_whom_nobody_needs_any_more_is_not_reminded(self, firm: Firm, end: str) -> None:
        firm.rule(the_role(firm), {"kind": "user", "user_id": firm.li.user_id}, the_role(firm), the_user(firm.boss))
        people = (firm.zhang, firm.li, firm.boss)
        order, other = firm.ask(firm.draft()), firm.ask(firm.draft())
        assert [firm.reminded(one, still=True) for one in people] == [2, 2, 0]
        firm.decide("approve", order, firm.zhang)
        assert [firm.reminded(one, still=True) for one in people] == [1, 2, 0]
        assert firm.reminded(firm.li) == 3, "of the second step anew"
        [passed] = firm.sales.published(OrderStepApproved)
        firm.activity.deliver(passed)
        assert [firm.reminded(one, still=True) for one in people] == [1, 2, 0], "told twice it waits all the same"
        if end == "withdraw":
            firm.sales.call("withdraw_order", firm.rep, id=order["id"])
        else:
            firm.decide(end, order, firm.li, comment="said")
            if end == "approve":
                firm.decide(end, order, firm.boss)
        assert [firm.reminded(one, still=True) for one in people] == [1, 1, 0]
        if end == "approve":
            firm.sales.call("void_order", firm.admin, id=order["id"], reason="Undone")
        else:
            firm.ask(order)
        assert [firm.reminded(one, still=True) for one in people] == ([1, 1, 0] if end == "approve" else [2, 2, 0])
        assert set(firm.waiting(firm.zhang)) == ({other["id"]} if end == "approve" else {order["id"], other["id"]})

    def test_a_rule_that_changes_changes_no_pending_order(self, firm: Firm) -> None:
        rule = firm.rule(the_role(firm), name="Old")
        order = firm.ask(firm.draft())
        firm.sales.call("update_approval_rule", firm.admin, id=rule["id"], version=1, name="New", steps=[the_user(firm.boss)])
        firm.sales.call("delete_approval_rule", firm.admin, id=rule["id"])
        assert firm.sales.call("get_order", firm.rep, id=order["id"])["approval_plan"]["rule_name"] == "Old"
        assert refusal(firm.sales, "approve_order", firm.boss, id=order["id"]).problem["code"] == "not_the_approver"
        assert firm.decide("approve", order, firm.li)["status"] == "approved"

    def test_ones_own_order_where_the_rule_lets_one(self, firm: Firm) -> None:
        own = firm.order(firm.boss, firm.acme["id"], firm.line())
        rule = firm.rule(the_user(firm.boss))
        refused = refusal(firm.sales, "submit_order", firm.boss, id=own["id"])
        assert (refused.status, refused.fields) == (422, {"approver_id": "step_without_approver"})
        firm.sales.call("update_approval_rule", firm.admin, id=rule["id"], version=1, may_approve_own=True)
        firm.ask(own, firm.boss)
        assert firm.decide("approve", own, firm.boss)["status"] == "approved"

    def test_who_gets_the_order_meanwhile_does_not_approve_it(self, firm: Firm) -> None:
        firm.rule(the_role(firm))
        order = firm.ask(firm.draft())
        firm.sales.call("update_order", firm.admin, id=order["id"], version=order["version"], owner_id=firm.zhang.user_id)
        assert refusal(firm.sales, "approve_order", firm.zhang, id=order["id"]).problem["code"] == "own_order"


class TestSubmitting:
    def test_the_first_active_rule_in_the_order_arranged(self, firm: Firm) -> None:
        large, all_ = firm.rule(the_role(firm), name="Large", min_amount="1000"), firm.rule(the_user(firm.boss), name="All")
        assert [one["position"] for one in (large, all_)] == [1, 2]
        shown = firm.sales.call("get_order_approval_plan", firm.rep, id=firm.draft(firm.line(10))["id"])
        assert (shown["rule_name"], shown["steps"][0]["kind"], shown["steps"][0]["role_name"]) == ("Large", "role", "Finance 0")
        assert firm.sales.call("get_order_approval_plan", firm.rep, id=firm.draft()["id"])["rule_name"] == "All"
        firm.sales.call("arrange_approval_rules", firm.admin, ids=[all_["id"], large["id"]])
        assert firm.ask(firm.draft(firm.line(10)))["approval_plan"]["rule_name"] == "All"
        firm.sales.call("batch_update_approval_rules", firm.admin, ids=[all_["id"]], changes={"is_active": False})
        assert firm.ask(firm.draft(firm.line(10)))["approval_plan"]["rule_name"] == "Large"
        stale = refusal(firm.sales, "arrange_approval_rules", firm.admin, ids=[all_["id"]])
        assert (stale.status, stale.problem["code"]) == (409, "stale_version")

    def test_without_a_rule_an_approver_is_named_and_with_one_nobody_need_be(self, firm: Firm) -> None:
        firm.rule(the_role(firm), min_amount="1000")
        small = firm.draft()
        refused = refusal(firm.sales, "submit_order", firm.rep, id=small["id"])
        assert (refused.status, refused.fields) == (422, {"approver_id": "required"})
        assert firm.sales.call("get_order_approval_plan", firm.rep, id=small["id"]) == NO_PLAN
        pending = firm.submit(small, firm.boss)
        assert (pending["approver_id"], pending["approval_plan"], firm.waiting(firm.boss)) == (firm.boss.user_id, NO_PLAN, [small["id"]])
        large = firm.ask(firm.draft(firm.line(10)), approver_id=firm.boss.user_id)
        assert refusal(firm.sales, "approve_order", firm.boss, id=large["id"]).problem["code"] == "not_the_approver"

    @pytest.mark.parametrize("step", ["manager", "role", "user"])
    def test_a_step_that_nobody_may_decide_is_refused_and_nothing_stored(self, firm: Firm, step: str) -> None:
        empty, _ = firm.role_of("Clerk", "order:read", people=1)
        leaver = firm.hire("Leaver", *SELLING, "order:approve")
        firm.rule(
            the_role(firm), {"manager": MANAGER, "role": {"kind": "role", "role_id": empty}, "user": the_user(leaver)}[step], name="Hard"
        )
        firm.identity.call("deactivate_user", firm.admin, id=leaver.user_id, handover_to=firm.boss.user_id)
        order = firm.order(firm.boss if step == "manager" else firm.rep, firm.acme["id"], firm.line())
        refused = refusal(firm.sales, "submit_order", firm.admin, id=order["id"])
        assert (refused.status, refused.fields) == (422, {"approver_id": "step_without_approver"})
        assert "step 2" in refused.problem["errors"][0]["detail"]
        assert "Hard" in refused.problem["errors"][0]["detail"]
        assert firm.sales.call("get_order", firm.admin, id=order["id"]) == firm.sales.call("get_order", firm.admin, id=order["id"]) | {
            "status": "draft", "approvals": [], "version": order["version"],
        }  # fmt: skip
        assert not firm.sales.published(OrderSubmitted)

    def test_many_at_once_ask_identity_once(self, firm: Firm) -> None:
        firm.rule(MANAGER, the_role(firm), min_amount="1000")
        large, small = [firm.draft(firm.line(10))["id"] for _ in range(2)], firm.draft()["id"]
        asked: list[str] = []
        ask = firm.sales.asker
        firm.sales.asker = lambda method, kwargs, who: (asked.append(method), ask(method, kwargs, who))[1]  # type: ignore[misc, func-returns-value]
        mixed = firm.sales.call("batch_submit_orders", firm.rep, ids=[*large, small])
        assert (mixed["succeeded"], [(one["id"], one["code"]) for one in mixed["failed"]]) == (2, [(small, "required")])
        assert asked == ["identity.vouch_for_holders"]
        assert firm.sales.call("batch_submit_orders", firm.rep, ids=[small], approver_id=firm.boss.user_id)["succeeded"] == 1
        assert firm.sales.call("batch_approve_orders", firm.boss, ids=[*large, small])["succeeded"] == 3
        assert firm.sales.call("batch_approve_orders", firm.li, ids=large)["succeeded"] == 2
        assert len(firm.sales.published(OrderApproved)) == 3

    def test_what_changed_since_it_was_worked_out_is_told(self, firm: Firm) -> None:
        """Between asking identity and locking the order its owner changed, and with them whom the rule asks."""
        firm.rule(MANAGER)
        order = firm.draft()
        ask = firm.sales.asker

        def meanwhile(method: str, kwargs: Any, who: Any) -> Any:
            firm.sales.asker = ask
            firm.sales.call("update_order", firm.admin, id=order["id"], version=order["version"], owner_id=firm.other.user_id)
            return ask(method, kwargs, who)  # type: ignore[misc]

        firm.sales.asker = meanwhile
        refused = refusal(firm.sales, "submit_order", firm.admin, id=order["id"])
        assert (refused.status, refused.problem["code"]) == (409, "stale_version")
        assert not firm.sales.published(OrderSubmitted)

    def test_an_order_one_does_not_see_tells_nothing_of_its_plan(self, firm: Firm) -> None:
        firm.rule(the_role(firm))
        order = firm.draft()
        assert refusal(firm.sales, "get_order_approval_plan", firm.other, id=order["id"]).status == 404
        assert refusal(firm.sales, "submit_order", firm.other, id=order["id"], approver_id=firm.boss.user_id).status == 404


class TestRules:
    def test_bad_steps_name_the_step_and_store_nothing(self, firm: Firm) -> None:
        good, nobody = the_role(firm), new_id()
        for steps, field, code in (
            ([], "steps", "too_few_items"),
            ([good] * 6, "steps", "too_many_items"),
            ([good, {"kind": "boss"}], "steps.1.kind", "invalid_choice"),
            ([{"kind": "user"}], "steps.0.user_id", "required"),
            ([{"kind": "role"}], "steps.0.role_id", "required"),
            ([{**MANAGER, "role_id": firm.role_id}], "steps.0.role_id", "unknown_field"),
            ([good, {"kind": "user", "user_id": nobody}], "steps.1.user_id", "may_not_approve"),
            ([the_user(firm.rep)], "steps.0.user_id", "may_not_approve"),
            ([{"kind": "role", "role_id": nobody}], "steps.0.role_id", "not_found"),
        ):
            refused = refusal(firm.sales, "create_approval_rule", firm.admin, name="n", steps=steps)
            assert (refused.status, refused.fields) == (422, {field: code})
        for name, value in {"min_amount": "-1", "min_discount": "0", "max_margin": "100.01"}.items():
            assert name in refusal(firm.sales, "create_approval_rule", firm.admin, name="n", steps=[good], **{name: value}).fields
        assert firm.sales.call("list_approval_rules", firm.admin)["total"] == 0

    def test_a_change_says_what_changed(self, firm: Firm) -> None:
        rule = firm.rule(the_role(firm))
        firm.sales.call("update_approval_rule", firm.admin, id=rule["id"], version=1, min_discount="15", steps=[MANAGER])
        entry = firm.sales.call("approval_rule_history", firm.admin, id=rule["id"])["items"][0]
        assert {change["field"] for change in entry["changes"]} == {"min_discount", "steps"}
