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

import requests

T = TypeVar("T")


class Answered(AssertionError):
    """The API refused; `status` and `problem` say how."""

    def __init__(self, response: requests.Response) -> None:
        self.status = response.status_code
        self.problem = response.json() if response.content else {}
        super().__init__(f"{response.request.method} {response.request.url}: {self.status} {self.problem}")


class Client:
    """One logged-in user. Writes carry an idempotency key; `patient` repeats them until a final answer comes."""

    def __init__(self, url: str, username: str, password: str, *, patient: bool = False) -> None:
        self.url, self.username, self.patient = url, username, patient
        self.session = requests.Session()
        self.session.headers["Accept-Language"] = "en"
        tokens = self.post("/auth/login", {"username": username, "password": password})
        self.session.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        self.id, self.name = tokens["user"]["id"], tokens["user"]["display_name"]

    def twin(self, *, patient: bool | None = None) -> Client:
        """The same person on another connection."""
        other = copy.copy(self)
        other.session = requests.Session()
        other.session.headers.update(self.session.headers)
        other.patient = self.patient if patient is None else patient
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
        deadline = time.monotonic() + 60
        while True:
            response = self._once(method, path, **arguments)
            if response is not None and not (self.patient and response.status_code in (503, 504)):
                break
            if not self.patient or time.monotonic() > deadline:
                raise AssertionError(f"no answer to {method} {path}")
            time.sleep(0.3)
        if response.status_code >= 400:
            raise Answered(response)
        return response.json() if response.content else None

    def _once(self, method: str, path: str, **arguments: Any) -> requests.Response | None:
        try:
            return self.session.request(method, f"{self.url}/api/v1{path}", timeout=15, **arguments)
        except requests.RequestException:
            if not self.patient:
                raise
            return None


def at_once(jobs: Sequence[Callable[[], T]]) -> list[T | Answered]:
    """Do all jobs at the same moment, each on a thread of its own: what each gave, or how it was refused."""
    barrier = threading.Barrier(len(jobs))

    def one(job: Callable[[], T]) -> T | Answered:
        barrier.wait(30)
        try:
            return job()
        except Answered as refused:
            return refused

    with ThreadPoolExecutor(len(jobs)) as threads:
        return list(threads.map(one, jobs))


def eventually(check: Callable[[], T], *, seconds: float = 15) -> T:
    """The first true answer of a check; news needs a moment to go round."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            found = check()
            if found:
                return found
            error: Exception = AssertionError(f"still {found!r}")
        except (AssertionError, LookupError) as raised:
            error = raised
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s") from error
        time.sleep(0.05)
