"""The Nameko side of a door: takes calls and events off the queues, hands them over, answers, acknowledges.

What differs from Nameko's own extensions, and why, is in docs/decisions/0004-nameko-behind-a-door.md: the reply and the
acknowledgement go out on the consumer's own channel; a message that cannot be read is kept, not dropped; a reply that
cannot be sent is dropped, not fatal; the connection stays until running workers have acknowledged.
"""

from __future__ import annotations

from typing import Any

import eventlet
import orjson
import structlog
from amqp.basic_message import Message as AmqpMessage
from amqp.exceptions import AMQPError
from kombu import Connection, Consumer, Exchange, Queue, binding
from kombu.exceptions import OperationalError
from nameko.extensions import Entrypoint
from nameko.messaging import QueueConsumer

from shared.bus.door import Door
from shared.bus.inbox import STORED_TOGETHER, InboxRunner, UnstorableEvent
from shared.bus.topology import INBOX_ARGUMENTS, RPC_EXCHANGE, events_exchange, inbox_queue, rejected_queue, rpc_queue
from shared.bus.wire import sent_together, share, tls_of
from shared.telemetry import DROPPED_REPLIES, REJECTED_MESSAGES, RPC_SECONDS

log = structlog.get_logger(__name__)

CONNECTION_ERRORS = (OSError, AMQPError)
HEARTBEAT_SECONDS = 30
LONGEST_RECONNECT_SECONDS = 3
LOOK_UP_SECONDS = 0.2


class DoorConsumer(QueueConsumer):
    """One connection per service, with a channel for calls and one for events."""

    def __init__(self) -> None:
        self._in_hand: set[Any] = set()
        self.is_consuming = False
        super().__init__()

    def run(self) -> None:
        """Nameko's loop; that the broker is away is no failure when the service stops."""
        try:
            super().run()
        except OperationalError:
            if not self.should_stop:
                raise

    def consume(self, *args: Any, **kwargs: Any) -> Any:
        """Kombu's loop, looking up often enough to stop without delay."""
        try:
            yield from super().consume(*args, **kwargs | {"safety_interval": LOOK_UP_SECONDS})
        finally:
            self.is_consuming = False

    def on_consume_ready(self, *args: Any, **kwargs: Any) -> None:
        """The broker hands out messages to us from now on, until the connection ends."""
        self.is_consuming = True
        super().on_consume_ready(*args, **kwargs)

    def get_consumers(self, consumer_cls: Any, channel: Any) -> Any:
        """Declare the queues and consume from them undecoded; kombu would acknowledge what it cannot decode."""
        # What was taken over an earlier connection has gone back to its queue.
        self._in_hand.clear()
        share(channel.connection)
        for provider in self._providers:
            own_channel = channel if provider.on_main_channel else channel.connection.channel()
            own_channel.basic_qos(0, provider.prefetch, False)
            self._consumers[provider] = Consumer(own_channel, queues=provider.queues, on_message=provider.handle_message)
        return self._consumers.values()

    def on_iteration(self) -> None:
        """Cancel consumers when asked; leave only when every message taken has been acknowledged."""
        self._cancel_consumers_if_requested()
        if not self._consumers and not self._in_hand:
            self.should_stop = True

    def create_connection(self) -> Any:
        """The connection, with reconnect waits of at most a few seconds."""
        connection = Connection(self.amqp_uri, heartbeat=HEARTBEAT_SECONDS, ssl=tls_of(self.amqp_uri))
        ensure = connection.ensure_connection

        def soon(errback: Any = None, max_retries: Any = None) -> Any:
            return ensure(errback, max_retries, interval_start=0.2, interval_step=0.3, interval_max=LONGEST_RECONNECT_SECONDS)

        connection.ensure_connection = soon  # type: ignore[method-assign]
        return connection

    def on_connection_error(self, exc: Any, interval: Any) -> None:
        """Try again, unless told to stop: without a broker there is nothing to cancel and nothing to acknowledge."""
        log.warning("broker_unreachable", error=type(exc).__name__, retry_in_seconds=interval)
        if self._pending_remove_providers:
            self.should_stop = True
            for removed in self._pending_remove_providers.values():
                removed.send()
            raise exc

    def take(self, message: Any) -> None:
        """Remember a message until it is settled; stopping waits for it."""
        self._in_hand.add(message)

    def leave(self, messages: list[Any]) -> None:
        """Let messages go back to the queue when the connection ends."""
        self._in_hand.difference_update(messages)

    def settle(self, message: Any) -> None:
        """Acknowledge a message; one whose connection is gone has gone back to the queue already."""
        self._in_hand.discard(message)
        try:
            if message.channel is not None and message.channel.connection:
                message.ack()
        except CONNECTION_ERRORS:
            log.info("acknowledgement_lost")


