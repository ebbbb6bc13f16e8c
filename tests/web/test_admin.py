"""What administrators do: tokens, numbers, sessions, departments."""

from __future__ import annotations

import re
import sqlite3

import pytest
import requests
from playwright.sync_api import Locator, expect

from tests.journeys.client import Client
from tests.journeys.conftest import PASSWORD, Company
from tests.web.conftest import PageOf, choose, settled

pytestmark = pytest.mark.slow


def test_token_is_shown_once_works_and_is_revoked(company: Company, page_of: PageOf) -> None:
    page = page_of(company.admin, "/api-tokens")
    page.get_by_role("button", name="New API token").first.click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_role("textbox", name="Name").fill("Warehouse")
    drawer.get_by_role("combobox", name="Permissions").fill("Customers · Read")
    choose(page, "Customers · Read")
    page.keyboard.press("Escape")
    drawer.get_by_role("combobox", name="Valid until").click()
    choose(page, "90 days")
    drawer.get_by_role("button", name="Save").click()
    made = page.get_by_role("dialog", name="Token “Warehouse”")
    token = made.get_by_role("textbox", name="Token").input_value()
    made.get_by_role("button", name="I have kept it").click()
    expect(page.get_by_text(token)).to_have_count(0)

    asked = {"Authorization": f"Bearer {token}"}
    assert requests.get(f"{company.suite.url}/api/v1/customers", headers=asked, timeout=30).status_code == 200
    assert requests.get(f"{company.suite.url}/api/v1/orders", headers=asked, timeout=30).status_code == 403
    page.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("Revoke: done")).to_be_visible()
    assert requests.get(f"{company.suite.url}/api/v1/customers", headers=asked, timeout=30).status_code == 401


def test_numbers_follow_the_format(company: Company, page_of: PageOf) -> None:
    page = page_of(company.admin, "/admin/numbering")
    quotes = page.locator("form", has=page.get_by_role("heading", name="Quotes"))
    quotes.get_by_role("textbox", name="Letters in front").fill("Q1")
    quotes.get_by_role("button", name="Save").click()
    expect(quotes.get_by_text("Only letters are allowed")).to_be_visible()
    quotes.get_by_role("textbox", name="Letters in front").fill("ANG")
    quotes.get_by_role("button", name="Save").click()
    expect(quotes.get_by_text(re.compile(r"^ANG\d+"))).to_be_visible()
    assert company.admin.get("/meta/quotes/numbering")["prefix"] == "ANG"


def test_sessions_are_ended_by_their_owner_and_by_an_administrator(company: Company, page_of: PageOf) -> None:
    guest = company.hire("guest", "sales_rep")
    elsewhere = Client(company.suite.url, guest.username, PASSWORD)
    page = page_of(guest, "/profile")
    expect(page.get_by_text("This device")).to_have_count(1)
    ends = page.get_by_role("button", name="End", exact=True)
    expect(ends).to_have_count(2)
    ends.first.click()
    expect(ends).to_have_count(1)
    ends.first.click()
    expect(ends).to_have_count(0)
    with pytest.raises(AssertionError, match="401"):
        elsewhere.get("/auth/me")

    admin = page_of(company.admin, f"/users/{guest.id}?tab=sessions")
    admin.get_by_role("button", name="End all sessions").click()
    admin.get_by_role("dialog").get_by_role("button", name="End all sessions").click()
    expect(admin.get_by_text("Logged in nowhere")).to_be_visible()
    page.get_by_role("menuitem", name="Customers").click()
    expect(page).to_have_url(re.compile("/login"))


