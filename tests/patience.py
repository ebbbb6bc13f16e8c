"""Waiting for what takes a moment, and doing things at the same one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import psutil
import requests

T = TypeVar("T")
E = TypeVar("E", bound=Exception)

PATIENCE_SECONDS = 150.0
"""A machine that is busy with much else takes its time; one that is not never waits so long."""


def eventually(check: Callable[[], T], *, every: float = 0.05) -> T:
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
        time.sleep(every)


def all_at_once(jobs: Iterable[Callable[[], T]], refused: type[E]) -> list[T | E]:
    """Do all jobs at the same moment, each on a thread of its own: what each gave, or how it was refused. Raises what else one raised."""
    todo = list(jobs)
    barrier = threading.Barrier(len(todo))

    def one(job: Callable[[], T]) -> T | E:
        barrier.wait(PATIENCE_SECONDS)
        try:
            return job()
        except refused as error:
            return error

    with ThreadPoolExecutor(len(todo)) as threads:
        return list(threads.map(one, todo))