class _DoorEntrypoint(Entrypoint):
    """What calls and events have in common: registered with the consumer, their unreadable messages kept."""

    consumer = DoorConsumer()
    on_main_channel = True

    @property
    def door(self) -> Door:
        door: Door = self.container.service_cls.door
        return door

    @property
    def prefetch(self) -> int:
        return int(self.container.max_workers)

    def setup(self) -> None:
        self.consumer.register_provider(self)

    def stop(self) -> None:
        self.consumer.unregister_provider(self)

    def reject(self, message: Any, reason: str) -> None:
        """Keep a message nobody can read in the rejected queue, with the reason, and take it off this one."""
        service = type(self.door.service).name
        REJECTED_MESSAGES.labels(service, reason).inc()
        log.error("message_rejected", service=service, reason=reason, body=bytes(_body(message)[:200]))
        kept = AmqpMessage(_body(message)[:1_000_000], application_headers={"reason": reason}, delivery_mode=2)
        try:
            message.channel.basic_publish(kept, exchange="", routing_key=rejected_queue(service))
        except CONNECTION_ERRORS:
            log.warning("rejected_message_not_kept", reason=reason)
        self.consumer.settle(message)


class RpcEntrypoint(_DoorEntrypoint):
    """Takes calls and answers them."""

    @property
    def queues(self) -> list[Queue]:
        service = type(self.door.service).name
        exchange = Exchange(RPC_EXCHANGE, "topic", durable=True)
        return [Queue(rpc_queue(service), exchange, f"{service}.*", durable=True)]

    def handle_message(self, message: Any) -> None:
        self.consumer.take(message)
        if not message.properties.get("reply_to"):
            self.reject(message, "no_reply_to")
            return
        try:
            kwargs = _call_arguments(message)
        except (ValueError, TypeError, KeyError):
            self._reply(message, _encode({"status": 400, "problem": {"status": 400, "code": "unreadable_message"}}))
            self.reject(message, "unreadable")
            return
        method = message.delivery_info["routing_key"].partition(".")[2]
        arguments = {"method": method, "kwargs": kwargs, "headers": message.headers or {}}
        self.container.spawn_worker(self, (), arguments, handle_result=self._answerer(message))

    def _answerer(self, message: Any) -> Any:
        def answer(worker: Any, result: Any, exc_info: Any) -> Any:
            told = _encode(result if exc_info is None else {"status": 500, "problem": {"status": 500}})
            try:
                with sent_together(message.channel):
                    self._reply(message, told)
                    self.consumer.settle(message)
            except CONNECTION_ERRORS:
                self._dropped()
            return result, exc_info

        return answer

    def _reply(self, message: Any, told: bytes) -> None:
        reply_to = message.properties["reply_to"]
        reply = AmqpMessage(
            told, content_type="application/json",
            content_encoding="utf-8", correlation_id=message.properties.get("correlation_id"), delivery_mode=1,
        )  # fmt: skip
        exchange = "" if reply_to.startswith("amq.") else RPC_EXCHANGE
        try:
            if message.channel is None or not message.channel.connection:
                raise ConnectionError
            message.channel.basic_publish(reply, exchange=exchange, routing_key=reply_to)
        except CONNECTION_ERRORS:
            self._dropped()

    def _dropped(self) -> None:
        # The caller has given up or will repeat under its key; dying here would take the service down with it.
        DROPPED_REPLIES.labels(type(self.door.service).name).inc()
        log.warning("reply_dropped")


