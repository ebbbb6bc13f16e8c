"""gunicorn's gevent worker, which does not wait for idle connections and open streams when it is told to stop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gevent
from gunicorn.workers.ggevent import GeventWorker


class GatewayWorker(GeventWorker):  # type: ignore[misc]
    """Answers what runs, then leaves.

    gunicorn counts a connection that a browser keeps open as work, and would wait for it until the graceful timeout.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._idle: set[Any] = set()

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

    def handle_exit(self, sig: int, frame: Any) -> None:
        """SIGTERM: finish the requests in hand, end the streams, close the connections that wait for a request."""
        super().handle_exit(sig, frame)
        gevent.spawn(self._let_go)

    def _let_go(self) -> None:
        self.wsgi.extensions["streams"].end_all()
        gevent.killall(list(self._idle), block=False)
