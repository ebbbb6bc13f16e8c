"""A person at the API: logs in once, then speaks JSON."""

from __future__ import annotations

import copy
import json
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import psutil
import requests

T = TypeVar("T")
PATIENCE_SECONDS = 150.0
"""A machine that is busy with much else takes its time; one that is not never waits so long."""


class Answered(AssertionError):
    """The API refused; `status` and `problem` say how."""

    def __init__(self, response: requests.Response) -> None:
        self.status = response.status_code
        self.problem = response.json() if response.content else {}
        super().__init__(f"{response.request.method} {response.request.url}: {self.status} {self.problem}")


class Client:
    """One logged-in user. Writes carry an idempotency key; what is asked is repeated until a final answer comes."""

    def __init__(self, url: str, username: str, password: str) -> None:
        self.url, self.username = url, username
        self.session = requests.Session()
        self.session.headers["Accept-Language"] = "en"
        tokens = self.post("/auth/login", {"username": username, "password": password})
        self.session.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        self.id, self.name = tokens["user"]["id"], tokens["user"]["display_name"]

    def twin(self) -> Client:
        """The same person on another connection."""
        other = copy.copy(self)
        other.session = requests.Session()
        other.session.headers.update(self.session.headers)
        return other

    def find(self, path: str, **equal: str | bool) -> list[Any]:
        """The records of a list whose fields equal what is given."""
        conditions = [{"field": field, "op": "eq", "value": value} for field, value in equal.items()]
        found: list[Any] = self.get(path, filter=json.dumps({"and": conditions}), page_size=200)["items"]
        return found

    def get(self, path: str, **params: Any) -> Any:
        return self._call("GET", path, params=params)

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        return self._call("POST", path, json=body or {}, headers={"Idempotency-Key": key or uuid.uuid4().hex})

    def patch(self, path: str, body: Any) -> Any:
        return self._call("PATCH", path, json=body, headers={"Idempotency-Key": uuid.uuid4().hex})

    def put(self, path: str, body: Any) -> Any:
        return self._call("PUT", path, json=body, headers={"Idempotency-Key": uuid.uuid4().hex})

    def delete(self, path: str) -> Any:
        return self._call("DELETE", path, headers={"Idempotency-Key": uuid.uuid4().hex})

    def _call(self, method: str, path: str, **arguments: Any) -> Any:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            response = self._once(method, path, **arguments)
            if response is not None and response.status_code not in (503, 504):
                break
            if time.monotonic() > deadline:
                raise AssertionError(f"no answer to {method} {path}")
            time.sleep(0.3)
        if response.status_code >= 400:
            raise Answered(response)
        return response.json() if response.content else None

    def _once(self, method: str, path: str, **arguments: Any) -> requests.Response | None:
        try:
            return self.session.request(method, f"{self.url}/api/v1{path}", timeout=60, **arguments)
        except requests.RequestException:
            return None


def at_once(jobs: Sequence[Callable[[], T]]) -> list[T | Answered]:
    """Do all jobs at the same moment, each on a thread of its own: what each gave, or how it was refused."""
    barrier = threading.Barrier(len(jobs))

    def one(job: Callable[[], T]) -> T | Answered:
        barrier.wait(PATIENCE_SECONDS)
        try:
            return job()
        except Answered as refused:
            return refused

    with ThreadPoolExecutor(len(jobs)) as threads:
        return list(threads.map(one, jobs))


def eventually(check: Callable[[], T]) -> T:
    """The first true answer of a check; news needs a moment to go round, and a server that comes back some more."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            found = check()
            if found:
                return found
            error: Exception = AssertionError(f"still {found!r}")
        except (AssertionError, LookupError, requests.RequestException, psutil.NoSuchProcess) as raised:
            error = raised
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {PATIENCE_SECONDS:.0f} s") from error
        time.sleep(0.05)
