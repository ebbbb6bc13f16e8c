"""A browser at the real suite: Debian's Chromium, the built front end, a small company."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from deploy import web
from deploy.suite import Suite
from tests.journeys.client import PATIENCE_SECONDS, Client, eventually
from tests.journeys.conftest import PASSWORD, Company, run_suite

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first that is there; one without a window of its own takes a quarter of the time."""
# The browser itself notes every refused call; whether the page takes the refusal well is what tests look at.
# A connection that fails in this way was cut by the test itself.
NOTED = re.compile(r"Failed to load resource: (the server responded with a status of 4\d\d|net::ERR_FAILED)")
SECONDS = 60
# Messages go by themselves after some seconds.
HEARD = """
    window.heard = []
    const known = new WeakMap()
    const listen = () => {
        for (const one of document.querySelectorAll('.ant-message-notice, .ant-notification-notice')) {
            if (known.get(one) !== one.textContent) window.heard.push(one.textContent)
            known.set(one, one.textContent)
        }
    }
    new MutationObserver(listen).observe(document, { childList: true, characterData: true, subtree: true })
"""
REMEMBERED = "if (location.protocol !== 'about:') {{ localStorage.setItem('highseas.language', '{0}'); localStorage.setItem('highseas.language-chosen', '1') }}"

PageOf = Callable[..., Page]


@pytest.fixture(scope="package")
def suite() -> Iterator[Suite]:
    """A running suite that serves the front end, built from these sources."""
    web.build()
    # On a busy machine a service may take longer than a call may: nobody is away here.
    yield from run_suite(rpc_timeout_seconds=60)


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
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS, timeout=PATIENCE_SECONDS * 1000)
        yield browser
        browser.close()


class Desk:
    """The browser windows of the people in the tests. Each keeps theirs for the next test, so that it loads the application's files
    once; what a test leaves behind goes with its pages: cookies, what was remembered, permissions."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser, self.url = browser, url
        self.complaints: list[str] = []
        self.kept: dict[tuple[str, str, int], BrowserContext] = {}
        self.opened: list[BrowserContext] = []

    def window(self, client: Client | None, language: str, width: int) -> BrowserContext:
        """The window of somebody, logged in; nobody in particular gets a new one."""
        context = self._kept(client, language, width) if client else self._open(language, width)
        if context not in self.opened:
            self.opened.append(context)
            if client:
                enter(context, client)
        return context

    def tidy(self) -> None:
        """After a test."""
        for context in self.opened:
            if context not in self.kept.values():
                context.close()
                continue
            for page in context.pages:
                forget = {"origin": self.url, "storageTypes": "local_storage,session_storage"}
                context.new_cdp_session(page).send("Storage.clearDataForOrigin", forget)
                page.close()
            context.clear_cookies()
            context.clear_permissions()
        self.opened.clear()

    def _kept(self, client: Client, language: str, width: int) -> BrowserContext:
        key = (client.username, language, width)
        if key not in self.kept:
            self.kept[key] = self._open(language, width)
            self.kept[key].add_init_script("if (location.protocol !== 'about:') localStorage.setItem('highseas.logged-in', '1')")
        return self.kept[key]

    def _open(self, language: str, width: int) -> BrowserContext:
        context = self.browser.new_context(viewport={"width": width, "height": 900}, locale=language, timezone_id="Asia/Shanghai", reduced_motion="reduce", base_url=self.url)  # fmt: skip
        context.set_default_timeout(SECONDS * 1000)
        context.add_init_script(REMEMBERED.format(language))
        context.add_init_script(HEARD)
        context.on("page", self._listen)
        return context

    def _listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        page.on("console", lambda said: self.complaints.append(f"{said.type}: {said.text}") if said.type in ("error", "warning") and not NOTED.match(said.text) else None)  # fmt: skip


@pytest.fixture(scope="package")
def desk(chromium: Browser, suite: Suite) -> Desk:
    """Everybody's windows."""
    return Desk(chromium, suite.url)


@pytest.fixture
def page_of(desk: Desk) -> Iterator[PageOf]:
    """Opens pages: `page_of(somebody)` logged in, `page_of()` as nobody. What a page complains of fails the test."""

    def make(
        client: Client | None = None, path: str = "/", *, language: str = "zh-CN", width: int = 1360, page: Page | None = None
    ) -> Page:
        context = page.context if page else desk.window(client, language, width)
        opened = context.new_page()
        opened.goto(path)
        return opened

    desk.complaints.clear()
    yield make
    desk.tidy()
    assert desk.complaints == []


def enter(context: BrowserContext, client: Client) -> None:
    """Log in by the API; the cookie keeps the browser logged in."""
    answer = context.request.post("/api/v1/auth/login", data={"username": client.username, "password": PASSWORD})
    assert answer.ok, answer.text()


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


def visit(page: Page, path: str) -> None:
    """Go to a page of the running application, as a link would."""
    page.evaluate(
        """async (path) => {
            window.history.pushState({ idx: 1 }, '', path)
            window.dispatchEvent(new PopStateEvent('popstate', { state: { idx: 1 } }))
            // The page before stands there, as settled as it was, until the next one is drawn; nothing is idle before that.
            for (let times = 0; times < 2; times += 1) await new Promise((done) => requestIdleCallback(done))
        }""",
        path,
    )
    settled(page)


def told(page: Page, text: str) -> None:
    """A message says this, or has said it and is gone. Each counts once."""
    page.wait_for_function(
        """(text) => {
            const at = window.heard.findIndex((one) => one.includes(text))
            return at >= 0 && window.heard.splice(at, 1)
        }""",
        arg=text,
    )


def choose(page: Page, text: str = "") -> None:
    """Take the first option, with this text, of the list that is open."""
    page.locator(".ant-select-dropdown:visible .ant-select-item-option", has_text=text).first.click()


def start(page: Page, name: str) -> None:
    """An action of the record whose page is open, wherever it stands."""
    head = page.locator(".detail-head")
    more = head.get_by_role("button", name=re.compile("^更多操作"))
    near = head.get_by_role("button", name=name, exact=True)
    expect(near.or_(more).first).to_be_visible()
    if near.count():
        near.click()
    else:
        more.click()
        page.get_by_role("menuitem", name=name, exact=True).click()
