"""What goes over the wire to the broker: few system calls."""

from __future__ import annotations

import socket
import time
from typing import Any

import amqp
import kombu
from amqp.transport import TCPTransport

from shared.bus.wire import sent_together, share


class Counting:
    """A socket that counts what goes through it."""

    def __init__(self, sock: Any) -> None:
        self._sock, self.sent, self.received = sock, 0, 0

    def sendall(self, data: Any) -> None:
        self.sent += 1
        self._sock.sendall(data)

    def recv(self, size: int, *flags: int) -> bytes:
        self.received += 1
        found: bytes = self._sock.recv(size, *flags)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


def test_a_message_takes_one_system_call_each_way(rabbit: Any) -> None:
    with kombu.Connection(rabbit.url) as broker:
        connection = broker.connection
        assert isinstance(connection.transport, TCPTransport)
        counting = Counting(connection.transport.sock)
        connection.transport.sock, connection.transport._write = counting, counting.sendall
        share(connection)
        channel = connection.channel()
        queue = channel.queue_declare(exclusive=True).queue
        came: list[bytes] = []
        channel.basic_consume(queue, no_ack=True, callback=lambda message: came.append(bytes(message.body, "utf-8")))
        counting.sent = counting.received = 0
        with sent_together(channel):
            for number in range(2):
                channel.basic_publish(amqp.Message(f"{number}"), routing_key=queue)
            assert counting.sent == 0
        assert counting.sent == 1
        # Both are there before the first is read, however the broker cut them.
        while not counting.recv(65_536, socket.MSG_PEEK).endswith(b"1\xce"):
            time.sleep(0.01)
        counting.received = 0
        while len(came) < 2:
            connection.drain_events(timeout=5)
        assert came == [b"0", b"1"]
        assert counting.received <= 2
