"""Single sign-on against a real OpenID provider: who may come in by it, and what must not work."""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from werkzeug.serving import make_server

from deploy.processes import end, free_port, start, wait_until
from deploy.web import install, node_tools
from gateway import oidc, presets
from gateway.app import create_app
from gateway.models import AuditEntry, SignOn, User
from gateway.passwords import hash_password
from gateway.service import IdentityService
from shared import clock, trail
from shared.bus.client import RpcClient
from shared.caller import Caller
from shared.settings import Settings

HERE = Path(__file__).parent.parent / "oidc"
ACCOUNTS = {
    "ann": {"email": "Ann@example.com", "email_verified": True},
    "bob": {"email": "bob@example.com", "email_verified": False},
    "eve": {"email": "eve@elsewhere.example", "email_verified": True},
}


@pytest.fixture(scope="module")
def ports() -> tuple[int, int]:
    """The provider's port and ours."""
    return free_port(), free_port()


@pytest.fixture(scope="module")
def provider(ports: tuple[int, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running OpenID provider."""
    tools = node_tools(install=True)
    assert tools
    install(tools, HERE)
    client = {
        "client_id": "highseas", "client_secret": "a secret of the tests", "redirect_uris": [f"http://127.0.0.1:{ports[1]}/api/v1/auth/oidc/callback"],
    }  # fmt: skip
    log = tmp_path_factory.mktemp("provider") / "log"
    process = start([tools["node"], "provider.mjs", str(ports[0]), json.dumps(client), json.dumps(ACCOUNTS)], log=log, cwd=HERE)
    wait_until(lambda: "ready" in log.read_text(), what="the OpenID provider", alive=lambda: process.poll() is None)
    yield f"http://127.0.0.1:{ports[0]}"
    end(process)


@pytest.fixture
def gateway(provider: str, ports: tuple[int, int], door_of: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The gateway with sign-on by that provider, on a real port; gives its identity database."""
    import threading

    # A busy machine delays the provider too.
    monkeypatch.setattr(oidc, "PROVIDER_SECONDS", 60)
    door = door_of(IdentityService)
    settings = Settings(
        data_dir=tmp_path, port=ports[1], admin_password="an administrator", oidc_issuer=provider, oidc_client_id="highseas",
        oidc_client_secret="a secret of the tests", amqp_url="amqp://nobody@127.0.0.1:1",
    )  # fmt: skip
    with door.database.transaction() as db:
        trail.begin(db, Caller.system(), clock.now())
        presets.load(db, settings)
        for name in ("ann", "bob"):
            db.add(
                User(
                    username=name,
                    username_key=name,
                    display_name=name,
                    email=f"{name}@example.com",
                    password_hash=hash_password("x"),
                    role_rows=[],
                )
            )
    app = create_app(settings, client=RpcClient(settings.amqp_url), db=door.database)
    server = make_server("127.0.0.1", ports[1], app, threaded=True)
    # So often it looks whether it is to stop.
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield door.database
    server.shutdown()
    thread.join(60)
    server.server_close()


class Browser:
    """Somebody with a browser, signing on."""

    def __init__(self, port: int) -> None:
        self.base, self.session = f"http://127.0.0.1:{port}", requests.Session()

    def sign_on(self, login: str, page: str = "/customers") -> str:
        """Go through the provider's pages; gives where one ends up, as path with query."""
        return self.follow(self.to_callback(login, page))

    def to_callback(self, login: str, page: str = "/") -> str:
        """The address the provider sends the browser back to, not yet followed."""
        answer = self.hop("GET", f"{self.base}/api/v1/auth/oidc/login?next={urllib.parse.quote(page)}")
        for _ in range(12):
            if answer.is_redirect:
                target = urllib.parse.urljoin(answer.url, answer.headers["Location"])
                if target.startswith(f"{self.base}/api/v1/auth/oidc/callback"):
                    return target
                answer = self.hop("GET", target)
                continue
            action = re.search(r'action="([^"]+)"', answer.text)
            assert action, answer.text[:500]
            prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
            form = {"prompt": prompt[1] if prompt else "consent", "login": login, "password": "any"}
            answer = self.hop("POST", urllib.parse.urljoin(answer.url, action[1]), data=form)
        raise AssertionError("the provider never came back")

    def follow(self, callback: str) -> str:
        answer = self.hop("GET", callback)
        assert answer.is_redirect, answer.text[:300]
        return answer.headers["Location"].removeprefix(self.base)

    def hop(self, method: str, url: str, **arguments: Any) -> requests.Response:
        return self.session.request(method, url, allow_redirects=False, timeout=60, **arguments)

    def refresh(self) -> requests.Response:
        return self.session.post(
            f"{self.base}/api/v1/auth/refresh", json={"refresh_token": self.session.cookies.get("highseas_refresh") or "none"}, timeout=60
        )


@pytest.fixture
def browser(gateway: Any, ports: tuple[int, int]) -> Browser:
    return Browser(ports[1])


def test_known_address_comes_in_and_is_known_from_then_on(gateway: Any, browser: Browser, ports: tuple[int, int]) -> None:
    assert browser.session.get(f"{browser.base}/api/v1/auth/options", timeout=60).json() == {"single_sign_on": "SSO"}
    assert browser.sign_on("ann") == "/customers"
    entered = browser.refresh()
    assert entered.json()["user"]["username"] == "ann"
    with gateway.transaction() as db:
        assert db.query(SignOn).one().subject == "ann"
        db.query(User).filter(User.username == "ann").one().email = "changed@example.com"
    second = Browser(ports[1])
    assert second.sign_on("ann") == "/customers"


@pytest.mark.parametrize("login", ["bob", "eve"])
def test_unverified_or_unknown_address_stays_outside(gateway: Any, browser: Browser, login: str) -> None:
    assert browser.sign_on(login) == "/login?error=sso_unknown_user"
    assert browser.refresh().status_code == 401
    with gateway.transaction(read=True) as db:
        assert db.query(AuditEntry).filter(AuditEntry.action == "sign_on_refused").count() == 1
        assert db.query(SignOn).count() == 0


def test_deactivated_user_stays_outside(gateway: Any, browser: Browser) -> None:
    browser.sign_on("ann")
    with gateway.transaction() as db:
        db.query(User).filter(User.username == "ann").one().is_active = False
    assert Browser(int(browser.base.rpartition(":")[2])).sign_on("ann") == "/login?error=sso_unknown_user"


def test_callback_is_good_once_and_only_in_the_browser_that_asked(browser: Browser, ports: tuple[int, int]) -> None:
    callback = browser.to_callback("ann")
    stranger = Browser(ports[1])
    assert stranger.follow(callback) == "/login?error=sso_failed"
    assert stranger.refresh().status_code == 401
    assert browser.follow(callback) == "/"
    assert browser.follow(callback) == "/login?error=sso_failed"


@pytest.mark.parametrize("change", ["state", "code", "iss", "error"])
def test_tampered_callback_is_refused(browser: Browser, change: str) -> None:
    callback = urllib.parse.urlsplit(browser.to_callback("ann"))
    query = dict(urllib.parse.parse_qsl(callback.query)) | {change: "https://evil.example"}
    assert browser.follow(urllib.parse.urlunsplit(callback._replace(query=urllib.parse.urlencode(query)))) == "/login?error=sso_failed"
    assert browser.refresh().status_code == 401


@pytest.mark.parametrize("page", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_nobody_is_led_elsewhere(browser: Browser, page: str) -> None:
    assert browser.sign_on("ann", page) == "/"


def test_provider_that_is_away_is_told(door_of: Any, tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path, oidc_issuer="http://127.0.0.1:1", oidc_client_id="a", oidc_client_secret="b", amqp_url="amqp://127.0.0.1:1"
    )
    app = create_app(settings, client=RpcClient(settings.amqp_url), db=door_of(IdentityService).database)
    assert app.test_client().get("/api/v1/auth/oidc/login").headers["Location"] == "/login?error=sso_unavailable"


def test_without_a_provider_there_is_nothing_to_offer(door_of: Any, tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=tmp_path), client=RpcClient("amqp://127.0.0.1:1"), db=door_of(IdentityService).database)
    assert app.test_client().get("/api/v1/auth/options").json == {"single_sign_on": None}
    assert app.test_client().get("/api/v1/auth/oidc/login").status_code == 404
