"""The exchanges, queues and bindings of the suite; declaring them is idempotent.

`python -m shared.bus.topology services.sales.service:SalesService ...` declares all of them before any service starts,
so that no event precedes the queue of its subscriber.
"""

from __future__ import annotations

import importlib
import json
import sys
from functools import cache
from importlib import resources
from typing import Any

import pika
import pika.exceptions

from shared.bus.service import Service
from shared.settings import Settings

RPC_EXCHANGE = "nameko-rpc"
LIVE_EXCHANGE = "live.events"
"""Where every event passes once more, under "publisher.name", for whoever listens at that moment (`shared.bus.listener`)."""
INBOX_ARGUMENTS = {"x-single-active-consumer": True}
"""One replica takes in the events, in the order they were published; all of them handle what was taken in."""


def rpc_queue(service: str) -> str:
    """The queue of a service's calls."""
    return f"rpc-{service}"


def inbox_queue(service: str) -> str:
    """The queue of the events a service listens to."""
    return f"{service}.inbox"


def rejected_queue(service: str) -> str:
    """Where messages are kept that nobody can read."""
    return f"{service}.rejected"


def events_exchange(publisher: str) -> str:
    """The topic exchange of a publisher."""
    return f"{publisher}.events"


@cache
def heard() -> frozenset[tuple[str, str]]:
    """(publisher, event) of everything some service listens to, as `make contracts` wrote it down.

    An event in it that finds no queue stays in the outbox; one that nobody listens to is published all the same.
    """
    file = resources.files("shared.contracts") / "heard.json"
    listed: dict[str, list[str]] = json.loads(file.read_text(encoding="utf-8"))
    return frozenset((publisher, name) for publisher, names in listed.items() for name in names)


def declare(channel: Any, service: type[Service]) -> None:
    """Declare what one service needs: its queues, its exchange, and those it listens to."""
    channel.exchange_declare(RPC_EXCHANGE, "topic", durable=True)
    channel.exchange_declare(events_exchange(service.name), "topic", durable=True)
    channel.queue_declare(rpc_queue(service.name), durable=True)
    channel.queue_declare(inbox_queue(service.name), durable=True, arguments=INBOX_ARGUMENTS)
    channel.queue_declare(rejected_queue(service.name), durable=True)
    channel.queue_bind(rpc_queue(service.name), RPC_EXCHANGE, f"{service.name}.*")
    for publisher, event in service.subscriptions():
        channel.exchange_declare(events_exchange(publisher), "topic", durable=True)
        channel.queue_bind(inbox_queue(service.name), events_exchange(publisher), event)


def load(path: str) -> type[Service]:
    """The class of a path like "services.sales.service:SalesService"."""
    module, _, name = path.partition(":")
    found: type[Service] = getattr(importlib.import_module(module), name)
    return found


def declare_all(amqp_url: str, services: list[type[Service]]) -> None:
    """Declare the topology of several services on one short connection."""
    connection = pika.BlockingConnection(pika.URLParameters(amqp_url))
    try:
        channel = connection.channel()
        for service in services:
            declare(channel, service)
    finally:
        connection.close()


def main(paths: list[str]) -> int:
    """The command line."""
    try:
        declare_all(Settings.from_env().amqp_url, [load(path) for path in paths])
    except pika.exceptions.ChannelClosedByBroker as error:
        print(f"the broker holds a queue with other arguments: {error.reply_text}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
