"""Call services over the bus: one connection and one reply consumer per process, many calls in flight.

Works on plain threads, under gevent and under eventlet: every caller writes its own call, one thread reads all answers.
The broker's direct reply-to carries them, so no queue is left behind.
"""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import amqp
import orjson
import structlog
from amqp.exceptions import AMQPError
from kombu.utils.url import url_to_parts

from shared.bus.topology import RPC_EXCHANGE, rpc_queue
from shared.bus.wire import address_of, share, tls_of
from shared.caller import Caller
from shared.errors import STATUS_TITLES, AppError, Conflict, DeadlineExceeded, Forbidden, Invalid, Malformed, NotFound, Unavailable

log = structlog.get_logger(__name__)

REPLY_TO = "amq.rabbitmq.reply-to"
RECONNECT_SECONDS = (0.1, 0.2, 0.5, 1.0)
HEARTBEAT_SECONDS = 30
CONNECT_SECONDS = 5
LOOK_SECONDS = 1
DEADLINES_SECONDS = 0.25
"""How often somebody looks for calls that waited in vain."""


class _Pending:
    """A call that waits for its answer; `until` is the moment, by `time.monotonic`, from which it waits in vain."""

    __slots__ = ("_unanswered", "error", "reply", "until")

    def __init__(self, until: float) -> None:
        self.until = until
        # A bare lock is what an event is made of, at a third of the price.
        self._unanswered = threading.Lock()
        self._unanswered.acquire()
        self.reply: dict[str, Any] | None = None
        self.error: AppError | None = None

    def wait(self) -> None:
        """Wait until it is settled, by an answer or by whoever looks after late ones: a timer for each call would be the dearest part of it."""
        self._unanswered.acquire()

    def settle(self, *, reply: dict[str, Any] | None = None, error: AppError | None = None) -> None:
        self.reply, self.error = reply, error
        self._unanswered.release()


