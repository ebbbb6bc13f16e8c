"""What py-amqp must be told: how to trust the broker, that several greenlets or threads share a connection, and to spare system calls."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from amqp.transport import TCPTransport

READ_AHEAD = 64 * 1024


def address_of(amqp_url: str) -> tuple[str, int]:
    """Host and port of a broker: port 5672 unless one is named, 5671 for amqps."""
    at = urlsplit(amqp_url)
    return at.hostname or "", at.port or (5671 if at.scheme == "amqps" else 5672)


def tls_of(amqp_url: str) -> dict[str, Any] | bool:
    """What py-amqp must ask of the broker's certificate: nothing for amqp, for amqps a trusted authority and the address' name.

    Trusted is what the system trusts; OpenSSL's SSL_CERT_FILE names another file of authorities.
    """
    at = urlsplit(amqp_url)
    return {"server_hostname": at.hostname} if at.scheme == "amqps" else False


def share(connection: Any) -> None:
    """Let several greenlets or threads publish on a connection that is open, while one reads.

    Publishing only writes: before each publish py-amqp looks whether the broker has said that it is blocked, and so reads whatever comes in;
    beside the loop that reads for all, that costs time and tears frames apart.
    """
    connection.client_properties["capabilities"]["connection.blocked"] = False
    connection.frame_writer = _TakingTurns(connection.frame_writer)
    if isinstance(connection.transport, TCPTransport):
        _read_ahead(connection.transport)


@contextmanager
def sent_together(channel: Any) -> Iterator[None]:
    """Send what is written on a channel of a shared connection within at once when it ends; whoever else writes waits until then.

    Raises what sending raises. Where it was left by an exception, what had been written is sent nevertheless.
    """
    connection: Any = channel.connection if channel is not None else None
    transport = connection.transport if connection else None
    if not isinstance(transport, TCPTransport):
        yield
        return
    with connection.frame_writer.turn:
        send, kept = transport._write, bytearray()
        transport._write = kept.extend
        try:
            yield
        finally:
            transport._write = send
            if kept:
                transport.write(kept)


class _TakingTurns:
    """py-amqp's writer of frames, for one at a time: a socket that is full lets go of who writes in the middle of a message."""

    def __init__(self, write: Any) -> None:
        self._write, self.turn = write, threading.RLock()

    def __call__(self, *frame: Any) -> None:
        with self.turn:
            self._write(*frame)


def _read_ahead(transport: Any) -> None:
    """Take whatever has come in with one system call. py-amqp asks for each frame's head, body and end, six times for a message."""
    receive = transport.sock.recv
    transport._quick_recv = lambda _: receive(READ_AHEAD)
