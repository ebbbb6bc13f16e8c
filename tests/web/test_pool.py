"""Customers in the pool, as people send, claim and lose them."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from deploy.web import WEB
from shared.i18n import LANGUAGES
from tests.journeys.client import eventually
from tests.journeys.conftest import Company
from tests.web.conftest import PageOf, choose, settled

pytestmark = pytest.mark.slow


def row_of(page: Page, name: str) -> Locator:
    return page.locator("[data-row-key]", has=page.get_by_role("link", name=name, exact=True))


def pooled(company: Company) -> str:
    customer = company.customer(company.wang)
    company.wang.post("/pool/send", {"customer_ids": [customer["id"]]})
    eventually(lambda: company.li.get("/pool/customers", state="unassigned", q=customer["name"])["total"] == 1)
    return str(customer["name"])


def test_send_claim_and_lose_a_claim(company: Company, page_of: PageOf) -> None:
    customer = company.customer(company.wang)
    name = customer["name"]
    owner = page_of(company.wang, f"/customers?q={name}")
    row_of(owner, name).get_by_role("button", name="Send to pool").click()
    owner.get_by_role("dialog").get_by_role("button", name="Send to pool").click()
    expect(owner.get_by_text("Send to pool: 1 succeeded")).to_be_visible()

    slow, quick = (page_of(one, f"/customers?tab=unassigned&q={name}") for one in (company.wang, company.li))
    slow.get_by_role("checkbox", name=name).check()
    row_of(quick, name).get_by_role("button", name="Claim").click()
    expect(quick.get_by_text("Claim: 1 succeeded")).to_be_visible()

    slow.get_by_role("toolbar", name="Batch actions").get_by_role("button", name="Claim").click()
    refused = slow.get_by_role("dialog")
    expect(refused).to_contain_text("0 succeeded")
    expect(refused.get_by_role("cell", name=name)).to_be_visible()
    expect(refused).to_contain_text("Li")

    quick.goto(f"/customers/{customer['id']}?tab=pool-log")
    expect(quick.get_by_text("Pool customer", exact=True)).to_be_visible()
    expect(quick.get_by_role("tabpanel")).to_contain_text(re.compile("claim", re.IGNORECASE))


@pytest.mark.parametrize("language", LANGUAGES)
def test_claim_on_a_phone(company: Company, page_of: PageOf, language: str) -> None:
    words = json.loads((WEB / f"src/locales/{language}.json").read_text())
    name, claim = pooled(company), words["pool.claim"]
    page = page_of(company.li, f"/customers?tab=unassigned&q={name}", width=390, language=language)
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.locator("table")).to_have_count(0)
    row_of(page, name).get_by_role("button", name=claim).click()
    expect(page.get_by_text(words["batch.succeeded"].replace("{{label}}", claim).replace("{{count}}", "1"))).to_be_visible()
    assert company.li.get("/customers", q=name)["items"][0]["pool_status"] == "assigned"


def tab_to(page: Page, text: str, within: str = "body") -> None:
    """Press Tab until the button with this text has the focus."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(f"document.activeElement.closest('{within}') && document.activeElement.textContent") == text:
            return
    raise AssertionError(f"{text} is not reached by Tab")


def test_send_and_claim_by_keyboard_alone(company: Company, page_of: PageOf) -> None:
    name = company.customer(company.wang)["name"]
    owner = page_of(company.wang, f"/customers?q={name}")
    expect(row_of(owner, name)).to_be_visible()
    owner.keyboard.press("j")
    tab_to(owner, "Send to pool")
    owner.keyboard.press("Enter")
    expect(owner.get_by_role("dialog")).to_be_visible()
    tab_to(owner, "Send to pool", ".ant-modal")
    owner.keyboard.press("Enter")
    expect(owner.get_by_text("Send to pool: 1 succeeded")).to_be_visible()
    member = page_of(company.li, f"/customers?tab=unassigned&q={name}")
    expect(row_of(member, name)).to_be_visible()
    member.keyboard.press("j")
    tab_to(member, "Claim")
    member.keyboard.press("Enter")
    expect(member.get_by_text("Claim: 1 succeeded")).to_be_visible()


def test_extending_takes_whole_days_only(company: Company, page_of: PageOf) -> None:
    name = pooled(company)
    found = company.li.get("/pool/customers", state="unassigned", q=name)["items"][0]
    company.li.post("/pool/claim", {"customer_ids": [found["id"]]})
    before = datetime.fromisoformat(company.li.get(f"/pool/customers/{found['id']}")["protected_until"])
    page = page_of(company.admin, f"/customers?tab=assigned&q={name}")
    row_of(page, name).get_by_role("button", name="Extend").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Days to add").fill("0")
    dialog.get_by_role("button", name="Extend").click()
    expect(dialog.get_by_text("between 1 and 365")).to_be_visible()
    dialog.get_by_role("textbox", name="Days to add").fill("5")
    dialog.get_by_role("button", name="Extend").click()
    expect(page.get_by_text("Extend: 1 succeeded")).to_be_visible()
    after = datetime.fromisoformat(company.li.get(f"/pool/customers/{found['id']}")["protected_until"])
    assert after - before == timedelta(days=5)


