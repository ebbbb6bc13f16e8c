"""People of the demo company at the public API. Whoever is told to wait tries again, under the same key."""

from __future__ import annotations

import http.client
import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")
PATIENCE_SECONDS = 60.0
THREADS = 6


class DemoError(Exception):
    """The demo company could not be loaded; the text says why."""


class Office:
    """Where the API is, and whether the work was called off."""

    def __init__(self, url: str) -> None:
        self.url = f"{url}/api/v1"
        self.called_off = threading.Event()

    def log_in(self, username: str, password: str) -> Person:
        """A person who may call."""
        return Person(self, username, password)

    def for_all(self, work: Callable[[T], Any], jobs: Iterable[T]) -> list[Any]:
        """Do the same work for many, some at a time. What goes wrong calls off the rest and is raised."""
        with ThreadPoolExecutor(THREADS) as threads:
            try:
                return list(threads.map(work, jobs))
            except BaseException:
                self.called_off.set()
                threads.shutdown(wait=False, cancel_futures=True)
                raise

    def wait(self, seconds: float) -> None:
        """Pause. Raises DemoError when the work was called off."""
        if self.called_off.wait(seconds):
            raise DemoError("called off")


class Person:
    """Somebody who is logged in."""

    def __init__(self, office: Office, username: str, password: str) -> None:
        self._office, self._credentials = office, {"username": username, "password": password}
        self._token = ""
        self.id = ""
        self._log_in()

    def get(self, path: str, **query: Any) -> Any:
        """Read."""
        return self._call("GET", f"{path}?{urllib.parse.urlencode(query)}", None)

    def post(self, path: str, body: Any = None) -> Any:
        """Write, once, however often it has to be sent."""
        return self._call("POST", path, body or {})

    def put(self, path: str, body: Any) -> Any:
        """Replace settings."""
        return self._call("PUT", path, body)

    def all(self, path: str, **query: Any) -> list[Any]:
        """Every record of a list."""
        found: list[Any] = []
        page = 1
        while True:
            answer = self.get(path, page=page, page_size=200, **query)
            found += answer["items"]
            if len(found) >= answer["total"] or not answer["items"]:
                return found
            page += 1

    def _log_in(self) -> None:
        self._token = ""
        answer = self._call("POST", "/auth/login", self._credentials)
        self._token, self.id = answer["access_token"], answer["user"]["id"]

    def _call(self, method: str, path: str, body: Any) -> Any:
        key, deadline = uuid.uuid4().hex, time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return self._once(method, path, body, key)
            except urllib.error.HTTPError as error:
                told = error.read().decode(errors="replace")
                if error.code == 401 and self._token:
                    self._log_in()
                elif error.code not in (429, 503, 504) or time.monotonic() > deadline:
                    raise DemoError(f"{method} {path}: {told[:300]}") from error
            except (OSError, http.client.HTTPException) as error:
                if time.monotonic() > deadline:
                    raise DemoError(f"{method} {path}: {error}") from error
            self._office.wait(0.5)

    def _once(self, method: str, path: str, body: Any, key: str) -> Any:
        request = urllib.request.Request(f"{self._office.url}{path}", method=method)
        if method != "GET":
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
            request.add_header("Idempotency-Key", key)
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.loads(response.read() or b"null")
