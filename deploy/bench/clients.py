"""Clients at the gateway: keep-alive connections that cost little, one or many at once, and what they saw."""

from __future__ import annotations

import socket
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Request:
    """One request: `who` is the username it is sent for, empty for nobody; `path` starts at the root."""

    who: str
    method: str
    path: str
    body: dict[str, Any] | None = None


@dataclass
class Seen:
    """What clients saw: seconds per right answer, the bodies, and what went wrong."""

    times: list[float] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, other: Seen) -> None:
        """Take in what was seen afterwards."""
        self.times += other.times
        self.bodies += other.bodies
        self.failures += other.failures
        self.seconds += other.seconds

    @property
    def per_second(self) -> float:
        """Right answers per second."""
        return len(self.times) / self.seconds


class Clients:
    """Speaks to a gateway for several people; `log_in` first."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._tokens: dict[str, str] = {}
        self.ids: dict[str, str] = {}

    def log_in(self, who: str, password: str) -> None:
        """Get somebody's token. Raises AssertionError with what the gateway answered."""
        told = self.one(Request("", "POST", "/api/v1/auth/login", {"username": who, "password": password}))
        self._tokens[who], self.ids[who] = told["access_token"], told["user"]["id"]

    def one(self, request: Request) -> Any:
        """The answer to one request. Raises AssertionError with what the gateway answered instead."""
        return self.right([request], at_once=1)[0]

    def right(self, requests: Sequence[Request], *, at_once: int = 16) -> list[Any]:
        """The answers to requests that all must succeed, in any order. Raises AssertionError with the first that did not."""
        seen = self.send(requests, at_once=at_once)
        if seen.failures:
            raise AssertionError(f"{len(seen.failures)} of {len(requests)} requests failed: {seen.failures[0]}")
        return seen.bodies

    def send(self, requests: Sequence[Request], *, at_once: int) -> Seen:
        """Send all requests over so many connections, each a request at a time."""
        raw = [self._written(request) for request in requests]
        seen = [Seen() for _ in range(at_once)]
        threads = [threading.Thread(target=self._work, args=(raw[number::at_once], seen[number])) for number in range(at_once)]
        started = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.perf_counter() - started
        joined = Seen()
        for one in seen:
            joined.add(one)
        joined.seconds = took
        return joined

    def _written(self, request: Request) -> bytes:
        lines = [f"{request.method} {request.path} HTTP/1.1", f"Host: {self._address[0]}:{self._address[1]}"]
        if request.who:
            lines.append(f"Authorization: Bearer {self._tokens[request.who]}")
        if request.method != "GET":
            lines.append(f"Idempotency-Key: {uuid.uuid4().hex}")
        body = b"" if request.body is None else orjson.dumps(request.body)
        if body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + body

    def _work(self, raw: list[bytes], seen: Seen) -> None:
        with socket.create_connection(self._address, TIMEOUT_SECONDS) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for number, request in enumerate(raw):
                started = time.perf_counter()
                try:
                    status, body = _exchange(connection, request)
                except (OSError, ValueError) as error:
                    seen.failures += [f"{type(error).__name__}: {error}"] * (len(raw) - number)
                    return
                if 200 <= status < 300:
                    seen.times.append(time.perf_counter() - started)
                    seen.bodies.append(orjson.loads(body) if body else None)
                else:
                    seen.failures.append(f"{status} {body.decode(errors='replace')[:300]}")


def _exchange(connection: socket.socket, request: bytes) -> tuple[int, bytes]:
    """Status and body. Reads what our gateway writes: a Content-Length with every answer."""
    connection.sendall(request)
    received = b""
    while b"\r\n\r\n" not in received:
        received += _some(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += _some(connection)
    return int(head.split(b" ", 2)[1]), body


def _some(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionError("the gateway closed the connection")
    return data
