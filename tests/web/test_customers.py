"""Customers and tickets: handing over, merging, repairing; dictionaries; money that goes back."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.journeys.client import eventually
from tests.journeys.conftest import Company
from tests.web.conftest import PageOf, choose, settled, start

pytestmark = pytest.mark.slow


def test_customer_is_handed_over_with_its_contacts(company: Company, page_of: PageOf) -> None:
    customer = company.customer(company.wang)
    contact = company.wang.post("/contacts", {"customer_id": customer["id"], "name": "Ann"})
    page = page_of(company.director, "/contacts?sort=-created_at")
    expect(page.get_by_role("row", name=re.compile("Ann"))).to_contain_text(customer["name"])
    page.goto(f"/customers/{customer['id']}")
    start(page, "Transfer")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").first.fill("Li")
    choose(page, "Li")
    related = dialog.get_by_role("switch")
    if related.get_attribute("aria-checked") != "true":
        related.click()
    dialog.get_by_role("button", name="Transfer").click()
    expect(page.get_by_text("Transfer: done")).to_be_visible()
    assert company.li.get(f"/customers/{customer['id']}")["owner_id"] == company.li.id
    eventually(lambda: company.director.get(f"/contacts/{contact['id']}")["owner_id"] == company.li.id)


def test_two_customers_become_one(company: Company, page_of: PageOf) -> None:
    kept, gone = (company.customer(company.wang) for _ in range(2))
    contact = company.wang.post("/contacts", {"customer_id": gone["id"], "name": "Bob"})
    page = page_of(company.director, f"/customers/{kept['id']}")
    start(page, "Merge")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").fill(gone["name"])
    choose(page, gone["name"])
    dialog.get_by_role("button", name="Merge").click()
    expect(page.get_by_text("Merge: done")).to_be_visible()
    assert company.director.get(f"/contacts/{contact['id']}")["customer_id"] == kept["id"]
    page.goto(f"/customers/{kept['id']}?tab=contacts")
    expect(page.get_by_role("link", name="Bob")).to_be_visible()


def test_choice_of_a_dictionary_is_renamed_and_offered(company: Company, page_of: PageOf) -> None:
    page = page_of(company.admin, "/admin/dictionaries")
    page.get_by_role("combobox", name="Field").click()
    choose(page, "Source")
    settled(page)
    page.get_by_role("button", name="Add").click()
    rows = page.locator("tbody tr")
    rows.last.get_by_role("textbox", name=re.compile("English")).fill("Harbour fair")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved")).to_be_visible()
    seller = page_of(company.wang, "/customers")
    seller.get_by_role("button", name="New Customer").first.click()
    seller.get_by_role("dialog").get_by_role("combobox", name="Source").click()
    choose(seller, "Harbour fair")
    expect(seller.get_by_role("dialog").locator(".ant-select-content", has_text="Harbour fair")).to_be_visible()


def test_receipt_is_refunded_in_part_and_another_one_voided(company: Company, page_of: PageOf) -> None:
    order, plans = company.approved(company.wang, company.customer(company.wang)["id"], quantity=3)
    first, second = (company.cashier.post("/receipts", {"plan_id": plan["id"], "amount": plan["amount"]}) for plan in plans[:2])
    page = page_of(company.cashier, f"/receipts/{first['id']}")
    start(page, "Refund")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Amount").fill("10")
    dialog.get_by_role("textbox", name="Reason").fill("Scratched")
    dialog.get_by_role("button", name="Refund").click()
    expect(page.get_by_text("Refund: done")).to_be_visible()
    page.goto(f"/receipts/{second['id']}")
    start(page, "Void")
    dialog.get_by_role("textbox", name="Reason").fill("Twice")
    dialog.get_by_role("button", name="Void").click()
    expect(page.get_by_text("Void: done")).to_be_visible()
    received = [plan["received"] for plan in company.plans(order["id"])]
    assert received[:2] == ["89.99", "0.00"]


def test_tickets_are_counted_and_their_hours_set(company: Company, page_of: PageOf) -> None:
    customer = company.customer(company.wang)
    ticket = {"customer_id": customer["id"], "title": "Pump leaks", "fault_description": "Water on the floor", "priority": "urgent"}
    company.admin.post("/tickets", ticket)
    page = page_of(company.admin, "/admin/service-levels")
    page.get_by_role("spinbutton", name="Urgent").fill("2")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved")).to_be_visible()
    page.goto("/tickets/statistics?by=priority")
    expect(page.get_by_role("row", name=re.compile("Urgent"))).to_contain_text("1")
    made = company.admin.post("/tickets", {**ticket, "title": "Pump sings"})
    assert company.admin.get("/tickets/service-levels")["urgent"] == 2
    assert datetime.fromisoformat(made["due_at"]) - datetime.fromisoformat(made["created_at"]) == timedelta(hours=2)

    bench = page_of(company.hire("helper", "service_manager"))
    expect(bench.get_by_role("heading", name="Tickets nobody works on")).to_be_visible()
    bench.get_by_role("link", name="Pump sings").click()
    expect(bench.get_by_role("heading", name="Pump sings")).to_be_visible()


def test_the_knowledge_base_answers_while_a_ticket_is_typed(company: Company, page_of: PageOf) -> None:
    word = "zyxgasket"
    known = {"title": f"Worn {word}", "problem": "Water below the pump", "solution": "Change it"}
    article = company.admin.post("/articles", known)
    customer = company.customer(company.admin)
    page = page_of(company.admin, "/tickets")
    page.get_by_role("button", name="New Ticket").first.click()
    dialog = page.get_by_role("dialog")
    answers = dialog.locator(".known-answers")
    dialog.get_by_role("textbox", name="Title").fill("Nothing similar")
    expect(answers).to_have_count(0)
    dialog.get_by_role("textbox", name="Title").fill(f"Broken {word}")
    expect(answers.get_by_role("link", name=known["title"])).to_have_attribute("href", f"/articles/{article['id']}")
    dialog.get_by_role("textbox", name="Title").fill("Strange")
    expect(answers).to_have_count(0)
    dialog.get_by_role("textbox", name="Fault description").fill(f"{word} again")
    expect(answers.get_by_role("link", name=known["title"])).to_be_visible()
    ticket = company.admin.post("/tickets", {"customer_id": customer["id"], "title": word, "fault_description": word})
    page.goto(f"/tickets/{ticket['id']}")
    start(page, "Edit")
    expect(page.get_by_role("dialog").get_by_role("textbox", name="Title")).to_have_value(word)
    page.wait_for_timeout(1_000)  # longer than a pause in typing, after which articles would be asked for
    expect(page.get_by_role("dialog").locator(".known-answers")).to_have_count(0)
