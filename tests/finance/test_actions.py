"""Plans and receipts through the door."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared.contracts.finance import PlanCancelled, PlanCreated, PlanDue, PlanOverdue, PlanPaid, ReceiptRecorded, ReceiptVoided
from shared.contracts.sales import OrderApproved, OrderEvent
from tests.finance.conftest import Till
from tests.office import at_once, refusal, some_id


def amounts(plans: list[Any]) -> list[str]:
    return [plan["amount"] for plan in plans]


class TestPlans:
    def test_an_approved_order_is_planned_once_to_the_cent(self, till: Till) -> None:
        order = till.sold()
        plans = till.plans(order["id"])
        assert amounts(plans) == ["333.30", "333.30", "333.40"]
        assert [plan["due_on"] for plan in plans] == [(till.today + timedelta(days=days)).isoformat() for days in (0, 30, 60)]
        assert {(plan["status"], plan["owner_id"], plan["customer_id"], plan["order_number"], plan["customer_name"]) for plan in plans} == {
            ("unpaid", till.rep.user_id, till.acme["id"], order["number"], "Acme")
        }
        (event,) = till.sales.published(OrderApproved)
        till.finance.deliver(event)
        assert len(till.plans(order["id"])) == len(till.finance.published(PlanCreated)) == 3

    def test_a_split_chosen_before_approval_is_used_instead(self, till: Till) -> None:
        order = till.order(till.rep, till.acme["id"], {"product_id": till.pump["id"], "quantity": 10})
        split = [{"due_on": "2027-01-05", "amount": "900.00"}, {"due_on": "2027-02-05", "amount": "100.00"}]
        for wrong, status in (
            ([{"due_on": "2027-01-05", "amount": "999.99"}], 409),
            ([{"due_on": "2027-01-05", "amount": "1000.01"}], 409),
            ([], 422),
        ):
            assert refusal(till.finance, "choose_payment_plans", till.rep, id=order["id"], instalments=wrong).status == status
        chosen = till.finance.call("choose_payment_plans", till.rep, id=order["id"], instalments=split)
        assert (chosen["items"], chosen["chosen"]) == ([], split)
        till.sales.call("submit_order", till.rep, id=order["id"], approver_id=till.boss.user_id)
        till.sales.call("approve_order", till.boss, id=order["id"])
        till.settle()
        assert [(plan["due_on"], plan["amount"]) for plan in till.plans(order["id"])] == [tuple(one.values()) for one in split]

    def test_replacing_the_unpaid_split_keeps_what_was_paid(self, till: Till) -> None:
        order = till.sold()
        first = till.plans(order["id"])[0]
        till.receive("100.00", plan_id=first["id"])
        new = [{"due_on": "2027-03-01", "amount": "600.00"}, {"due_on": "2027-04-01", "amount": "66.70"}]
        till.finance.call("choose_payment_plans", till.rep, id=order["id"], instalments=new)
        plans = till.plans(order["id"])
        assert [(plan["period"], plan["amount"], plan["status"]) for plan in plans] == [
            (1, "333.30", "partially_paid"), (2, "600.00", "unpaid"), (3, "66.70", "unpaid"),
        ]  # fmt: skip
        beyond = refusal(
            till.finance, "choose_payment_plans", till.rep, id=order["id"], instalments=[{"due_on": "2027-03-01", "amount": "666.71"}]
        )
        assert (beyond.status, beyond.problem["code"]) == (409, "exceeds_order")
        assert till.plans(order["id"]) == plans

    def test_a_split_is_refused_where_the_order_was_changed_meanwhile(self, till: Till) -> None:
        order = till.order(till.rep, till.acme["id"], {"product_id": till.pump["id"], "quantity": 10})
        split = {"instalments": [{"due_on": "2027-03-01", "amount": "1000.00"}]}
        changed = till.sales.call("update_order", till.rep, id=order["id"], version=order["version"], subject="Other pumps")
        # Finance has not heard of it yet.
        stale = refusal(till.finance, "choose_payment_plans", till.rep, id=order["id"], version=order["version"], **split)
        assert (stale.status, stale.problem["code"]) == (409, "stale_version")
        chosen = till.finance.call("choose_payment_plans", till.rep, id=order["id"], version=changed["version"], **split)
        assert chosen["chosen"] == split["instalments"]

    def test_so_is_one_of_an_order_that_was_approved_long_ago(self, till: Till) -> None:
        order = till.sold()
        till.receive("100.00", plan_id=till.plans(order["id"])[0]["id"])
        till.settle()
        plans, seen = till.plans(order["id"]), till.sales.call("get_order", till.rep, id=order["id"])
        assert seen["version"] > order["version"], "what was received changes the order"
        new = {"id": order["id"], "instalments": [{"due_on": "2027-03-01", "amount": "666.70"}]}
        assert refusal(till.finance, "choose_payment_plans", till.rep, version=order["version"], **new).problem["code"] == "stale_version"
        assert till.plans(order["id"]) == plans
        till.finance.call("choose_payment_plans", till.rep, version=seen["version"], **new)
        assert amounts(till.plans(order["id"])) == ["333.30", "666.70"]

    def test_plans_by_hand_stay_within_the_order(self, till: Till) -> None:
        order = till.sold()
        asked = {"order_id": order["id"], "due_on": "2027-01-01"}
        assert refusal(till.finance, "create_payment_plan", till.rep, **asked, amount="0.01").problem["code"] == "exceeds_order"
        last = till.plans(order["id"])[-1]
        smaller = till.finance.call(
            "update_payment_plan", till.rep, id=last["id"], version=last["version"], amount="300.00", due_on="2027-05-05"
        )
        assert (smaller["amount"], smaller["due_on"]) == ("300.00", "2027-05-05")
        added = till.finance.call("create_payment_plan", till.rep, **asked, amount="33.40", note="rest")
        assert (added["period"], added["note"]) == (4, "rest")
        grown = refusal(till.finance, "update_payment_plan", till.rep, id=last["id"], version=smaller["version"], amount="300.01")
        assert grown.problem["code"] == "exceeds_order"
        draft = till.order(till.rep, till.acme["id"], {"product_id": till.pump["id"], "quantity": 1})
        assert (
            refusal(till.finance, "create_payment_plan", till.rep, **{**asked, "order_id": draft["id"]}, amount="1").problem["code"]
            == "order_not_approved"
        )

    def test_two_plans_at_once_never_exceed_the_order(self, till: Till) -> None:
        order = till.sold()
        last = till.plans(order["id"])[-1]
        till.finance.call("delete_payment_plan", till.admin, id=last["id"])
        asked = {"order_id": order["id"], "due_on": "2027-01-01", "amount": "333.40"}
        answers = at_once([lambda: till.finance.call("create_payment_plan", till.rep, **asked)] * 4)
        assert sum(isinstance(answer, dict) for answer in answers) == 1
        assert sum(Decimal(plan["amount"]) for plan in till.plans(order["id"])) == Decimal("1000.00")

    def test_a_plan_with_money_is_frozen(self, till: Till) -> None:
        order = till.sold()
        part, full, _ = till.plans(order["id"])
        till.receive("0.01", plan_id=part["id"])
        till.receive("333.30", plan_id=full["id"])
        for plan in till.plans(order["id"])[:2]:
            for method, asked in (("update_payment_plan", {"version": plan["version"], "amount": "1"}), ("delete_payment_plan", {})):
                refused = refusal(till.finance, method, till.admin, id=plan["id"], **asked)
                assert (refused.status, refused.problem["code"]) == (409, "plan_has_money")
            assert not {"update", "delete"} & set(till.finance.call("get_payment_plan", till.admin, id=plan["id"])["can"])

    @pytest.mark.parametrize("named", [True, False])
    def test_of_two_who_split_an_order_each_replaces_the_unpaid_plans_as_a_whole(self, till: Till, named: bool) -> None:
        order = till.sold()
        version = {"version": order["version"]} if named else {}
        halves = [{"due_on": f"2027-0{month}-01", "amount": "500.00"} for month in (3, 4)]
        fifths = [{"due_on": f"2027-0{month}-01", "amount": "200.00"} for month in range(3, 8)]
        answers = at_once(
            lambda parts=parts: till.finance.call("choose_payment_plans", till.rep, id=order["id"], instalments=parts, **version)
            for parts in (halves, fifths)
        )
        assert [isinstance(answer, dict) for answer in answers] == [True, True]
        assert amounts(till.plans(order["id"])) in (["500.00"] * 2, ["200.00"] * 5)
        every = till.plans_where({"field": "order_id", "op": "eq", "value": order["id"]})
        assert len([plan for plan in every if plan["status"] == "cancelled"]) == len(every) - len(till.plans(order["id"]))
        assert len(every) == 3 + 2 + 5, "what was replaced stays to be read"

    def test_figures_of_a_plan_are_not_written(self, till: Till) -> None:
        plan = till.plans(till.sold()["id"])[0]
        for name, value in {"received": "1.00", "status": "paid", "number": "PP1", "overdue": True, "ageing": "not_due", "customer_id": some_id(),
                            "period": 9}.items():  # fmt: skip
            refused = refusal(till.finance, "update_payment_plan", till.admin, id=plan["id"], version=1, **{name: value})
            assert refused.fields == {name: "read_only"}
            refused = refusal(till.finance, "batch_update_payment_plans", till.admin, ids=[plan["id"]], changes={name: value})
            assert refused.fields == {f"changes.{name}": "read_only"}

    def test_overdue_and_ageing_are_of_today_in_rows_and_filters(self, till: Till) -> None:
        order = till.sold(days_ago=61)
        plans = till.plans(order["id"])
        assert [(plan["ageing"], plan["overdue"]) for plan in plans] == [("days_61_90", True), ("days_31_60", True), ("days_1_30", True)]
        assert plans[2]["due_on"] == (till.today - timedelta(days=1)).isoformat()
        coming = till.plans(till.sold()["id"])
        for bucket in ("not_due", "days_1_30", "days_31_60", "days_61_90", "over_90_days"):
            found = till.plans_where({"field": "ageing", "op": "eq", "value": bucket})
            assert {plan["id"] for plan in found} == {plan["id"] for plan in [*plans, *coming] if plan["ageing"] == bucket}
        assert {plan["id"] for plan in till.plans_where({"field": "overdue", "op": "eq", "value": True})} == {plan["id"] for plan in plans}
        assert len(till.plans_where({"field": "outstanding", "op": "gt", "value": "333.30"})) == 2
        till.receive(plans[2]["amount"], plan_id=plans[2]["id"])
        paid = till.plans(order["id"])[2]
        assert (paid["ageing"], paid["overdue"], paid["outstanding"]) == (None, False, "0.00")
        assert len(till.plans_where({"field": "ageing", "op": "is_empty"})) == 1
        assert len(till.finance.call("list_payment_plans", till.admin, sort="-ageing,overdue")["items"]) == 6

    def test_reminders_before_on_and_after_the_day(self, till: Till) -> None:
        till.set(default_instalments=[{"share": "100", "days_after": 0}], remind_days_before=3)
        for days_ago in (-4, -3, 0, 5):
            till.sold(days_ago=days_ago)
        till.finance.tick("remind_of_plans")
        assert (len(till.finance.published(PlanDue)), len(till.finance.published(PlanOverdue))) == (2, 1)
        till.finance.tick("remind_of_plans")
        assert (len(till.finance.published(PlanDue)), len(till.finance.published(PlanOverdue))) == (2, 1)
        till.settle()
        reminded = till.activity.call("list_reminders", till.rep)["items"]
        assert sorted(one["kind"] for one in reminded if one["kind"].startswith("plan")) == ["plan_due", "plan_due", "plan_overdue"]

    def test_a_voided_order_has_no_open_plans(self, till: Till) -> None:
        order = till.sold()
        till.sales.call("void_order", till.boss, id=order["id"], reason="x")
        till.settle()
        assert till.plans(order["id"]) == []
        assert len(till.finance.published(PlanCancelled)) == 3
        refused = refusal(till.finance, "create_receipt", till.cashier, order_id=order["id"], amount="1")
        assert refused.problem["code"] == "order_not_approved"
        assert (
            refusal(
                till.finance, "choose_payment_plans", till.rep, id=order["id"], instalments=[{"due_on": "2027-01-01", "amount": "1"}]
            ).status
            == 409
        )

    def test_older_news_of_an_order_changes_nothing(self, till: Till) -> None:
        order = till.sold()
        for event in till.sales.published():
            if isinstance(event, OrderEvent):
                till.finance.deliver(event)
        assert amounts(till.plans(order["id"])) == ["333.30", "333.30", "333.40"]


class TestReceipts:
    def test_part_and_whole_and_never_more(self, till: Till) -> None:
        plan = till.plans(till.sold()["id"])[0]
        part = till.receive("100.00", plan_id=plan["id"], method="cash", reference="R-1")
        assert (part["customer_id"], part["order_id"], part["owner_id"]) == (till.acme["id"], plan["order_id"], till.rep.user_id)
        refused = refusal(till.finance, "create_receipt", till.cashier, plan_id=plan["id"], amount="233.31")
        assert (refused.status, refused.problem["code"]) == (409, "over_collected")
        assert "233.30" in refused.problem["detail"]
        till.receive("233.30", plan_id=plan["id"])
        assert [one["status"] for one in till.plans(plan["order_id"])] == ["paid", "unpaid", "unpaid"]
        assert len(till.finance.published(PlanPaid)) == 1
        till.check()

    def test_what_is_not_money_is_refused(self, till: Till) -> None:
        for amount, code in (
            ("0", "must_be_positive"), ("-5", "must_be_positive"), (1.5, "invalid_decimal"), ("1e3", "invalid_decimal"), ("1.001", "too_many_places"),
            (None, "must_not_be_null"), ("9" * 14, "number_too_large"), ("NaN", "invalid_decimal"), (True, "invalid_decimal"), ("١", "invalid_decimal"),
        ):  # fmt: skip
            refused = refusal(till.finance, "create_receipt", till.cashier, customer_id=till.acme["id"], amount=amount)
            assert (refused.status, refused.fields) == (422, {"amount": code})
        assert refusal(till.finance, "create_receipt", till.cashier, amount="1").fields == {"customer_id": "required"}
        assert till.finance.call("list_receipts", till.admin)["total"] == 0

    def test_only_the_orders_customer_pays_it(self, till: Till) -> None:
        plan = till.plans(till.sold()["id"])[0]
        theirs, other = till.customer(till.rep), till.sold("5.00")
        for asked, field, code in (
            ({"plan_id": plan["id"], "customer_id": theirs["id"]}, "customer_id", "not_the_orders_customer"),
            ({"order_id": plan["order_id"], "customer_id": theirs["id"]}, "customer_id", "not_the_orders_customer"),
            ({"plan_id": plan["id"], "order_id": other["id"]}, "order_id", "not_the_plans_order"),
            ({"plan_id": some_id()}, "plan_id", "not_found"),
            ({"order_id": some_id()}, "order_id", "not_found"),
            ({"customer_id": some_id()}, "customer_id", "not_found"),
        ):
            refused = refusal(till.finance, "create_receipt", till.cashier, amount="1.00", **asked)
            assert (refused.status, refused.fields) == (422, {field: code})
        assert till.finance.call("list_receipts", till.admin)["total"] == 0

    def test_foreign_records_are_not_found(self, till: Till) -> None:
        order = till.sold()
        plan = till.plans(order["id"])[0]
        receipt = till.receive("1.00", plan_id=plan["id"])
        for method, record in (
            ("get_payment_plan", plan),
            ("payment_plan_history", plan),
            ("get_receipt", receipt),
            ("receipt_history", receipt),
        ):
            assert refusal(till.finance, method, till.other, id=record["id"]).status == 404
        for method, record, asked in (
            ("update_payment_plan", plan, {"version": 1, "note": "x"}), ("delete_payment_plan", plan, {}), ("update_receipt", receipt, {"version": 1, "note": "x"}),
            ("void_receipt", receipt, {"reason": "x"}), ("refund_receipt", receipt, {"reason": "x", "amount": "1"}),
            ("choose_payment_plans", order, {"instalments": [{"due_on": "2027-01-01", "amount": "1"}]}),
        ):  # fmt: skip
            assert refusal(till.finance, method, till.other, id=record["id"], **asked).status == 404, method
        for asked, field in (
            ({"plan_id": plan["id"]}, "plan_id"),
            ({"order_id": order["id"]}, "order_id"),
            ({"customer_id": till.acme["id"]}, "customer_id"),
        ):
            assert refusal(till.finance, "create_receipt", till.other, amount="1", **asked).fields == {field: "not_found"}
        assert refusal(till.finance, "create_payment_plan", till.other, order_id=order["id"], due_on="2027-01-01", amount="1").fields == {
            "order_id": "not_found"
        }
        refused = refusal(till.finance, "batch_collect_payment_plans", till.other, ids=[plan["id"]])
        assert (refused.status, refused.problem["failed"][0]["code"]) == (409, "not_found")
        assert till.finance.call("list_receipts", till.other)["total"] == till.finance.call("list_payment_plans", till.other)["total"] == 0

    def test_without_a_plan_on_the_order_or_the_customer(self, till: Till) -> None:
        order = till.sold()
        till.receive("400.00", order_id=order["id"])
        assert (
            refusal(till.finance, "create_receipt", till.cashier, order_id=order["id"], amount="600.01").problem["code"] == "over_collected"
        )
        till.receive("9000.00", customer_id=till.acme["id"])
        till.receive("600.00", order_id=order["id"])
        plan = till.plans(order["id"])[0]
        for asked in ({"plan_id": plan["id"], "amount": "1.00"}, {"order_id": order["id"], "amount": "0.01"}):
            assert refusal(till.finance, "create_receipt", till.cashier, **asked).problem["code"] == "over_collected"
        refused = refusal(till.finance, "batch_collect_payment_plans", till.cashier, ids=[plan["id"]])
        assert refused.problem["failed"][0]["code"] == "over_collected"

    def test_for_a_customer_made_a_moment_ago_and_not_for_a_deleted_one(self, till: Till) -> None:
        fresh = till.customer(till.rep)
        assert till.receive("1.00", customer_id=fresh["id"])["customer_id"] == fresh["id"]
        gone = till.customer(till.rep)
        till.settle()
        till.customer_door.call("delete_customer", till.admin, id=gone["id"])
        till.settle()
        assert refusal(till.finance, "create_receipt", till.cashier, amount="1", customer_id=gone["id"]).fields == {
            "customer_id": "not_found"
        }

    def test_the_excess_is_an_advance_where_prepayment_is_allowed(self, till: Till) -> None:
        till.set(allow_prepayment=True)
        order = till.sold()
        plan = till.plans(order["id"])[0]
        booked = till.receive("400.00", plan_id=plan["id"])
        advance = till.finance.call("get_receipt", till.cashier, id=booked["advance_id"])
        assert (booked["amount"], advance["amount"], advance["plan_id"], advance["order_id"]) == ("333.30", "66.70", None, None)
        assert advance["customer_id"] == till.acme["id"]
        told = [event.amount for event in till.finance.published(ReceiptRecorded) if isinstance(event, ReceiptRecorded)]
        assert sorted(told) == [Decimal("66.70"), Decimal("333.30")]
        whole = till.receive("5.00", plan_id=plan["id"])
        assert (whole["amount"], whole["plan_id"], whole["order_id"]) == ("5.00", None, None)
        till.check()

    def test_a_small_excess_is_tolerated_up_to_the_amount_set(self, till: Till) -> None:
        till.set(tolerated_excess="0.50")
        plan = till.plans(till.sold()["id"])[0]
        assert (
            refusal(till.finance, "create_receipt", till.cashier, plan_id=plan["id"], amount="333.81").problem["code"] == "over_collected"
        )
        assert till.receive("333.80", plan_id=plan["id"])["amount"] == "333.30"
        till.check()

    def test_two_cashiers_at_once_never_book_a_plan_twice(self, till: Till) -> None:
        plan = till.plans(till.sold()["id"])[0]
        answers = at_once([lambda: till.receive("333.30", plan_id=plan["id"])] * 5)
        assert sum(isinstance(answer, dict) for answer in answers) == 1
        part = till.plans(plan["order_id"])[1]
        answers = at_once([lambda: till.receive("100.00", plan_id=part["id"])] * 5)
        assert sum(isinstance(answer, dict) for answer in answers) == 3
        till.check()

    def test_batch_collect_takes_each_plan_in_full_once(self, till: Till) -> None:
        plans = till.plans(till.sold()["id"])
        till.receive("100.00", plan_id=plans[0]["id"])
        ids = [*(plan["id"] for plan in plans), some_id()]
        answers = at_once([lambda: till.finance.call("batch_collect_payment_plans", till.cashier, ids=ids, method="cash")] * 3)
        done = [answer["succeeded"] if isinstance(answer, dict) else 0 for answer in answers]
        assert sum(done) == 3
        again = refusal(till.finance, "batch_collect_payment_plans", till.cashier, ids=ids)
        assert again.status == 409
        assert [one["code"] for one in again.problem["failed"]] == ["plan_is_paid"] * 3 + ["not_found"]
        receipts = till.finance.call("list_receipts", till.admin)["items"]
        assert sorted(one["amount"] for one in receipts) == ["100.00", "233.30", "333.30", "333.40"]
        till.check()

    def test_the_same_key_books_once(self, till: Till) -> None:
        asked = {"customer_id": till.acme["id"], "amount": "5.00"}
        answers = at_once([lambda: till.finance.call("create_receipt", till.cashier, key="k1", **asked)] * 6)
        assert [answer for answer in answers if answer != answers[0]] == []
        assert till.finance.call("list_receipts", till.admin)["total"] == 1

    def test_voiding_reopens_the_plan_and_says_why(self, till: Till) -> None:
        plan = till.plans(till.sold()["id"])[0]
        receipt = till.receive("333.30", plan_id=plan["id"])
        assert refusal(till.finance, "void_receipt", till.cashier, id=receipt["id"], reason=" ").fields == {"reason": "must_not_be_blank"}
        answers = at_once([lambda: till.finance.call("void_receipt", till.cashier, id=receipt["id"], reason="typo")] * 4)
        assert sum(isinstance(answer, dict) for answer in answers) == 1
        voided = till.finance.call("get_receipt", till.cashier, id=receipt["id"])
        assert (voided["status"], voided["void_reason"]) == ("voided", "typo")
        assert till.plans(plan["order_id"])[0]["status"] == "unpaid"
        assert len(till.finance.published(ReceiptVoided)) == 1
        till.check()

    def test_refunds_never_beyond_the_receipt(self, till: Till) -> None:
        plan = till.plans(till.sold()["id"])[0]
        receipt = till.receive("333.30", plan_id=plan["id"])
        answers = at_once([lambda: till.finance.call("refund_receipt", till.admin, id=receipt["id"], amount="111.10", reason="x")] * 5)
        assert sum(isinstance(answer, dict) for answer in answers) == 3
        refund = next(answer for answer in answers if isinstance(answer, dict))
        assert (refund["amount"], refund["refund_of_id"], refund["plan_id"]) == ("-111.10", receipt["id"], plan["id"])
        assert (
            refusal(till.finance, "refund_receipt", till.admin, id=receipt["id"], amount="0.01", reason="x").problem["code"]
            == "refund_exceeds_receipt"
        )
        assert (
            refusal(till.finance, "refund_receipt", till.admin, id=refund["id"], amount="0.01", reason="x").problem["code"]
            == "not_refundable"
        )
        assert refusal(till.finance, "void_receipt", till.admin, id=receipt["id"], reason="x").problem["code"] == "receipt_has_refunds"
        assert till.plans(plan["order_id"])[0]["received"] == "0.00"
        till.check()

    def test_the_money_of_a_receipt_is_not_edited(self, till: Till) -> None:
        receipt = till.receive("5.00", customer_id=till.acme["id"])
        for name, value in {
            "amount": "6.00",
            "status": "voided",
            "plan_id": some_id(),
            "customer_id": some_id(),
            "received_on": "2026-01-01",
        }.items():
            refused = refusal(till.finance, "update_receipt", till.admin, id=receipt["id"], version=1, **{name: value})
            assert refused.fields == {name: "read_only"}
        assert till.finance.call("update_receipt", till.admin, id=receipt["id"], version=1, note="x")["note"] == "x"

    def test_many_receipts_get_a_note_and_an_owner_and_no_other_money(self, till: Till) -> None:
        ids = [till.receive("5.00", customer_id=till.acme["id"])["id"] for _ in range(2)]
        unknown = some_id()
        answer = till.finance.call("batch_update_receipts", till.admin, ids=[*ids, unknown], changes={"account": "Main", "note": "x"})
        assert (answer["succeeded"], [one["id"] for one in answer["failed"]]) == (2, [unknown])
        refused = refusal(till.finance, "batch_update_receipts", till.admin, ids=ids, changes={"amount": "6.00"})
        assert refused.fields == {"changes.amount": "read_only"}
        assert till.finance.call("batch_assign_receipts", till.admin, ids=ids, owner_id=till.rep.user_id)["succeeded"] == 2
        shown = [till.finance.call("get_receipt", till.rep, id=one) for one in ids]
        assert [(one["account"], one["note"], one["amount"], one["owner_id"]) for one in shown] == [
            ("Main", "x", "5.00", till.rep.user_id)
        ] * 2


class TestSettings:
    def test_shares_and_version(self, till: Till) -> None:
        settings = till.finance.call("get_finance_settings", till.admin)
        assert (settings["remind_days_before"], settings["allow_prepayment"], settings["tolerated_excess"]) == (0, False, "0.00")
        for wrong, field in (
            ({"default_instalments": [{"share": "99.99", "days_after": 0}]}, "default_instalments"),
            ({"default_instalments": []}, "default_instalments"),
            ({"default_instalments": [{"share": "100", "days_after": -1}]}, "default_instalments.0.days_after"),
            ({"remind_days_before": -1}, "remind_days_before"),
            ({"tolerated_excess": "-0.01"}, "tolerated_excess"),
        ):
            refused = refusal(till.finance, "update_finance_settings", till.admin, **wrong)
            assert (refused.status, list(refused.fields)) == (422, [field])
        assert till.finance.call("get_finance_settings", till.admin) == settings
        assert till.set(remind_days_before=2, version=settings["version"])["remind_days_before"] == 2
        assert refusal(till.finance, "update_finance_settings", till.admin, remind_days_before=3, version=settings["version"]).status == 409


def test_receipt_for_an_order_whose_approval_is_still_on_its_way(till: Till) -> None:
    line = {"product_id": till.pump["id"], "quantity": 1, "unit_price": "100.00"}
    order = till.approved(till.rep, till.acme["id"], line, by=till.boss)
    receipt = till.receive("40.00", customer_id=till.acme["id"], order_id=order["id"])
    assert receipt["order_id"] == order["id"]
    plans = till.plans(order["id"])
    till.settle()
    assert [plan["amount"] for plan in plans] == ["33.33", "33.33", "33.34"]
    assert [plan["id"] for plan in till.plans(order["id"])] == [plan["id"] for plan in plans]
    till.check()