def test_an_administrator_acts_as_a_user_and_is_themselves_again(company: Company, page_of: PageOf) -> None:
    user = company.hire("lost", "sales_rep")
    customer, others = company.customer(user), company.customer(company.admin)

    def act() -> None:
        settled(page)
        page.goto(f"/users/{user.id}")
        page.get_by_role("button", name="Act as this user").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("textbox", name="Reason").fill("Cannot find a customer")
        dialog.get_by_role("button", name="Act as this user").click()
        expect(banner).to_contain_text("You act as Lost until")
        expect(page.get_by_role("banner").get_by_role("button", name="Lost")).to_be_visible()

    page = page_of(company.admin, "/users")
    banner = page.locator(".acting")
    act()
    page.get_by_role("menuitem", name="Customers").click()
    expect(page.get_by_role("link", name=customer["name"])).to_be_visible()
    expect(page.get_by_role("link", name=others["name"])).to_have_count(0)
    settled(page)
    page.get_by_role("banner").get_by_role("button", name="Lost").click()
    expect(page.get_by_role("menuitem", name="Be yourself again")).to_be_visible()
    expect(page.get_by_role("menuitem", name="Log out")).to_have_count(0)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Be yourself again").first.click()
    expect(page.get_by_role("banner").get_by_role("button", name="管理员")).to_be_visible()
    expect(banner).to_have_count(0)
    settled(page)
    page.goto(f"/users/{user.id}?tab=sessions")
    expect(page.get_by_text("Cannot find a customer")).to_have_count(0)

    # A reload leads back too, and so does an end that comes from elsewhere, before anything is done in one's own name.
    act()
    settled(page)
    page.reload()
    expect(banner).to_have_count(0)
    act()
    mine = Client(company.suite.url, user.username, PASSWORD)
    begun = next(one for one in mine.get("/auth/sessions")["items"] if one["impersonated_by"])
    assert begun["reason"] == "Cannot find a customer"
    mine.delete(f"/auth/sessions/{begun['id']}")
    page.get_by_role("menuitem", name="Customers").click()
    expect(banner).to_have_count(0)
    expect(page.get_by_role("banner").get_by_role("button", name="管理员")).to_be_visible()


def test_departments_grow_move_and_refuse_a_cycle(company: Company, page_of: PageOf) -> None:
    page = page_of(company.admin, "/departments")
    for name in ("North", "South"):
        page.get_by_role("button", name="New Department").first.click()
        page.get_by_role("dialog").get_by_role("textbox", name="Name").fill(name)
        page.get_by_role("dialog").get_by_role("button", name="Save").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Add below North").click()
    page.get_by_role("dialog").get_by_role("textbox", name="Name").fill("Harbour")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    north, south = (page.get_by_role("listitem").filter(has=page.get_by_text(name, exact=True)).first for name in ("North", "South"))
    expect(north.get_by_text("Harbour", exact=True)).to_be_visible()

    def belongs_to(department: Locator, above: str) -> None:
        department.get_by_role("button", name="Edit").first.click()
        drawer = page.get_by_role("dialog")
        drawer.get_by_role("combobox", name="Belongs to").click()
        choose(page, above)
        drawer.get_by_role("button", name="Save").click()

    belongs_to(north.get_by_role("listitem").filter(has=page.get_by_text("Harbour", exact=True)), "South")
    expect(south.get_by_text("Harbour", exact=True)).to_be_visible()
    page.get_by_role("link", name="Harbour").drag_to(page.get_by_role("link", name="North"))
    expect(north.get_by_text("Harbour", exact=True)).to_be_visible()
    belongs_to(north, "Harbour")
    expect(page.get_by_text("The department would hang below itself")).to_be_visible()
    assert {one["name"]: one["parent_id"] for one in company.admin.get("/departments")["items"]}["North"] is None
    settled(page)


def test_organisation_is_named_and_the_change_is_told(company: Company, page_of: PageOf) -> None:
    page = page_of(company.admin, "/admin/organisation")
    name = page.get_by_role("textbox", name="Name of the organisation")
    expect(name).not_to_have_value("")
    name.fill("Highseas Trading")
    page.get_by_role("checkbox", name="Saturday").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved")).to_be_visible()
    expect(page.locator(".history")).to_contain_text("Highseas Trading")
    assert company.admin.get("/organisation")["working_days"][-1] == 6


def test_system_tells_how_its_services_are_and_tries_again_what_they_gave_up(company: Company, page_of: PageOf) -> None:
    page = page_of(company.admin, "/admin/system")
    expect(page.get_by_role("row", name=re.compile("Finance"))).to_contain_text("Ready")
    expect(page.get_by_text("Nothing was given up")).to_be_visible()
    with sqlite3.connect(company.suite.settings.data_dir / "pool.sqlite3", timeout=30) as database:
        done = database.execute("SELECT id FROM inbox WHERE status = 'done' ORDER BY id DESC LIMIT 1").fetchone()[0]
        database.execute(
            "UPDATE inbox SET status = 'parked', attempts = 10, last_error = 'Traceback\nLookupError: no such pool' WHERE id = ?", (done,)
        )
    page.reload()
    row = page.get_by_role("row", name=re.compile("no such pool"))
    expect(row).to_contain_text("LookupError")
    row.get_by_role("checkbox").check()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Try again: 1 succeeded")).to_be_visible()
    expect(page.get_by_text("Nothing was given up")).to_be_visible()