class EventEntrypoint(_DoorEntrypoint):
    """Takes events into the inbox; several at a time in one transaction, acknowledged when stored."""

    on_main_channel = False
    prefetch = STORED_TOGETHER

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._waiting: list[tuple[dict[str, Any], Any]] = []
        self._storing = False
        self._stopping = False

    @property
    def inbox(self) -> InboxRunner:
        inbox: InboxRunner = self.container.service_cls.inbox
        return inbox

    @property
    def queues(self) -> list[Queue]:
        service = type(self.door.service)
        bindings = [
            binding(Exchange(events_exchange(publisher), "topic", durable=True), event) for publisher, event in service.subscriptions()
        ]
        return [Queue(inbox_queue(service.name), bindings=bindings, durable=True, queue_arguments=INBOX_ARGUMENTS)]

    def handle_message(self, message: Any) -> None:
        self.consumer.take(message)
        try:
            envelope = _payload(message)
            _check_envelope(envelope)
        except (ValueError, TypeError, KeyError):
            self.reject(message, "unreadable")
            return
        self._waiting.append((envelope, message))
        if not self._storing:
            self._storing = True
            self.container.spawn_managed_thread(self._store, identifier="store_events")

    def stop(self) -> None:
        self._stopping = True
        super().stop()

    def _store(self) -> None:
        try:
            while self._waiting:
                taken, self._waiting = self._waiting[: self.inbox.takes_together], self._waiting[self.inbox.takes_together :]
                self._store_some(taken)
                # Handlers on SQLite yield nowhere; calls have their turn in between.
                eventlet.sleep(0)
        finally:
            self._storing = False

    def _store_some(self, taken: list[tuple[dict[str, Any], Any]]) -> None:
        wait = 0.1
        while True:
            try:
                again = {envelope["id"] for envelope, message in taken if message.delivery_info.get("redelivered")}
                self.inbox.take([envelope for envelope, _ in taken], again=again)
            except UnstorableEvent:
                self._store_what_can_be(taken)
                return
            except Exception:
                log.exception("events_not_stored", retry_in_seconds=wait)
                if self._stopping:
                    self.consumer.leave([message for _, message in taken])
                    return
                eventlet.sleep(wait)
                wait = min(wait * 2, 5)
            else:
                for _, message in taken:
                    self.consumer.settle(message)
                return

    def _store_what_can_be(self, taken: list[tuple[dict[str, Any], Any]]) -> None:
        if len(taken) == 1:
            self.reject(taken[0][1], "cannot_be_stored")
            return
        for one in taken:
            self._store_some([one])


def nameko_service(door: Door, inbox: InboxRunner) -> type[Any]:
    """The Nameko service class that stands in front of a door."""

    class NamekoDoor:
        """Calls and events of one service."""

        name = type(door.service).name

        @RpcEntrypoint.decorator
        def answer(self, method: str, kwargs: dict[str, Any], headers: dict[str, Any]) -> dict[str, Any]:
            with RPC_SECONDS.labels(self.name, method if method in type(door.service).rpcs() else "unknown").time():
                return door.handle_rpc(method, kwargs, headers)

        @EventEntrypoint.decorator
        def hear(self) -> None:
            """Events go to the inbox, which runs their handlers."""

    NamekoDoor.door, NamekoDoor.inbox = door, inbox  # type: ignore[attr-defined]
    return NamekoDoor


def is_consuming(container: Any) -> bool:
    """Whether a container of `nameko_service` takes calls and events off its queues."""
    return all(entrypoint.consumer.is_consuming for entrypoint in container.entrypoints)


def _call_arguments(message: Any) -> dict[str, Any]:
    payload = _payload(message)
    kwargs = payload["kwargs"]
    if payload.get("args") or not isinstance(kwargs, dict):
        raise ValueError("only keyword arguments are understood")
    return kwargs


def _encode(answer: Any) -> bytes:
    try:
        return orjson.dumps({"result": answer, "error": None}, default=str)
    except orjson.JSONEncodeError:
        log.exception("answer_is_not_json")
        return orjson.dumps({"result": {"status": 500, "problem": {"status": 500}}, "error": None})


def _payload(message: Any) -> Any:
    if message.content_type != "application/json":
        raise ValueError("only JSON is understood")
    return orjson.loads(_body(message))


def _check_envelope(envelope: Any) -> None:
    for name, kind in (("id", str), ("name", str), ("publisher", str), ("key", str), ("sequence", int), ("data", dict)):
        if not isinstance(envelope[name], kind):
            raise TypeError(name)


def _body(message: Any) -> bytes:
    body = message.body
    return body.encode() if isinstance(body, str) else bytes(body)
