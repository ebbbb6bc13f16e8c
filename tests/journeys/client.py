"""A person at the API: logs in once, then speaks JSON."""

from __future__ import annotations

import copy
import json
import time
import uuid
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import requests

from tests.patience import PATIENCE_SECONDS, all_at_once, eventually

__all__ = ["PATIENCE_SECONDS", "Answered", "Client", "at_once", "eventually"]

T = TypeVar("T")


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


def at_once(jobs: Iterable[Callable[[], T]]) -> list[T | Answered]:
    """Do all jobs at the same moment, each on a thread of its own: what each gave, or how it was refused."""
    return all_at_once(jobs, Answered)
