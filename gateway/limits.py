"""Rate limits: so many requests per caller, so many log-ins per address.

Counted with the `limits` library itself: Flask-Limiter around it took a tenth of the gateway's time, for features nobody uses here
(docs/decisions/0056-limits-without-flask-limiter.md).
"""

from __future__ import annotations

import threading
import time

from flask import Flask, request
from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from shared.errors import TooManyRequests
from shared.settings import Settings

UNLIMITED = frozenset({"operations.healthz", "operations.readyz", "operations.metrics", "web.page"})
LOG_IN = "auth.login"
SWEEP_SECONDS = 60


def install(app: Flask, settings: Settings) -> None:
    """Refuse what is over the limits with TooManyRequests, before anything else is done."""
    storage = storage_from_string(settings.rate_limit_storage)
    if isinstance(storage, MemoryStorage):
        storage.timer = _Sweeper(storage)
    count = FixedWindowRateLimiter(storage)
    of_all, of_log_in = parse_many(settings.rate_limit), parse_many(settings.login_rate_limit)

    def check(limits: list[RateLimitItem], who: str) -> None:
        for limit in limits:
            if not count.hit(limit, who):
                raise TooManyRequests(seconds=1)

    @app.before_request
    def _limit() -> None:
        if request.endpoint == LOG_IN:
            check(of_log_in, f"log-in:{request.remote_addr}")
        elif request.endpoint not in UNLIMITED:
            check(of_all, _who())


class _Sweeper(threading.Timer):
    """Forgets what has expired once a minute. By itself the storage starts a thread for that with nearly every request."""

    def __init__(self, storage: MemoryStorage) -> None:
        super().__init__(SWEEP_SECONDS, self._sweep)
        self.daemon, self._storage = True, storage
        self.start()

    def is_alive(self) -> bool:
        """The storage asks this before it starts a timer of its own."""
        return True

    def _sweep(self) -> None:
        now = time.time()
        # The keys alone are copied in one step, however many others count meanwhile.
        for key in list(self._storage.expirations):
            if self._storage.expirations.get(key, now + 1) <= now:
                self._storage.clear(key)
        self._storage.timer = _Sweeper(self._storage)


def _who() -> str:
    """Limits are per token where there is one, so that an office behind one address is not one caller."""
    return request.headers.get("Authorization", "")[-64:] or str(request.remote_addr)
