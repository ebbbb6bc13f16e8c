"""The yardstick: an RPC echo through the suite's own broker with pika alone, one connection, an own process.

`python -m deploy.bench.echo <amqp url>` answers until it is ended.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import pika

QUEUE = "bench.echo"
REPLY_TO = "amq.rabbitmq.reply-to"
BODY = b'{"args":[],"kwargs":{"id":"0190f5a2-0000-7000-8000-000000000000"}}'


class Echo:
    """Asks the echo process; one call at a time or many in flight."""

    def __init__(self, amqp_url: str) -> None:
        self._connection = _connect(amqp_url)
        self._channel = self._connection.channel()
        self._channel.queue_declare(QUEUE)
        self._channel.basic_consume(REPLY_TO, self._answered, auto_ack=True)
        self._answers = self._left = 0

    def times(self, calls: int) -> list[float]:
        """How long so many calls took, one after the other, in seconds."""
        times = []
        for _ in range(calls):
            started = time.perf_counter()
            self._ask(1, calls=1)
            times.append(time.perf_counter() - started)
        return times

    def rate(self, calls: int, in_flight: int) -> float:
        """Calls per second with so many in flight."""
        started = time.perf_counter()
        self._ask(in_flight, calls=calls)
        return calls / (time.perf_counter() - started)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _ask(self, in_flight: int, *, calls: int) -> None:
        self._answers, self._left = 0, calls
        for _ in range(min(in_flight, calls)):
            self._publish()
        while self._answers < calls:
            self._connection.process_data_events(time_limit=None)

    def _publish(self) -> None:
        self._left -= 1
        self._channel.basic_publish("", QUEUE, BODY, pika.BasicProperties(reply_to=REPLY_TO))

    def _answered(self, channel: Any, method: Any, properties: Any, body: bytes) -> None:
        self._answers += 1
        if self._left > 0:
            self._publish()


def serve(amqp_url: str) -> None:
    """Answer every message with itself."""

    def reply(channel: Any, method: Any, properties: Any, body: bytes) -> None:
        channel.basic_publish("", properties.reply_to, body, pika.BasicProperties(correlation_id=properties.correlation_id))
        channel.basic_ack(method.delivery_tag)

    channel = _connect(amqp_url).channel()
    channel.queue_declare(QUEUE)
    channel.basic_consume(QUEUE, reply)
    channel.start_consuming()


def _connect(amqp_url: str) -> pika.BlockingConnection:
    parameters = pika.URLParameters(amqp_url)
    # Between two measurements nobody runs the connection's loop, which alone answers heartbeats.
    parameters.heartbeat = 0
    return pika.BlockingConnection(parameters)


if __name__ == "__main__":
    serve(sys.argv[1])
