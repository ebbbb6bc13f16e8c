"""Documents through the door: prices, totals, products, approval, and what others may not see."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.finance.models import OrderCopy
from services.sales.orders.models import Order
from shared import clock
from shared.contracts.sales import OrderApproved, OrderCreated, OrderDeleted, OrderSubmitted, OrderUpdated, QuoteUpdated
from tests.office import at_once, refusal, some_id
from tests.sales.conftest import Shop


def lines_of(document: Any) -> list[tuple[str, str, str]]:
    return [(line["unit_price"], line["discount"], line["total"]) for line in document["lines"]]


class TestLines:
    def test_prices_totals_and_cost_are_those_of_the_moment(self, shop: Shop) -> None:
        order = shop.draft(shop.line("2.5", discount="10"), shop.line(1, unit_price="0.05", discount="50"), discount="25.02")
        assert lines_of(order) == [("100.00", "10.00", "225.00"), ("0.05", "50.00", "0.03")]
        assert (order["total"], order["discount"]) == ("200.01", "25.02")
        assert [line["cost"] for line in order["lines"]] == ["150.00", "60.00"]
        shop.sales.call(
            "update_product", shop.admin, id=shop.pump["id"], version=1, list_price="1.00", cost="2.00", name="Renamed", tax_rate="13"
        )
        again = shop.sales.call("get_order", shop.rep, id=order["id"])
        assert again["lines"] == order["lines"]
        assert again["total"] == order["total"]

    def test_totals_the_client_sends_are_checked(self, shop: Shop) -> None:
        assert shop.draft(shop.line(3, total="300.00"), total="290.00", discount="10.00")["total"] == "290.00"
        wrong_line = refusal(
            shop.sales, "create_order", shop.rep, customer_id=shop.acme["id"], subject="s", lines=[shop.line(3, total="300.01")]
        )
        assert (wrong_line.status, wrong_line.fields) == (422, {"lines.0.total": "total_differs"})
        assert "300.00" in wrong_line.problem["errors"][0]["detail"]
        wrong = refusal(shop.sales, "create_order", shop.rep, customer_id=shop.acme["id"], subject="s", lines=[shop.line()], total="99.99")
        assert (wrong.status, wrong.fields) == (422, {"total": "total_differs"})
        order = shop.draft()
        wrong = refusal(shop.sales, "update_order", shop.rep, id=order["id"], version=1, discount="10.00", total="100.00")
        assert (wrong.status, wrong.fields) == (422, {"total": "total_differs"})
        assert shop.sales.call("get_order", shop.rep, id=order["id"]) == order

    def test_a_discount_beyond_the_lines_is_refused(self, shop: Shop) -> None:
        for method, name in (("create_order", "subject"), ("create_quote", "name")):
            asked = {"customer_id": shop.acme["id"], name: "s", "lines": [shop.line()], "discount": "100.01"}
            assert refusal(shop.sales, method, shop.rep, **asked).fields == {"discount": "discount_exceeds_total"}

    @pytest.mark.parametrize("database", ["both"])
    def test_bad_lines_name_the_line_and_store_nothing(self, shop: Shop, database: str) -> None:
        good = shop.line()
        for lines, field, code in (
            ([good, shop.line(0)], "lines.1.quantity", "must_be_positive"),
            ([shop.line(-1)], "lines.0.quantity", "must_be_positive"),
            ([shop.line("1.0005")], "lines.0.quantity", "too_many_places"),
            ([shop.line(unit_price=1.5)], "lines.0.unit_price", "invalid_decimal"),
            ([shop.line(unit_price="-1")], "lines.0.unit_price", "too_small"),
            ([shop.line(discount="100.01")], "lines.0.discount", "too_big"),
            ([{"quantity": 1}], "lines.0.product_id", "required"),
            ([good, {"product_id": some_id(), "quantity": 1}], "lines.1.product_id", "not_found"),
            ([shop.line("1000000", unit_price="100000000")], "lines.0.quantity", "number_too_large"),
            ([good] * 201, "lines", "too_many_items"),
            ([], "lines", "too_few_items"),
        ):
            refused = refusal(shop.sales, "create_order", shop.rep, customer_id=shop.acme["id"], subject="s", lines=lines)
            assert (refused.status, refused.fields) == (422, {field: code})
        assert shop.sales.call("list_orders", shop.admin)["total"] == 0
        assert not shop.sales.published(OrderCreated)

    def test_an_inactive_product_stays_on_old_documents_and_comes_on_no_new_one(self, shop: Shop) -> None:
        old, quote = shop.draft(), shop.quote()
        shop.sales.call("update_product", shop.admin, id=shop.pump["id"], version=1, is_active=False)
        for method, name in (("create_order", "subject"), ("create_quote", "name")):
            refused = refusal(shop.sales, method, shop.rep, customer_id=shop.acme["id"], lines=[shop.line()], **{name: "s"})
            assert (refused.status, refused.fields) == (422, {"lines.0.product_id": "product_inactive"})
        kept = shop.sales.call("update_order", shop.rep, id=old["id"], version=1, lines=[shop.line(4)])
        assert kept["total"] == "400.00"
        assert shop.submit(old, shop.boss)["status"] == "pending_approval"
        refused = refusal(shop.sales, "create_order_from_quote", shop.rep, id=quote["id"])
        assert (refused.status, refused.problem["code"]) == (409, "product_inactive")

    def test_a_product_on_documents_is_not_deleted(self, shop: Shop) -> None:
        shop.draft()
        refused = refusal(shop.sales, "delete_product", shop.admin, id=shop.pump["id"])
        assert (refused.status, refused.problem["code"]) == (409, "product_in_use")
        free = shop.product(code="FREE")
        shop.sales.call("delete_product", shop.admin, id=free["id"])
        assert shop.product(code="FREE")["id"] != free["id"]
        taken = refusal(shop.sales, "create_product", shop.admin, code="FREE", name="n", list_price="1", cost="1")
        assert (taken.status, taken.fields) == (409, {"code": "value_taken"})


class TestPriceLists:
    def test_tiers_by_quantity_and_the_list_price_where_there_is_none(self, shop: Shop) -> None:
        valve = shop.product(list_price="7.00")
        prices = shop.price_list((shop.pump, "90.00", 2), (shop.pump, "80.00", 10))
        order = shop.draft(
            shop.line(1), shop.line(2), shop.line(10), {"product_id": valve["id"], "quantity": 1}, price_list_id=prices["id"]
        )
        assert [line["unit_price"] for line in order["lines"]] == ["100.00", "90.00", "80.00", "7.00"]
        assert [line["in_price_list"] for line in order["lines"]] == [False, True, True, False]
        asked = shop.draft(shop.line(10, unit_price="85.00"), price_list_id=prices["id"])
        assert asked["lines"][0]["unit_price"] == "85.00"

    def test_apply_reprices_what_has_an_item_and_says_which_have_none(self, shop: Shop) -> None:
        valve = shop.product(list_price="7.00")
        prices = shop.price_list((shop.pump, "90.00"))
        lines = (shop.line(2, discount="10"), {"product_id": valve["id"], "quantity": 1})
        for made, method in ((shop.draft(*lines), "apply_price_list"), (shop.quote(*lines), "apply_price_list_to_quote")):
            assert [line["in_price_list"] for line in made["lines"]] == [None, None]
            applied = shop.sales.call(method, shop.rep, id=made["id"], price_list_id=prices["id"])
            assert lines_of(applied) == [("90.00", "10.00", "162.00"), ("7.00", "0.00", "7.00")]
            assert [line["in_price_list"] for line in applied["lines"]] == [True, False]
            assert (applied["total"], applied["price_list_id"], applied["version"]) == ("169.00", prices["id"], 2)

    def test_saved_prices_never_move(self, shop: Shop) -> None:
        prices = shop.price_list((shop.pump, "90.00"))
        order = shop.draft(price_list_id=prices["id"])
        shop.sales.call("add_price_list_items", shop.admin, id=prices["id"], items=[{"product_id": shop.pump["id"], "price": "50.00"}])
        assert shop.sales.call("get_order", shop.rep, id=order["id"])["total"] == "90.00"
        kept = shop.sales.call("update_order", shop.rep, id=order["id"], version=1, subject="Other", lines=[shop.line(2)])
        assert kept["lines"][0]["unit_price"] == "90.00"
        assert shop.draft(price_list_id=prices["id"])["total"] == "50.00"

    def test_choosing_another_list_in_an_edit_reprices(self, shop: Shop) -> None:
        order = shop.draft()
        prices = shop.price_list((shop.pump, "90.00"))
        moved = shop.sales.call("update_order", shop.rep, id=order["id"], version=1, price_list_id=prices["id"])
        assert (moved["total"], moved["lines"][0]["in_price_list"]) == ("90.00", True)

    def test_only_a_list_that_holds_on_the_documents_day_is_chosen(self, shop: Shop) -> None:
        today = clock.today(clock.now(), shop.sales.settings.time_zone)
        day = timedelta(days=1)
        ended = shop.price_list((shop.pump, "1.00"), valid_to=(today - day).isoformat())
        coming = shop.price_list((shop.pump, "1.00"), valid_from=(today + day).isoformat())
        idle = shop.price_list((shop.pump, "1.00"), is_active=False)
        order = shop.draft()
        for prices in (ended, coming, idle):
            refused = refusal(shop.sales, "apply_price_list", shop.rep, id=order["id"], price_list_id=prices["id"])
            assert (refused.status, refused.fields) == (422, {"price_list_id": "price_list_not_valid"})
        unknown = {"price_list_id": some_id()}
        assert refusal(shop.sales, "apply_price_list", shop.rep, id=order["id"], **unknown).fields == {"price_list_id": "not_found"}
        assert refusal(shop.sales, "update_order", shop.rep, id=order["id"], version=1, **unknown).fields == {"price_list_id": "not_found"}
        assert shop.draft(price_list_id=ended["id"], order_date=(today - day).isoformat())["total"] == "1.00"
        assert shop.sales.call("get_order", shop.rep, id=order["id"]) == order

    def test_a_list_cannot_end_before_it_begins(self, shop: Shop) -> None:
        wrong = {"valid_from": "2026-02-01", "valid_to": "2026-01-31"}
        assert refusal(shop.sales, "create_price_list", shop.admin, name="n", **wrong).fields == {"valid_to": "ends_before_it_begins"}
        made = shop.price_list()
        refused = refusal(shop.sales, "update_price_list", shop.admin, id=made["id"], version=1, **wrong)
        assert refused.fields == {"valid_to": "ends_before_it_begins"}

    def test_the_same_product_and_quantity_changes_its_price(self, shop: Shop) -> None:
        made = shop.price_list((shop.pump, "90.00"), (shop.pump, "80.00", 10))
        item = {"product_id": shop.pump["id"], "price": "70.00", "min_quantity": "10"}
        items = shop.sales.call("add_price_list_items", shop.admin, id=made["id"], items=[item])["items"]
        assert [(one["price"], one["min_quantity"]) for one in items] == [("90.00", "0.000"), ("70.00", "10.000")]
        foreign = [{"product_id": some_id(), "price": "1.00"}]
        assert refusal(shop.sales, "add_price_list_items", shop.admin, id=made["id"], items=foreign).fields == {
            "items.0.product_id": "not_found"
        }


class TestQuotes:
    def test_verbs_and_their_events(self, shop: Shop) -> None:
        quote = shop.quote()
        assert quote["status"] == "draft"
        assert {"send", "accept", "update", "create_order"} - set(shop.sales.call("get_quote", shop.admin, id=quote["id"])["can"]) == set()
        for verb, status in (("send", "sent"), ("reject", "rejected"), ("revise", "draft"), ("send", "sent"), ("accept", "accepted")):
            assert shop.sales.call(f"{verb}_quote", shop.rep, id=quote["id"])["status"] == status
        assert [event.status for event in shop.sales.published(QuoteUpdated)] == ["sent", "rejected", "draft", "sent", "accepted"]
        refused = refusal(shop.sales, "reject_quote", shop.rep, id=quote["id"])
        assert (refused.status, refused.problem["code"]) == (409, "quote_wrong_state")

    def test_status_is_not_written_and_only_a_draft_is_edited(self, shop: Shop) -> None:
        quote = shop.quote()
        for changes in ({"status": "accepted"}, {"number": "QT1"}):
            refused = refusal(shop.sales, "update_quote", shop.rep, id=quote["id"], version=1, **changes)
            assert set(refused.fields.values()) == {"read_only"}
        sent = shop.sales.call("send_quote", shop.rep, id=quote["id"])
        refused = refusal(shop.sales, "update_quote", shop.rep, id=quote["id"], version=sent["version"], name="x")
        assert (refused.status, refused.problem["code"]) == (409, "quote_wrong_state")

    def test_a_sent_quote_expires_after_its_day(self, shop: Shop) -> None:
        today = clock.today(clock.now(), shop.sales.settings.time_zone)
        late = shop.quote(valid_until=(today - timedelta(days=1)).isoformat())
        due, draft = shop.quote(valid_until=today.isoformat()), shop.quote(valid_until=(today - timedelta(days=1)).isoformat())
        for quote in (late, due):
            shop.sales.call("send_quote", shop.rep, id=quote["id"])
        shop.sales.tick("expire_quotes")
        found = {one["id"]: one["status"] for one in shop.sales.call("list_quotes", shop.rep)["items"]}
        assert found == {late["id"]: "expired", due["id"]: "sent", draft["id"]: "draft"}

    def test_an_order_copies_the_quote_points_back_and_is_made_once(self, shop: Shop) -> None:
        contact = shop.customer_door.call("create_contact", shop.rep, customer_id=shop.acme["id"], name="Ann")
        quote = shop.quote(shop.line(3, unit_price="70.00", discount="5", note="soon"), discount="9.50", contact_id=contact["id"])
        order = shop.sales.call("create_order_from_quote", shop.rep, id=quote["id"])
        same = ("customer_id", "contact_id", "discount", "total", "price_list_id")
        assert [order[name] for name in same] == [quote[name] for name in same]
        without_id = [{name: value for name, value in line.items() if name != "id"} for line in quote["lines"]]
        assert [{name: value for name, value in line.items() if name != "id"} for line in order["lines"]] == without_id
        assert (order["quote_id"], order["status"], order["subject"]) == (quote["id"], "draft", "Pumps")
        assert shop.sales.call("get_quote", shop.rep, id=quote["id"])["status"] == "accepted"
        again = refusal(shop.sales, "create_order_from_quote", shop.rep, id=quote["id"])
        assert (again.status, again.problem["code"]) == (409, "quote_has_order")
        assert order["number"] in again.problem["detail"]
        shop.sales.call("delete_order", shop.rep, id=order["id"])
        assert shop.sales.call("create_order_from_quote", shop.rep, id=quote["id"])["quote_id"] == quote["id"]

    def test_two_orders_of_one_quote_at_once_are_one(self, shop: Shop) -> None:
        quote = shop.quote()
        answers = at_once([lambda: shop.sales.call("create_order_from_quote", shop.rep, id=quote["id"])] * 6)
        assert sorted(getattr(answer, "status", 200) if not isinstance(answer, dict) else 201 for answer in answers) == [201, *[409] * 5]
        assert shop.sales.call("list_orders", shop.rep)["total"] == 1

    def test_no_order_of_a_refused_quote(self, shop: Shop) -> None:
        quote = shop.quote()
        for verb in ("send", "reject"):
            shop.sales.call(f"{verb}_quote", shop.rep, id=quote["id"])
        assert refusal(shop.sales, "create_order_from_quote", shop.rep, id=quote["id"]).problem["code"] == "quote_wrong_state"


class TestApproval:
    def test_submit_approve_and_what_is_kept(self, shop: Shop) -> None:
        order = shop.pending()
        assert (order["status"], order["approver_id"]) == ("pending_approval", shop.boss.user_id)
        assert set(shop.sales.call("get_order", shop.boss, id=order["id"])["can"]) >= {"approve"}
        assert not shop.sales.published(OrderApproved)
        approved = shop.sales.call("approve_order", shop.boss, id=order["id"], comment="good")
        assert approved["status"] == "approved"
        assert [(step["step"], step["by"], step["comment"]) for step in approved["approvals"]] == [
            ("submitted", shop.rep.user_id, "please"), ("approved", shop.boss.user_id, "good"),
        ]  # fmt: skip
        (event,) = shop.sales.published(OrderApproved)
        assert isinstance(event, OrderApproved)
        assert (event.order_id, str(event.total), event.version) == (order["id"], "100.00", approved["version"])

    def test_the_approver_must_be_somebody_else_who_may_approve(self, shop: Shop) -> None:
        order = shop.draft()
        gone = shop.hire("Gone", "order:approve", active=False)
        for approver, code in (
            (shop.other.user_id, "may_not_approve"), (shop.rep.user_id, "may_not_approve"), (some_id(), "unknown_user"), (gone.user_id, "may_not_approve"),
        ):  # fmt: skip
            refused = refusal(shop.sales, "submit_order", shop.rep, id=order["id"], approver_id=approver)
            assert (refused.status, refused.fields) == (422, {"approver_id": code})
        own = shop.order(shop.boss, shop.customer(shop.boss)["id"], shop.line())
        refused = refusal(shop.sales, "submit_order", shop.boss, id=own["id"], approver_id=shop.boss.user_id)
        assert refused.fields == {"approver_id": "own_order"}
        refused = refusal(shop.sales, "submit_order", shop.boss, id=order["id"], approver_id=shop.boss.user_id)
        assert refused.fields == {"approver_id": "own_order"}
        assert not shop.sales.published(OrderSubmitted)

    def test_a_pending_order_is_locked(self, shop: Shop) -> None:
        order = shop.pending()
        tries = {
            "update_order": {"version": order["version"], "subject": "x"}, "delete_order": {}, "void_order": {"reason": "x"},
            "submit_order": {"approver_id": shop.boss.user_id}, "apply_price_list": {"price_list_id": some_id()},
        }  # fmt: skip
        for method, asked in tries.items():
            refused = refusal(shop.sales, method, shop.rep, id=order["id"], **asked)
            assert (refused.status, refused.problem["code"]) == (409, "wrong_state"), method
        for method, asked in {"batch_update_orders": {"changes": {"subject": "x"}}, "batch_delete_orders": {}}.items():
            refused = refusal(shop.sales, method, shop.rep, ids=[order["id"]], **asked)
            assert (refused.status, refused.problem["failed"][0]["code"]) == (409, "wrong_state")
        assert shop.sales.call("get_order", shop.rep, id=order["id"]) == order

    def test_approving_at_once_has_the_effect_of_once(self, shop: Shop) -> None:
        order = shop.pending()
        approve = [lambda: shop.sales.call("approve_order", shop.boss, id=order["id"]) for _ in range(6)]
        reject = [lambda: shop.sales.call("reject_order", shop.boss, id=order["id"]) for _ in range(2)]
        answers = at_once([*approve, *reject])
        assert sum(isinstance(answer, dict) for answer in answers) == 1
        stands = shop.sales.call("get_order", shop.boss, id=order["id"])
        assert len(stands["approvals"]) == 2
        assert len(shop.sales.published(OrderApproved)) == (1 if stands["status"] == "approved" else 0)

    def test_the_same_key_at_once_approves_once_and_answers_alike(self, shop: Shop) -> None:
        order = shop.pending()
        answers = at_once([lambda: shop.sales.call("approve_order", shop.boss, key="once", id=order["id"], comment="ok")] * 6)
        assert [answer for answer in answers if answer != answers[0]] == []
        assert len(shop.sales.published(OrderApproved)) == 1

    def test_rejected_and_withdrawn_orders_are_drafts_again(self, shop: Shop) -> None:
        rejected, withdrawn = shop.pending(), shop.pending()
        assert shop.sales.call("reject_order", shop.boss, id=rejected["id"], comment="too cheap")["status"] == "draft"
        assert shop.sales.call("withdraw_order", shop.rep, id=withdrawn["id"])["status"] == "draft"
        outside = shop.hire("Outside", "order:read", "order:approve")
        other = shop.submit(shop.draft(), outside)
        assert shop.sales.call("get_order", outside, id=other["id"])["id"] == other["id"]
        shop.sales.call("withdraw_order", shop.rep, id=other["id"])
        assert refusal(shop.sales, "get_order", outside, id=other["id"]).status == 404

    def test_void_is_refused_while_money_is_there_even_if_sales_has_not_heard(self, shop: Shop) -> None:
        order = shop.pending()
        shop.sales.call("approve_order", shop.boss, id=order["id"])
        shop.settle()
        shop.finance.call("create_receipt", shop.admin, order_id=order["id"], amount="1.00")
        for _ in ("unheard", "heard"):
            refused = refusal(shop.sales, "void_order", shop.boss, id=order["id"], reason="x")
            assert (refused.status, refused.problem["code"]) == (409, "has_receipts")
            shop.settle()
        receipt = shop.finance.call("list_receipts", shop.admin)["items"][0]
        shop.finance.call("void_receipt", shop.admin, id=receipt["id"], reason="x")
        shop.settle()
        assert shop.sales.call("void_order", shop.boss, id=order["id"], reason="wrong customer")["status"] == "voided"
        shop.settle()
        plans = shop.finance.call("list_payment_plans", shop.admin)["items"]
        assert {plan["status"] for plan in plans} == {"cancelled"}


class TestWhoMay:
    def test_a_foreign_order_or_quote_is_not_found_on_every_path(self, shop: Shop) -> None:
        order, quote = shop.draft(), shop.quote()
        for method, asked in {
            "get_order": {}, "update_order": {"version": 1, "subject": "x"}, "delete_order": {}, "order_history": {},
            "submit_order": {"approver_id": shop.boss.user_id}, "withdraw_order": {}, "approve_order": {}, "reject_order": {},
            "apply_price_list": {"price_list_id": some_id()},
        }.items():  # fmt: skip
            for record_id in (order["id"], some_id()):
                assert refusal(shop.sales, method, shop.other, id=record_id, **asked).status == 404, method
        for method, asked in {
            "get_quote": {}, "update_quote": {"version": 1, "name": "x"}, "delete_quote": {}, "quote_history": {}, "send_quote": {},
            "create_order_from_quote": {}, "apply_price_list_to_quote": {"price_list_id": some_id()},
        }.items():  # fmt: skip
            assert refusal(shop.sales, method, shop.other, id=quote["id"], **asked).status == 404, method
        for many, method in ((order, "orders"), (quote, "quotes")):
            assert shop.sales.call(f"list_{method}", shop.other)["items"] == []
            refused = refusal(shop.sales, f"batch_delete_{method}", shop.other, ids=[many["id"]])
            assert refused.problem["failed"][0]["code"] == "not_found"
        assert len(shop.sales.published(OrderUpdated, OrderDeleted)) == 0

    def test_foreign_references_in_a_body_name_the_field(self, shop: Shop) -> None:
        theirs = shop.customer(shop.other)
        contact = shop.customer_door.call("create_contact", shop.other, customer_id=theirs["id"], name="Bob")
        mine = shop.customer(shop.rep)
        quote = shop.quote()
        base = {"customer_id": shop.acme["id"], "subject": "s", "lines": [shop.line()]}
        for wrong in (
            {"customer_id": theirs["id"]}, {"customer_id": some_id()}, {"contact_id": contact["id"]}, {"contact_id": some_id()},
            {"quote_id": some_id()}, {"price_list_id": some_id()},
        ):  # fmt: skip
            refused = refusal(shop.sales, "create_order", shop.rep, **{**base, **wrong})
            assert (refused.status, refused.fields) == (422, {next(iter(wrong)): "not_found"})
        refused = refusal(shop.sales, "create_order", shop.rep, **{**base, "customer_id": mine["id"], "quote_id": quote["id"]})
        assert refused.fields == {"quote_id": "not_found"}
        assert shop.sales.call("list_orders", shop.admin)["total"] == 0

    def test_the_contact_leaves_with_the_customer(self, shop: Shop) -> None:
        contact = shop.customer_door.call("create_contact", shop.rep, customer_id=shop.acme["id"], name="Ann")
        order = shop.draft(contact_id=contact["id"])
        moved = shop.sales.call("update_order", shop.rep, id=order["id"], version=1, customer_id=shop.customer(shop.rep)["id"])
        assert moved["contact_id"] is None

    def test_an_order_for_a_customer_made_a_moment_ago(self, shop: Shop) -> None:
        assert shop.order(shop.rep, shop.customer(shop.rep)["id"], shop.line())["status"] == "draft"

    def test_no_new_order_for_a_deleted_customer(self, shop: Shop) -> None:
        gone = shop.customer(shop.rep)
        shop.settle()
        shop.customer_door.call("delete_customer", shop.admin, id=gone["id"])
        shop.settle()
        refused = refusal(shop.sales, "create_order", shop.rep, customer_id=gone["id"], subject="s", lines=[shop.line()])
        assert refused.fields == {"customer_id": "not_found"}

    def test_stale_versions_change_nothing(self, shop: Shop) -> None:
        order = shop.draft()
        shop.sales.call("update_order", shop.rep, id=order["id"], version=1, subject="first")
        for asked in ({"version": 1, "subject": "second"}, {"version": 3, "subject": "second"}):
            refused = refusal(shop.sales, "update_order", shop.rep, id=order["id"], **asked)
            assert (refused.status, refused.problem["code"]) == (409, "stale_version")
        answers = at_once(
            [lambda n=n: shop.sales.call("update_order", shop.rep, id=order["id"], version=2, subject=f"at once {n}") for n in range(6)]
        )
        assert sum(isinstance(answer, dict) for answer in answers) == 1

    def test_figures_of_the_system_are_not_written(self, shop: Shop) -> None:
        order = shop.draft()
        for name, value in {"status": "approved", "number": "SO1", "received": "1.00", "approved_at": "2026-01-01T00:00:00Z", "approver_id": some_id(),
                            "approvals": [], "version": 7, "created_by": some_id()}.items():  # fmt: skip
            for method, asked in (
                ("create_order", {"customer_id": shop.acme["id"], "subject": "s", "lines": [shop.line()]}),
                ("update_order", {"id": order["id"], "version": 1}),
            ):
                if (method, name) != ("update_order", "version"):
                    refused = refusal(shop.sales, method, shop.rep, **{**asked, name: value})
                    assert (refused.status, refused.fields) == (422, {name: "read_only"})

    def test_every_record_of_a_batch_gets_every_change(self, shop: Shop) -> None:
        ids = [shop.draft()["id"] for _ in range(3)]
        changed = shop.sales.call(
            "batch_update_orders", shop.admin, ids=ids, changes={"subject": "x", "signer": "y", "owner_id": shop.other.user_id}
        )
        assert changed == {"succeeded": 3, "failed": []}
        rows = shop.sales.call("list_orders", shop.admin)["items"]
        assert {(row["subject"], row["signer"], row["owner_id"]) for row in rows} == {("x", "y", shop.other.user_id)}
        refused = refusal(shop.sales, "batch_update_orders", shop.admin, ids=ids, changes={"lines": [shop.line()]})
        assert refused.fields == {"changes.lines": "read_only"}

    def test_nobody_takes_or_loses_a_record_by_an_edit(self, shop: Shop) -> None:
        order = shop.draft()
        for owner, status in ((shop.other.user_id, 403), (None, 422)):
            assert refusal(shop.sales, "update_order", shop.rep, id=order["id"], version=1, owner_id=owner).status == status
        # The boss sees the order but may not assign, not even to themselves.
        assert refusal(shop.sales, "update_order", shop.boss, id=order["id"], version=1, owner_id=shop.boss.user_id).status == 403


def test_the_copy_in_finance_follows_every_change(shop: Shop) -> None:
    order = shop.draft()
    shop.settle()
    shop.sales.call("update_order", shop.rep, id=order["id"], version=1, lines=[shop.line(5)])
    shop.settle()
    with shop.finance.database.transaction(read=True) as db, shop.sales.database.transaction(read=True) as theirs:
        copy, own = db.get_one(OrderCopy, order["id"]), theirs.get_one(Order, order["id"])
        assert (copy.total, copy.version, copy.status) == (own.total, own.version, own.status)
