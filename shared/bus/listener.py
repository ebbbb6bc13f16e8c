"""Hear events as they pass: for screens that want to be current, never for work. Nothing is kept for a listener, nothing comes twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

import orjson
import structlog
from kombu import Connection, Exchange, Queue, binding
from kombu.mixins import ConsumerMixin

from shared.bus.topology import LIVE_EXCHANGE
from shared.bus.wire import tls_of
from shared.contracts.base import Event

log = structlog.get_logger(__name__)

HEARTBEAT_SECONDS = 30
BEGIN_SECONDS = 3.0


class Listener(ConsumerMixin):  # type: ignore[misc]
    """Calls `hear` with every event of these classes that any service publishes from now on, on a thread of its own.

    `began` is called each time it begins to hear: at the start, and when the broker is back, since what passed meanwhile is gone.
    Its queue is its own and goes with it; each process has one.
    """

    def __init__(self, amqp_url: str, events: Iterable[type[Event]], hear: Callable[[Event], None], began: Callable[[], None]) -> None:
        self.connection = Connection(amqp_url, heartbeat=HEARTBEAT_SECONDS, ssl=tls_of(amqp_url))  # type: ignore[no-untyped-call]
        self._events = {f"{event.publisher}.{event.wire_name()}": event for event in events}
        self._hear, self._began = hear, began
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._listens = threading.Event()

    def start(self) -> None:
        """Begin to listen, unless it does already: from here on nothing is missed, or, where the broker is away, `began` will tell."""
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self.run, name="listener", daemon=True)
                self._thread.start()
        self._listens.wait(BEGIN_SECONDS)

    def close(self) -> None:
        """Listen no more."""
        self.should_stop = True
        if self._thread:
            self._thread.join(5)

    def get_consumers(self, consumer: Any, channel: Any) -> list[Any]:
        """What the base class consumes each time it has a connection."""
        passing = Exchange(LIVE_EXCHANGE, "topic", durable=True)  # type: ignore[no-untyped-call]
        bound = [binding(passing, key) for key in self._events]  # type: ignore[no-untyped-call]
        queue = Queue("", durable=False, exclusive=True, auto_delete=True, bindings=bound)  # type: ignore[no-untyped-call]
        return [consumer([queue], no_ack=True, on_message=self._take)]

    def on_connection_error(self, exc: Exception, interval: float) -> None:
        """The broker is away, as it may be for long: each try says so in one line."""
        log.warning("broker_unreachable", error=type(exc).__name__, retry_in_seconds=interval)

    def on_consume_ready(self, *args: Any, **kwargs: Any) -> None:
        """The queue is bound: from here on nothing is missed."""
        self._began()
        self._listens.set()

    def _take(self, message: Any) -> None:
        event = self._events[message.delivery_info["routing_key"]]
        self._hear(event.decode(orjson.loads(message.body)))