def test_switching_the_pool_off_says_how_many_and_asks_for_the_word(company: Company, page_of: PageOf) -> None:
    pooled(company)
    page = page_of(company.admin, "/admin/pool")
    page.get_by_role("switch", name="The pool is on").click()
    page.get_by_role("button", name="Save").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("become")
    expect(dialog.get_by_role("button", name="Switch off")).to_be_disabled()
    dialog.get_by_role("textbox").fill("switch off")
    expect(dialog.get_by_role("button", name="Switch off")).to_be_enabled()
    dialog.get_by_role("button", name="Cancel").click()
    assert company.admin.get("/pool/settings")["enabled"] is True


def test_release_gives_back_and_the_log_tells_it(company: Company, page_of: PageOf) -> None:
    name = pooled(company)
    found = company.li.get("/pool/customers", state="unassigned", q=name)["items"][0]
    company.li.post("/pool/claim", {"customer_ids": [found["id"]]})
    page = page_of(company.li, f"/customers?tab=assigned&q={name}")
    row_of(page, name).get_by_role("button", name="Release").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Reason").fill("Moved abroad")
    dialog.get_by_role("button", name="Release").click()
    expect(page.get_by_text("Release: 1 succeeded")).to_be_visible()
    page.goto(f"/pool/customers/{found['id']}")
    log = page.locator(".history")
    expect(log).to_contain_text("Released")
    expect(log).to_contain_text("Moved abroad")

    ledger = page_of(company.admin, "/pool/statistics")
    expect(ledger.get_by_role("row", name=re.compile("Li"))).to_contain_text("1")
    ledger.get_by_role("link", name="Pool ledger").click()
    ledger.get_by_role("combobox", name="Action").click()
    choose(ledger, "Released")
    expect(ledger.get_by_role("cell", name="Claimed")).to_have_count(0)
    expect(ledger.get_by_role("row", name=re.compile(name))).to_contain_text("Li → the pool")


def send_to(page: Page, pool: str, *names: str) -> None:
    """Send one customer by its row, several by a batch, to a pool of one's choice."""
    if len(names) == 1:
        row_of(page, names[0]).get_by_role("button", name="Send to pool").click()
    else:
        for name in names:
            page.get_by_role("checkbox", name=name).check()
        page.get_by_role("toolbar", name="Batch actions").get_by_role("button", name="Send to pool").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="Pool").click()
    choose(page, pool)
    dialog.get_by_role("button", name="Send to pool").click()
    expect(page.get_by_text(f"Send to pool: {len(names)} succeeded")).to_be_visible()


def test_pools_are_made_emptied_and_removed(company: Company, page_of: PageOf) -> None:
    page = page_of(company.admin, "/pools")
    page.get_by_role("button", name="New Pool").first.click()
    page.get_by_role("textbox", name="Name").fill("Reef")
    page.get_by_role("combobox", name="Regions").fill("Reef")
    page.keyboard.press("Enter")
    members = page.get_by_role("combobox", name="Pool users")
    members.fill("Wang")
    choose(page, "Wang")
    page.keyboard.press("Escape")
    page.get_by_role("spinbutton", name="Protection period").fill("3")
    page.get_by_role("button", name="Save").click()
    row = page.locator("tr[data-row-key]", has=page.get_by_role("link", name="Reef"))
    expect(row).to_contain_text("3")

    row.get_by_role("button", name="Edit").click()
    expect(page.get_by_role("textbox", name="Name")).to_have_value("Reef")
    page.get_by_role("spinbutton", name="Protection period").fill("4")
    page.get_by_role("combobox", name="Exempt tags").fill("Key account")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("4")
    reef = next(pool for pool in company.admin.get("/pools")["items"] if pool["name"] == "Reef")
    assert (reef["protection_days"], reef["auto_entry"]["exempt_tags"]) == (4, ["Key account"])

    customers = [company.customer(company.wang) for _ in range(3)]
    for some in (customers[:1], customers[1:]):
        send_to(page_of(company.wang, "/customers?sort=-created_at"), "Reef", *(one["name"] for one in some))
    sent = company.admin.get("/pool/customers", state="unassigned", pool_id=reef["id"])["items"]
    assert {one["id"] for one in sent} == {one["id"] for one in customers}
    page.reload()
    row.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("3 customers are in this pool")).to_be_visible()
    row.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Empty").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="Pool that takes").click()
    choose(page)
    dialog.get_by_role("button", name="Empty").click()
    expect(page.get_by_text("Empty: done")).to_be_visible()
    row.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)


def test_what_nobody_followed_goes_back_by_itself(company: Company, page_of: PageOf, overdue: Any) -> None:
    eventually(lambda: company.admin.get("/pool/customers", state="unassigned", q=overdue["name"])["total"] == 1, seconds=90)
    page = page_of(company.li, f"/pool/customers/{overdue['id']}")
    log = page.locator(".history")
    expect(log).to_contain_text("Recycled")
    expect(log).to_contain_text("Li → the pool")
