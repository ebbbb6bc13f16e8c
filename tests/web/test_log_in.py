"""Coming in, staying in, going out."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.client import Client, eventually
from tests.journeys.conftest import PASSWORD, Company
from tests.web.conftest import PageOf, settled, start

pytestmark = pytest.mark.slow


def log_in(page: Page, username: str, password: str = PASSWORD) -> None:
    page.get_by_role("textbox", name="User name or e-mail").fill(username)
    page.get_by_role("textbox", name="Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def test_wrong_password_then_right_one_returns_to_where_one_was(company: Company, page_of: PageOf) -> None:
    page = page_of(path="/products?q=Pump")
    expect(page).to_have_url(re.compile("/login"))
    log_in(page, company.wang.username, "not-my-password")
    expect(page.get_by_role("alert")).to_contain_text("user name or the password is wrong")
    log_in(page, company.wang.username)
    expect(page).to_have_url(re.compile(r"/products\?q=Pump"))
    expect(page.get_by_role("link", name="Pump")).to_be_visible()


def test_too_many_failures_lock_for_seconds_that_are_told(company: Company, page_of: PageOf) -> None:
    locked = company.hire("locked", "sales_rep")
    page = page_of(path="/login")
    for _ in range(6):
        log_in(page, locked.username, "wrong-password")
        expect(page.get_by_role("button", name="Log in")).not_to_have_class(re.compile("loading"))
        if page.get_by_role("button", name="Log in").is_disabled():
            break
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"Try again in \d+ seconds"))
    expect(page.get_by_role("button", name="Log in")).to_be_enabled()


def test_second_factor_is_asked_for(company: Company, page_of: PageOf) -> None:
    careful = company.hire("careful", "sales_rep")
    secret = careful.post("/auth/two-factor/start")["secret"]
    careful.post("/auth/two-factor/confirm", {"code": pyotp.TOTP(secret).now()})
    page = page_of(path="/login")
    log_in(page, careful.username)
    page.get_by_role("textbox", name="Verification code").fill(pyotp.TOTP(secret).at(datetime.now(UTC) + timedelta(seconds=30)))
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Hello, Careful")).to_be_visible()

    # The telephone is lost.
    admin = page_of(company.admin, f"/users/{careful.id}")
    start(admin, "Reset second factor")
    admin.get_by_role("dialog").get_by_role("button", name="Reset second factor").click()
    expect(admin.get_by_text("Reset second factor: done")).to_be_visible()
    again = page_of(path="/login")
    log_in(again, careful.username)
    expect(again.get_by_role("heading", name="Hello, Careful")).to_be_visible()


@pytest.mark.parametrize(
    ("role", "shown", "hidden"),
    [
        ("admin", ["Control panel", "Orders"], []),
        ("director", ["Orders", "Reports"], ["Control panel"]),
        ("wang", ["Customers", "Quotes"], ["Control panel"]),
        ("cashier", ["Payment plans", "Receipts"], ["Control panel", "Price lists"]),
    ],
)
def test_each_role_lands_on_its_workbench(company: Company, page_of: PageOf, role: str, shown: list[str], hidden: list[str]) -> None:
    person: Client = getattr(company, role)
    page = page_of(person)
    settled(page)
    menu = page.get_by_role("navigation", name="Menu")
    for word in shown:
        expect(menu.get_by_text(word, exact=True)).to_be_visible()
    for word in hidden:
        expect(menu.get_by_text(word, exact=True)).to_have_count(0)
    waiting = page.get_by_role("heading", name="Waiting for my approval")
    expect(waiting).to_have_count(1 if role in ("admin", "director") else 0)


def test_tabs_share_one_session_and_leave_together(company: Company, page_of: PageOf) -> None:
    first = page_of(company.li, "/customers")
    others = [page_of(path="/products", page=first), page_of(path="/orders", page=first)]
    for page in (first, *others):
        page.reload(wait_until="commit")
    for page in (first, *others):
        settled(page)
        expect(page).not_to_have_url(re.compile("/login"))
    first.get_by_role("button", name="user Li").click()
    first.get_by_role("menuitem", name="Log out").click()
    for page in (first, *others):
        expect(page).to_have_url(re.compile("/login"))


def test_language_changes_at_once_and_is_remembered(company: Company, page_of: PageOf) -> None:
    page = page_of(company.wang, "/customers")
    expect(page.get_by_role("heading", name="Customers")).to_be_visible()
    for word, title in (("简体中文", "客户"), ("繁體中文", "客戶"), ("English", "Customers")):
        page.locator("header").get_by_role("button", name=re.compile("^(Language|语言|語言)")).click()
        page.get_by_role("menuitem", name=word).click()
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    eventually(lambda: company.wang.get("/auth/me")["user"]["language"] == "en")


def test_a_server_that_is_away_keeps_everybody_where_they_are(company: Company, page_of: PageOf) -> None:
    page = page_of(company.wang, "/products?q=Pump")
    settled(page)
    page.route("**/api/v1/auth/refresh", lambda route: route.abort())
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("Cannot reach the server, trying again")
    expect(page).to_have_url(re.compile(r"/products\?q=Pump"))
    page.unroute("**/api/v1/auth/refresh")
    expect(page.get_by_role("link", name="Pump")).to_be_visible()


def test_second_factor_is_set_up_and_the_password_changed(company: Company, page_of: PageOf) -> None:
    anna = company.hire("anna", "sales_rep")
    page = page_of(anna, "/profile")
    page.get_by_role("button", name="Switch on").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Verification code").fill("000000")
    dialog.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("alert").or_(page.locator(".ant-message-error")).first).to_be_visible()
    dialog.get_by_role("textbox", name="Verification code").fill(pyotp.TOTP(dialog.locator("code").inner_text()).now())
    dialog.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("dialog").filter(has_text="recovery codes").locator("pre")).to_contain_text(re.compile(r"\S{8,}"))
    page.get_by_role("dialog").get_by_role("button", name="OK").click()
    expect(page.get_by_role("heading", name="Second factor On")).to_be_visible()
    expect(page.get_by_role("button", name="Switch off")).to_be_visible()
    expect(page.get_by_role("button", name="Switch on")).to_have_count(0)

    page.get_by_role("textbox", name="Present password").fill(PASSWORD)
    page.get_by_role("textbox", name="New password").fill("another-long-enough-one")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("Saved")).to_be_visible()
    other = page_of(path="/login")
    log_in(other, anna.username, "another-long-enough-one")
    expect(other.get_by_text("enter the code")).to_be_visible()
