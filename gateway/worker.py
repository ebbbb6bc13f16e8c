"""gunicorn's gevent worker, which does not wait for idle connections and open streams when it is told to stop.

Two things gunicorn has no setting for: how long a request line `limit_request_line` may allow (a list's filter stands in it, up to 20,000
characters and longer as a part of an address), and that what cannot be read as a request is answered with a problem document too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import gevent
from gunicorn import util
from gunicorn.http import message
from gunicorn.workers.ggevent import GeventWorker

from gateway.problems import unread_request

message.MAX_REQUEST_LINE = 64 * 1024


def _write_error(sock: Any, status: int, reason: str, told: str) -> None:
    util.write_nonblock(sock, unread_request(status, reason))


util.write_error = _write_error


class _OneSend:
    """A connection on which the head of an answer travels with the first of its body: one system call and one packet instead of two."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._head: bytes | None = None
        self._has_begun = False

    def sendall(self, data: bytes) -> None:
        """Send, or keep the head for what comes next."""
        if not self._has_begun:
            self._head, self._has_begun = bytes(data), True
            return
        head, self._head = self._head, None
        self._sock.sendall(head + data if head else data)

    def sendfile(self, *given: Any, **named: Any) -> Any:
        """Send a file after what was kept."""
        self.flush()
        return self._sock.sendfile(*given, **named)

    def flush(self) -> None:
        """Send what was kept, for an answer without a body."""
        head, self._head = self._head, None
        if head:
            self._sock.sendall(head)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


class GatewayWorker(GeventWorker):  # type: ignore[misc]
    """Answers what runs, then leaves.

    gunicorn counts a connection that a browser keeps open as work, and would wait for it until the graceful timeout.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._idle: set[Any] = set()
        self.wsgi: Any = None

    @contextmanager
    def timeout_ctx(self) -> Iterator[None]:
        """Around the wait for the next request of a connection."""
        me = gevent.getcurrent()
        self._idle.add(me)
        try:
            with super().timeout_ctx():
                yield
        finally:
            self._idle.discard(me)

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> Any:
        """Answer one request. Raises StopIteration when the connection is to end with it."""
        answered = _OneSend(sock)
        try:
            goes_on = super().handle_request(listener_name, req, answered, addr)
        finally:
            # Whoever has gone needs no answer.
            with suppress(OSError):
                answered.flush()
        if not self.alive:
            # A stream that began before the signal has promised to wait for another request.
            raise StopIteration
        return goes_on

    def handle_exit(self, sig: int, frame: Any) -> None:
        """SIGTERM: finish the requests in hand, end the streams, close the connections that wait for a request."""
        super().handle_exit(sig, frame)
        gevent.spawn(self._let_go)

    def _let_go(self) -> None:
        # There is none yet in a worker that is told so while it starts.
        if self.wsgi:
            self.wsgi.extensions["streams"].end_all()
        gevent.killall(list(self._idle), block=False)
