"""A browser at the real suite: Debian's Chromium, the built front end, a small company."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from deploy import web
from deploy.processes import free_port
from deploy.suite import Suite
from shared.settings import Settings
from tests.journeys.client import Client, eventually
from tests.journeys.conftest import PASSWORD, Company

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first that is there; one without a window of its own takes a quarter of the time."""
# The browser itself notes every refused call; whether the page takes the refusal well is what tests look at.
# A connection that fails in this way was cut by the test itself.
NOTED = re.compile(r"Failed to load resource: (the server responded with a status of 4\d\d|net::ERR_FAILED)")
SECONDS = 30
REMEMBERED = "if (location.protocol !== 'about:') {{ localStorage.setItem('highseas.language', '{0}'); localStorage.setItem('highseas.language-chosen', '1') }}"

PageOf = Callable[..., Page]


@pytest.fixture(scope="package")
def suite() -> Iterator[Suite]:
    """A running suite that serves the front end, built from these sources."""
    web.build()
    folder = Path(tempfile.mkdtemp(prefix="highseas-web-"))
    # Long tokens: on a busy machine the pages may take longer than a token lives.
    running = Suite(Settings(data_dir=folder, port=free_port(), admin_password=PASSWORD, access_token_seconds=7200))
    try:
        running.start()
        yield running
    finally:
        running.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="package")
def company(suite: Suite) -> Company:
    """The small company."""
    return Company(suite)


@pytest.fixture(scope="package")
def overdue(company: Company) -> Any:
    """A customer of Li's whose protection is over: the next round of the pool's timer takes it back, which may last a minute."""
    customer = company.pooled(company.wang)
    eventually(lambda: company.li.get("/pool/customers", state="unassigned", q=customer["name"])["total"] == 1)
    company.li.post("/pool/claim", {"customer_ids": [customer["id"]]})
    with sqlite3.connect(company.suite.settings.data_dir / "pool.sqlite3", timeout=30) as database:
        database.execute("UPDATE pool_entries SET protected_until = '2020-01-01 00:00:00.000000' WHERE id = ?", (customer["id"],))
    return customer


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for all tests."""
    path = os.environ.get("HIGHSEAS_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    expect.set_options(timeout=SECONDS * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page_of(chromium: Browser, suite: Suite) -> Iterator[PageOf]:
    """Opens pages: `page_of(somebody)` logged in, `page_of()` as nobody. What a page complains of fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def listen(page: Page) -> None:
        page.on("pageerror", lambda error: complaints.append(f"page error: {error}"))
        page.on(
            "console", lambda said: complaints.append(f"{said.type}: {said.text}") if said.type in ("error", "warning") and not NOTED.match(said.text) else None
        )  # fmt: skip

    def make(client: Client | None = None, path: str = "/", *, language: str = "en", width: int = 1360, page: Page | None = None) -> Page:
        if page is None:
            context = chromium.new_context(viewport={"width": width, "height": 900}, locale=language, timezone_id="Asia/Shanghai", reduced_motion="reduce", base_url=suite.url)  # fmt: skip
            context.set_default_timeout(SECONDS * 1000)
            context.on("page", listen)
            contexts.append(context)
            context.add_init_script(REMEMBERED.format(language))
            if client:
                enter(context, client)
        else:
            context = page.context
        opened = context.new_page()
        opened.goto(path)
        return opened

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


def enter(context: BrowserContext, client: Client) -> None:
    """Log in by the API; the cookie keeps the browser logged in."""
    answer = context.request.post("/api/v1/auth/login", data={"username": client.username, "password": PASSWORD})
    assert answer.ok, answer.text()
    context.add_init_script("if (location.protocol !== 'about:') localStorage.setItem('highseas.logged-in', '1')")


def settled(page: Page) -> None:
    """The page has loaded what it shows, and begins nothing new for a moment."""
    page.evaluate("() => { window.quietSince = null }")
    page.wait_for_function(
        """() => {
            const quiet = document.querySelector('#content h1, .login h1, .ant-result') && !document.querySelector('[aria-busy=true], .dim')
            window.quietSince = quiet ? (window.quietSince ?? performance.now()) : null
            return quiet && performance.now() - window.quietSince > 150
        }"""
    )


def choose(page: Page, text: str = "") -> None:
    """Take the first option, with this text, of the list that is open."""
    page.locator(".ant-select-dropdown:visible .ant-select-item-option", has_text=text).first.click()


def start(page: Page, name: str) -> None:
    """An action of the record whose page is open, wherever it stands."""
    head = page.locator(".detail-head")
    more = head.get_by_role("button", name=re.compile("^More actions"))
    near = head.get_by_role("button", name=name, exact=True)
    expect(near.or_(more).first).to_be_visible()
    if near.count():
        near.click()
    else:
        more.click()
        page.get_by_role("menuitem", name=name, exact=True).click()