class RpcClient:
    """Calls methods of services. Safe to share among threads and greenlets; connects at the first call.

    `timeout` is in seconds and bounds everything: waiting for the connection, the queue, the work and the answer. It travels
    with the call as its deadline, and the message expires with it.
    """

    def __init__(self, amqp_url: str, *, timeout: float = 5.0) -> None:
        self._url = amqp_url
        self._timeout = timeout
        self._pending: dict[str, _Pending] = {}
        self._call_ids = itertools.count(1)
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._connection: Any = None
        self._channel: Any = None
        self._connected = threading.Event()
        self._closed = False

    def call(self, method: str, kwargs: dict[str, Any], headers: dict[str, Any], *, timeout: float | None = None) -> dict[str, Any]:
        """The reply of "service.method": {"status", "body"} or {"status", "problem"}.

        Raises Unavailable when the broker or the service's queue is away, DeadlineExceeded when no answer came in time;
        after the latter a write may have been done, which a repeat under the same key finds out.
        """
        seconds = self._timeout if timeout is None else timeout
        self._ensure_connected(min(seconds, 1.0))
        call_id, pending = str(next(self._call_ids)), _Pending(time.monotonic() + seconds)
        self._pending[call_id] = pending
        try:
            self._publish(method, _message(call_id, kwargs, headers, seconds))
            pending.wait()
        finally:
            self._pending.pop(call_id, None)
        if pending.error:
            raise pending.error
        assert pending.reply is not None
        return pending.reply

    def replicas(self, services: Iterable[str]) -> dict[str, int]:
        """How many processes take the calls of each service. Raises Unavailable where the broker is away.

        It asks on a short connection of its own: the shared one is read by one thread, which waits for nobody.
        """
        try:
            with self._connection_to_broker(seconds=LOOK_SECONDS) as connection:
                return {service: _consumers(connection, service) for service in services}
        except (AMQPError, OSError):
            raise Unavailable("broker_unavailable") from None

    @property
    def in_flight(self) -> int:
        """How many calls wait for an answer."""
        return len(self._pending)

    def close(self) -> None:
        """Close the connection; calls in flight fail."""
        self._closed = True
        self._hang_up()
        if self._thread:
            self._thread.join(5)

    def _ensure_connected(self, seconds: float) -> None:
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="rpc-client", daemon=True)
                    self._thread.start()
                    threading.Thread(target=self._give_up_late_ones, name="rpc-deadlines", daemon=True).start()
            seconds = self._timeout
        if not self._connected.wait(seconds):
            raise Unavailable("broker_unavailable")

    def _publish(self, method: str, message: amqp.Message) -> None:
        try:
            self._channel.basic_publish(message, RPC_EXCHANGE, method, mandatory=True)
        except (AMQPError, OSError, AttributeError):
            # Half a frame may be out: the reader notices and connects anew.
            self._hang_up()
            raise Unavailable("broker_unavailable") from None

    def _run(self) -> None:
        attempt = 0
        while not self._closed:
            try:
                self._connect()
                attempt = 0
                self._read()
            except (AMQPError, OSError, ValueError) as error:
                # A socket of TLS that was hung up has no value to read.
                if not self._closed:
                    log.warning("rpc_connection_lost", error=type(error).__name__)
            except Exception:
                log.exception("rpc_connection_failed")
            self._disconnected()
            time.sleep(RECONNECT_SECONDS[min(attempt, len(RECONNECT_SECONDS) - 1)])
            attempt += 1

    def _give_up_late_ones(self) -> None:
        while not self._closed:
            time.sleep(DEADLINES_SECONDS)
            now = time.monotonic()
            # The keys alone are copied in one step. Pairs are made one by one: what collects garbage meanwhile may let others in.
            for call_id in list(self._pending):
                pending = self._pending.get(call_id)
                if pending and pending.until <= now:
                    self._settle(call_id, error=DeadlineExceeded())

    def _connect(self) -> None:
        self._connection = connection = self._connection_to_broker()
        connection.connect()
        # TLS has a good-bye, and the library would wait for the broker's.
        connection.transport._shutdown_transport = lambda: None
        share(connection)
        channel = self._channel = connection.channel()
        channel.auto_decode = False
        channel.exchange_declare(RPC_EXCHANGE, "topic", durable=True, auto_delete=False)
        channel.events["basic_return"].add(self._returned)
        channel.basic_consume(REPLY_TO, no_ack=True, callback=self._replied)
        self._connected.set()

    def _connection_to_broker(self, seconds: float = CONNECT_SECONDS) -> amqp.Connection:
        at, (host, port) = url_to_parts(self._url), address_of(self._url)
        return amqp.Connection(
            f"{host}:{port}", at.username or "guest", at.password or "guest", virtual_host=at.path or "/", ssl=tls_of(self._url),
            heartbeat=HEARTBEAT_SECONDS, connect_timeout=seconds, read_timeout=seconds,
        )  # fmt: skip

    def _read(self) -> None:
        connection = self._connection
        while not self._closed:
            try:
                connection.drain_events(timeout=HEARTBEAT_SECONDS / 3)
            except TimeoutError:
                connection.heartbeat_tick()

    def _hang_up(self) -> None:
        # Who reads closes: a socket that is closed beside it would leave it waiting for ever, or for somebody else's socket.
        with suppress(AttributeError, OSError):
            self._connection.transport.sock.shutdown(socket.SHUT_RDWR)

    def _disconnected(self) -> None:
        self._connected.clear()
        connection, self._connection = self._connection, None
        if connection is not None:
            # The library cannot close a socket whose TLS handshake failed, and stumbles over its missing method.
            with suppress(AttributeError, OSError):
                connection.collect()
        for call_id in list(self._pending):
            self._settle(call_id, error=Unavailable("broker_unavailable"))

    def _returned(self, error: Exception, exchange: str, routing_key: str, message: amqp.Message) -> None:
        self._settle(message.properties.get("correlation_id"), error=Unavailable("service_unavailable"))

    def _replied(self, message: amqp.Message) -> None:
        call_id = message.properties.get("correlation_id")
        try:
            reply = orjson.loads(message.body)["result"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            self._settle(call_id, error=Unavailable("service_unavailable"))
        else:
            self._settle(call_id, reply=reply)

    def _settle(self, call_id: str | None, **outcome: Any) -> None:
        pending = self._pending.pop(call_id or "", None)
        if pending:
            pending.settle(**outcome)


def _consumers(connection: amqp.Connection, service: str) -> int:
    try:
        return int(connection.channel().queue_declare(rpc_queue(service), passive=True).consumer_count)
    except amqp.exceptions.NotFound:
        return 0


def _message(call_id: str, kwargs: dict[str, Any], headers: dict[str, Any], seconds: float) -> amqp.Message:
    milliseconds = int(seconds * 1000)
    return amqp.Message(
        orjson.dumps({"args": [], "kwargs": kwargs}),
        content_type="application/json",
        content_encoding="utf-8",
        correlation_id=call_id,
        reply_to=REPLY_TO,
        delivery_mode=1,
        expiration=str(milliseconds),
        application_headers={**headers, "deadline": str(int(time.time() * 1000) + milliseconds)},
    )


def asker(client: RpcClient) -> Any:
    """A function for `Call.ask`: the body of the answer, or the refusal raised as the error it is."""

    def ask(method: str, kwargs: dict[str, Any], caller: Caller, *, timeout: float | None = None) -> Any:
        reply = client.call(method, kwargs, {"caller": caller.to_header(), "request_id": caller.request_id}, timeout=timeout)
        if reply["status"] >= 400 and "problem" in reply:
            raise refusal(reply["status"], str(reply["problem"].get("code") or ""))
        return reply["body"]

    return ask


def refusal(status: int, code: str) -> AppError:
    """The error class of a status, as another service answered it."""
    known: dict[int, type[AppError]] = {400: Malformed, 403: Forbidden, 404: NotFound, 409: Conflict, 422: Invalid, 504: DeadlineExceeded}
    return known.get(status, Unavailable)(code if code != STATUS_TITLES.get(status) else None)
